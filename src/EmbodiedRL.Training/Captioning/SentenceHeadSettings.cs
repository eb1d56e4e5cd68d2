using EmbodiedRL.Core;

namespace EmbodiedRL.Training.Captioning;

/// <summary>Everything that the weights of a sentence head depend on, beside scene-clip and the sentence encoder.</summary>
public sealed record SentenceHeadSettings
{
    /// <summary>Sentences drawn, over all environments that scene-clip was trained on.</summary>
    [Range(1, 10_000_000)]
    public int Sentences { get; init; } = 40_000;

    /// <summary>How often each sentence is learned.</summary>
    [Range(1, 10_000)]
    public int Epochs { get; init; } = 30;

    /// <summary>B, sentences in a batch.</summary>
    [Range(1, 65_536)]
    public int Batch { get; init; } = 256;

    /// <summary>The learning rate at the beginning; it falls to zero along a cosine.</summary>
    [Range(0, 1, IsAboveLeast = true, IsBelowMost = true)]
    public double PeakRate { get; init; } = 2e-3;

    /// <summary>Of everything drawn at random.</summary>
    [Range(0, ulong.MaxValue)]
    public ulong Seed { get; init; } = 1;

    /// <summary>Threads of one tensor operation. Weights repeat bit for bit only with equal counts.</summary>
    [Range(1, 1024)]
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Name, repository or folder of the sentence encoder.</summary>
    public string Encoder { get; init; } = "all-minilm-l6-v2";

    /// <summary>Checks every value.</summary>
    /// <exception cref="SettingsException">Lists every violation.</exception>
    public void Validate()
    {
        string[] violations = [.. SettingRanges.Violations(this)];
        if (violations.Length > 0) throw new SettingsException("models train", violations);
    }
}
