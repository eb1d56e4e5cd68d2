using System.Numerics;
using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Native;
using EmbodiedRL.Simulation.Scenes;

namespace EmbodiedRL.Simulation.Physics;

/// <summary>Physics of one environment: what a task may read and write, and the functions that step it. Owns MuJoCo's memory.</summary>
/// <remarks>
/// Spans are MuJoCo's own memory, valid as long as the view. World quantities (positions of bodies, geoms, sites) are those of the last
/// <see cref="UpdateKinematics"/>, which the stepping code calls. One thread at a time.
/// </remarks>
public sealed unsafe partial class PhysicsView : IDisposable
{
    private static readonly string[] BadStates = ["mjWARN_BADQPOS", "mjWARN_BADQVEL", "mjWARN_BADQACC"];

    private readonly DataHandle _handle;
    private readonly nint _model;
    private readonly nint _data;
    private readonly double* _qpos, _qvel, _act, _ctrl, _time, _bodyPosition, _sitePosition, _geomPosition, _geomRotation,
        _mocapPosition, _userData;
    private readonly int _actCount, _userCount, _warningOffset, _warningSize;
    private readonly int[] _badWarnings, _quaternions;
    private readonly double[] _kept;

    /// <summary>The model's default state.</summary>
    /// <exception cref="EmbodiedException">MuJoCo has no memory for it.</exception>
    public PhysicsView(MujocoModel model)
    {
        Model = model;
        _model = model.Address;
        string? error = EngineGuard.Call(EngineGuard.MakeData, model.Address, 0, out nint data);
        if (data == 0)
            throw new EmbodiedException($"{model.File}: MuJoCo could not make a state: {error ?? "out of memory"}. Make fewer "
                + "environments or a smaller model.");
        _handle = new DataHandle(data, model.Handle);
        _data = data;
        Fields = new Struct(MujocoModel.Table, "mjData", data);
        Pointers = new ScenePointers(Fields);
        _qpos = Fields.Pointer<double>("qpos");
        _qvel = Fields.Pointer<double>("qvel");
        _act = Fields.Pointer<double>("act");
        _ctrl = Fields.Pointer<double>("ctrl");
        _bodyPosition = Fields.Pointer<double>("xpos");
        _sitePosition = Fields.Pointer<double>("site_xpos");
        _geomPosition = Fields.Pointer<double>("geom_xpos");
        _geomRotation = Fields.Pointer<double>("geom_xmat");
        _mocapPosition = Fields.Pointer<double>("mocap_pos");
        _userData = Fields.Pointer<double>("userdata");
        (_actCount, _userCount) = (model.Size("na"), model.Size("nuserdata"));
        _time = (double*)(data + MujocoModel.Table.Find("mjData", "time").Offset);
        _warningOffset = MujocoModel.Table.Find("mjData", "warning").Offset;
        _warningSize = MujocoModel.Table.Sizes["mjWarningStat"];
        _warningOffset += MujocoModel.Table.Find("mjWarningStat", "number").Offset;
        _badWarnings = System.Array.ConvertAll(BadStates, MujocoModel.Table.Constant);
        _bodies = new BodyPointers(Fields);
        _forces = new ForcePointers(Fields);
        _sensorData = Fields.Pointer<double>("sensordata");
        _sensorCount = model.Size("nsensordata");
        _contacts = new ContactLayout(MujocoModel.Table);
        _quaternions = QuaternionsOf(model);
        _kept = new double[4 * _quaternions.Length];
    }

    /// <summary>What this is a state of.</summary>
    public MujocoModel Model { get; }

    /// <summary>Seconds since the episode began.</summary>
    public double Time => *_time;

    /// <summary>qpos [nq]: meters, radians, unit quaternions.</summary>
    public Span<double> Positions => new(_qpos, Model.PositionCount);

    /// <summary>qvel [nv]: meters or radians per second.</summary>
    public Span<double> Velocities => new(_qvel, Model.VelocityCount);

