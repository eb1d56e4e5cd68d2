using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Contracts;

/// <summary>Remembers the latest number of every name.</summary>
public sealed class RecordedMetrics : IMetricSink
{
    private readonly Dictionary<string, double> _values = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, double> Values => _values;

    public double this[string name] => _values[name];

    public void Write(string name, double value) => _values[name] = value;
}
