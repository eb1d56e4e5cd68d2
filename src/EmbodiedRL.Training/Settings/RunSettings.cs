using System.Text.Json.Serialization;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Rewards;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Rewards.Transforms;
using EmbodiedRL.Rewards.Verifiers;
using EmbodiedRL.Simulation.Mjcf;
using EmbodiedRL.Simulation.Randomizing;

namespace EmbodiedRL.Training.Settings;

/// <summary>Everything a run depends on, as one settings file says it. The defaults hold for every environment.</summary>
public sealed record RunSettings
{
    /// <summary>What is acted in.</summary>
    public EnvironmentSettings Env { get; init; } = new();

    /// <summary>The sentence.</summary>
    public GoalSettings Goal { get; init; } = new();

    /// <summary>What the agent is rewarded by.</summary>
    public RewardStackSettings Reward { get; init; } = new() { Terms = [Vision] };

    /// <summary>What learns, and for how long.</summary>
    public AgentSettings Agent { get; init; } = new();

    /// <summary>How success is judged.</summary>
    public EvaluateSettings Evaluate { get; init; } = new();

    /// <summary>How often checkpoints are written.</summary>
    public CheckpointSettings Checkpoint { get; init; } = new();

    /// <summary>Which episodes of the learning policy are kept.</summary>
    public RecordSettings Record { get; init; } = new();

    /// <summary>
    /// The language model that <c>./embodied finetune</c> teaches by the reward's terms for completions; null in runs of bodies.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ReasoningSettings? Reasoning { get; init; }

    /// <summary>
    /// Where policy and models live: <c>auto</c> (the first GPU if there is one), <c>cpu</c> or <c>cuda:N</c>; <c>agent:device</c> and
    /// <c>reward:device</c> part them.
    /// </summary>
    [Length(0, LengthAttribute.Name)]
    public string Device { get; init; } = "auto";

    /// <summary>
    /// Threads of one tensor operation; 0 takes all cores. Runs repeat bit for bit only with equal counts, so a run records it.
    /// </summary>
    [Range(1, 1024, Zero = "all cores")]
    public int Threads { get; init; }

    /// <summary>
    /// The negative control: the image-text model keeps its layers and loses what it learned, so that the sentence means nothing to it.
    /// </summary>
    public bool ShuffleWeights { get; init; }

    /// <summary>
    /// Folder of a run whose trained weights and normalizers this one begins with, with a fresh optimizer; empty to begin from nothing.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [Length(0, LengthAttribute.Path)]
    public string? From { get; init; }

    /// <summary>Environment steps of the whole run, or completions.</summary>
    internal long PlannedSteps() => Reasoning?.Steps ?? Agent.Steps;

    /// <summary>The same for so many steps, or completions.</summary>
    internal RunSettings WithSteps(long steps) => Reasoning is { } own
        ? this with { Reasoning = own with { Steps = steps } }
        : this with { Agent = Agent with { Steps = steps } };

    /// <summary>
    /// The reward of completions unless somebody says another: how right answers are, boxes by their overlap, and correctness less the
    /// Brier score of stated confidence.
    /// </summary>
    internal static RewardTermSettings[] Answers =>
    [
        new() { Name = "answer", Source = "verifier", Options = new RoutedVerifierOptions { Format = "none" } },
        new() { Name = "calibrated", Source = "calibrated-answer", Options = new BrierCalibrationOptions() },
    ];

    /// <summary>The reward unless somebody says another: nothing but what the image-text model says of the pixels.</summary>
    internal static RewardTermSettings Vision => new()
    {
        Name = "vlm",
        Source = RewardRegistries.GoalBaseline,
        Options = new GoalBaselineOptions(),
        Transforms = [
            new TransformSettings { Name = "standardize" },
            new TransformSettings { Name = "scale", Options = new ScaleOptions { Factor = 0.1f } }
        ],
    };
}

/// <summary>The <c>env</c> section.</summary>
public sealed record EnvironmentSettings
{
    /// <summary>
    /// Name in the catalog of environments; with <see cref="Mjcf"/> what the environment is to be called, if not after its file.
    /// </summary>
    [Length(0, LengthAttribute.Name)]
    public string Name { get; init; } = "cartpole";

    /// <summary>The environment's own options; null takes its defaults.</summary>
    [OptionsOf(PartKinds.Environment, nameof(Name))]
    public Options? Options { get; init; }

    /// <summary>How many are stepped together, N.</summary>
    [Range(1, 65_536)]
    public int Count { get; init; } = 64;

    /// <summary>Of all draws of the run.</summary>
    [Range(0, ulong.MaxValue)]
    public ulong Seed { get; init; } = 1;

    /// <summary>Threads that step them; 0 takes all cores. Never changes a result.</summary>
    [Range(1, 1024, Zero = "all cores")]
    public int Workers { get; init; }

    /// <summary>Where training episodes begin: <c>wholeRange</c> or <c>task</c>.</summary>
    public StartDistribution Start { get; init; } = StartDistribution.WholeRange;