    /// <summary>ctrl [nu], in the unit of each actuator.</summary>
    public Span<double> Controls => new(_ctrl, Model.ControlCount);

    /// <summary>act [na], the state of actuators that have one.</summary>
    public Span<double> Activations => new(_act, _actCount);

    internal Struct Fields { get; }

    /// <summary>Where pictures find what they are made of.</summary>
    internal ScenePointers Pointers { get; }

    /// <summary>userdata [nuserdata]: what a task notes for later steps; saved with the state, zero at a reset.</summary>
    public Span<double> UserData => new(_userData, _userCount);

    /// <summary>An array of the state by MuJoCo's name, e.g. <c>cvel</c> [nbody, 6], row-major; MuJoCo's own memory.</summary>
    /// <remarks>
    /// Looks the name up, which costs more than the properties do. Arrays about constraints (efc_...) have the rows that are in use;
    /// they move from step to step, so ask again after each.
    /// </remarks>
    /// <exception cref="UnknownNameException">There is no such array.</exception>
    /// <exception cref="SpecMismatchException">Its elements are of another type.</exception>
    public Span<T> Array<T>(string name) where T : unmanaged => Fields.Behind<T>(name, Model.LengthOf(Require(name), Fields));

    /// <summary>
    /// Numbers that lie in the state itself, e.g. <c>energy</c>, <c>nefc</c> or <c>solver_fwdinv</c>; MuJoCo's own memory.
    /// </summary>
    /// <exception cref="UnknownNameException">There are none of this name.</exception>
    /// <exception cref="SpecMismatchException">They are of another type.</exception>
    public Span<T> Numbers<T>(string name) where T : unmanaged => Fields.InPlace<T>(name);

    /// <summary>A joint's first coordinate, m or rad.</summary>
    public ref double Position(JointId joint) => ref _qpos[joint.Position];

    /// <summary>A joint's first velocity, m/s or rad/s.</summary>
    public ref double Velocity(JointId joint) => ref _qvel[joint.Velocity];

    /// <summary>An actuator's control.</summary>
    public ref double Control(ActuatorId actuator) => ref _ctrl[actuator.Control];

    /// <summary>Where a body is, [3], m.</summary>
    public ReadOnlySpan<double> Position(BodyId body) => new(_bodyPosition + (3 * body.Index), 3);

    /// <summary>Where a site is, [3], m.</summary>
    public ReadOnlySpan<double> Position(SiteId site) => new(_sitePosition + (3 * site.Index), 3);

    /// <summary>Where a geom is, [3], m.</summary>
    public ReadOnlySpan<double> Position(GeomId geom) => new(_geomPosition + (3 * geom.Index), 3);

    /// <summary>Where a mocap body is put, [3], m.</summary>
    public Span<double> Position(MocapId mocap) => new(_mocapPosition + (3 * mocap.Index), 3);

    /// <summary>Applies a force at a body's center of mass until it is changed or reset.</summary>
    /// <param name="body">Not the world.</param>
    /// <param name="force">Newtons, in world axes.</param>
    public void Push(BodyId body, Vector3 force)
    {
        Span<double> applied = Array<double>("xfrc_applied").Slice(6 * body.Index, 3);
        for (int axis = 0; axis < 3; axis++) applied[axis] = force[axis];
    }

    /// <summary>Sets the model's default state: positions at rest, velocities, controls and time at zero.</summary>
    public void Reset() => Functions.ResetData(Model.Handle, _handle);

