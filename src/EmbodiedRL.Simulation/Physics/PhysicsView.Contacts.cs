using EmbodiedRL.Simulation.Native;

namespace EmbodiedRL.Simulation.Physics;

/// <content>What touches what, and which constraints act.</content>
public sealed unsafe partial class PhysicsView
{
    private readonly ContactLayout _contacts;

    /// <summary>The contacts found by the last step or <see cref="Forward"/>; they move in memory from step to step.</summary>
    public Contacts Contacts => new(*(byte**)(_data + _contacts.First), *(int*)(_data + _contacts.Count), _contacts);

    /// <summary>How many rows of constraints the last step had to solve (nefc).</summary>
    public int ConstraintCount => *(int*)(_data + _contacts.Constraints);

    /// <summary>The force between the two geoms of a contact, in the contact's own frame.</summary>
    /// <param name="contact">Among <see cref="Contacts"/>.</param>
    /// <param name="into">[6]: force along the normal and two tangents, N, torque about them, Nm.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such contact.</exception>
    public void ReadContactForce(int contact, Span<double> into)
    {
        RequireLength("contact force", into, 6);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)contact, (uint)Contacts.Count);
        fixed (double* result = into) Functions.ContactForce(Model.Handle, _handle, contact, result);
    }

    /// <summary>How far a ray goes before it meets a geom.</summary>
    /// <param name="origin">[3], m.</param>
    /// <param name="direction">[3]; its length is the unit of the result's distance.</param>
    /// <param name="excluded">A body that rays pass through; null for none.</param>
    /// <param name="isStaticHit">Whether geoms of the world count.</param>
    /// <returns>What was met; <see cref="RayHit.IsHit"/> is false if nothing was.</returns>
    public RayHit CastRay(ReadOnlySpan<double> origin, ReadOnlySpan<double> direction, BodyId? excluded = null, bool isStaticHit = true) =>
        CastRay(origin, direction, [], excluded, isStaticHit);

    /// <summary>How far a ray goes before it meets a geom of certain groups.</summary>
    /// <param name="origin">[3], m.</param>
    /// <param name="direction">[3]; its length is the unit of the result's distance.</param>
    /// <param name="groups">[6], 1 for each group of geoms that counts; empty for all. In MuJoCo 2 planes
    /// and height fields always count.</param>
    /// <param name="excluded">A body that rays pass through; null for none.</param>
    /// <param name="isStaticHit">Whether geoms of the world count.</param>
    public RayHit CastRay(ReadOnlySpan<double> origin, ReadOnlySpan<double> direction, ReadOnlySpan<byte> groups,
        BodyId? excluded, bool isStaticHit)
    {
        RequireLength("origin", origin, 3);
        RequireLength("direction", direction, 3);
        if (!groups.IsEmpty) Core.SpecMismatchException.ThrowIfLength("groups", groups.Length, MujocoModel.Table.Constant("mjNGROUP"));
        int geom = -1, body = excluded?.Index ?? -1;
        byte isStatic = isStaticHit ? (byte)1 : (byte)0;
        fixed (double* from = origin, along = direction)
        fixed (byte* counted = groups)
        {
            double distance = _contacts.HasNormals
                ? Functions.RayWithNormal(Model.Handle, _handle, from, along, counted, isStatic, body, &geom, null)
                : Functions.Ray(Model.Handle, _handle, from, along, counted, isStatic, body, &geom);
            return new RayHit(distance, new GeomId(geom));
        }
    }
}
