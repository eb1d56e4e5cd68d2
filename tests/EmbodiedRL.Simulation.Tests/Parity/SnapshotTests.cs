using EmbodiedRL.Contracts;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Simulation.Tests.Parity;

/// <summary>Everything that can be asked of a state, at recorded moments of a run, from the recorded input state.</summary>
[Trait("Category", "Parity")]
public sealed class SnapshotTests
{
    // Kept under names of their own, by how they were computed.
    private static readonly HashSet<string> Computed =
    [
        "fullM", "mulM_ones", "solveM_ones", "mulJacVec_ones", "efc_J_dense", "jacBody", "jacBodyCom", "jacGeom", "jacSite",
        "jac_point", "mj_rne_with_acc",
        "objectVelocity_body_world", "objectVelocity_body_local", "differentiatePos_dt0.5", "energy",
    ];

    public static TheoryData<string> Recorded => Recording.All;

    [Theory]
    [MemberData(nameof(Recorded))]
    public void Every_recorded_array_is_what_the_state_holds(string file)
    {
        var recording = new Recording(file);
        using MujocoModel model = recording.Load();
        foreach (string moment in recording.Moments)
        {
            using PhysicsView physics = At(recording, model, moment);
            physics.UpdateBodyForces();
            int compared = 0;
            foreach (string name in recording.Tensors.Names.Where(name => name.StartsWith($"{moment}.", StringComparison.Ordinal)))
            {
                string array = name[(moment.Length + 1)..];
                if (array.Contains('.', StringComparison.Ordinal) || Computed.Contains(array)) continue;
                if (recording.Tensors.Kind(name) == "I32") Assert.Equal(recording.Tensors.Ints(name), physics.Array<int>(array).ToArray());
                else
                    Recording.AssertClose(recording.Tensors.Doubles(name), physics.Array<double>(array), Recording.SnapshotTolerance,
                        $"{recording.Name} {name}", ofLargest: true);
                compared++;
            }

            Assert.True(compared > 25, $"{recording.Name} {moment}: only {compared} arrays.");
        }
    }

    [Theory]
    [MemberData(nameof(Recorded))]
    public void Contacts_and_their_forces_are_as_recorded(string file)
    {
        var recording = new Recording(file);
        using MujocoModel model = recording.Load();
        foreach (string moment in recording.Moments)
        {
            using PhysicsView physics = At(recording, model, moment);
            int count = recording.Tensors.Has($"{moment}.contact.dist") ? (int)recording.Tensors.Shape($"{moment}.contact.dist")[0] : 0;
            Assert.Equal(count, physics.Contacts.Count);
            int index = 0;
            foreach (Contact contact in physics.Contacts) AssertContact(recording, $"{moment}.contact", index++, contact, physics);
            Assert.Equal(count, index);
        }
    }

    [Theory]
    [MemberData(nameof(Recorded))]
    public void Masses_Jacobians_and_velocities_are_as_recorded(string file)
    {
        var recording = new Recording(file);
        using MujocoModel model = recording.Load();
        int nv = model.VelocityCount;
        double[] ones = [.. Enumerable.Repeat(1.0, nv)], result = new double[nv];
        foreach (string moment in recording.Moments)
        {
            using PhysicsView physics = At(recording, model, moment);
            void Same(string name, ReadOnlySpan<double> found) => Expect(recording, $"{moment}.{name}", found);
            double[] full = new double[nv * nv];
            physics.ReadMassMatrix(full);
            Same("fullM", full);
            physics.MultiplyByMass(ones, result);
            Same("mulM_ones", result);
            physics.SolveMass(ones, result);
            Same("solveM_ones", result);
            double[] velocities = new double[physics.ConstraintCount];
            physics.MultiplyByConstraints(ones, velocities);
            Same("mulJacVec_ones", velocities);
            AssertJacobians(recording, moment, physics);
            Same("objectVelocity_body_world", Velocities(physics, inBody: false));
            Same("objectVelocity_body_local", Velocities(physics, inBody: true));
        }
    }

    [Theory]
    [MemberData(nameof(Recorded))]
    public void Rays_meet_what_they_were_recorded_to_meet(string file)
    {
        var recording = new Recording(file);
        using MujocoModel model = recording.Load();
        int hits = 0, rays = 0;
        foreach (string moment in recording.Moments.Where(moment => recording.Tensors.Has($"{moment}.ray.distance")))
        {
            using PhysicsView physics = At(recording, model, moment);
            double[] distances = recording.Tensors.Doubles($"{moment}.ray.distance"),
                origins = recording.Tensors.Doubles($"{moment}.ray.origin"), vectors = recording.Tensors.Doubles($"{moment}.ray.vector");
            int[] geoms = recording.Tensors.Ints($"{moment}.ray.geomid"), statics = recording.Tensors.Ints($"{moment}.ray.flg_static"),
                bodies = recording.Tensors.Ints($"{moment}.ray.bodyexclude");
            for (int ray = 0; ray < distances.Length; ray++)
            {
                RayHit hit = physics.CastRay(origins.AsSpan(3 * ray, 3), vectors.AsSpan(3 * ray, 3),
                    bodies[ray] >= 0 ? new BodyId(bodies[ray]) : null, statics[ray] != 0);
                Assert.Equal(geoms[ray], hit.Geom.Index);
                Assert.Equal(geoms[ray] >= 0, hit.IsHit);
                Assert.Equal(distances[ray], hit.Distance, Recording.SnapshotTolerance);
                hits += hit.IsHit ? 1 : 0;
                rays++;
            }
        }

        Assert.InRange(hits, 1, rays);
    }

