using EmbodiedRL.Core;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Simulation.Mjcf;

/// <summary>Source of a value in a row.</summary>
internal enum Source
{
    Position,
    Velocity,
    Sensor,
    BodyPosition,
    BodyOrientation,
    BodyVelocity,
    BodySpin,
}

/// <summary>Field of a row: its spec, and where MuJoCo stores its values.</summary>
/// <param name="Spec">Name, length, unit.</param>
/// <param name="Source">Which array.</param>
/// <param name="Index">Where it begins there, or which body.</param>
internal readonly record struct MjcfField(FieldSpec Spec, Source Source, int Index);

/// <summary>Available fields of a model, named after its joints, sensors and bodies.</summary>
internal sealed class MjcfFields(MujocoModel model)
{
    private readonly string[] _joints = NamesOf(model, "joint"), _sensors = NamesOf(model, "sensor");
    private readonly IReadOnlyList<string> _bodies = model.Names("body");
    private readonly int _free = MujocoModel.Table.Constant("mjJNT_FREE"), _ball = MujocoModel.Table.Constant("mjJNT_BALL"),
        _slide = MujocoModel.Table.Constant("mjJNT_SLIDE");

    /// <summary>Names of the elements of a kind; unnamed ones are called by their index.</summary>
    public static string[] NamesOf(MujocoModel model, string kind) =>
        [.. model.Names(kind).Select((name, i) => name.Length > 0 ? name : FormattableString.Invariant($"{kind}{i}"))];

    /// <summary>Everything that rewards and measures may read: all joints, all sensors, all bodies that have a name.</summary>
    public MjcfField[] All()
    {
        string[] named = [.. _bodies.Skip(1).Where(name => name.Length > 0)];
        return
        [
            .. Of(new MjcfBlock { Name = MjcfBlock.Positions }), .. Of(new MjcfBlock { Name = MjcfBlock.Velocities }),
            .. Of(new MjcfBlock { Name = MjcfBlock.Sensors }),
            .. named.Length == 0 ? [] : Of(new MjcfBlock { Name = MjcfBlock.Bodies, Of = named, Velocity = true, Orientation = true }),
        ];
    }

    /// <summary>The fields of a block of the observation.</summary>
    /// <exception cref="UnknownNameException">The model has no joint, sensor or body of a name; offers the nearest.</exception>
    public IEnumerable<MjcfField> Of(MjcfBlock block) => block.Name switch
    {
        MjcfBlock.Positions => Chosen("joint", block.Of, _joints).SelectMany(PositionsOf),
        MjcfBlock.Velocities => Chosen("joint", block.Of, _joints).SelectMany(VelocitiesOf),
        MjcfBlock.Sensors => Chosen("sensor", block.Of, _sensors).Select(Sensor),
        _ => Chosen("body", block.Of, _bodies).Where(body => body > 0 || block.Of.Length > 0).SelectMany(body => BodyOf(body, block)),
    };

    private IEnumerable<int> Chosen(string kind, string[] of, IReadOnlyList<string> known) => of.Length == 0
        ? Enumerable.Range(0, known.Count)
        : of.Select(name => Array.IndexOf([.. known], name) is >= 0 and int index
            ? index
            : throw new UnknownNameException($"{kind} in {model.File}", name, known.Where(other => other.Length > 0)));

    private IEnumerable<MjcfField> PositionsOf(int joint)
    {
        int type = model.Array<int>("jnt_type")[joint], at = model.Array<int>("jnt_qposadr")[joint];
        string name = _joints[joint];
        if (type == _free)
            yield return new(new FieldSpec($"{name}/position", 3, Unit: "m", Meaning: "of a free joint, in the world"),
                Source.Position, at);
        if (type == _free || type == _ball)
            yield return new(new FieldSpec($"{name}/orientation", 4, Meaning: "unit quaternion, real part first"), Source.Position,
                type == _free ? at + 3 : at);
        else yield return new(new FieldSpec($"{name}/position", Unit: type == _slide ? "m" : "rad"), Source.Position, at);
    }

    private IEnumerable<MjcfField> VelocitiesOf(int joint)
    {
        int type = model.Array<int>("jnt_type")[joint], at = model.Array<int>("jnt_dofadr")[joint];
        string name = _joints[joint];
        if (type == _free)
            yield return new(new FieldSpec($"{name}/velocity", 3, Unit: "m/s", Meaning: "of a free joint, in the world"),
                Source.Velocity, at);
        if (type == _free || type == _ball)
            yield return new(new FieldSpec($"{name}/spin", 3, Unit: "rad/s", Meaning: "about the body's own axes"), Source.Velocity,
                type == _free ? at + 3 : at);
        else yield return new(new FieldSpec($"{name}/velocity", Unit: type == _slide ? "m/s" : "rad/s"), Source.Velocity, at);
    }

    private MjcfField Sensor(int sensor) => new(
        new FieldSpec($"sensor/{_sensors[sensor]}", model.Array<int>("sensor_dim")[sensor], Meaning: "as the model's sensor gives it"),
        Source.Sensor, model.Array<int>("sensor_adr")[sensor]);

    private IEnumerable<MjcfField> BodyOf(int body, MjcfBlock block)
    {
        string name = _bodies[body].Length > 0 ? _bodies[body] : FormattableString.Invariant($"body{body}");
        yield return new(new FieldSpec($"body/{name}/position", 3, Unit: "m", Meaning: "in the world"), Source.BodyPosition, body);
        if (block.Orientation)
            yield return new(new FieldSpec($"body/{name}/orientation", 4, Meaning: "unit quaternion, real part first"),
                Source.BodyOrientation, body);
        if (!block.Velocity || model.Array<int>("body_weldid")[body] == 0) yield break; // what is fixed to the world does not move
        yield return new(new FieldSpec($"body/{name}/velocity", 3, Unit: "m/s", Meaning: "of its frame, in world axes"),
            Source.BodyVelocity, body);
        yield return new(new FieldSpec($"body/{name}/spin", 3, Unit: "rad/s", Meaning: "in world axes"), Source.BodySpin, body);
    }
}
