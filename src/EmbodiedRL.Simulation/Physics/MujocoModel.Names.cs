using System.Runtime.InteropServices;
using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Native;

namespace EmbodiedRL.Simulation.Physics;

public sealed partial class MujocoModel
{
    private static readonly (string Kind, string Constant, string Size, string OldSize)[] AllKinds =
    [
        ("body", "mjOBJ_BODY", "nbody", ""), ("joint", "mjOBJ_JOINT", "njnt", ""), ("geom", "mjOBJ_GEOM", "ngeom", ""),
        ("site", "mjOBJ_SITE", "nsite", ""),
        ("camera", "mjOBJ_CAMERA", "ncam", ""), ("light", "mjOBJ_LIGHT", "nlight", ""), ("mesh", "mjOBJ_MESH", "nmesh", ""),
        ("skin", "mjOBJ_SKIN", "nskin", ""),
        ("flex", "mjOBJ_FLEX", "nflex", ""), ("hfield", "mjOBJ_HFIELD", "nhfield", ""), ("texture", "mjOBJ_TEXTURE", "ntex", ""),
        ("material", "mjOBJ_MATERIAL", "nmat", ""), ("pair", "mjOBJ_PAIR", "npair", ""), ("exclude", "mjOBJ_EXCLUDE", "nexclude", ""),
        ("equality", "mjOBJ_EQUALITY", "neq", ""), ("tendon", "mjOBJ_TENDON", "ntendon", ""),
        ("actuator", "mjOBJ_ACTUATOR", "nactuator", "nu"),
        ("sensor", "mjOBJ_SENSOR", "nsensor", ""), ("numeric", "mjOBJ_NUMERIC", "nnumeric", ""), ("text", "mjOBJ_TEXT", "ntext", ""),
        ("tuple", "mjOBJ_TUPLE", "ntuple", ""), ("keyframe", "mjOBJ_KEY", "nkey", ""), ("plugin", "mjOBJ_PLUGIN", "nplugin", ""),
    ];

    /// <summary>Kinds of named elements in this version of MuJoCo, e.g. body, joint, sensor.</summary>
    public static IReadOnlyList<string> Kinds => [.. AllKinds.Where(IsThere).Select(known => known.Kind)];

    /// <summary>The body of a name.</summary>
    /// <exception cref="UnknownNameException">There is none; offers the nearest.</exception>
    public BodyId Body(string name) => new(Index("body", name));

    /// <summary>The joint of a name.</summary>
    /// <exception cref="UnknownNameException">There is none; offers the nearest.</exception>
    public JointId Joint(string name)
    {
        int index = Index("joint", name);
        return new JointId(index, Array<int>("jnt_qposadr")[index], Array<int>("jnt_dofadr")[index]);
    }

    /// <summary>The geom of a name.</summary>
    /// <exception cref="UnknownNameException">There is none; offers the nearest.</exception>
    public GeomId Geom(string name) => new(Index("geom", name));

    /// <summary>The site of a name.</summary>
    /// <exception cref="UnknownNameException">There is none; offers the nearest.</exception>
    public SiteId Site(string name) => new(Index("site", name));

    /// <summary>The camera of a name.</summary>
    /// <exception cref="UnknownNameException">There is none; offers the nearest.</exception>
    public CameraId Camera(string name) => new(Index("camera", name));

    /// <summary>The tendon of a name.</summary>
    /// <exception cref="UnknownNameException">There is none; offers the nearest.</exception>
    public TendonId Tendon(string name) => new(Index("tendon", name));

    /// <summary>The equality constraint of a name.</summary>
    /// <exception cref="UnknownNameException">There is none; offers the nearest.</exception>
    public EqualityId Equality(string name) => new(Index("equality", name));

    /// <summary>The sensor of a name, with where its values lie.</summary>
    /// <exception cref="UnknownNameException">There is none; offers the nearest.</exception>
    public SensorId Sensor(string name)
    {
        int index = Index("sensor", name);
        return new SensorId(
            index, Array<int>("sensor_adr")[index], Array<int>("sensor_dim")[index], Array<int>("sensor_type")[index],
            Array<double>("sensor_cutoff")[index]);
    }

    /// <summary>The actuator of a name, with where its control and its activation lie.</summary>
    /// <exception cref="UnknownNameException">There is none; offers the nearest.</exception>
    public ActuatorId Actuator(string name)
    {
        int index = Index("actuator", name);
        return new ActuatorId(index)
        {
            Control = Has("actuator_ctrladr") ? Array<int>("actuator_ctrladr")[index] : index,
            Output = Has("actuator_outadr") ? Array<int>("actuator_outadr")[index] : index,
            Activation = ActivationOf(index),
        };
    }

