using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Simulation.Mjcf;

/// <summary>Random joint positions, joint by joint: quaternions stay on the unit sphere.</summary>
internal static class JointNoise
{
    /// <summary>A number of scale 1.</summary>
    public static double Draw(MjcfNoise noise, ref Rng rng) => noise == MjcfNoise.Normal ? rng.Normal() : rng.Uniform(-1, 1);

    /// <summary>Moves every joint a little; ball and free joints are turned by a random vector of angles.</summary>
    public static void Move(PhysicsView physics, MjcfNoise noise, double scale, ref Rng rng)
    {
        MujocoModel model = physics.Model;
        ReadOnlySpan<int> types = model.Array<int>("jnt_type"), starts = model.Array<int>("jnt_qposadr");
        int free = MujocoModel.Table.Constant("mjJNT_FREE"), ball = MujocoModel.Table.Constant("mjJNT_BALL");
        for (int joint = 0; joint < types.Length; joint++)
        {
            Span<double> at = physics.Positions[starts[joint]..];
            int shifted = types[joint] == free ? 3 : types[joint] == ball ? 0 : 1;
            for (int i = 0; i < shifted; i++) at[i] += scale * Draw(noise, ref rng);
            if (types[joint] != free && types[joint] != ball) continue;
            double x = scale * Draw(noise, ref rng), y = scale * Draw(noise, ref rng), z = scale * Draw(noise, ref rng);
            Turn(at.Slice(shifted, 4), x, y, z);
        }
    }

    /// <summary>
    /// Puts joints anywhere: over their range where they have one, else over a full turn, or a meter to either side; free bodies
    /// stay about where they are, turned anyhow.
    /// </summary>
    public static void Scatter(PhysicsView physics, ref Rng rng)
    {
        MujocoModel model = physics.Model;
        ReadOnlySpan<int> types = model.Array<int>("jnt_type"), starts = model.Array<int>("jnt_qposadr");
        ReadOnlySpan<byte> limited = model.Array<byte>("jnt_limited");
        ReadOnlySpan<double> range = model.Array<double>("jnt_range");
        int free = MujocoModel.Table.Constant("mjJNT_FREE"), ball = MujocoModel.Table.Constant("mjJNT_BALL"),
            slide = MujocoModel.Table.Constant("mjJNT_SLIDE");
        for (int joint = 0; joint < types.Length; joint++)
        {
            Span<double> at = physics.Positions[starts[joint]..];
            if (types[joint] == free || types[joint] == ball)
            {
                int shifted = types[joint] == free ? 3 : 0;
                for (int i = 0; i < shifted; i++) at[i] += rng.Uniform(-0.1, 0.1);
                double most = limited[joint] != 0 ? range[(2 * joint) + 1] / Math.Sqrt(3) : Math.PI / 2;
                Turn(at.Slice(shifted, 4), rng.Uniform(-most, most), rng.Uniform(-most, most), rng.Uniform(-most, most));
                continue;
            }

            double wide = types[joint] == slide ? 1 : Math.PI;
            at[0] = limited[joint] != 0 ? rng.Uniform(range[2 * joint], range[(2 * joint) + 1]) : rng.Uniform(-wide, wide);
        }
    }

    /// <summary>q becomes q times the rotation by a vector of angles.</summary>
    private static void Turn(Span<double> q, double x, double y, double z)
    {
        double angle = Math.Sqrt((x * x) + (y * y) + (z * z));
        if (angle == 0) return;
        double real = Math.Cos(angle / 2), share = Math.Sin(angle / 2) / angle;
        (x, y, z) = (x * share, y * share, z * share);
        (double a, double b, double c, double d) = (q[0], q[1], q[2], q[3]);
        q[0] = (a * real) - (b * x) - (c * y) - (d * z);
        q[1] = (a * x) + (b * real) + (c * z) - (d * y);
        q[2] = (a * y) - (b * z) + (c * real) + (d * x);
        q[3] = (a * z) + (b * y) - (c * x) + (d * real);
    }
}
