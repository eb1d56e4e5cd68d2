using EmbodiedRL.Core;

namespace EmbodiedRL.Simulation.Randomizing;

/// <summary>When parameters are sampled.</summary>
public enum DrawTime
{
    /// <summary>Anew for every episode of every environment.</summary>
    Episode,

    /// <summary>Once for every environment; its episodes share the draw.</summary>
    Once,
}

/// <summary>Split of the samples: training or held out.</summary>
public enum DrawSplit
{
    /// <summary>Those that are trained on.</summary>
    Training,

    /// <summary>Those that are kept back from training.</summary>
    HeldOut,

    /// <summary>None: the model as its file says it.</summary>
    None,
}

/// <summary>How a sample changes the model's nominal value.</summary>
public enum DrawChange
{
    /// <summary>Multiplies it.</summary>
    Scale,

    /// <summary>Is added to it.</summary>
    Add,

    /// <summary>Takes its place.</summary>
    Set,
}

/// <summary>Settings of <c>env:randomize</c>: domain randomization, from episode to episode.</summary>
public sealed record RandomizationSettings
{
    /// <summary>When parameters are drawn: <c>episode</c> or <c>once</c>.</summary>
    public DrawTime Every { get; init; } = DrawTime.Episode;

    /// <summary>
    /// The upper share of every distribution that training never sees, in [0, 0.9]; 0 keeps no values back, only other random numbers.
    /// </summary>
    [Range(0, 0.9)]
    public double HeldOut { get; init; }

    /// <summary>What evaluations and films play: <c>heldOut</c>, <c>training</c> or <c>none</c>.</summary>
    public DrawSplit Evaluate { get; init; } = DrawSplit.HeldOut;

    /// <summary>What is drawn.</summary>
    [Length(0, 256)]
    public RandomParameterSettings[] Parameters { get; init; } = [];
}

/// <summary>Settings of one randomized parameter.</summary>
public sealed record RandomParameterSettings
{
    /// <summary>Which, see <see cref="RandomizationRules.Names"/>.</summary>
    [Length(0, LengthAttribute.Name)]
    public string Name { get; init; } = "";

    /// <summary>Names of the bodies, geoms, joints, actuators or cameras it is drawn for; empty takes all.</summary>
    [Length(0, 10_000)]
    public string[] Of { get; init; } = [];

    /// <summary>What the draw does to the model's own number: <c>scale</c>, <c>add</c> or <c>set</c>.</summary>
    public DrawChange Change { get; init; } = DrawChange.Scale;

    /// <summary>From what it is drawn: <c>uniform</c>, <c>logUniform</c>, <c>normal</c> or <c>choice</c>.</summary>
    public DistributionKind Distribution { get; init; } = DistributionKind.Uniform;

    /// <summary>Of uniform and log-uniform.</summary>
    [Range(-1e30, 1e30)]
    public double Minimum { get; init; }

    /// <summary>Of uniform and log-uniform.</summary>
    [Range(-1e30, 1e30)]
    public double Maximum { get; init; }

    /// <summary>Of normal.</summary>
    [Range(-1e30, 1e30)]
    public double Mean { get; init; }

    /// <summary>Of normal.</summary>
    [Range(0, 1e30)]
    public double Deviation { get; init; }

    /// <summary>Of choice; textures take all flat ones of the scene if none are named.</summary>
    [Range(-1e30, 1e30), Length(0, 10_000)]
    public double[] Values { get; init; } = [];

    /// <summary>Whether one draw serves all that the parameter is drawn for.</summary>
    public bool Together { get; init; }
}
