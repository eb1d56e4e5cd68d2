using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;

namespace EmbodiedRL.Rewards.Learned;

/// <summary>Options that all rewards learned by an ensemble share: what it reads, who teaches it, and how it is trained.</summary>
public abstract record LearnedOptions : Options
{
    /// <summary>An ensemble that reads the state.</summary>
    public const string State = "state";

    /// <summary>An ensemble that reads what a frozen image-text model makes of frames.</summary>
    public const string Features = "features";

    /// <summary>Ending of the copy of a trained reward that a run keeps.</summary>
    public const string Ending = ".reward.safetensors";

    /// <summary>What the ensemble reads: <c>state</c>, or <c>features</c> of frames by a frozen image-text model.</summary>
    [Length(1, LengthAttribute.Name)]
    public string Input { get; init; } = State;

    /// <summary>The image-text model of <c>features</c>.</summary>
    [Length(1, LengthAttribute.Name)]
    public string Model { get; init; } = "scene-clip";

    /// <summary>Camera of the frames; empty takes the run's.</summary>
    [Length(0, LengthAttribute.Name)]
    public string Camera { get; init; } = "";

    /// <summary>
    /// A reward that was trained before: the file reward.safetensors of <c>rewards train</c>, relative to the settings file; empty begins
    /// without knowledge.
    /// </summary>
    [InputFile(Ending), Length(0, LengthAttribute.Path)]
    public string File { get; init; } = "";

    /// <summary>
    /// Who says during the run what is right: <c>task</c> (the hand-built reward), <c>measure</c> (a success measure of the environment),
    /// or another reward source by name, with its defaults. Empty takes nobody where a file is named, else the kind's usual teacher.
    /// </summary>
    [Length(0, LengthAttribute.Name)]
    public string Teacher { get; init; } = "";

    /// <summary>
    /// The success measure of the teacher <c>measure</c>; empty takes the one that the run's goal is judged by, else the environment's
    /// first.
    /// </summary>
    [Length(0, LengthAttribute.Name)]
    public string Measure { get; init; } = "";

    /// <summary>Share of the teacher's answers that are turned into their opposite: noise for experiments.</summary>
    [Range(0, 1)]
    public double Error { get; init; }

    /// <summary>Networks of the ensemble; what they disagree about is not known. A file of a trained reward says its own.</summary>
    [Range(1, 64)]
    public int Members { get; init; } = 3;

    /// <summary>Disagreement of the members that is taken off the score, in deviations; 0 scores by their mean.</summary>
    [Range(0, 100)]
    public double Pessimism { get; init; }

    /// <summary>Of Adam.</summary>
    [Range(0, 1, IsAboveLeast = true)]
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Share of each weight that a step of learning rate 1 takes away (AdamW).</summary>
    [Range(0, 1000)]
    public double WeightDecay { get; init; }

    /// <summary>Steps of every network after a batch that brought new examples.</summary>
    [Range(1, 100_000)]
    public int Steps { get; init; } = 64;

    /// <summary>Examples of a step, for each network.</summary>
    [Range(1, 65_536)]
    public int Minibatch { get; init; } = 64;

    /// <summary>How often every example is seen where all are there at once: by <c>rewards train</c>, and by a file of labels.</summary>
    [Range(1, 100_000)]
    public int Passes { get; init; } = 40;

    /// <summary>Share of the examples that is kept apart, to tell how good the ensemble is (and to calibrate a probability).</summary>
    [Range(0, 0.9)]
    public double HoldOut { get; init; } = 0.1;

    /// <summary>Of first weights and of what is drawn.</summary>
    [Range(0, ulong.MaxValue)]
    public ulong Seed { get; init; } = 1;

    /// <inheritdoc/>
    public override IEnumerable<string> Violations() =>
        Input is State or Features ? base.Violations()
            : base.Violations().Append($"input: expected {State} or {Features}, found '{Input}'.");
}
