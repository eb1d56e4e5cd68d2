namespace EmbodiedRL.Core.Contracts;

/// <summary>Metric sink: receives named numbers; names are paths such as <c>train/kl</c> or <c>reward/vlm</c>.</summary>
public interface IMetricSink
{
    /// <summary>One number at the current step of the run.</summary>
    void Write(string name, double value);
}
