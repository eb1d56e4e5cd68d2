using System.Numerics;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Rendering.Headless;
using Silk.NET.OpenGL;

namespace EmbodiedRL.Rendering.Painting;

/// <summary>Mirror image of the scene's one reflecting geom: the scene rendered again from the mirrored camera.</summary>
internal sealed class MirrorImage(GL gl, SceneDescription scene, int geom)
{
    private const int FloatsPerClip = 8;

    private readonly TileFramebuffer _image = new(gl);
    private readonly ViewRows _views = new(gl);
    private readonly DeviceBuffer _clips = new(gl);
    private float[] _rows = [];

    /// <summary>The first opaque plane or box that reflects; -1 if there is none.</summary>
    public static int Find(SceneDescription scene) => scene.Geoms.ToList()
        .FindIndex(geom => geom is { Shape: GeomShape.Plane or GeomShape.Box, Reflectance: > 0, Color.W: >= TransparentGeoms.Opaque });

    /// <summary>Mirrors the views of a call.</summary>
    public void Place(PaintRequest request, ViewRows views)
    {
        int count = request.Count;
        if (_rows.Length < count * FloatsPerClip) _rows = new float[count * FloatsPerClip];
        _views.Fill(true, count, row =>
        {
            (Vector3 point, Vector3 normal) =
                Plane(request.PoseRow(row, scene.PoseLength).Slice(geom * SceneDescription.FloatsPerPose, SceneDescription.FloatsPerPose));
            Span<float> clip = _rows.AsSpan(row * FloatsPerClip, FloatsPerClip);
            normal.CopyTo(clip);
            clip[3] = -Vector3.Dot(normal, point);
            views[row].Forward.CopyTo(clip[4..]);
            return views[row].Mirrored(point, normal);
        });
        _clips.Upload<float>(_rows.AsSpan(0, count * FloatsPerClip));
    }

    /// <summary>Draws what is mirrored in some tiles.</summary>
    public void Draw(TileLayout tiles, PassKind kind, int first, int count, GeomPainter painter, Func<long> nextPass)
    {
        _image.Resize(tiles);
        _image.Begin();
        gl.BindBufferRange(BufferTargetARB.ShaderStorageBuffer, 3, _clips.Name, (nint)first * FloatsPerClip * sizeof(float),
            (nuint)(count * FloatsPerClip * sizeof(float)));
        var pass = new Pass(kind with { OwnView = true, Mirrored = true, Shaded = false }, tiles, first, count, _views,
            scene.Near, scene.Far)
        {
            Id = nextPass(),
            Dim = scene.Geoms[geom].Reflectance,
            Without = geom,
        };
        painter.DrawSolid(pass);
        painter.DrawTransparent(pass);
        gl.ActiveTexture(TextureUnit.Texture1);
        gl.BindTexture(TextureTarget.Texture2D, _image.Texture);
    }

    /// <summary>Gives a program what it needs to leave out what lies behind the mirror.</summary>
    public static void Tell(ShaderProgram program) => program.Set("clipStride", 2);

    public void Delete()
    {
        _image.Delete();
        _views.Delete();
        _clips.Delete();
    }

    /// <summary>A plane itself, or the upper side of a box.</summary>
    private (Vector3 Point, Vector3 Normal) Plane(ReadOnlySpan<float> pose)
    {
        var normal = new Vector3(pose[5], pose[8], pose[11]);
        float up = scene.Geoms[geom].Shape == GeomShape.Box ? scene.Geoms[geom].Size.Z : 0;
        return (new Vector3(pose) + (up * normal), normal);
    }
}
