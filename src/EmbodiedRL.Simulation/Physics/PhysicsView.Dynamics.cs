using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Native;

namespace EmbodiedRL.Simulation.Physics;

/// <content>The equations of motion: masses, Jacobians, energies, derivatives. The state's
/// <see cref="Forward"/> must be up to date.</content>
public sealed unsafe partial class PhysicsView
{
    /// <summary>qacc [nv], the accelerations of the joints, m/s² or rad/s²; what inverse dynamics reads.</summary>
    public Span<double> Accelerations => new(_forces.Accelerations, Model.VelocityCount);

    /// <summary>Whether steps compute energies (flag <c>energy</c> of the model's options).</summary>
    public bool KeepsEnergy => (Model.Numbers<int>("opt.enableflags")[0] & MujocoModel.Table.Constant("mjENBL_ENERGY")) != 0;

    /// <summary>Potential and kinetic energy of the state, J; computed now, whatever the model's flags.</summary>
    public (double Potential, double Kinetic) ComputeEnergy()
    {
        Functions.PotentialEnergy(Model.Handle, _handle);
        Functions.KineticEnergy(Model.Handle, _handle);
        Span<double> energy = Fields.InPlace<double>("energy");
        return (energy[0], energy[1]);
    }

    /// <summary>The inertia of the joints.</summary>
    /// <param name="into">[nv, nv], row-major, symmetric.</param>
    public void ReadMassMatrix(Span<double> into)
    {
        RequireLength("mass matrix", into, checked(Model.VelocityCount * Model.VelocityCount));
        fixed (double* target = into)
        {
            if (MujocoModel.Table.Number >= 3017000) Functions.FullMassMatrix(Model.Handle, _handle, target);
            else Functions.FullMassMatrixOf(Model.Handle, target, Fields.Pointer<double>("qM"));
        }
    }

    /// <summary>The inertia of the joints times a vector.</summary>
    /// <param name="vector">[nv].</param>
    /// <param name="into">[nv].</param>
    public void MultiplyByMass(ReadOnlySpan<double> vector, Span<double> into)
    {
        RequireVelocities(vector, into);
        fixed (double* right = vector, result = into) Functions.MultiplyByMass(Model.Handle, _handle, result, right);
    }

    /// <summary>The accelerations that forces alone would give: the inverse of the inertia times a vector.</summary>
    /// <param name="vector">[nv].</param>
    /// <param name="into">[nv].</param>
    public void SolveMass(ReadOnlySpan<double> vector, Span<double> into)
    {
        RequireVelocities(vector, into);
        fixed (double* right = vector, result = into) Functions.SolveMass(Model.Handle, _handle, result, right, 1);
    }

    /// <summary>The velocities of all constraints for given velocities of the joints: their Jacobian times a vector.</summary>
    /// <param name="vector">[nv].</param>
    /// <param name="into">[<see cref="ConstraintCount"/>].</param>
    public void MultiplyByConstraints(ReadOnlySpan<double> vector, Span<double> into)
    {
        RequireLength("vector [nv]", vector, Model.VelocityCount);
        RequireLength("constraint velocities", into, ConstraintCount);
        fixed (double* right = vector, result = into) Functions.MultiplyByConstraints(Model.Handle, _handle, result, right);
    }

    /// <summary>How a point of a body moves with the joints.</summary>
    /// <param name="body">Which carries the point.</param>
    /// <param name="point">[3], in the world, m.</param>
    /// <param name="translation">[3, nv].</param>
    /// <param name="rotation">[3, nv].</param>
    public void ReadJacobian(BodyId body, ReadOnlySpan<double> point, Span<double> translation, Span<double> rotation)
    {
        RequireLength("point", point, 3);
        RequireJacobian(translation, rotation);
        fixed (double* p = point, t = translation, r = rotation) Functions.Jacobian(Model.Handle, _handle, t, r, p, body.Index);
    }

    /// <summary>How a body's origin moves with the joints.</summary>
    /// <param name="body">Which.</param>
    /// <param name="translation">[3, nv].</param>
    /// <param name="rotation">[3, nv].</param>
    public void ReadJacobian(BodyId body, Span<double> translation, Span<double> rotation)
    {
        RequireJacobian(translation, rotation);
        fixed (double* t = translation, r = rotation) Functions.JacobianOfBody(Model.Handle, _handle, t, r, body.Index);
    }

    /// <summary>How a body's center of mass moves with the joints.</summary>
    /// <param name="body">Which.</param>
    /// <param name="translation">[3, nv].</param>
    /// <param name="rotation">[3, nv].</param>
    public void ReadJacobianOfCenter(BodyId body, Span<double> translation, Span<double> rotation)
    {
        RequireJacobian(translation, rotation);
        fixed (double* t = translation, r = rotation) Functions.JacobianOfCenter(Model.Handle, _handle, t, r, body.Index);
    }

