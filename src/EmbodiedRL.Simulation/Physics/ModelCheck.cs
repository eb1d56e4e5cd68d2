using EmbodiedRL.Core;

namespace EmbodiedRL.Simulation.Physics;

/// <summary>Check of a compiled model for numbers that MuJoCo accepts but cannot simulate with.</summary>
internal static class ModelCheck
{
    private const double SmallestLength = 1e-10;

    private static readonly string[] Finite =
    [
        "qpos0", "body_pos", "body_quat", "body_ipos", "body_mass", "body_inertia", "jnt_pos", "jnt_axis", "jnt_stiffness", "jnt_range",
        "dof_damping", "dof_armature", "dof_frictionloss", "geom_pos", "geom_size", "geom_friction", "geom_margin", "site_pos", "cam_pos",
        "actuator_ctrlrange", "actuator_gear", "actuator_gainprm", "actuator_biasprm", "key_qpos", "key_qvel", "key_ctrl",
        "key_mpos", "key_mquat",
    ];

    private static readonly string[] FiniteOptions = ["opt.gravity", "opt.wind", "opt.density", "opt.viscosity"];

    private static readonly string[] Quaternions = ["body_quat", "body_iquat", "geom_quat", "site_quat", "cam_quat"];

    /// <summary>Looks at a compiled model.</summary>
    /// <exception cref="CorruptFileException">A number is not finite, a rotation has no direction, or time does not go forward.</exception>
    public static void Require(MujocoModel model)
    {
        if (!(model.Timestep > 0 && double.IsFinite(model.Timestep)))
            throw Refuse(model, "option timestep", "more than 0 s", $"{model.Timestep}");
        foreach (string name in Finite) RequireFinite(model, name, model.Array<double>(name));
        foreach (string name in FiniteOptions) RequireFinite(model, name, model.Numbers<double>(name));
        foreach (string name in Quaternions) RequireDirection(model, name);
    }

    private static void RequireFinite(MujocoModel model, string name, ReadOnlySpan<double> values)
    {
        for (int i = 0; i < values.Length; i++)
            if (!double.IsFinite(values[i])) throw Refuse(model, name, "finite numbers", $"{values[i]} at position {i}");
    }

    private static void RequireDirection(MujocoModel model, string name)
    {
        ReadOnlySpan<double> values = model.Array<double>(name);
        for (int i = 0; i < values.Length; i += 4)
        {
            double length = (values[i] * values[i]) + (values[i + 1] * values[i + 1]) + (values[i + 2] * values[i + 2])
                + (values[i + 3] * values[i + 3]);
            if (!(length > SmallestLength)) throw Refuse(model, name, "quaternions that are a rotation", $"0 0 0 0 in row {i / 4}");
        }
    }

    private static CorruptFileException Refuse(MujocoModel model, string what, string expected, string found) =>
        new(model.File, $"{expected} in {what}", found);
}
