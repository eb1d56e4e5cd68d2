using EmbodiedRL.Algorithms.OnPolicy;
using EmbodiedRL.Core;

namespace EmbodiedRL.Training.Captioning;

/// <summary>Settings of a measurement of image-text models; equal ones show every model the same states.</summary>
public sealed record MeasurementSettings
{
    /// <summary>Images of each environment and condition, a fifth from each source of states; rounded up to whole fifths.</summary>
    [Range(50, 1_000_000)]
    public int Images { get; init; } = 1000;

    /// <summary>Of everything drawn; no training draws the same states, whatever its seed.</summary>
    [Range(0, ulong.MaxValue)]
    public ulong Seed { get; init; } = 1;

    /// <summary>Environments that are played side by side to visit states.</summary>
    [Range(1, 65_536)]
    public int Players { get; init; } = 64;

    /// <summary>Rollouts played in each environment, the first by an untrained policy.</summary>
    [Range(1, 1_000_000)]
    public int Rollouts { get; init; } = 8;

    /// <summary>What learns the hand-built task meanwhile.</summary>
    public PpoOptions Player { get; init; } = new() { NormalizeObservations = true };

    /// <summary>States of one source.</summary>
    internal int PerSource => (Images + MeasuredStates.Sources.Length - 1) / MeasuredStates.Sources.Length;

    /// <summary>Checks every value.</summary>
    /// <exception cref="SettingsException">Lists every violation.</exception>
    public void Validate()
    {
        string[] violations = [.. SettingRanges.Violations(this)];
        if (violations.Length > 0) throw new SettingsException("models eval", violations);
    }
}