    /// <summary>
    /// Whether the first episodes of a training are cut at different lengths, so that environments of one time limit do not begin in step
    /// ever after; only environments that can begin one episode without the others are.
    /// </summary>
    public bool Stagger { get; init; } = true;

    /// <summary>What the reward sees.</summary>
    public RenderSettings Render { get; init; } = new();

    /// <summary>An environment out of a model file instead of one of the catalog; null for one of the catalog.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MjcfSettings? Mjcf { get; init; }

    /// <summary>What is drawn from episode to episode beside the state; null for nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RandomizationSettings? Randomize { get; init; }

    /// <summary>What is put around the environment, from the inside out.</summary>
    [Length(0, 16)]
    public WrapperSettings[] Wrappers { get; init; } = [];
}

/// <summary>The <c>env:render</c> section.</summary>
public sealed record RenderSettings
{
    /// <summary>A camera of the scene; empty takes the task's.</summary>
    [Length(0, LengthAttribute.Name)]
    public string Camera { get; init; } = "";

    /// <summary>Side of a frame in pixels; 0 takes what the reward's model reads.</summary>
    [Range(16, 1024, Zero = "what the model reads")]
    public int Size { get; init; }
}

/// <summary>The <c>goal</c> section.</summary>
public sealed record GoalSettings
{
    /// <summary>What should become of the scene; empty takes the environment's default goal.</summary>
    [Length(0, LengthAttribute.Text)]
    public string Prompt { get; init; } = "";

    /// <summary>What every frame shows; empty takes the environment's.</summary>
    [Length(0, LengthAttribute.Text)]
    public string Baseline { get; init; } = "";

    /// <summary>Train on the reward even if the check of it, made before training, refuses it.</summary>
    public bool Untrusted { get; init; }
}

/// <summary>The <c>agent</c> section; the algorithm's own settings stand beside these.</summary>
public sealed record AgentSettings
{
    /// <summary>More environment steps than any run takes: years, at a million a second.</summary>
    internal const double MostSteps = 1e13;

    /// <summary>Name in the catalog of algorithms.</summary>
    [Length(1, LengthAttribute.Name)]
    public string Algorithm { get; init; } = "ppo";

    /// <summary>Environment steps of the whole run, over all environments.</summary>
    [Range(1, MostSteps)]
    public long Steps { get; init; } = 327_680;

    /// <summary>Where the policy lives; empty takes the run's <c>device</c>.</summary>
    [Length(0, LengthAttribute.Name)]
    public string Device { get; init; } = "";

    /// <summary>The algorithm's own options; null takes its defaults.</summary>
    [OptionsOf(PartKinds.Algorithm, nameof(Algorithm))]
    public Options? Options { get; init; }
}

/// <summary>The <c>evaluate</c> section.</summary>
public sealed record EvaluateSettings
{
    /// <summary>The success measure the goal is judged by; empty takes those that fit the sentence.</summary>
    [Length(0, LengthAttribute.Name)]
    public string Task { get; init; } = "";

    /// <summary>Environment steps between two evaluations; 0 evaluates before and after training only.</summary>
    [Range(1, AgentSettings.MostSteps, Zero = "never in between")]
    public long Every { get; init; }

    /// <summary>Fresh episodes of one evaluation.</summary>
    [Range(1, 10_000)]
    public int Episodes { get; init; } = 100;

    /// <summary>
    /// Whether the first and the last evaluation play as many episodes again from the task's own start, beside those from the whole
    /// range: published numbers are of the former.
    /// </summary>
    public bool TaskStart { get; init; } = true;

    /// <summary>
    /// Whether the last evaluation plays the same starts by doing nothing and by random actions too, to see what success is worth.
    /// </summary>
    public bool Baselines { get; init; } = true;

    /// <summary>
    /// How many episodes of the first and the last evaluation the reward scores too, at most; 0 scores none. A reward
    /// that reads pixels has them drawn for it.
    /// </summary>
    [Range(1, 10_000, Zero = "none")]
    public int Scored { get; init; } = 10;
}

/// <summary>The <c>checkpoint</c> section.</summary>
public sealed record CheckpointSettings
{
    /// <summary>Environment steps between two checkpoints; one more is written when the run ends or is interrupted.</summary>
    [Range(1, AgentSettings.MostSteps, Zero = "at the end only")]
    public long Every { get; init; } = 65_536;

    /// <summary>How many of the newest are kept.</summary>
    [Range(1, 100_000)]
    public int Keep { get; init; } = 3;
}

/// <summary>The <c>record</c> section.</summary>
public sealed record RecordSettings
{
    /// <summary>Environment steps between two recordings, as Parquet in the run's folder; 0 records nothing.</summary>
    [Range(1, AgentSettings.MostSteps, Zero = "nothing")]
    public long Every { get; init; }

    /// <summary>Episodes of one recording.</summary>
    [Range(1, 10_000)]
    public int Episodes { get; init; } = 2;

    /// <summary>Pixels a side of the frames in it; 0 takes none.</summary>
    [Range(16, 1024, Zero = "none")]
    public int Frames { get; init; }
}
