using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Layout;
using EmbodiedRL.Simulation.Native;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Simulation.Tests;

/// <summary>What an environment's author reaches for, by closed forms; with every version of the library.</summary>
public sealed class BindingTests
{
    internal const string Scene = """
        <mujoco>
          <option timestep="0.002" gravity="0 0 -10"><flag energy="enable"/></option>
          <size nuserdata="3"/>
          <custom><numeric name="gains" data="2.5 -1"/><numeric name="more" data="7"/><text name="note" data="mind the rail"/></custom>
          <worldbody>
            <geom name="ground" type="plane" size="5 5 0.1"/>
            <camera name="above" pos="0 0 4"/>
            <site name="anchor" pos="0 0 3"/>
            <body name="hand" mocap="true" pos="3 0 1"><geom name="hand" size="0.1" mass="0" contype="0" conaffinity="0"/></body>
            <body name="box" pos="0 0 0.1"><freejoint name="box"/><geom name="box" type="box" size="0.1 0.1 0.1" mass="2"/></body>
            <body name="cart" pos="1 0 1"><joint name="rail" type="slide" axis="1 0 0"/>
              <geom name="cart" size="0.05" mass="3" contype="0" conaffinity="0"/><site name="hook"/></body>
          </worldbody>
          <tendon><spatial name="rope"><site site="anchor"/><site site="hook"/></spatial></tendon>
          <equality><joint name="brake" joint1="rail" active="false"/></equality>
          <actuator>
            <motor name="push" joint="rail" gear="2" ctrllimited="true" ctrlrange="-1 1"/>
            <general name="slow" joint="rail" dyntype="filter" dynprm="0.1"/>
          </actuator>
          <sensor><jointpos name="where" joint="rail" cutoff="7"/><velocimeter name="speed" site="hook"/></sensor>
          <keyframe><key name="off" qpos="0 0 0.1 1 0 0 0 0.5" mpos="4 5 6" mquat="0 1 0 0"/></keyframe>
        </mujoco>
        """;

    [Fact]
    public void Every_array_of_a_model_and_of_a_stepped_state_has_the_length_of_its_declaration()
    {
        using MujocoModel model = MujocoModel.Parse("binding", Scene);
        using var physics = new PhysicsView(model);
        physics.Step(2);
        foreach (FieldLayout field in MuJoCoLibrary.Table.Fields("mjModel").Where(field => field.IsPointer && !field.Dimensions.IsEmpty))
            Touch(model, null, field);
        foreach (FieldLayout field in MuJoCoLibrary.Table.Fields("mjData")
            .Where(field => field.IsPointer && field.Name is not "contact" && !field.Dimensions.IsEmpty)) Touch(model, physics, field);
        Assert.Equal([4, 5, 6], model.Array<double>("key_mpos").ToArray());
        Assert.Equal([0, 1, 0, 0], model.Array<double>("key_mquat").ToArray());
        Assert.Equal(2 * 3 * model.Size("nwrap"), physics.Array<double>("wrap_xpos").Length);
        Assert.Equal(physics.ConstraintCount, physics.Array<double>("efc_force").Length);
        Assert.Throws<SpecMismatchException>(() => physics.Array<byte>("buffer").Length);
    }

