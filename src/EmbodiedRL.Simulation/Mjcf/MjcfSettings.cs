using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;

namespace EmbodiedRL.Simulation.Mjcf;

/// <summary>The <c>env:mjcf</c> section: an environment out of a model file, without code.</summary>
public sealed record MjcfSettings
{
    /// <summary>MJCF or URDF; relative to the settings file.</summary>
    [Length(0, LengthAttribute.Path)]
    public string File { get; init; } = "";

    /// <summary>A camera of the model; empty takes the only one, or <c>free</c> where the model has none.</summary>
    [Length(0, LengthAttribute.Name)]
    public string Camera { get; init; } = "";

    /// <summary>Physics steps in a control step.</summary>
    [Range(1, 10_000)]
    public int FrameSkip { get; init; } = 5;

    /// <summary>Control steps in an episode.</summary>
    [Range(1, 10_000_000)]
    public int EpisodeSteps { get; init; } = 500;

    /// <summary>What the agent sees, block by block.</summary>
    [Length(0, 64)]
    public MjcfBlock[] Observation { get; init; } = [new() { Name = MjcfBlock.Positions }, new() { Name = MjcfBlock.Velocities }];

    /// <summary>How episodes begin.</summary>
    public MjcfReset Reset { get; init; } = new();

    /// <summary>A formula over state and action; empty for a task that has no reward of its own.</summary>
    [Length(0, LengthAttribute.Text)]
    public string Reward { get; init; } = "";

    /// <summary>A condition over the state that ends an episode; empty for none.</summary>
    [Length(0, LengthAttribute.Text)]
    public string Over { get; init; } = "";

    /// <summary>By what success is judged.</summary>
    [Length(0, 256)]
    public MjcfMeasure[] Measures { get; init; } = [];

    /// <summary>The goal used when none is given; empty takes the baseline.</summary>
    [Length(0, LengthAttribute.Text)]
    public string Goal { get; init; } = "";

    /// <summary>What every picture shows; empty takes the file's name.</summary>
    [Length(0, LengthAttribute.Text)]
    public string Baseline { get; init; } = "";

    /// <summary>Everything that can be found wrong without the model, as <c>key: expected, found</c>.</summary>
    public IEnumerable<string> Violations()
    {
        foreach (string violation in SettingRanges.Violations(this)) yield return violation;
        if (File.Length == 0) yield return "file: expected the path of a model, found nothing.";
        if (Observation.Length == 0) yield return "observation: expected at least one block, found none.";
        for (int i = 0; i < Observation.Length; i++)
            foreach (string violation in Observation[i].Violations()) yield return $"observation:{i}:{violation}";
        for (int i = 0; i < Measures.Length; i++)
        {
            MjcfMeasure measure = Measures[i];
            if (measure.Name.Length == 0) yield return $"measures:{i}:name: expected a name, found nothing.";
            else if (Measures.Take(i).Any(other => other.Name == measure.Name))
                yield return $"measures:{i}:name: expected a name of its own, found '{measure.Name}' again.";
            foreach (string violation in measure.Violations()) yield return $"measures:{i}:{violation}";
        }
    }
}

/// <summary>A part of the observation: <c>"qpos"</c>, or <c>{ "name": "bodies", "of": ["torso"], "velocity": true }</c>.</summary>
[Shorthand(nameof(Name))]
public sealed record MjcfBlock
{
    /// <summary>Names of the blocks there are.</summary>
    public const string Positions = "qpos", Velocities = "qvel", Sensors = "sensors", Bodies = "bodies";

    private static readonly string[] Known = [Positions, Velocities, Sensors, Bodies];

    /// <summary>Which: <c>qpos</c>, <c>qvel</c>, <c>sensors</c> or <c>bodies</c>.</summary>
    [Length(0, LengthAttribute.Name)]
    public string Name { get; init; } = "";

    /// <summary>Names of joints, sensors or bodies; empty takes all.</summary>
    [Length(0, 10_000)]
    public string[] Of { get; init; } = [];

    /// <summary>Of bodies: linear and angular velocity as well.</summary>
    public bool Velocity { get; init; }

    /// <summary>Of bodies: the orientation (a unit quaternion) as well.</summary>
    public bool Orientation { get; init; }