    /// <summary>How a geom's center moves with the joints.</summary>
    /// <param name="geom">Which.</param>
    /// <param name="translation">[3, nv].</param>
    /// <param name="rotation">[3, nv].</param>
    public void ReadJacobian(GeomId geom, Span<double> translation, Span<double> rotation)
    {
        RequireJacobian(translation, rotation);
        fixed (double* t = translation, r = rotation) Functions.JacobianOfGeom(Model.Handle, _handle, t, r, geom.Index);
    }

    /// <summary>How a site moves with the joints.</summary>
    /// <param name="site">Which.</param>
    /// <param name="translation">[3, nv].</param>
    /// <param name="rotation">[3, nv].</param>
    public void ReadJacobian(SiteId site, Span<double> translation, Span<double> rotation)
    {
        RequireJacobian(translation, rotation);
        fixed (double* t = translation, r = rotation) Functions.JacobianOfSite(Model.Handle, _handle, t, r, site.Index);
    }

    /// <summary>Computes qfrc_inverse, the forces on the joints that would bring about <see cref="Accelerations"/>.</summary>
    public void ComputeInverse() => Call(EngineGuard.Inverse);

    /// <summary>
    /// The forces that gravity, rotation and, if wanted, <see cref="Accelerations"/> ask of the joints (recursive Newton-Euler).
    /// </summary>
    /// <param name="withAcceleration">Whether accelerations count.</param>
    /// <param name="into">[nv].</param>
    public void ReadNewtonEuler(bool withAcceleration, Span<double> into)
    {
        RequireLength("forces [nv]", into, Model.VelocityCount);
        fixed (double* result = into) Functions.Rne(Model.Handle, _handle, withAcceleration ? 1 : 0, result);
    }

    /// <summary>
    /// The step linearized about the state and its controls, by finite differences: next = A x + B u, with x = (positions as velocities,
    /// velocities, activations). The state is as before afterwards; what <see cref="Forward"/> computes is not.
    /// </summary>
    /// <param name="epsilon">How far to go for a difference, e.g. 1e-6.</param>
    /// <param name="isCentered">Both ways: twice the work, errors squared.</param>
    /// <param name="a">[2 nv + na, 2 nv + na], or empty.</param>
    /// <param name="b">[2 nv + na, nu], or empty.</param>
    /// <exception cref="SpecMismatchException">A length is not this, or the model integrates by RK4, of
    /// which MuJoCo computes none.</exception>
    public void ReadTransition(double epsilon, bool isCentered, Span<double> a, Span<double> b)
    {
        int width = (2 * Model.VelocityCount) + _actCount;
        if (!a.IsEmpty) RequireLength("A", a, checked(width * width));
        if (!b.IsEmpty) RequireLength("B", b, checked(width * Model.ControlCount));
        if (Model.Numbers<int>("opt.integrator")[0] == MujocoModel.Table.Constant("mjINT_RK4"))
            throw new SpecMismatchException($"integrator of {Model.File}", "one that MuJoCo can linearize", "RK4");
        double[] state = SaveState(); // MuJoCo 2 leaves the time, and sometimes more, where its last difference took it
        fixed (double* first = a,
            second = b) Functions.TransitionDerivatives(Model.Handle, _handle, epsilon, isCentered ? (byte)1 : (byte)0, first, second,
                null, null);
        RestoreState(state);
    }

    /// <summary>Moves positions along velocities, quaternions along rotations; the state is not touched.</summary>
    /// <param name="positions">[nq], changed.</param>
    /// <param name="velocities">[nv].</param>
    /// <param name="time">Seconds.</param>
    public void Integrate(Span<double> positions, ReadOnlySpan<double> velocities, double time)
    {
        RequireLength("positions [nq]", positions, Model.PositionCount);
        RequireLength("velocities [nv]", velocities, Model.VelocityCount);
        fixed (double* q = positions, v = velocities) Functions.IntegratePositions(Model.Handle, q, v, time);
    }

    /// <summary>The velocities that lead from one set of positions to another in a time; the state is not touched.</summary>
    /// <param name="from">[nq].</param>
    /// <param name="to">[nq].</param>
    /// <param name="time">Seconds.</param>
    /// <param name="into">[nv].</param>
    public void Differentiate(ReadOnlySpan<double> from, ReadOnlySpan<double> to, double time, Span<double> into)
    {
        RequireLength("positions [nq]", from, Model.PositionCount);
        RequireLength("positions [nq]", to, Model.PositionCount);
        RequireLength("velocities [nv]", into, Model.VelocityCount);
        fixed (double* one = from, other = to, result = into) Functions.DifferentiatePositions(Model.Handle, result, time, one, other);
    }

    private void RequireVelocities(ReadOnlySpan<double> vector, ReadOnlySpan<double> into)
    {
        RequireLength("vector [nv]", vector, Model.VelocityCount);
        RequireLength("result [nv]", into, Model.VelocityCount);
    }

    private void RequireJacobian(ReadOnlySpan<double> translation, ReadOnlySpan<double> rotation)
    {
        RequireLength("translations [3, nv]", translation, 3 * Model.VelocityCount);
        RequireLength("rotations [3, nv]", rotation, 3 * Model.VelocityCount);
    }
}
