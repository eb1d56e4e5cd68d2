using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Models.Language.LowRank;
using EmbodiedRL.Training.Reasoning;

namespace EmbodiedRL.Training.Settings;

/// <summary>
/// The <c>reasoning</c> section: a language model that is fine-tuned, and what it is asked. The algorithm's own settings stand beside
/// these; the reward is the run's.
/// </summary>
public sealed record ReasoningSettings
{
    /// <summary>A model that ships or was pulled, or a folder in Hugging Face's layout.</summary>
    [Length(1, LengthAttribute.Path)]
    public string Model { get; init; } = "scene-reasoner";

    /// <summary>Name in the catalog of algorithms that learn from completions.</summary>
    [Length(1, LengthAttribute.Name)]
    public string Algorithm { get; init; } = "grpo";

    /// <summary>Completions of the whole run.</summary>
    [Range(1, AgentSettings.MostSteps)]
    public long Steps { get; init; } = 65_536;

    /// <summary>
    /// How often prompts whose completions all earn the same are replaced by others, as they teach nothing (DAPO's dynamic sampling);
    /// 0 is off.
    /// </summary>
    [Range(0, 100)]
    public int Resamples { get; init; }

    /// <summary>
    /// Text up to which the completions of a prompt are one, drawn once and not learned from, e.g. the end of a list that all reason from;
    /// empty shares nothing.
    /// </summary>
    [Length(0, LengthAttribute.Name)]
    public string SharedUntil { get; init; } = "";

    /// <summary>What the model computes in: <c>fp32</c>, <c>bf16</c>, or <c>auto</c> (bfloat16 where that is faster).</summary>
    [Length(1, LengthAttribute.Name)]
    public string Precision { get; init; } = "fp32";

    /// <summary>What is asked.</summary>
    public QuestionSettings Questions { get; init; } = new();

    /// <summary>Parts of the model whose weights stay as they are, by the beginning of their names, e.g. <c>eye</c>.</summary>
    [Length(0, 64)]
    public string[] Frozen { get; init; } = [];

    /// <summary>A low-rank adapter, trained in place of the model's weights.</summary>
    public AdapterSettings Adapter { get; init; } = new();

    /// <summary>How what was learned is judged.</summary>
    public ReasoningEvaluationSettings Evaluate { get; init; } = new();

    /// <summary>The algorithm's own options; null takes its defaults.</summary>
    [OptionsOf(PartKinds.CompletionAlgorithm, nameof(Algorithm))]
    public Options? Options { get; init; }
}

/// <summary>The <c>reasoning:questions</c> section.</summary>
public sealed record QuestionSettings
{
    /// <summary>A JSONL file of questions, asked in place of the generator's; relative to the settings file.</summary>
    [Length(0, LengthAttribute.Path)]
    public string File { get; init; } = "";

    /// <summary>Kinds of questions about made scenes, in turns; empty takes the usual ten.</summary>
    [Length(0, 64)]
    public string[] Kinds { get; init; } = [];

    /// <summary>Distinct questions, after which they begin anew in another order; 0 is endless.</summary>
    [Range(1, 100_000_000, Zero = "endless")]
    public int Distinct { get; init; }

    /// <summary>Of the generator's questions; 0 follows the run's seed.</summary>
    [Range(1, ulong.MaxValue, Zero = "follows the run's seed")]
    public ulong Seed { get; init; }

    /// <summary>Share of images that are damaged after the truth was computed.</summary>
    [Range(0, 1)]
    public double DamagedShare { get; init; }

    /// <summary>Environments whose bodies are shown, where questions ask about bodies.</summary>
    [Length(1, 64)]
    public string[] Environments { get; init; } = [.. new SceneQuestionSettings().Environments];

    /// <summary>Sentences that go before each question, e.g. how to write the answer.</summary>
    [Length(0, LengthAttribute.Text)]
    public string Instruction { get; init; } = "";
}

/// <summary>The <c>reasoning:adapter</c> section.</summary>
public sealed record AdapterSettings
{
    /// <summary>Rank of the change of each layer; 0 trains the model's own weights.</summary>
    [Range(1, 4096, Zero = "none")]
    public int Rank { get; init; }

    /// <summary>The change is multiplied by it over the rank.</summary>
    [Range(0, 1e6, IsAboveLeast = true)]
    public double Alpha { get; init; } = new LowRankSettings().Alpha;

    /// <summary>Names of layers that are changed.</summary>
    [Length(1, 64)]
    public string[] Targets { get; init; } = [.. new LowRankSettings().Targets];
}

/// <summary>The <c>reasoning:evaluate</c> section.</summary>
public sealed record ReasoningEvaluationSettings
{
    /// <summary>A JSONL file of held-out questions; empty asks the generator's test split, or holds out the last fifth of a file.</summary>
    [Length(0, LengthAttribute.Path)]
    public string File { get; init; } = "";

    /// <summary>Questions of the first and the last evaluation, at most.</summary>
    [Range(1, 1_000_000)]
    public int Questions { get; init; } = 1000;

    /// <summary>Completions between two evaluations; 0 evaluates before and after training only.</summary>
    [Range(1, AgentSettings.MostSteps, Zero = "never in between")]
    public long Every { get; init; } = 16_384;

    /// <summary>Questions of an evaluation in between, of the validation split where the generator asks; it steers nothing.</summary>
    [Range(1, 1_000_000)]
    public int Brief { get; init; } = 200;

    /// <summary>Completions between two checkpoints; one more is written when the run ends or is interrupted.</summary>
    [Range(1, AgentSettings.MostSteps, Zero = "at the end only")]
    public long CheckpointEvery { get; init; } = 8192;

    /// <summary>Questions whose completions are kept with their rewards by term, before and after training.</summary>
    [Range(1, 1000, Zero = "none")]
    public int Samples { get; init; } = 8;

    /// <summary>Whether completions state a confidence, which is judged by its Brier score.</summary>
    public bool Confidence { get; init; } = true;
}
