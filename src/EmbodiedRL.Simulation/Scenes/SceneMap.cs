using System.Numerics;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Simulation.Scenes;

/// <summary>Scene of a model: its neutral description for the renderer, and how the poses of a state are read for it.</summary>
/// <remarks>May be read from any thread. Skins are left out.</remarks>
public sealed class SceneMap
{
    private readonly int[] _geoms, _sites;
    private readonly TendonPath[] _tendons;
    private readonly SceneDecor _decor;
    private readonly Mount[] _cameras, _lights;
    private readonly int _segments;

    private SceneMap(MujocoModel model, PhysicsView physics)
    {
        _geoms = SceneAppearance.Shown(model, "geom");
        _sites = SceneAppearance.Shown(model, "site");
        _tendons = TendonPath.Of(model);
        _segments = _tendons.Sum(tendon => tendon.Segments);
        _decor = new SceneDecor(model);
        var cameras = SceneViews.Cameras(model, physics);
        var lights = SceneViews.Lights(model, physics, cameras.Moving.Length);
        (_cameras, _lights) = (cameras.Moving, lights.Moving);
        float extent = (float)model.Numbers<double>("stat.extent")[0];
        ReadOnlySpan<double> center = model.Numbers<double>("stat.center");
        int sky = model.Array<int>("tex_type").IndexOf(MujocoModel.Table.Constant("mjTEXTURE_SKYBOX"));
        (Vector3 top, Vector3 bottom) = SceneTextures.Sky(model, sky);
        Description = new SceneDescription
        {
            Geoms = [.. _geoms.Select(geom => SceneAppearance.Geom(model, geom))],
            Marks = [
                .. _sites.Select(site => SceneAppearance.Site(model, site)),
                .. _tendons.SelectMany(tendon => Enumerable.Repeat(SceneAppearance.Tendon(model, tendon.Tendon), tendon.Segments)),
                .. _decor.Marks
            ],
            Textures = [.. Enumerable.Range(0, model.Size("ntex")).Select(texture => SceneTextures.Of(model, texture))],
            Meshes = SceneMeshes.Of(model),
            Lights = lights.Lights,
            Headlight = SceneViews.Headlight(model),
            Cameras = cameras.Cameras,
            Sky = sky,
            BackgroundTop = top,
            BackgroundBottom = bottom,
            Haze = sky < 0
                ? null
                : new SceneHaze(model.Numbers<float>("vis.map.haze")[0], SceneAppearance.Three(model.Numbers<float>("vis.rgba.haze"))),
            Fog = new SceneFog(model.Numbers<float>("vis.map.fogstart")[0] * extent, model.Numbers<float>("vis.map.fogend")[0] * extent,
                SceneAppearance.Three(model.Numbers<float>("vis.rgba.fog"))),
            Shadows = new SceneShadows(model.Numbers<float>("vis.map.shadowclip")[0] * extent,
                model.Numbers<float>("vis.map.shadowscale")[0]),
            Near = model.Numbers<float>("vis.map.znear")[0] * extent,
            Far = model.Numbers<float>("vis.map.zfar")[0] * extent,
            Center = new Vector3((float)center[0], (float)center[1], (float)center[2]),
            Extent = extent,
            FieldOfViewDegrees = SceneViews.FieldOfView(model),
        };
        if (Description.Cameras.IsEmpty) Description = Description with { Cameras = [SceneViews.FreeCamera(model, Description)] };
    }

    /// <summary>For the renderer.</summary>
    public SceneDescription Description { get; }

    /// <summary>Describes a model.</summary>
    public static SceneMap Of(MujocoModel model)
    {
        using var physics = new PhysicsView(model);
        physics.Forward();
        return new SceneMap(model, physics);
    }

    /// <summary>
    /// Writes where everything is that is drawn, of positions as the last <see cref="PhysicsView.UpdateKinematics"/> found them.
    /// </summary>
    /// <param name="physics">Of the same model. Where the scene has tendons their paths and lengths are
    /// computed anew; nothing else is changed.</param>
    /// <param name="into">A pose row, <see cref="SceneDescription.PoseLength"/> values, overwritten.</param>
    public void Read(PhysicsView physics, Span<float> into)
    {
        const int pose = SceneDescription.FloatsPerPose;
        physics.ReadPoses(_geoms, into);
        if (into.Length == _geoms.Length * pose) return;

        ScenePointers at = physics.Pointers;
        into = into[(_geoms.Length * pose)..];
        foreach (int site in _sites)
        {
            at.ReadSite(site, into);
            into = into[pose..];
        }

        if (_segments > 0)
        {
            physics.UpdateTendons();
            foreach (TendonPath tendon in _tendons) into = tendon.Read(at, into);
        }

        into = _decor.Read(physics, into);
        foreach (Mount camera in _cameras)
        {
            camera.Read(at, into, isLight: false);
            into = into[pose..];
        }

        foreach (Mount light in _lights)
        {
            light.Read(at, into, isLight: true);
            into = into[pose..];
        }
    }
}
