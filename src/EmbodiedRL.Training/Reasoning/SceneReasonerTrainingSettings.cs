using EmbodiedRL.Core;
using EmbodiedRL.Models.Language;

namespace EmbodiedRL.Training.Reasoning;

/// <summary>Everything that the weights of a scene-reasoner depend on, beside scene-clip's image tower.</summary>
public sealed record SceneReasonerTrainingSettings
{
    /// <summary>Of everything drawn at random.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Threads of one tensor operation. Weights repeat bit for bit only with equal counts.</summary>
    [Range(1, 1024)]
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>B, images of a batch.</summary>
    [Range(2, 4096)]
    public int Batch { get; init; } = 64;

    /// <summary>Batches in which the eye alone learns what every part of an image shows.</summary>
    [Range(0, 10_000_000)]
    public int EyeSteps { get; init; } = 2000;

    /// <summary>Learning rate of those batches; it falls along a cosine.</summary>
    [Range(0, 1, IsAboveLeast = true)]
    public double EyeRate { get; init; } = 2e-3;

    /// <summary>Batches in which the whole model learns to list what is seen.</summary>
    [Range(0, 10_000_000)]
    public int ListSteps { get; init; } = 1000;

    /// <summary>Learning rate of those batches.</summary>
    [Range(0, 1, IsAboveLeast = true)]
    public double ListRate { get; init; } = 2e-3;

    /// <summary>Questions with worked answers: a small set, so that answering well is left to be learned from rewards.</summary>
    [Range(1, 10_000_000)]
    public int Questions { get; init; } = 4000;

    /// <summary>Images of a batch of the last stage.</summary>
    [Range(8, 4096)]
    public int AnswerBatch { get; init; } = 48;

    /// <summary>Batches of worked answers, with some boxes and lists of what is seen in fresh images.</summary>
    [Range(0, 10_000_000)]
    public int AnswerSteps { get; init; } = 600;

    /// <summary>Learning rate of those batches.</summary>
    [Range(0, 1, IsAboveLeast = true)]
    public double AnswerRate { get; init; } = 1.5e-3;

    /// <summary>Questions of the test split that the card is measured on.</summary>
    [Range(1, 1_000_000)]
    public int Measured { get; init; } = 1000;

    /// <summary>Environments whose bodies are shown.</summary>
    [Length(1, 64)]
    public IReadOnlyList<string> Environments { get; init; } = new SceneQuestionSettings().Environments;

    /// <summary>Sizes.</summary>
    public SceneReasonerSettings Model { get; init; } = new();

    /// <summary>All batches.</summary>
    internal int Steps => EyeSteps + ListSteps + AnswerSteps;

    /// <summary>Checks every value.</summary>
    /// <exception cref="SettingsException">Lists every violation.</exception>
    public void Validate()
    {
        string[] violations = [.. SettingRanges.Violations(this)];
        if (violations.Length > 0) throw new SettingsException("models train", violations);
    }
}
