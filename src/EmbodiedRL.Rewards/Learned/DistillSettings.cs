using EmbodiedRL.Core;

namespace EmbodiedRL.Rewards.Learned;

/// <summary>Settings of online distillation: a small student learns a source's scores and stands in where it is sure.</summary>
public sealed record DistillSettings
{
    /// <summary>No student.</summary>
    public const string None = "none";

    /// <summary>A student that reads the state.</summary>
    public const string State = "state";

    /// <summary>A student that reads what the agent observes of the scene that a frame shows.</summary>
    public const string Observation = "observation";

    /// <summary>A student that reads the same frames, made small.</summary>
    public const string Pixels = "pixels";

    /// <summary>
    /// What the student reads: <c>none</c> (there is none), <c>state</c> (the fields that measures read), <c>observation</c> (what the
    /// agent sees) or <c>pixels</c>. It can only follow what it reads: a state without a heading does not tell what a camera sees.
    /// </summary>
    [Length(1, LengthAttribute.Name)]
    public string Student { get; init; } = None;

    /// <summary>
    /// Fields of the state or the observation that the student reads, by name or by the part of their names before a slash, e.g.
    /// <c>qpos</c>; empty takes all. Few that say how the scene stands teach it faster than many.
    /// </summary>
    [Length(0, 1000)]
    public string[] Fields { get; init; } = [];

    /// <summary>Networks of the student, whose disagreement says where it is unsure.</summary>
    [Range(2, 64)]
    public int Members { get; init; } = 3;

    /// <summary>
    /// Disagreement up to which the student is used at first, in standard deviations of the source's scores; afterwards the greatest at
    /// which the rank correlation would have been kept.
    /// </summary>
    [Range(0, 100)]
    public double Tolerance { get; init; } = 0.2;

    /// <summary>Rank correlation with the source's scores to be kept, over the last rows that were scored by both.</summary>
    [Range(0, 1)]
    public double Rank { get; init; } = 0.97;

    /// <summary>Share of rows that the source scores whatever the student says, drawn at random: they tell what was kept.</summary>
    [Range(0.0001, 1)]
    public double Audit { get; init; } = 0.01;

    /// <summary>Rows that the source scores before the student is first used.</summary>
    [Range(64, 10_000_000)]
    public int WarmUp { get; init; } = 4096;

    /// <summary>Scored rows that are remembered; the oldest make room.</summary>
    [Range(64, 10_000_000)]
    public int Memory { get; init; } = 16_384;

    /// <summary>Steps of the student after every batch.</summary>
    [Range(1, 100_000)]
    public int Steps { get; init; } = 64;

    /// <summary>Rows of a step, for each network.</summary>
    [Range(1, 65_536)]
    public int Minibatch { get; init; } = 256;

    /// <summary>Of the student.</summary>
    [Range(0, 1, IsAboveLeast = true)]
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>What is wrong; null if nothing is.</summary>
    internal string? Violation(string key) => Student is None or State or Observation or Pixels
        ? null
        : $"{key}:student: expected {None}, {State}, {Observation} or {Pixels}, found '{Student}'.";
}
