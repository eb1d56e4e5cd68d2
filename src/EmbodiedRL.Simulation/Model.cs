using System.Collections.Immutable;
using System.Runtime.InteropServices;
using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Layout;
using EmbodiedRL.Simulation.Native;

namespace EmbodiedRL.Simulation;

/// <summary>A compiled model: what a scene is made of. Shared, unchanged, by all environments of it; owns MuJoCo's memory.</summary>
/// <remarks>May be read from any thread.</remarks>
public sealed class Model : IDisposable
{
    private static readonly (string Kind, string Constant, string Size)[] Kinds =
    [
        ("body", "mjOBJ_BODY", "nbody"), ("joint", "mjOBJ_JOINT", "njnt"), ("geom", "mjOBJ_GEOM", "ngeom"), ("site", "mjOBJ_SITE", "nsite"),
        ("camera", "mjOBJ_CAMERA", "ncam"), ("light", "mjOBJ_LIGHT", "nlight"), ("actuator", "mjOBJ_ACTUATOR", "nu"), ("keyframe", "mjOBJ_KEY", "nkey"),
    ];

    private readonly ModelHandle _handle;
    private readonly Struct _struct;

    private Model(string file, ModelHandle handle, IReadOnlyList<string> warnings)
    {
        (File, _handle, Warnings) = (file, handle, [.. warnings]);
        _struct = new Struct(MuJoCoLibrary.Table, "mjModel", handle.DangerousGetHandle());
        (PositionCount, VelocityCount, ControlCount, BodyCount) = (Size("nq"), Size("nv"), Size("nu"), Size("nbody"));
        Timestep = _struct.InPlace<double>("opt.timestep")[0];
        if (!(Timestep > 0)) throw Refuse("option timestep", "more than 0 s", $"{Timestep}");
        RequireFinite("qpos0", "body_pos", "body_quat", "body_mass", "body_inertia", "geom_pos", "geom_size", "jnt_range", "actuator_ctrlrange");
    }

    /// <summary>Where the model came from, as it was named.</summary>
    public string File { get; }

    /// <summary>What MuJoCo found odd and went on.</summary>
    public ImmutableArray<string> Warnings { get; }

    /// <summary>nq, the length of qpos.</summary>
    public int PositionCount { get; }

    /// <summary>nv, the length of qvel.</summary>
    public int VelocityCount { get; }

    /// <summary>nu, the length of ctrl.</summary>
    public int ControlCount { get; }

    /// <summary>nbody, the world included.</summary>
    public int BodyCount { get; }

    /// <summary>Seconds of one physics step.</summary>
    public double Timestep { get; }

    internal nint Address => _handle.DangerousGetHandle();

    internal ModelHandle Handle => _handle;

    internal static LayoutTable Table => MuJoCoLibrary.Table;

    /// <summary>Compiles a file.</summary>
    /// <param name="path">MJCF or URDF; what it includes is looked for beside it.</param>
    /// <returns>The model; the caller disposes it after everything made of it.</returns>
    /// <exception cref="AssetMissingException">There is no such file, or no MuJoCo.</exception>
    /// <exception cref="CorruptFileException">MuJoCo refuses it, or it holds numbers that nothing can be simulated with; names file and line.</exception>
    public static Model Load(string path)
    {
        MuJoCoLibrary.EnsureLoaded();
        return Own(path, ModelLoader.Load(path));
    }

    /// <summary>Compiles MJCF text.</summary>
    /// <param name="name">What the text is called, for people.</param>
    /// <param name="xml">MJCF that includes nothing.</param>
    /// <returns>The model; the caller disposes it after everything made of it.</returns>
    /// <exception cref="CorruptFileException">MuJoCo refuses it, or it holds numbers that nothing can be simulated with; names the line.</exception>
    public static Model Parse(string name, string xml)
    {
        MuJoCoLibrary.EnsureLoaded();
        return Own(name, ModelLoader.LoadText(name, xml));
    }

    /// <summary>One of the model's own sizes by MuJoCo's name, e.g. <c>ngeom</c>.</summary>
    /// <exception cref="UnknownNameException">There is no such size.</exception>
    public int Size(string name) => checked((int)_struct.Integer(name));

    /// <summary>An array of the model by MuJoCo's name, e.g. <c>body_mass</c>, row-major; owned by the model.</summary>
    /// <exception cref="UnknownNameException">There is no such array.</exception>
    /// <exception cref="SpecMismatchException">Its elements are of another type.</exception>
    public ReadOnlySpan<T> Array<T>(string name) where T : unmanaged => _struct.Behind<T>(name, LengthOf(Table.Find("mjModel", name)));

    /// <summary>Whether MuJoCo's version has an array or size of this name.</summary>
    public bool Has(string name) => _struct.Has(name);

