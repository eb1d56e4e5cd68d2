using EmbodiedRL.Simulation.Physics;
namespace EmbodiedRL.Simulation.Randomizing;

/// <summary>Nominal values of the model numbers that randomization changes, so that every sample starts from the same.</summary>
internal sealed class ModelNumbers(MujocoModel model)
{
    private const int GainNumbers = 3; // of a gain or bias: constant, per length, per velocity
    private const int MuscleForce = 2; // of a muscle's: its range lies before, its peak force and the scale of that here

    private readonly double[] _mass = [.. model.Array<double>("body_mass")], _inertia = [.. model.Array<double>("body_inertia")];
    private readonly double[] _friction = [.. model.Array<double>("geom_friction")], _damping = [.. model.Array<double>("dof_damping")];
    private readonly double[] _gain = [.. model.Array<double>("actuator_gainprm")], _bias = [.. model.Array<double>("actuator_biasprm")];
    private readonly double[] _gravity = [.. model.Numbers<double>("opt.gravity")];

    /// <summary>Puts the model's own numbers back.</summary>
    public void Restore(EditableModel into)
    {
        _mass.CopyTo(into.Array<double>("body_mass"));
        _inertia.CopyTo(into.Array<double>("body_inertia"));
        _friction.CopyTo(into.Array<double>("geom_friction"));
        _damping.CopyTo(into.Array<double>("dof_damping"));
        _gain.CopyTo(into.Array<double>("actuator_gainprm"));
        _bias.CopyTo(into.Array<double>("actuator_biasprm"));
        _gravity.CopyTo(into.Numbers<double>("opt.gravity"));
    }

    /// <summary>Applies a draw to one body, geom, joint, actuator, or to the whole model.</summary>
    public static void Change(EditableModel model, DrawnParameter drawn, int target, double value)
    {
        switch (drawn.Parameter.Name)
        {
            case RandomParameter.Mass:
                ref double mass = ref model.Array<double>("body_mass")[target];
                double heavier = Math.Max(drawn.Apply(mass, value), 1e-3 * mass); // an addition may not take all of it away
                foreach (ref double inertia in model.Array<double>("body_inertia").Slice(3 * target, 3)) inertia *= heavier / mass;
                mass = heavier;
                break;
            case RandomParameter.Friction:
                ref double friction = ref model.Array<double>("geom_friction")[3 * target];
                friction = Math.Max(0, drawn.Apply(friction, value));
                break;
            case RandomParameter.Gain:
                Strengthen(model, drawn, target, value);
                break;
            case RandomParameter.Damping:
                int first = model.Model.Array<int>("jnt_dofadr")[target], count = Degrees(model.Model, target);
                foreach (ref double damping in model.Array<double>("dof_damping").Slice(first, count))
                    damping = Math.Max(0, drawn.Apply(damping, value));
                break;
            default:
                ChangeGravity(model.Numbers<double>("opt.gravity"), drawn, value);
                break;
        }
    }

    private static void Strengthen(EditableModel model, DrawnParameter drawn, int actuator, double value)
    {
        Span<double> gains = model.Array<double>("actuator_gainprm"), biases = model.Array<double>("actuator_biasprm");
        ReadOnlySpan<int> types = model.Model.Array<int>("actuator_gaintype");
        int at = gains.Length / types.Length * actuator;
        if (types[actuator] == MujocoModel.Table.Constant("mjGAIN_MUSCLE"))
        {
            for (int i = MuscleForce; i < MuscleForce + 2; i++)
                (gains[at + i], biases[at + i]) = (gains[at + i] * value, biases[at + i] * value);
            return;
        }

        double gain = gains[at], changed = drawn.Apply(gain, value);
        if (gain == 0)
        {
            gains[at] = changed;
            return;
        }

        for (int i = 0; i < GainNumbers; i++)
            (gains[at + i], biases[at + i]) = (gains[at + i] * changed / gain, biases[at + i] * changed / gain);
    }

    private static void ChangeGravity(Span<double> gravity, DrawnParameter drawn, double value)
    {
        double strength = Math.Sqrt((gravity[0] * gravity[0]) + (gravity[1] * gravity[1]) + (gravity[2] * gravity[2])),
            changed = drawn.Apply(strength, value);
        if (strength > 0)
            foreach (ref double axis in gravity) axis *= changed / strength;
        else gravity[2] = -changed;
    }

    private static int Degrees(MujocoModel model, int joint)
    {
        int type = model.Array<int>("jnt_type")[joint];
        return type == MujocoModel.Table.Constant("mjJNT_FREE") ? 6 : type == MujocoModel.Table.Constant("mjJNT_BALL") ? 3 : 1;
    }
}
