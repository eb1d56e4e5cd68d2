using System.Collections.Immutable;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Core;

/// <summary>Everything that can be said of an environment without stepping it.</summary>
public sealed record EnvironmentInfo
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

    /// <summary>What the renderer draws; null for environments that draw themselves or cannot be drawn.</summary>
    public SceneDescription? Scene { get; init; }

    /// <summary>The scene, for those who cannot do without.</summary>
    /// <exception cref="SpecMismatchException">The environment has none.</exception>
    public SceneDescription RequiredScene =>
        Scene ?? throw new SpecMismatchException($"environment '{Name}'", "one with a scene to render", "one without");

    /// <summary>The same with observations of numbers alone, for batches whose readers need no image.</summary>
    public EnvironmentInfo WithoutImage() => Observations.Image is null ? this : this with { Observations = Observations.WithoutImage() };

    /// <summary>The camera that looks at the task.</summary>
    public string Camera { get; init; } = "";

    /// <summary>Which visuals of the scene change from episode to episode.</summary>
    public VisualLayout VisualRandomization { get; init; } = VisualLayout.None;

    /// <summary>What else is drawn from episode to episode, beside the state.</summary>
    public ImmutableArray<RandomizedParameterSpec> RandomizedParameters { get; init; } = [];

    /// <summary>Control steps in an episode.</summary>
    public required int EpisodeSteps { get; init; }

    /// <summary>Seconds between two control steps.</summary>
    public required double ControlTimestep { get; init; }

    /// <summary>What the scene shows whatever the goal, e.g. "a pole on a cart": the default baseline prompt.</summary>
    public required string Baseline { get; init; }

    /// <summary>The goal used when none is given.</summary>
    public required string DefaultGoal { get; init; }

    /// <summary>Hand-built success measures, by which goals are judged and never learned.</summary>
    public required ImmutableArray<SuccessMeasure> Measures { get; init; }

    /// <summary>What can be said of a state in words.</summary>
    public required ImmutableArray<Fact> Facts { get; init; }

    /// <summary>What facts are said of.</summary>
    public ImmutableArray<Subject> Subjects { get; init; } = [];

    /// <summary>
    /// Patterns of sentences made of the scene's own words that hold in no state, e.g. "a cart standing on a pole": what a model must not
    /// take for their like.
    /// </summary>
    public ImmutableArray<string> Falsehoods { get; init; } = [];
}