    internal IEnumerable<string> Violations()
    {
        if (!Known.Contains(Name)) yield return $"name: {new UnknownNameException("block of an observation", Name, Known).Message}";
        else if (Name != Bodies && (Velocity || Orientation))
            yield return $"{(Velocity ? "velocity" : "orientation")}: only bodies have this, found it in '{Name}'.";
    }
}

/// <summary>How a draw at an episode's start spreads.</summary>
public enum MjcfNoise
{
    /// <summary>Evenly within plus and minus the scale.</summary>
    Uniform,

    /// <summary>Normally, the scale being the standard deviation.</summary>
    Normal,
}

/// <summary>The <c>env:mjcf:reset</c> section.</summary>
public sealed record MjcfReset
{
    /// <summary>A keyframe of the model to start from; empty takes the model's default state.</summary>
    [Length(0, LengthAttribute.Name)]
    public string Keyframe { get; init; } = "";

    /// <summary>How noise spreads: <c>uniform</c> or <c>normal</c>.</summary>
    public MjcfNoise Noise { get; init; } = MjcfNoise.Uniform;

    /// <summary>Scale of the noise on positions, m or rad; orientations are turned by it.</summary>
    [Range(0, 1e6)]
    public double Positions { get; init; } = 0.01;

    /// <summary>Scale of the noise on velocities, m/s or rad/s.</summary>
    [Range(0, 1e6)]
    public double Velocities { get; init; } = 0.01;
}

/// <summary>
/// A success measure as a formula: a condition, or a value with a bound, which the report then also halves and doubles.
/// </summary>
public sealed record MjcfMeasure
{
    /// <summary>Its key in <c>summary.json</c>.</summary>
    [Length(0, LengthAttribute.Name)]
    public string Name { get; init; } = "";

    /// <summary>Over the state: true, or more than 0.5, where it holds, e.g. <c>body_torso_position[2] &gt; 1.2</c>.</summary>
    [Length(0, LengthAttribute.Text)]
    public string Condition { get; init; } = "";

    /// <summary>Instead of a condition, over the state: what is held against a bound, e.g. <c>hinge_position</c>.</summary>
    [Length(0, LengthAttribute.Text)]
    public string Value { get; init; } = "";

    /// <summary>It holds where the value is this far from 0 at most.</summary>
    [Range(0, 1e9, Zero = "no such bound")]
    public double Within { get; init; }

    /// <summary>It holds where the value is this at least.</summary>
    [Range(0, 1e9, Zero = "no such bound")]
    public double AtLeast { get; init; }

    /// <summary>Unit of the bound, for people, e.g. <c>rad</c>.</summary>
    [Length(0, LengthAttribute.Name)]
    public string Unit { get; init; } = "";

    /// <summary>One clause for people; empty takes the formula.</summary>
    [Length(0, LengthAttribute.Text)]
    public string Meaning { get; init; } = "";

    /// <summary>How many of an episode's last steps count.</summary>
    [Range(1, 10_000_000)]
    public int Window { get; init; } = 200;

    /// <summary>The share of them in which it must hold.</summary>
    [Range(0, 1, IsAboveLeast = true)]
    public double Share { get; init; } = 0.9;

    /// <summary>The formula as it was written, with its bound.</summary>
    internal string Text => Value.Length == 0 ? Condition : FormattableString.Invariant(
        $"{Value} {(AtLeast > 0 ? "at least" : "within")} {(AtLeast > 0 ? AtLeast : Within)} {Unit}").TrimEnd();

    internal IEnumerable<string> Violations()
    {
        bool isBounded = Within > 0 || AtLeast > 0;
        if (Value.Length == 0)
        {
            if (Condition.Length == 0) yield return "condition: expected a formula, or one in value with a bound, found nothing.";
            if (isBounded) yield return $"value: expected a formula that '{(AtLeast > 0 ? "atLeast" : "within")}' bounds, found nothing.";
            yield break;
        }

        if (Condition.Length > 0) yield return "condition: expected nothing beside a value, which is the condition, found a formula.";
        if (Within > 0 == AtLeast > 0)
            yield return $"within: expected either it or atLeast to bound the value, found {(isBounded ? "both" : "neither")}.";
    }
}
