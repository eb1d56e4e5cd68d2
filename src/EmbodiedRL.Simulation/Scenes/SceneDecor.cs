using System.Numerics;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Simulation.Scenes;

/// <summary>Decorations that MuJoCo renders beside the model: slider-crank rods and range-finder rays.</summary>
internal sealed class SceneDecor
{
    private const int PiecesOfCrank = 3;   // the sliding rod, the crank, and the crank where it is too short to reach
    private const float RayPixels = 3, CrankShare = 0.5f;

    private readonly Crank[] _cranks;
    private readonly Ray[] _rays;

    public SceneDecor(MujocoModel model)
    {
        _cranks = [.. Cranks(model)];
        _rays = [.. Rays(model)];
        float radius = model.Numbers<float>("vis.scale.slidercrank")[0] * (float)model.Numbers<double>("stat.meansize")[0];
        Vector4 whole = Color(model, "vis.rgba.slidercrank"), broken = Color(model, "vis.rgba.crankbroken");
        var crank = new SceneGeom("", GeomShape.Segment, new Vector3(CrankShare * radius, 1, 0), whole)
        {
            Decor = SceneDecoration.SliderCrank
        };
        SceneGeom[] pieces = [crank with { Shape = GeomShape.Rod, Size = new Vector3(radius, 1, 0) }, crank, crank with { Color = broken }];
        var ray = new SceneGeom("", GeomShape.Line, new Vector3(RayPixels, 0, 0), Color(model, "vis.rgba.rangefinder"))
        {
            Decor = SceneDecoration.RangeFinder
        };
        Marks = [.. _cranks.SelectMany(_ => pieces), .. _rays.Select(_ => ray)];
    }

    /// <summary>In the order of their poses.</summary>
    public SceneGeom[] Marks { get; }

    /// <summary>Writes their poses.</summary>
    /// <returns>What of the row follows.</returns>
    public Span<float> Read(PhysicsView physics, Span<float> into)
    {
        foreach (Crank crank in _cranks) into = crank.Read(physics.Pointers, into);
        foreach (Ray ray in _rays) into = ray.Read(physics, into);
        return into;
    }

    private static IEnumerable<Crank> Cranks(MujocoModel model)
    {
        int type = MujocoModel.Table.Constant("mjTRN_SLIDERCRANK");
        for (int actuator = 0; actuator < model.Size("nu"); actuator++)
        {
            if (model.Array<int>("actuator_trntype")[actuator] != type) continue;
            ReadOnlySpan<int> sites = model.Array<int>("actuator_trnid").Slice(2 * actuator, 2);
            yield return new Crank(sites[0], sites[1], model.Array<double>("actuator_cranklength")[actuator]);
        }
    }

    /// <summary>Newer versions have range finders of cameras too, which are many rays; those are left out.</summary>
    private static IEnumerable<Ray> Rays(MujocoModel model)
    {
        int type = MujocoModel.Table.Constant("mjSENS_RANGEFINDER"), ofSite = MujocoModel.Table.Constant("mjOBJ_SITE");
        for (int sensor = 0; sensor < model.Size("nsensor"); sensor++)
        {
            if (model.Array<int>("sensor_type")[sensor] != type || model.Array<int>("sensor_objtype")[sensor] != ofSite) continue;
            int site = model.Array<int>("sensor_objid")[sensor];
            yield return new Ray(site, new BodyId(model.Array<int>("site_bodyid")[site]), model.Array<double>("sensor_cutoff")[sensor]);
        }
    }

    private static Vector4 Color(MujocoModel model, string name)
    {
        ReadOnlySpan<float> rgba = model.Numbers<float>(name);
        return new Vector4(rgba[0], rgba[1], rgba[2], rgba[3]);
    }

    /// <summary>A crank of fixed length from a site to a point on the axis of another one.</summary>
    private sealed record Crank(int Pin, int Slider, double Length)
    {
        public Span<float> Read(ScenePointers at, Span<float> into)
        {
            Span<double> pin = stackalloc double[3], slider = stackalloc double[3], axis = stackalloc double[3], end = stackalloc double[3];
            at.ReadSite(Pin, pin, axis);
            at.ReadSite(Slider, slider, axis);
            double along = 0, squared = 0;
            for (int i = 0; i < 3; i++)
            {
                along += (pin[i] - slider[i]) * axis[i];
                squared += (pin[i] - slider[i]) * (pin[i] - slider[i]);
            }

            double rest = (along * along) + (Length * Length) - squared, reach = along - Math.Sqrt(Math.Max(rest, 0));
            for (int i = 0; i < 3; i++) end[i] = slider[i] + (reach * axis[i]);
            const int pose = SceneDescription.FloatsPerPose;
            into[..(PiecesOfCrank * pose)].Clear();
            TendonPath.Write(slider, end, 1, into[..pose]);
            TendonPath.Write(end, pin, 1, into.Slice(rest < 0 ? 2 * pose : pose, pose));
            return into[(PiecesOfCrank * pose)..];
        }
    }

    /// <summary>From a site along its z axis up to the next geom of another body; hidden where there is none.</summary>
    private sealed record Ray(int Site, BodyId Body, double Cutoff)
    {
        public Span<float> Read(PhysicsView physics, Span<float> into)
        {
            Span<double> from = stackalloc double[3], axis = stackalloc double[3];
            physics.Pointers.ReadSite(Site, from, axis);
            RayHit hit = physics.CastRay(from, axis, Body);
            Span<float> pose = into[..SceneDescription.FloatsPerPose];
            pose.Clear();
            if (hit.IsHit)
            {
                double length = Cutoff > 0 ? Math.Min(hit.Distance, Cutoff) : hit.Distance;
                for (int i = 0; i < 3; i++)
                {
                    pose[i] = (float)from[i];
                    pose[5 + (3 * i)] = (float)(length * axis[i]);
                }
            }

            return into[SceneDescription.FloatsPerPose..];
        }
    }
}
