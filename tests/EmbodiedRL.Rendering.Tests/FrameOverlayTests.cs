using System.Numerics;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Rendering.Images;

namespace EmbodiedRL.Rendering.Tests;

public sealed class FrameOverlayTests
{
    private const int Size = 96;

    private static readonly SceneCamera Camera = new("eye", new Vector3(1, -4, 2),
        Quaternion.CreateFromAxisAngle(Vector3.UnitZ, 0.25f) * Quaternion.CreateFromAxisAngle(Vector3.UnitX, (MathF.PI / 2) - 0.4f), 50);

    /// <summary>The renderer as second opinion: a small ball is seen where the projection says.</summary>
    [Theory]
    [InlineData(0, 0, 0, false)]
    [InlineData(0.7, 0.5, 1, false)]
    [InlineData(-0.9, -1, 0.2, false)]
    [InlineData(0.3, 0.5, 0.4, true)]
    public void A_point_falls_where_the_renderer_draws_it(float x, float y, float z, bool hasLens)
    {
        SceneCamera camera = hasLens ? Camera with { Lens = new SceneLens(0.5f, 0.4f, 0.1f, -0.15f) } : Camera;
        var scene = new SceneDescription
        {
            Geoms = [new SceneGeom("ball", GeomShape.Sphere, new Vector3(0.08f), new Vector4(1, 0, 0, 1), Emission: 1)],
            Cameras = [camera],
        };
        using var renderer = new BatchRenderer(scene, "eye", Size);
        byte[] frame = new byte[renderer.FrameBytes];
        renderer.Render([x, y, z, 1, 0, 0, 0, 1, 0, 0, 0, 1], 1, frame);
        Vector2 sum = default;
        int count = 0;
        for (int i = 0; i < Size * Size; i++)
        {
            if (frame[3 * i] < 128) continue;
            sum += new Vector2((i % Size) + 0.5f, (i / Size) + 0.5f);
            count++;
        }

        Assert.True(count > 3);
        Vector2 found = Assert.NotNull(new FrameProjection(camera, Size).Find(new Vector3(x, y, z)));
        Assert.True((found - (sum / count)).Length() < 0.5f, $"{found} against {sum / count}");
    }

    [Fact]
    public void What_lies_behind_the_camera_is_nowhere()
    {
        var view = new FrameProjection(Camera, Size);
        Assert.Null(view.Find(Camera.Position + Vector3.Transform(Vector3.UnitZ, Camera.Orientation)));
        byte[] frame = new byte[Size * Size * 3];
        new FrameOverlay { Segments = [new OverlayLine(default, Camera.Position - new Vector3(0, 9, 0), Vector3.One)] }.Draw(frame, view);
        Assert.All(frame, value => Assert.Equal(0, value));
    }

    [Fact]
    public void Marks_lie_on_their_points_and_text_at_top_and_bottom()
    {
        var view = new FrameProjection(Camera, Size);
        byte[] frame = [.. Enumerable.Repeat((byte)100, Size * Size * 3)];
        new FrameOverlay
        {
            Caption = "a goal",
            Lines = ["score 0.5", "reward 1"],
            Segments = [new OverlayLine(default, new Vector3(0, 0, 0.5f), Vector3.UnitX)],
            Points = [new OverlayPoint(new Vector3(0.5f, 0, 0.2f), Vector3.UnitY)],
        }.Draw(frame, view);
        Assert.Equal((255, 0, 0), At(view.Find(new Vector3(0, 0, 0.25f))!.Value));
        Assert.Equal((0, 255, 0), At(view.Find(new Vector3(0.5f, 0, 0.2f))!.Value));
        Assert.Equal((100, 100, 100), At(new Vector2(10, Size / 2f)));
        foreach (int row in (int[])[2, Size - 3])
        {
            Assert.True(At(new Vector2(Size - 2, row)).Red < 60, "a dark band");
            Assert.True(Enumerable.Range(0, Size * 8)
                .Any(i => frame[3 * ((((row < 48 ? 0 : Size - 8) + (i / Size)) * Size) + (i % Size))] > 180)
                || CaptionFont.Family.Length == 0,
                "light letters");
        }

        (int Red, int Green, int Blue) At(Vector2 pixel)
        {
            int at = 3 * (((int)pixel.Y * Size) + (int)pixel.X);
            return (frame[at], frame[at + 1], frame[at + 2]);
        }
    }
}
