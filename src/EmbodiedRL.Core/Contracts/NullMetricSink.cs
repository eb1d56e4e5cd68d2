namespace EmbodiedRL.Core.Contracts;

/// <summary>Null metric sink: drops all metrics.</summary>
public sealed class NullMetricSink : IMetricSink
{
    private NullMetricSink()
    {
    }

    /// <summary>The one there is.</summary>
    public static NullMetricSink Instance { get; } = new();

    /// <inheritdoc/>
    public void Write(string name, double value)
    {
    }
}
