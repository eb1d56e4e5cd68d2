using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Native;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Simulation.Tests;

/// <summary>What may be changed at run time, and whom it concerns.</summary>
public sealed class EditableModelTests
{
    [Fact]
    public void An_equality_is_switched_where_its_version_keeps_it()
    {
        using MujocoModel model = MujocoModel.Parse("binding", BindingTests.Scene);
        EqualityId brake = model.Equality("brake");
        if (MuJoCoLibrary.Table.Number < 3000000)
        {
            using EditableModel edited = model.Copy();
            using PhysicsView view = new(edited.Model), other = new(model);
            Assert.Contains("eq_active",
                Assert.Throws<SpecMismatchException>(() => view.SetActive(brake, true)).Message, StringComparison.Ordinal);
            edited.Array<byte>("eq_active")[brake.Index] = 1;
            AssertBraked(view, brake);
            Assert.False(other.IsActive(brake));
            return;
        }

        using PhysicsView first = new(model), second = new(model);
        first.SetActive(brake, true);
        AssertBraked(first, brake);
        Assert.False(second.IsActive(brake));
        second.RestoreState(first.SaveState());
        Assert.True(second.IsActive(brake));
        unsafe
        {
            Assert.Equal(Functions.StateSize(model.Address, MuJoCoLibrary.Table.Constant("mjSTATE_INTEGRATION")), second.StateLength);
        }
    }

    [Fact]
    public void An_edited_copy_falls_otherwise_and_leaves_the_model_alone()
    {
        using MujocoModel model = MujocoModel.Parse("binding", BindingTests.Scene);
        using EditableModel edited = model.Copy();
        int cart = model.Body("cart").Index;
        edited.Array<double>("body_mass")[cart] = 12;
        edited.Numbers<double>("opt.gravity")[2] = -5;
        double before = model.Array<double>("dof_invweight0")[model.Joint("rail").Velocity];
        edited.UpdateConstants();
        Assert.Equal((3.0, -10.0), (model.Array<double>("body_mass")[cart], model.Numbers<double>("opt.gravity")[2]));
        Assert.Equal(before / 4, edited.Model.Array<double>("dof_invweight0")[model.Joint("rail").Velocity], 1e-9);
        using PhysicsView heavy = new(edited.Model), light = new(model);
        (heavy.Controls[0], light.Controls[0]) = (1, 1);
        heavy.Forward();
        light.Forward();
        int rail = model.Joint("rail").Velocity;
        Assert.Equal((Round(2.0 / 12), Round(2.0 / 3)), (Round(heavy.Accelerations[rail]), Round(light.Accelerations[rail])));
        Assert.Equal(-5 * edited.Model.Array<double>("body_mass")[model.Body("box").Index], -heavy.Array<double>("qfrc_bias")[2], 1e-9);
        edited.Array<double>("body_mass")[cart] = double.NaN;
        Assert.Contains("body_mass", Assert.Throws<CorruptFileException>(edited.UpdateConstants).Message, StringComparison.Ordinal);
        Assert.Throws<SpecMismatchException>(() => edited.Numbers<int>("nbody").Length);
    }

    private static void AssertBraked(PhysicsView physics, EqualityId brake)
    {
        Assert.True(physics.IsActive(brake));
        physics.Controls[0] = 1;
        physics.Step(100);
        Assert.InRange(physics.Position(physics.Model.Joint("rail")), -1e-3, 1e-3); // 1.3 cm without
    }

    private static double Round(double value) => Math.Round(value, 9);
}
