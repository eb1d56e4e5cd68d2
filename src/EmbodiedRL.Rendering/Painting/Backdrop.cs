using EmbodiedRL.Core.Scenes;
using Silk.NET.OpenGL;

namespace EmbodiedRL.Rendering.Painting;

/// <summary>Static background: the static geoms as a static camera sees them, rendered once and copied into every image.</summary>
/// <remarks>Its geoms may be moved by an edit of the model, so their poses are compared whenever it is used.</remarks>
internal sealed class Backdrop(GL gl, SceneDescription scene, int samplesASide)
{
    private readonly int[] _still = Still(scene);
    private readonly TileFramebuffer _image = new(gl, InternalFormat.Rgba8, samplesASide);
    private float[] _poses = [];
    private TileLayout _layout;

    /// <summary>Whether anything stands still.</summary>
    public static bool IsWorthwhile(SceneDescription scene) => Still(scene).Length > 0;

    /// <summary>Whether all environments agree on where still geoms are.</summary>
    public bool Holds(ReadOnlySpan<float> poses, int count)
    {
        const int pose = SceneDescription.FloatsPerPose;
        for (int row = 0; row < count; row++)
            foreach (int geom in _still)
                if (!poses.Slice((row * scene.PoseLength) + (geom * pose), pose).SequenceEqual(poses.Slice(geom * pose, pose)))
                    return false;
        return true;
    }

    /// <summary>Begins an image with the backdrop, which is drawn anew only if something of it is elsewhere than before.</summary>
    /// <param name="target">Resized to the layout.</param>
    /// <param name="layout">Where the tiles lie.</param>
    /// <param name="tiles">How many are drawn.</param>
    /// <param name="poses">Of the call.</param>
    /// <param name="draw">Draws what stands still, and the sky, into all tiles there can be; told how many.</param>
    public void Begin(TileFramebuffer target, TileLayout layout, int tiles, ReadOnlySpan<float> poses, Action draw)
    {
        ReadOnlySpan<float> first = poses[..scene.PoseLength];
        if (layout != _layout || !IsAsBefore(first))
        {
            _image.Resize(layout);
            _image.Begin();
            draw();
            (_layout, _poses) = (layout, first.ToArray());
        }

        target.BeginOver(_image, tiles);
    }

    public void Delete() => _image.Delete();

    private bool IsAsBefore(ReadOnlySpan<float> row)
    {
        const int pose = SceneDescription.FloatsPerPose;
        foreach (int geom in _still)
            if (!row.Slice(geom * pose, pose).SequenceEqual(_poses.AsSpan(geom * pose, pose))) return false;
        return true;
    }

    private static int[] Still(SceneDescription scene) =>
        [.. scene.Geoms.Concat(scene.Marks)
            .Select((geom, index) => (geom, index))
            .Where(item => item.geom.IsStatic)
            .Select(item => item.index)];
}
