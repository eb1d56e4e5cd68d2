using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Rendering.Images;
using EmbodiedRL.Simulation;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Scenes;

namespace EmbodiedRL.Rendering.Tests;

/// <summary>
/// A scene seen by a camera as MuJoCo's own renderer drew it: its pictures, and our drawing of the same model in the same state.
/// </summary>
/// <param name="Name">SCENE.CAMERA.</param>
internal sealed record RecordedPictures(string Name)
{
    private const float FreeAzimuth = 120, FreeElevation = -25; // of the recordings' free camera

    private static readonly Dictionary<string, (SceneDescription Scene, float[] Poses)> Known = [];

    private string Scene => Name[..Name.IndexOf('.', StringComparison.Ordinal)];

    private string Camera => Name[(Name.IndexOf('.', StringComparison.Ordinal) + 1)..];

    /// <summary>All cameras that have a picture of this kind and size, scene by scene.</summary>
    public static IEnumerable<RecordedPictures[]> Of(string kind, int size)
    {
        string folder = Fixtures.Require("render"), ending = $".{kind}.{size}.png";
        string[] found = Directory.GetFiles(folder, $"*{ending}");
        Assert.SkipWhen(found.Length == 0, $"No pictures *{ending}.");
        return found.Select(path => new RecordedPictures(Path.GetFileName(path)[..^ending.Length]))
            .OrderBy(pictures => pictures.Name, StringComparer.Ordinal)
            .GroupBy(pictures => pictures.Scene)
            .Select(scene => scene.ToArray());
    }

    /// <summary>The recorded picture, [H, W, 3].</summary>
    public byte[] Theirs(string kind, int size) => ImageFile.ReadRgb(Fixtures.Require($"render/{Name}.{kind}.{size}.png")).Rgb;

    /// <summary>The recorded depth, [H, W] in meters; null if there is none of this size.</summary>
    public float[]? TheirDepth(int size)
    {
        var depths = new FixtureTensors($"render/{Scene}.depth.safetensors");
        string name = $"{Camera}.depth.{size}";
        return depths.Names.Contains(name) ? depths.Floats(name) : null;
    }

    /// <summary>Our pictures of some cameras of one scene, drawn in one call.</summary>
    public static byte[][] Ours(IReadOnlyList<RecordedPictures> cameras, RenderEffects effects, int size)
    {
        using BatchRenderer renderer = Open(cameras, effects, size, out float[] poses);
        byte[] pixels = new byte[renderer.FrameBytes];
        renderer.Render(poses, 1, pixels);
        return [.. pixels.Chunk(size * size * 3)];
    }

    /// <summary>Our geom ids as the recordings spell them, and our depth.</summary>
    public static (byte[] Ids, float[] Depth)[] OursExact(IReadOnlyList<RecordedPictures> cameras, int size)
    {
        using BatchRenderer renderer = Open(cameras, RenderEffects.Plain, size, out float[] poses);
        int[] segments = new int[cameras.Count * size * size];
        float[] depth = new float[segments.Length];
        renderer.Render(poses, 1, new RenderOutputs { Segments = segments, Depth = depth });
        byte[] ids = [.. segments.Select(segment => segment switch { RenderOutputs.Nothing => (byte)0,
            RenderOutputs.Unnumbered => (byte)254,
            _ => (byte)(segment + 1) })];
        return [.. ids.Chunk(size * size).Zip(depth.Chunk(size * size))];
    }

    private static BatchRenderer Open(IReadOnlyList<RecordedPictures> cameras, RenderEffects effects, int size, out float[] poses)
    {
        (SceneDescription scene, poses) = Load(cameras[0].Scene);
        SceneDescription described = scene;
        return new BatchRenderer(
            scene,
            [.. cameras.Select(one => one.Camera == SceneDescription.FreeCameraName
                ? described.FreeCamera(FreeAzimuth, FreeElevation)
                : described.Camera(one.Camera))],
            size, effects);
    }

    private static (SceneDescription Scene, float[] Poses) Load(string name)
    {
        lock (Known)
        {
            if (Known.TryGetValue(name, out var known)) return known;
            JsonElement json = Fixtures.ReadJson($"render/{name}.scene.json");
            using MujocoModel model = MujocoModel.Load(Fixtures.Require($"render/{json.GetProperty("model").GetString()}"));
            var map = SceneMap.Of(model);
            using var physics = new PhysicsView(model);
            json.GetProperty("qpos").Numbers().CopyTo(physics.Positions);
            physics.UpdateKinematics();
            float[] poses = new float[map.Description.PoseLength];
            map.Read(physics, poses);
            return Known[name] = (map.Description, poses);
        }
    }
}