    /// <summary>Numbers that lie in the model itself, e.g. <c>opt.gravity</c> or <c>vis.headlight.ambient</c>; owned by the model.</summary>
    /// <exception cref="UnknownNameException">There are none of this name.</exception>
    /// <exception cref="SpecMismatchException">They are of another type.</exception>
    public ReadOnlySpan<T> Numbers<T>(string name) where T : unmanaged => _struct.InPlace<T>(name);

    /// <summary>The body of a name.</summary>
    /// <exception cref="UnknownNameException">There is none; offers the nearest.</exception>
    public BodyId Body(string name) => new(IndexOf("body", name));

    /// <summary>The joint of a name.</summary>
    /// <exception cref="UnknownNameException">There is none; offers the nearest.</exception>
    public JointId Joint(string name)
    {
        int index = IndexOf("joint", name);
        return new JointId(index, Array<int>("jnt_qposadr")[index], Array<int>("jnt_dofadr")[index]);
    }

    /// <summary>The geom of a name.</summary>
    /// <exception cref="UnknownNameException">There is none; offers the nearest.</exception>
    public GeomId Geom(string name) => new(IndexOf("geom", name));

    /// <summary>The site of a name.</summary>
    /// <exception cref="UnknownNameException">There is none; offers the nearest.</exception>
    public SiteId Site(string name) => new(IndexOf("site", name));

    /// <summary>The actuator of a name.</summary>
    /// <exception cref="UnknownNameException">There is none; offers the nearest.</exception>
    public ActuatorId Actuator(string name) => new(IndexOf("actuator", name));

    /// <summary>The keyframe of a name.</summary>
    /// <exception cref="UnknownNameException">There is none; offers the nearest.</exception>
    public KeyframeId Keyframe(string name) => new(IndexOf("keyframe", name));

    /// <summary>The mocap body of a name.</summary>
    /// <exception cref="UnknownNameException">There is no body of this name; offers the nearest.</exception>
    /// <exception cref="SpecMismatchException">It is simulated, not placed.</exception>
    public MocapId Mocap(string name)
    {
        BodyId body = Body(name);
        int index = Array<int>("body_mocapid")[body.Index];
        return index >= 0 ? new MocapId(body, index) : throw new SpecMismatchException($"body '{name}' of {File}", "mocap=\"true\"", "a simulated body");
    }

    /// <summary>All names of a kind (body, joint, geom, site, camera, light, actuator, keyframe) by index; empty where there is none.</summary>
    public IReadOnlyList<string> Names(string kind)
    {
        (string _, string constant, string size) = Find(kind);
        int type = Table.Constant(constant);
        return [.. Enumerable.Range(0, Size(size)).Select(index => NameOf(type, index))];
    }

    /// <summary>Frees MuJoCo's memory as soon as nothing uses it.</summary>
    public void Dispose() => _handle.Dispose();

    /// <summary>How many elements an array has, by the sizes that its declaration names.</summary>
    internal int LengthOf(FieldLayout field)
    {
        int length = 1;
        foreach (string dimension in field.Dimensions) length = checked(length * (int.TryParse(dimension, out int number) ? number : Size(dimension)));
        return length;
    }

    private static Model Own(string name, (ModelHandle Handle, IReadOnlyList<string> Warnings) compiled)
    {
        try
        {
            return new Model(name, compiled.Handle, compiled.Warnings);
        }
        catch
        {
            compiled.Handle.Dispose();
            throw;
        }
    }

    private static (string Kind, string Constant, string Size) Find(string kind) =>
        Kinds.FirstOrDefault(known => known.Kind == kind) is { Kind: not null } found ? found : throw new UnknownNameException("kind of thing", kind, Kinds.Select(known => known.Kind));

    private int IndexOf(string kind, string name)
    {
        (string _, string constant, string _) = Find(kind);
        int index = Functions.NameToId(Address, Table.Constant(constant), name);
        return index >= 0 ? index : throw new UnknownNameException($"{kind} in {File}", name, Names(kind).Where(known => known.Length > 0));
    }

    private unsafe string NameOf(int type, int index) => Marshal.PtrToStringUTF8((nint)Functions.IdToName(Address, type, index)) ?? "";

    /// <summary>MuJoCo accepts a few numbers in MJCF that it then cannot simulate with.</summary>
    private void RequireFinite(params ReadOnlySpan<string> arrays)
    {
        foreach (string name in arrays)
        {
            ReadOnlySpan<double> values = Array<double>(name);
            for (int i = 0; i < values.Length; i++)
                if (!double.IsFinite(values[i])) throw Refuse(name, "finite numbers", $"{values[i]} at position {i}");
        }
    }

    private CorruptFileException Refuse(string what, string expected, string found) => new(File, $"{expected} in {what}", found);
}
