using EmbodiedRL.Simulation;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Envs.Gym;

/// <summary>Ground plane under a body of spheres and capsules.</summary>
/// <param name="model">Its world body holds the floor at height 0; all other geoms are the body's.</param>
public sealed class Ground(MujocoModel model)
{
    private readonly Limb[] _limbs = Limb.Of(model);

    /// <summary>How far the body's lowest point is above the floor, m; less than 0 where it is sunk in. Of the last kinematics.</summary>
    public double Clearance(PhysicsView physics)
    {
        double lowest = double.PositiveInfinity;
        foreach (Limb limb in _limbs)
        {
            double lean = Math.Abs(physics.Rotation(limb.Geom)[8]); // of the capsule's axis, its own z, against the world's
            lowest = Math.Min(lowest, physics.Position(limb.Geom)[2] - (lean * limb.HalfLength) - limb.Radius);
        }

        return lowest;
    }

    /// <summary>Lifts or lowers a body so that it is so far above the floor.</summary>
    /// <param name="physics">Posed; kinematics are computed.</param>
    /// <param name="height">The coordinate of qpos that is the body's height.</param>
    /// <param name="clearance">m.</param>
    public void Rest(PhysicsView physics, int height, double clearance = 0)
    {
        physics.UpdateKinematics();
        physics.Positions[height] += clearance - Clearance(physics);
    }

    /// <summary>A sphere, or a capsule along its own z.</summary>
    private readonly record struct Limb(GeomId Geom, double Radius, double HalfLength)
    {
        public static Limb[] Of(MujocoModel model)
        {
            ReadOnlySpan<int> bodies = model.Array<int>("geom_bodyid");
            ReadOnlySpan<double> sizes = model.Array<double>("geom_size");
            List<Limb> limbs = [];
            for (int geom = 0; geom < bodies.Length; geom++)
                if (bodies[geom] != 0) limbs.Add(new Limb(new GeomId(geom), sizes[3 * geom], sizes[(3 * geom) + 1]));
            return [.. limbs];
        }
    }
}
