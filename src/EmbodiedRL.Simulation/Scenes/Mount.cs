using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Simulation.Scenes;

/// <summary>Mount of a camera or light: fixed to a body, tracking one, or targeting one.</summary>
/// <remarks>
/// Reckoned from where bodies are, and not by MuJoCo's own function: that one needs centers of mass whose computation would overwrite what
/// the last step left behind for tasks to observe.
/// </remarks>
internal sealed class Mount
{
    private readonly MountMode _mode;
    private readonly int _body, _target;
    private readonly double[] _position, _position0, _positionToCenter0, _axes, _axes0;
    private readonly int[] _carried = [], _targeted = [];
    private readonly double[] _masses;

    private Mount(MujocoModel model, string kind, int index, double[] axes, double[] axes0)
    {
        _mode = (MountMode)model.Array<int>($"{kind}_mode")[index];
        if (!Enum.IsDefined(_mode))
            throw new EmbodiedException($"{model.File}: {kind} {index} is fastened in a way ({(int)_mode}) that this version of "
                + "EmbodiedRL does not know. Use another mode.");
        (_body, _target) = (model.Array<int>($"{kind}_bodyid")[index], model.Array<int>($"{kind}_targetbodyid")[index]);
        if (_target < 0 && _mode is MountMode.TargetBody or MountMode.TargetCenter) _mode = MountMode.Fixed;
        _position = Three(model, $"{kind}_pos", index);
        _position0 = Three(model, $"{kind}_pos0", index);
        _positionToCenter0 = Three(model, $"{kind}_poscom0", index);
        (_axes, _axes0) = (axes, axes0);
        _masses = [.. model.Array<double>("body_mass")];
        if (_mode == MountMode.TrackCenter) _carried = Subtree(model, _body);
        if (_mode == MountMode.TargetCenter) _targeted = Subtree(model, _target);
        Moves = CanMove(model, _body) || _carried.Any(body => CanMove(model, body))
            || (_mode is MountMode.TargetBody or MountMode.TargetCenter
                && (CanMove(model, _target) || _targeted.Any(body => CanMove(model, body))));
    }

    /// <summary>MuJoCo's mjtCamLight.</summary>
    private enum MountMode
    {
        Fixed,
        Track,
        TrackCenter,
        TargetBody,
        TargetCenter,
    }

    /// <summary>Whether it can ever be elsewhere than in the default state.</summary>
    public bool Moves { get; }

    public static Mount OfCamera(MujocoModel model, int camera)
    {
        var axes = new double[9];
        ScenePointers.Rotation(model.Array<double>("cam_quat").Slice(4 * camera, 4), axes);
        return new Mount(model, "cam", camera, axes, [.. model.Array<double>("cam_mat0").Slice(9 * camera, 9)]);
    }

    /// <summary>A light's direction is kept as the column of a matrix opposite to a camera's view direction.</summary>
    public static Mount OfLight(MujocoModel model, int light) =>
        new(model, "light", light, Column(Three(model, "light_dir", light)), Column(Three(model, "light_dir0", light)));

    /// <summary>Writes position and rotation of a camera, or position and direction of a light.</summary>
    public void Read(ScenePointers at, Span<float> pose, bool isLight)
    {
        Span<double> position = stackalloc double[3], axes = stackalloc double[9];
        if (_mode is MountMode.Track or MountMode.TrackCenter)
        {
            Center(at, _mode == MountMode.TrackCenter, _body, _carried, position);
            double[] offset = _mode == MountMode.Track ? _position0 : _positionToCenter0;
            for (int i = 0; i < 3; i++) position[i] += offset[i];
            _axes0.CopyTo(axes);
        }
        else
        {
            at.ToWorld(_body, _position, position);
            at.Turn(_body, _axes, axes);
        }

        if (_mode is MountMode.TargetBody or MountMode.TargetCenter)
        {
            Span<double> target = stackalloc double[3];
            Center(at, _mode == MountMode.TargetCenter, _target, _targeted, target);
            Look(position, target, isLight, axes);
        }

        for (int i = 0; i < 3; i++) pose[i] = (float)position[i];
        if (isLight)
        {
            double length = Math.Sqrt((axes[2] * axes[2]) + (axes[5] * axes[5]) + (axes[8] * axes[8]));
            for (int i = 0; i < 3; i++) pose[3 + i] = (float)(axes[2 + (3 * i)] / Math.Max(length, 1e-15));
            pose.Slice(6, 6).Clear();
        }
        else
        {
            for (int i = 0; i < 9; i++) pose[3 + i] = (float)axes[i];
        }
    }

    private void Center(ScenePointers at, bool ofMass, int body, int[] subtree, Span<double> into)
    {
        if (ofMass) at.CenterOfMass(subtree, _masses, body, into);
        else at.ReadBody(body, into);
    }

    /// <summary>Third column: away from the target, or toward it for lights; the first one is level.</summary>
    private static void Look(ReadOnlySpan<double> from, ReadOnlySpan<double> to, bool isLight, Span<double> axes)
    {
        double sign = isLight ? -1 : 1;
        double x = sign * (from[0] - to[0]), y = sign * (from[1] - to[1]), z = sign * (from[2] - to[2]);
        double length = Math.Max(Math.Sqrt((x * x) + (y * y) + (z * z)), 1e-15);
        (x, y, z) = (x / length, y / length, z / length);
        double level = Math.Sqrt((x * x) + (y * y));
        (double rightX, double rightY) = level > 1e-15 ? (-y / level, x / level) : (1, 0);
        (axes[0], axes[3], axes[6]) = (rightX, rightY, 0);
        (axes[1], axes[4], axes[7]) = (-z * rightY, z * rightX, (x * rightY) - (y * rightX));
        (axes[2], axes[5], axes[8]) = (x, y, z);
    }

    /// <summary>Bodies welded to the world stand still, unless they are placed by hand.</summary>
    public static bool CanMove(MujocoModel model, int body)
    {
        ReadOnlySpan<int> parents = model.Array<int>("body_parentid"), joints = model.Array<int>("body_jntnum"),
            mocap = model.Array<int>("body_mocapid");
        for (int at = body; at > 0; at = parents[at])
            if (joints[at] > 0 || mocap[at] >= 0) return true;
        return false;
    }

    private static int[] Subtree(MujocoModel model, int root)
    {
        int[] parents = [.. model.Array<int>("body_parentid")];
        return [.. Enumerable.Range(0, parents.Length).Where(body => IsBelow(body))];

        bool IsBelow(int body)
        {
            while (body != root && body > 0) body = parents[body];
            return body == root;
        }
    }

    private static double[] Column(double[] direction) => [0, 0, direction[0], 0, 0, direction[1], 0, 0, direction[2]];

    private static double[] Three(MujocoModel model, string array, int row) => [.. model.Array<double>(array).Slice(3 * row, 3)];
}