    [Fact]
    public void Sensors_are_read_by_name()
    {
        using MujocoModel model = MujocoModel.Parse("binding", Scene);
        using var physics = new PhysicsView(model);
        SensorId where = model.Sensor("where"), speed = model.Sensor("speed");
        Assert.Equal((0, 1, 7.0), (where.Address, where.Dimension, where.Cutoff));
        Assert.Equal((3, MuJoCoLibrary.Table.Constant("mjSENS_VELOCIMETER")), (speed.Dimension, speed.Type));
        physics.Position(model.Joint("rail")) = 0.25;
        physics.Velocity(model.Joint("rail")) = -1.5;
        physics.Forward();
        Assert.Equal([0.25], physics.Sensor("where").ToArray());
        Assert.Equal(-1.5, physics.Sensor(speed)[0], 1e-12);
        Assert.Equal(4, physics.SensorData.Length);
        Assert.Contains("'speed'",
            Assert.Throws<UnknownNameException>(() => physics.Sensor("sped").Length).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_resting_box_weighs_on_the_ground()
    {
        using MujocoModel model = MujocoModel.Parse("binding", Scene);
        using var physics = new PhysicsView(model);
        physics.Step(500);
        double upward = 0;
        double[] force = new double[6];
        for (int i = 0; i < physics.Contacts.Count; i++)
        {
            Contact contact = physics.Contacts[i];
            Assert.True(contact.IsBetween(model.Geom("ground"), model.Geom("box")));
            Assert.Equal(1, Math.Abs(contact.Frame[2]), 1e-6); // the normal is vertical
            Assert.True(contact.ConstraintAddress >= 0 && contact.ConstraintAddress < physics.ConstraintCount);
            physics.ReadContactForce(i, force);
            upward += force[0];
        }

        Assert.Equal(4, physics.Contacts.Count);
        Assert.Equal(2 * 10, upward, 1e-3);
        Assert.Throws<ArgumentOutOfRangeException>(() => physics.ReadContactForce(4, force));
        Assert.Throws<ArgumentOutOfRangeException>(() => physics.Contacts[4].Dimension);
    }

    [Fact]
    public void Actuators_tendons_and_applied_forces_follow_mechanics()
    {
        using MujocoModel model = MujocoModel.Parse("binding", Scene);
        using var physics = new PhysicsView(model);
        (ActuatorId push, ActuatorId slow, JointId rail) = (model.Actuator("push"), model.Actuator("slow"), model.Joint("rail"));
        physics.Position(rail) = 0.5;
        physics.Velocity(rail) = 2;
        physics.Control(push) = 9; // clipped to 1
        physics.Activation(slow) = 0.125;
        physics.Forward();
        Assert.Equal((1, 0.125), (physics.Force(push), physics.Force(slow)));
        Assert.Equal((2 * 0.5, 2 * 2.0), (physics.Length(push), physics.Velocity(push)));
        Assert.Equal((1 * 2) + 0.125, physics.Array<double>("qfrc_actuator")[rail.Velocity], 1e-12);
        Assert.Equal(-1, push.Activation);
        Assert.Throws<SpecMismatchException>(() => physics.Activation(push) = 1);
        // From (0, 0, 3) to (1.5, 0, 1): length 2.5, and the hook moves along x with 2 m/s.
        Assert.Equal((2.5, 2 * 1.5 / 2.5), (Round(physics.Length(model.Tendon("rope"))), Round(physics.Velocity(model.Tendon("rope")))));

        BodyId cart = model.Body("cart");
        double[] forces = new double[model.VelocityCount];
        physics.AddForce(cart, [3, 100, 100], [0, 0, 50], physics.Position(cart), forces);
        Assert.Equal(3, forces[rail.Velocity], 1e-12); // the rail takes the rest
        physics.AppliedForces[rail.Velocity] = 6;
        physics.AppliedForce(cart)[0] = 3;
        physics.Forward();
        Assert.Equal((2.125 + 6 + 3) / 3, physics.Accelerations[rail.Velocity], 1e-9);
    }

    [Fact]
    public void Jacobians_masses_and_inverse_dynamics_agree()
    {
        using MujocoModel model = MujocoModel.Parse("binding", Scene);
        using var physics = new PhysicsView(model);
        int rail = model.Joint("rail").Velocity, nv = model.VelocityCount;
        physics.Velocity(model.Joint("rail")) = 2;
        physics.Controls[0] = 0.5;
        physics.Forward();
        double[] masses = new double[nv * nv], translation = new double[3 * nv], rotation = new double[3 * nv], velocity = new double[6],
            ones = [.. Enumerable.Repeat(1.0, nv)];
        physics.ReadMassMatrix(masses);
        Assert.Equal(3, masses[(rail * nv) + rail], 1e-12);
        Assert.Equal(2, masses[0], 1e-12);
        physics.ReadJacobian(model.Site("hook"), translation, rotation);
        Assert.Equal((1.0, 0.0, 0.0), (translation[rail], translation[nv + rail], rotation[rail]));
        physics.ReadVelocity(model.Site("hook"), velocity);
        Assert.Equal([0, 0, 0, 2, 0, 0], velocity);
        physics.ReadVelocity(model.Body("cart"), velocity, inBody: true);
        Assert.Equal([0, 0, 0, 2, 0, 0], velocity);
        double[] product = new double[nv], solved = new double[nv];
        physics.MultiplyByMass(ones, product);
        physics.SolveMass(product, solved);
        for (int i = 0; i < nv; i++) Assert.Equal(1, solved[i], 1e-12);

        physics.ComputeInverse();
        Assert.Equal(2 * 0.5, physics.Array<double>("qfrc_inverse")[rail], 1e-9);
        (double potential, double kinetic) = physics.ComputeEnergy();
        Assert.Equal(10 * ((2 * 0.1) + (3 * 1)), potential, 1e-9);
        Assert.Equal(0.5 * 3 * 2 * 2, kinetic, 1e-12);
        Assert.True(physics.KeepsEnergy);
    }

    [Fact]
    public void A_step_linearized_is_the_closed_form_of_a_cart()
    {
        using MujocoModel model = MujocoModel.Parse("cart", """
            <mujoco>
              <option timestep="0.01"/>
              <worldbody><body><joint name="rail" type="slide" axis="1 0 0" damping="3"/><geom size="0.1" mass="2"/></body></worldbody>
              <actuator><motor joint="rail" gear="5"/></actuator>
            </mujoco>
            """);
        using var physics = new PhysicsView(model);
        double[] a = new double[4], b = new double[2];
        physics.Velocities[0] = 0.3;
        physics.ReadTransition(1e-6, isCentered: true, a, b);
        // Damping is integrated implicitly: (m + h d) v' = m v + h g u, and x' = x + h v'.
        double next = 2 / (2 + (0.01 * 3)), gain = 0.01 * 5 / (2 + (0.01 * 3));
        foreach ((double expected, double found) in new[] { 1, 0.01 * next, 0, next }.Zip(a)) Assert.Equal(expected, found, 1e-7);
        foreach ((double expected, double found) in new[] { 0.01 * gain, gain }.Zip(b)) Assert.Equal(expected, found, 1e-7);
        Assert.Equal((0.3, 0.0), (physics.Velocities[0], physics.Time));
    }

    [Fact]
    public void A_ray_stops_at_what_it_meets()
    {
        using MujocoModel model = MujocoModel.Parse("binding", Scene);
        using var physics = new PhysicsView(model);
        physics.Forward();
        RayHit hit = physics.CastRay([0, 0, 2], [0, 0, -2]);
        Assert.Equal((0.9, model.Geom("box")), (Round(hit.Distance), hit.Geom)); // 1.8 m, in lengths of 2
        Assert.Equal((1.0, model.Geom("ground")),
            (Round(physics.CastRay([0, 0, 2], [0, 0, -2], model.Body("box")).Distance),
                physics.CastRay([0, 0, 2], [0, 0, -2], model.Body("box")).Geom));
        RayHit miss = physics.CastRay([0, 0, 2], [0, 0, 1]);
        Assert.Equal((false, -1.0), (miss.IsHit, miss.Distance));
        // it is of group 0
        Assert.NotEqual(model.Geom("box"),
            physics.CastRay([0, 0, 2], [0, 0, -2], [0, 1, 1, 1, 1, 1], excluded: null, isStaticHit: true).Geom);
        Assert.Equal(model.Geom("box"), physics.CastRay([0, 0, 2], [0, 0, -2], isStaticHit: false).Geom);
    }

    [Fact]
    public void Keyframes_and_mocap_bodies_place_what_they_name()
    {
        using MujocoModel model = MujocoModel.Parse("binding", Scene);
        using var physics = new PhysicsView(model);
        MocapId hand = model.Mocap("hand");
        physics.Reset(model.Keyframe("off"));
        Assert.Equal([4, 5, 6], physics.Position(hand).ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => physics.Reset(new KeyframeId(1)));
        new[] { 0, 0, 0, 1.0 }.CopyTo(physics.Orientation(hand));
        physics.UpdateKinematics();
        Assert.Equal([0, 0, 0, 1], physics.Orientation(hand.Body).ToArray());
        Assert.Equal(-1, physics.Rotation(hand.Body)[0], 1e-12);
        Assert.Equal([1.5, 0, 1], physics.CenterOfMass(model.Body("cart")).ToArray());
        physics.Forward();
        Assert.Equal([0, 0, 4], physics.Position(model.Camera("above")).ToArray());
        Assert.Equal(1, physics.Rotation(model.Camera("above"))[8], 1e-12);
    }

    [Fact]
    public void Numbers_and_words_of_the_authors_own_are_read_by_name()
    {
        using MujocoModel model = MujocoModel.Parse("binding", Scene);
        Assert.Equal([2.5, -1], model.Numeric("gains").ToArray());
        Assert.Equal([7.0], model.Numeric("more").ToArray());
        Assert.Equal("mind the rail", model.Text("note"));
        Assert.Throws<UnknownNameException>(() => model.Text("notes"));
        using var physics = new PhysicsView(model);
        physics.UserData[1] = 5;
        physics.Step(1);
        Assert.Equal([0, 5, 0], physics.UserData.ToArray());
    }

    [Fact]
    public void Wrong_lengths_and_kinds_are_named()
    {
        using MujocoModel model = MujocoModel.Parse("binding", Scene);
        using var physics = new PhysicsView(model);
        Assert.Contains("mass matrix",
            Assert.Throws<SpecMismatchException>(() => physics.ReadMassMatrix(new double[3])).Message, StringComparison.Ordinal);
        Assert.Contains("rotations",
            Assert.Throws<SpecMismatchException>(() =>
                physics.ReadJacobian(model.Body("cart"), new double[3 * model.VelocityCount], [])).Message,
            StringComparison.Ordinal);
        Assert.Contains("state",
            Assert.Throws<SpecMismatchException>(() => physics.RestoreState([1, 2])).Message, StringComparison.Ordinal);
        Assert.Contains("'sensor'", Assert.Throws<UnknownNameException>(() => model.Names("senser")).Message, StringComparison.Ordinal);
        Assert.Contains("tendon", Assert.Throws<UnknownNameException>(() => model.Tendon("nope")).Message, StringComparison.Ordinal);
        Assert.Throws<UnknownNameException>(() => MuJoCoLibrary.Words("mjNOSTRING"));
        Assert.Throws<SpecMismatchException>(() => Quaternions.Multiply([1, 0, 0], [1, 0, 0, 0], new double[4]));
    }

    private static double Round(double value) => Math.Round(value, 9);

    private static void Touch(MujocoModel model, PhysicsView? physics, FieldLayout field)
    {
        // Arrays of islands, sleep and sparse factors are there only where an option asks for them: then the refusal says so.
        try
        {
            switch (field.Type)
            {
                case "double": Sum(physics is null ? model.Array<double>(field.Name) : physics.Array<double>(field.Name)); break;
                case "float": Sum(physics is null ? model.Array<float>(field.Name) : physics.Array<float>(field.Name)); break;
                case "int": Sum(physics is null ? model.Array<int>(field.Name) : physics.Array<int>(field.Name)); break;
                case "byte" or "char": Sum(physics is null ? model.Array<byte>(field.Name) : physics.Array<byte>(field.Name)); break;
                case "long" or "ulong": Sum(physics is null ? model.Array<long>(field.Name) : physics.Array<long>(field.Name)); break;
                default: Assert.Fail($"{field.Name} is of type {field.Type}."); break;
            }
        }
        catch (SpecMismatchException error) when (physics is not null)
        {
            Assert.Contains("nothing has computed them", error.Message, StringComparison.Ordinal);
        }
    }

    private static void Sum<T>(ReadOnlySpan<T> values) where T : unmanaged, System.Numerics.INumber<T>
    {
        T sum = T.Zero;
        foreach (T value in values) sum = unchecked(sum + value);
        GC.KeepAlive(sum);
    }
}