    /// <summary>Sets the state of a keyframe.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The model has no such keyframe.</exception>
    public void Reset(KeyframeId key)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)key.Index, (uint)Model.Size("nkey"));
        Functions.ResetDataKeyframe(Model.Handle, _handle, key.Index);
    }

    /// <summary>Advances by physics steps.</summary>
    /// <param name="count">How many.</param>
    /// <returns>False if the state went bad (not finite, or too large) and MuJoCo reset it.</returns>
    /// <exception cref="EmbodiedException">The engine gave up; carries its word. The state is reset.</exception>
    public bool Step(int count)
    {
        for (int step = 0; step < count; step++) Call(EngineGuard.Step);
        return !IsBad();
    }

    /// <summary>Computes where everything is from <see cref="Positions"/>, which keep every bit.</summary>
    /// <remarks>MuJoCo would bring their quaternions to unit length, so that reading a state would change its continuation.</remarks>
    public void UpdateKinematics()
    {
        for (int i = 0; i < _quaternions.Length; i++) Positions.Slice(_quaternions[i], 4).CopyTo(_kept.AsSpan(4 * i));
        Call(EngineGuard.Kinematics);
        for (int i = 0; i < _quaternions.Length; i++) _kept.AsSpan(4 * i, 4).CopyTo(Positions[_quaternions[i]..]);
    }

    /// <summary>
    /// Computes the paths and lengths of tendons; of their moments only where the last step's centers of mass still hold.
    /// </summary>
    public void UpdateTendons() => Functions.Tendon(_model, _data);

    /// <summary>Computes the forces and accelerations of bodies (cacc, cfrc_int, cfrc_ext) that MuJoCo leaves out of a step.</summary>
    public void UpdateBodyForces() => Call(EngineGuard.BodyForces);

    /// <summary>Computes everything that a step would, without moving.</summary>
    /// <exception cref="EmbodiedException">The engine gave up; carries its word. The state is reset.</exception>
    public void Forward() => Call(EngineGuard.Forward);

    /// <summary>Writes the poses of all geoms, [G, 12]: position, rotation matrix row-major, as renderers read them.</summary>
    public void ReadPoses(ReadOnlySpan<int> geoms, Span<float> into)
    {
        for (int i = 0; i < geoms.Length; i++)
        {
            double* position = _geomPosition + (3 * geoms[i]), rotation = _geomRotation + (9 * geoms[i]);
            Span<float> pose = into.Slice(12 * i, 12);
            for (int axis = 0; axis < 3; axis++) pose[axis] = (float)position[axis];
            for (int entry = 0; entry < 9; entry++) pose[3 + entry] = (float)rotation[entry];
        }
    }

    private static Layout.FieldLayout Require(string name)
    {
        Layout.FieldLayout field = MujocoModel.Table.Find("mjData", name);
        return field.Dimensions.Length > 0
            ? field
            : throw new SpecMismatchException($"mjData.{name} of MuJoCo {MujocoModel.Table.Version}", "an array",
                "no length in its declaration");
    }

    /// <summary>Frees MuJoCo's memory.</summary>
    public void Dispose() => _handle.Dispose();

    /// <summary>Where in qpos the quaternions of free and ball joints begin.</summary>
    private static int[] QuaternionsOf(MujocoModel model)
    {
        int free = MujocoModel.Table.Constant("mjJNT_FREE"), ball = MujocoModel.Table.Constant("mjJNT_BALL");
        List<int> starts = [];
        for (int joint = 0; joint < model.Size("njnt"); joint++)
        {
            int type = model.Array<int>("jnt_type")[joint], start = model.Array<int>("jnt_qposadr")[joint];
            if (type == free) starts.Add(start + 3);
            if (type == ball) starts.Add(start);
        }

        return [.. starts];
    }

    /// <summary>Calls what may give up half way; the state is then of no use.</summary>
    private void Call(nint function)
    {
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        if (EngineGuard.Call(function, _model, _data) is not { } error) return;
        Functions.ResetData(Model.Handle, _handle);
        throw new EmbodiedException($"{Model.File}: MuJoCo gave up: {error}. The state was reset; give the model more memory (option "
            + "size) if it ran out of it.");
    }

    /// <summary>Whether MuJoCo has counted a bad state since the last reset by us; the counters are then at zero again.</summary>
    private bool IsBad()
    {
        bool bad = false;
        foreach (int warning in _badWarnings)
        {
            int* number = (int*)(_data + _warningOffset + (warning * _warningSize));
            bad |= *number > 0;
            *number = 0;
        }

        return bad;
    }
}
