using EmbodiedRL.Simulation.Native;

namespace EmbodiedRL.Simulation.Physics;

/// <content>Where bodies and what is fixed to them are, how they are turned and how fast they move.</content>
public sealed unsafe partial class PhysicsView
{
    private readonly BodyPointers _bodies;

    /// <summary>How a body is turned, [4], a unit quaternion (w, x, y, z).</summary>
    public ReadOnlySpan<double> Orientation(BodyId body) => new(_bodies.Quaternion + (4 * body.Index), 4);

    /// <summary>How a body is turned, [9], row-major; its columns are the body's axes.</summary>
    public ReadOnlySpan<double> Rotation(BodyId body) => new(_bodies.Rotation + (9 * body.Index), 9);

    /// <summary>How a geom is turned, [9], row-major.</summary>
    public ReadOnlySpan<double> Rotation(GeomId geom) => new(_geomRotation + (9 * geom.Index), 9);

    /// <summary>How a site is turned, [9], row-major.</summary>
    public ReadOnlySpan<double> Rotation(SiteId site) => new(_bodies.SiteRotation + (9 * site.Index), 9);

    /// <summary>Rotation matrix of a camera, [9], row-major; its view direction is its negative third axis.</summary>
    public ReadOnlySpan<double> Rotation(CameraId camera) => new(_bodies.CameraRotation + (9 * camera.Index), 9);

    /// <summary>Where a camera is, [3], m.</summary>
    public ReadOnlySpan<double> Position(CameraId camera) => new(_bodies.CameraPosition + (3 * camera.Index), 3);

    /// <summary>Where a body's center of mass is, [3], m.</summary>
    public ReadOnlySpan<double> CenterOfMass(BodyId body) => new(_bodies.Center + (3 * body.Index), 3);

    /// <summary>
    /// Where the center of mass of a body and all that hangs on it is, [3], m; needs a <see cref="Step"/> or <see cref="Forward"/>.
    /// </summary>
    public ReadOnlySpan<double> SubtreeCenterOfMass(BodyId body) => new(_bodies.SubtreeCenter + (3 * body.Index), 3);

    /// <summary>How a mocap body is turned, [4], a unit quaternion (w, x, y, z).</summary>
    public Span<double> Orientation(MocapId mocap) => new(_bodies.MocapQuaternion + (4 * mocap.Index), 4);

    /// <summary>A body's velocity at its origin; needs a <see cref="Step"/> or <see cref="Forward"/>.</summary>
    /// <param name="body">Which.</param>
    /// <param name="into">[6]: rotation, rad/s, then translation, m/s.</param>
    /// <param name="inBody">Along the body's own axes, not the world's.</param>
    public void ReadVelocity(BodyId body, Span<double> into, bool inBody = false)
    {
        RequireLength("velocity", into, 6);
        fixed (double* result =
            into) Functions.ObjectVelocity(Model.Handle, _handle, _bodies.FrameOfBody, body.Index, result, inBody ? 1 : 0);
    }

    /// <summary>A body's velocity at its center of mass; needs a <see cref="Step"/> or <see cref="Forward"/>.</summary>
    /// <param name="body">Which.</param>
    /// <param name="into">[6]: rotation, rad/s, then translation, m/s.</param>
    /// <param name="inPrincipalAxes">Along the principal axes of the body's inertia, not the world's.</param>
    public void ReadVelocityOfCenter(BodyId body, Span<double> into, bool inPrincipalAxes = false)
    {
        RequireLength("velocity", into, 6);
        fixed (double* result =
            into) Functions.ObjectVelocity(Model.Handle, _handle, _bodies.FrameOfInertia, body.Index, result, inPrincipalAxes ? 1 : 0);
    }

    /// <summary>A site's velocity; needs a <see cref="Step"/> or <see cref="Forward"/>.</summary>
    /// <param name="site">Which.</param>
    /// <param name="into">[6]: rotation, rad/s, then translation, m/s.</param>
    /// <param name="inSite">Along the site's own axes, not the world's.</param>
    public void ReadVelocity(SiteId site, Span<double> into, bool inSite = false)
    {
        RequireLength("velocity", into, 6);
        fixed (double* result = into) Functions.ObjectVelocity(Model.Handle, _handle, _bodies.Site, site.Index, result, inSite ? 1 : 0);
    }

    private static void RequireLength(string what, ReadOnlySpan<double> values, int length) =>
        Core.SpecMismatchException.ThrowIfLength(what, values.Length, length);

    /// <summary>MuJoCo never moves these arrays of a state.</summary>
    private readonly struct BodyPointers(Struct data)
    {
        public readonly double* Quaternion = data.Pointer<double>("xquat"), Rotation = data.Pointer<double>("xmat"),
            Center = data.Pointer<double>("xipos");
        public readonly double* SubtreeCenter = data.Pointer<double>("subtree_com"), MocapQuaternion = data.Pointer<double>("mocap_quat");
        public readonly double* SiteRotation = data.Pointer<double>("site_xmat");
        public readonly double* CameraPosition = data.Pointer<double>("cam_xpos"), CameraRotation = data.Pointer<double>("cam_xmat");
        public readonly int FrameOfBody = MujocoModel.Table.Constant("mjOBJ_XBODY"),
            FrameOfInertia = MujocoModel.Table.Constant("mjOBJ_BODY"), Site = MujocoModel.Table.Constant("mjOBJ_SITE");
    }
}
