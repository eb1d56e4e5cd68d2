using System.Collections.Immutable;
using System.Runtime.InteropServices;
using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Layout;
using EmbodiedRL.Simulation.Native;

namespace EmbodiedRL.Simulation.Physics;

/// <summary>MuJoCo model: a compiled model, shared unchanged by all environments of it. Owns MuJoCo's memory.</summary>
/// <remarks>May be read from any thread.</remarks>
public sealed partial class MujocoModel : IDisposable
{
    private readonly ModelHandle _handle;
    private readonly Struct _struct;

    private MujocoModel(string file, ModelHandle handle, IReadOnlyList<string> warnings)
    {
        (File, _handle, Warnings) = (file, handle, [.. warnings]);
        _struct = new Struct(MuJoCoLibrary.Table, "mjModel", handle.DangerousGetHandle());
        (PositionCount, VelocityCount, ControlCount, BodyCount) = (Size("nq"), Size("nv"), Size("nu"), Size("nbody"));
        ModelCheck.Require(this);
        EngineMemory.Widen(_struct);
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
    public double Timestep => _struct.InPlace<double>("opt.timestep")[0];

    /// <summary>How large the model is, saved as MuJoCo saves it.</summary>
    public long Bytes => Table.Number < 3000000 ? Functions.SizeOfModel(Address) : Functions.LongSizeOfModel(Address);

    internal nint Address
    {
        get
        {
            ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
            return _handle.DangerousGetHandle();
        }
    }

    internal ModelHandle Handle => _handle;

    internal static LayoutTable Table => MuJoCoLibrary.Table;

    /// <summary>Compiles a file.</summary>
    /// <param name="path">MJCF or URDF; included files are searched beside it.</param>
    /// <returns>The model; the caller disposes it after everything made of it.</returns>
    /// <exception cref="AssetMissingException">There is no such file, or no MuJoCo.</exception>
    /// <exception cref="CorruptFileException">MuJoCo refuses it, or it holds numbers that nothing can be
    /// simulated with; names file and line.</exception>
    public static MujocoModel Load(string path)
    {
        MuJoCoLibrary.EnsureLoaded();
        return Own(path, ModelLoader.Load(path));
    }

    /// <summary>Compiles MJCF text.</summary>
    /// <param name="name">What the text is called, for people.</param>
    /// <param name="xml">MJCF that names no other files.</param>
    /// <returns>The model; the caller disposes it after everything made of it.</returns>
    /// <exception cref="CorruptFileException">MuJoCo refuses it, or it holds numbers that nothing can be
    /// simulated with; names the line.</exception>
    public static MujocoModel Parse(string name, string xml) => Parse(name, xml, new Dictionary<string, byte[]>());

    /// <summary>Compiles MJCF text with the files that it names: meshes, textures, height fields, includes.</summary>
    /// <param name="name">What the text is called, for people.</param>
    /// <param name="xml">MJCF.</param>
    /// <param name="files">Contents by the name by which the text refers to them; copied.</param>
    /// <returns>The model; the caller disposes it after everything made of it.</returns>
    /// <exception cref="CorruptFileException">MuJoCo refuses it, or it holds numbers that nothing can be
    /// simulated with; names the line.</exception>
    public static MujocoModel Parse(string name, string xml, IReadOnlyDictionary<string, byte[]> files)
    {
        MuJoCoLibrary.EnsureLoaded();
        return Own(name, ModelLoader.LoadText(name, xml, files));
    }

    /// <summary>One of the model's own sizes by MuJoCo's name, e.g. <c>ngeom</c>.</summary>
    /// <exception cref="UnknownNameException">There is no such size.</exception>
    public int Size(string name) => checked((int)_struct.Integer(name));

    /// <summary>An array of the model by MuJoCo's name, e.g. <c>body_mass</c>, row-major; owned by the model.</summary>
    /// <exception cref="UnknownNameException">There is no such array.</exception>
    /// <exception cref="SpecMismatchException">Its elements are of another type.</exception>
    public ReadOnlySpan<T> Array<T>(string name) where T : unmanaged => Writable<T>(name);

    /// <summary>Whether MuJoCo's version has an array or size of this name.</summary>
    public bool Has(string name) => _struct.Has(name);

    /// <summary>
    /// Numbers that lie in the model itself, e.g. <c>opt.gravity</c> or <c>vis.headlight.ambient</c>; owned by the model.
    /// </summary>
    /// <exception cref="UnknownNameException">There are none of this name.</exception>
    /// <exception cref="SpecMismatchException">They are of another type.</exception>
    public ReadOnlySpan<T> Numbers<T>(string name) where T : unmanaged => _struct.InPlace<T>(name);

    /// <summary>A copy whose numbers may be changed, for randomization; independent of this one.</summary>
    /// <returns>The copy; the caller disposes it after everything made of it.</returns>
    /// <exception cref="EmbodiedException">There is no memory for it.</exception>
    public EditableModel Copy()
    {
        string? error = EngineGuard.Call(EngineGuard.CopyModel, 0, Address, out nint copy);
        if (copy == 0) throw new EmbodiedException($"{File}: MuJoCo could not copy the model: {error ?? "out of memory"}.");
        return new EditableModel(Own(File, (new ModelHandle(copy), Warnings)));
    }

    /// <summary>Frees MuJoCo's memory as soon as nothing uses it.</summary>
    public void Dispose() => _handle.Dispose();

    /// <summary>How many elements an array of the model has, by the sizes that its declaration names.</summary>
    internal int LengthOf(FieldLayout field) => LengthOf(field, null);

    /// <summary>How many elements an array of a state has; newer versions keep some of the sizes in the state itself.</summary>
    internal int LengthOf(FieldLayout field, Struct? data)
    {
        int length = 1;
        foreach (string dimension in field.Dimensions) length = checked(length * Extent(dimension, data));
        return length;
    }

    internal Span<T> Writable<T>(string name) where T : unmanaged => _struct.Behind<T>(name, LengthOf(Require(name)));

    internal Span<T> WritableNumbers<T>(string name) where T : unmanaged => _struct.InPlace<T>(name);

    private static MujocoModel Own(string name, (ModelHandle Handle, IReadOnlyList<string> Warnings) compiled)
    {
        try
        {
            return new MujocoModel(name, compiled.Handle, compiled.Warnings);
        }
        catch
        {
            compiled.Handle.Dispose();
            throw;
        }
    }

    private static FieldLayout Require(string name)
    {
        FieldLayout field = Table.Find("mjModel", name);
        return field.Dimensions.Length > 0
            ? field
            : throw new SpecMismatchException($"mjModel.{name} of MuJoCo {Table.Version}", "an array", "no length in its declaration");
    }

    /// <summary>A dimension: a number, a size, or a product of these such as <c>3*nmocap</c>.</summary>
    private int Extent(string dimension, Struct? data)
    {
        if (int.TryParse(dimension, out int number)) return number;
        if (dimension.Contains('*', StringComparison.Ordinal)) return Product(dimension, data);
        if (data is not { } state) return Size(dimension);
        // Older versions declare room for the most rows there may be; what is meant is those in use.
        string used = dimension switch { "njmax" => "nefc", "nconmax" => "ncon", _ => dimension };
        return state.Has(used) && (used != dimension || !Has(used)) ? checked((int)state.Integer(used)) : Size(dimension);
    }

    /// <summary>
    /// On its own, since what a lambda captures is allocated for the whole method, and arrays are looked up while episodes are played.
    /// </summary>
    private int Product(string dimension, Struct? data) =>
        dimension.Split('*').Aggregate(1, (product, factor) => checked(product * Extent(factor, data)));
}