    [Theory]
    [MemberData(nameof(Recorded))]
    public void Integration_inverse_dynamics_and_energy_are_as_recorded(string file)
    {
        var recording = new Recording(file);
        using MujocoModel model = recording.Load();
        foreach (string moment in recording.Moments)
        {
            using PhysicsView physics = At(recording, model, moment);
            void Same(string name, ReadOnlySpan<double> found) => Expect(recording, $"{moment}.{name}", found);
            if (physics.KeepsEnergy) Same("energy", physics.Numbers<double>("energy"));
            (double potential, double kinetic) = physics.ComputeEnergy();
            if (physics.KeepsEnergy) Same("energy", [potential, kinetic]);
            double[] forces = new double[model.VelocityCount];
            physics.ReadNewtonEuler(withAcceleration: true, forces);
            Same("mj_rne_with_acc", forces);
            double[] moved = physics.Positions.ToArray(), along = recording.Tensors.Doubles($"{moment}.integratePos.v");
            physics.Integrate(moved, along, 0.7);
            Same("integratePos.qpos_dt0.7", moved);
            physics.Differentiate(physics.Positions, moved, 0.5, forces);
            Same("differentiatePos_dt0.5", forces);
            // What remains after a forward computation is the difference of forces as large as the constraints', so that is its scale.
            double scale =
                1 + physics.Array<double>("qfrc_constraint").ToArray().Concat(physics.Array<double>("qfrc_smooth").ToArray()).Max(Math.Abs);
            physics.ComputeInverse();
            double[] expected = recording.Tensors.Doubles($"{moment}.inverse.qfrc_inverse"),
                found = physics.Array<double>("qfrc_inverse").ToArray();
            Assert.Equal(expected.Length, found.Length);
            for (int i = 0; i < found.Length; i++) Assert.Equal(expected[i], found[i], Recording.SnapshotTolerance * scale);
        }
    }

    private static PhysicsView At(Recording recording, MujocoModel model, string moment)
    {
        var physics = new PhysicsView(model);
        recording.Restore(physics, moment);
        physics.Forward();
        return physics;
    }

    private static void Expect(Recording recording, string name, ReadOnlySpan<double> found)
    {
        if (found.IsEmpty && !recording.Tensors.Has(name)) return;
        Recording.AssertClose(recording.Tensors.Doubles(name), found, Recording.SnapshotTolerance,
            $"{recording.Name} {name}", ofLargest: true);
    }

    private static void AssertContact(Recording recording, string prefix, int index, Contact contact, PhysicsView physics)
    {
        FixtureTensors tensors = recording.Tensors;
        void Same(string part, ReadOnlySpan<double> found) => Recording.AssertClose(
            tensors.Doubles($"{prefix}.{part}").AsSpan(index * found.Length, found.Length), found, Recording.SnapshotTolerance,
            $"{recording.Name} {prefix}.{part}[{index}]", ofLargest: true);
        Same("dist", [contact.Distance]);
        Same("pos", contact.Position);
        Same("frame", contact.Frame);
        Same("friction", contact.Friction);
        Same("solref", contact.SolverReference);
        Same("solimp", contact.SolverImpedance);
        Same("includemargin", [contact.IncludeMargin]);
        Same("mu", [contact.Mu]);
        int[] geoms = tensors.Ints($"{prefix}.geom");
        Assert.Equal((geoms[2 * index], geoms[(2 * index) + 1]), (contact.First.Index, contact.Second.Index));
        Assert.True(contact.IsBetween(contact.Second, contact.First));
        Assert.Equal(tensors.Ints($"{prefix}.dim")[index], contact.Dimension);
        Assert.Equal(tensors.Ints($"{prefix}.efc_address")[index], contact.ConstraintAddress);
        Assert.Equal(tensors.Ints($"{prefix}.exclude")[index], contact.Exclusion);
        double[] force = new double[6];
        physics.ReadContactForce(index, force);
        double[] forces = tensors.Doubles($"{prefix}.force_mj_contactForce");
        double largest = forces.Max(Math.Abs);
        for (int i = 0; i < 6; i++) Assert.Equal(forces[(6 * index) + i], force[i], Recording.SnapshotTolerance * (1 + largest));
    }

    private static void AssertJacobians(Recording recording, string moment, PhysicsView physics)
    {
        MujocoModel model = physics.Model;
        int half = 3 * model.VelocityCount;
        void Same(string name, int count, Action<int, double[], double[]> read)
        {
            if (!recording.Tensors.Has($"{moment}.{name}")) return;
            double[] found = new double[count * 2 * half], translation = new double[half], rotation = new double[half];
            for (int i = 0; i < count; i++)
            {
                read(i, translation, rotation);
                translation.CopyTo(found, i * 2 * half);
                rotation.CopyTo(found, ((i * 2) + 1) * half);
            }

            Expect(recording, $"{moment}.{name}", found);
        }

        Same("jacBody", model.BodyCount, (i, t, r) => physics.ReadJacobian(new BodyId(i), t, r));
        Same("jacBodyCom", model.BodyCount, (i, t, r) => physics.ReadJacobianOfCenter(new BodyId(i), t, r));
        Same("jacGeom", model.Size("ngeom"), (i, t, r) => physics.ReadJacobian(new GeomId(i), t, r));
        Same("jacSite", model.Size("nsite"), (i, t, r) => physics.ReadJacobian(new SiteId(i), t, r));
        Same("jac_point", 1, (_, t, r) => physics.ReadJacobian(new BodyId(model.BodyCount - 1), [0.1, 0.2, 0.3], t, r));
    }

    private static double[] Velocities(PhysicsView physics, bool inBody)
    {
        double[] all = new double[6 * physics.Model.BodyCount];
        for (int body = 0; body < physics.Model.BodyCount; body++)
            physics.ReadVelocityOfCenter(new BodyId(body), all.AsSpan(6 * body, 6), inBody);
        return all;
    }
}
