using System.Collections.Immutable;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Simulation.Tasks;

/// <summary>Description of a task, a part of <see cref="Core.EnvironmentInfo"/>; the scene and the time step come from the model.</summary>
public sealed record TaskInfo
{
    /// <summary>Its name in the catalog, e.g. <c>cartpole</c>.</summary>
    public required string Name { get; init; }

    /// <summary>One sentence for <c>envs list</c>.</summary>
    public required string Summary { get; init; }

    /// <summary>What the agent sees.</summary>
    public required ObservationSpec Observations { get; init; }

    /// <summary>What the agent does.</summary>
    public required ActionSpec Actions { get; init; }

    /// <summary>What rewards, facts and measures read.</summary>
    public required StateSpec State { get; init; }

    /// <summary>Names of the parts that the hand-built reward is the sum of.</summary>
    public ImmutableArray<string> RewardTerms { get; init; } = ["reward"];

    /// <summary>The model's camera for this task.</summary>
    public required string Camera { get; init; }

    /// <summary>Control steps in an episode.</summary>
    public required int EpisodeSteps { get; init; }

    /// <summary>Physics steps in a control step.</summary>
    public required int FrameSkip { get; init; }

    /// <summary>What the scene shows whatever the goal: the default baseline prompt.</summary>
    public required string Baseline { get; init; }

    /// <summary>The goal used when none is given.</summary>
    public required string DefaultGoal { get; init; }

    /// <summary>Hand-built success measures.</summary>
    public required ImmutableArray<SuccessMeasure> Measures { get; init; }

    /// <summary>Facts about a state, with their phrases.</summary>
    public required ImmutableArray<Fact> Facts { get; init; }

    /// <summary>Subjects of the facts.</summary>
    public ImmutableArray<Subject> Subjects { get; init; } = [];

    /// <summary>
    /// Patterns of sentences made of the scene's own words that hold in no state, e.g. "a cart standing on a pole": what a model must not
    /// take for their like.
    /// </summary>
    public ImmutableArray<string> Falsehoods { get; init; } = [];
}