    /// <summary>The keyframe of a name.</summary>
    /// <exception cref="UnknownNameException">There is none; offers the nearest.</exception>
    public KeyframeId Keyframe(string name) => new(Index("keyframe", name));

    /// <summary>The mocap body of a name.</summary>
    /// <exception cref="UnknownNameException">There is no body of this name; offers the nearest.</exception>
    /// <exception cref="SpecMismatchException">It is simulated, not placed.</exception>
    public MocapId Mocap(string name)
    {
        BodyId body = Body(name);
        int index = Array<int>("body_mocapid")[body.Index];
        return index >= 0
            ? new MocapId(body, index)
            : throw new SpecMismatchException($"body '{name}' of {File}", "mocap=\"true\"", "a simulated body");
    }

    /// <summary>Numbers of the author's own that a model's file gives a name (element <c>numeric</c>); owned by the model.</summary>
    /// <exception cref="UnknownNameException">There are none of this name; offers the nearest.</exception>
    public ReadOnlySpan<double> Numeric(string name)
    {
        int index = Index("numeric", name);
        return Array<double>("numeric_data").Slice(Array<int>("numeric_adr")[index], Array<int>("numeric_size")[index]);
    }

    /// <summary>Words of the author's own that a model's file gives a name (element <c>text</c>).</summary>
    /// <exception cref="UnknownNameException">There are none of this name; offers the nearest.</exception>
    public string Text(string name)
    {
        int index = Index("text", name);
        ReadOnlySpan<byte> text = Array<byte>("text_data").Slice(Array<int>("text_adr")[index], Array<int>("text_size")[index]);
        return System.Text.Encoding.UTF8.GetString(text.TrimEnd((byte)0));
    }

    /// <summary>The index of an element by kind and name.</summary>
    /// <param name="kind">One of <see cref="Kinds"/>.</param>
    /// <param name="name">As in the model's file.</param>
    /// <exception cref="UnknownNameException">There is none, or no such kind; offers the nearest.</exception>
    public int Index(string kind, string name) => TryFind(kind, name, out int index)
        ? index
        : throw new UnknownNameException($"{kind} in {File}", name, Names(kind).Where(known => known.Length > 0));

    /// <summary>The index of an element by kind and name, if there is one.</summary>
    /// <exception cref="UnknownNameException">There is no such kind; offers the nearest.</exception>
    public bool TryFind(string kind, string name, out int index)
    {
        // MuJoCo takes the first unnamed element for the one named "".
        index = name.Length > 0 ? Functions.NameToId(Address, Table.Constant(Find(kind).Constant), name) : -1;
        return index >= 0;
    }

    /// <summary>Number of elements of a kind.</summary>
    /// <exception cref="UnknownNameException">There is no such kind; offers the nearest.</exception>
    public int Count(string kind) => Size(Find(kind).Size);

    /// <summary>All names of a kind (see <see cref="Kinds"/>) by index; empty where there is none.</summary>
    /// <exception cref="UnknownNameException">There is no such kind; offers the nearest.</exception>
    public IReadOnlyList<string> Names(string kind)
    {
        (string constant, string size) = Find(kind);
        int type = Table.Constant(constant);
        return [.. Enumerable.Range(0, Size(size)).Select(index => NameOf(type, index))];
    }

    private static bool IsThere((string Kind, string Constant, string Size, string OldSize) known) =>
        Table.Constants.ContainsKey(known.Constant);

    private static (string Constant, string Size) Find(string kind)
    {
        foreach ((string Kind, string Constant, string Size, string OldSize) known in AllKinds)
            if (known.Kind == kind && IsThere(known))
                return (known.Constant, Table.TryFind("mjModel", known.Size, out _) ? known.Size : known.OldSize);
        throw new UnknownNameException("kind of element", kind, Kinds);
    }

    private unsafe string NameOf(int type, int index) => Marshal.PtrToStringUTF8((nint)Functions.IdToName(Address, type, index)) ?? "";

    /// <summary>
    /// Activations belong to the last actuators in older versions, and have addresses of their own in newer ones; -1 if it has none.
    /// </summary>
    private int ActivationOf(int actuator)
    {
        if (Has("actuator_actadr")) return Array<int>("actuator_actadr")[actuator];
        int stateless = ControlCount - Size("na");
        return actuator >= stateless ? actuator - stateless : -1;
    }
}
