using System.Numerics;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Training.Captioning;

namespace EmbodiedRL.Training.Tests.Captioning;

public sealed class ImageConditionTests
{
    private const int Side = 64, Frame = Side * Side * 3, Count = 30;

    private static readonly SceneDescription Scene = new()
    {
        Geoms =
        [
            new SceneGeom("ground", GeomShape.Plane, new Vector3(5), new Vector4(0.5f, 0.5f, 0.5f, 1)),
            new SceneGeom("ball", GeomShape.Sphere, new Vector3(0.3f), new Vector4(0.9f, 0.1f, 0.1f, 0.5f)),
        ],
        Cameras =
        [
            new SceneCamera("track", Vector3.Zero, Quaternion.Identity, 45) { Moving = 0 },
            new SceneCamera("side", new Vector3(0, -4, 0), Quaternion.Identity, 45),
        ],
        Lights = [new SceneLight(-Vector3.UnitZ, Vector3.One, new Vector3(0.3f), Vector3.Zero)],
    };

    private static readonly SceneChanges Changes = Make();

    [Theory]
    [InlineData(nameof(ImageChange.BlackSquare), 8, 0)]     // 64 sqrt(0.016) = 8.1
    [InlineData(nameof(ImageChange.GraySquare), 13, 128)]   // 64 sqrt(0.04) = 12.8
    public void A_square_is_erased_and_nothing_else(string change, int side, int level)
    {
        byte[] frames = White(Count);
        PixelChanges.Apply(Enum.Parse<ImageChange>(change), 3, 0, frames, Side);
        for (int row = 0; row < Count; row++)
        {
            int[] erased = [.. Enumerable.Range(0, Side * Side).Where(pixel => frames[(row * Frame) + (pixel * 3)] == level)];
            Assert.Equal(side * side, erased.Length);
            Assert.Equal(side - 1, erased.Max(pixel => pixel % Side) - erased.Min(pixel => pixel % Side));
            Assert.Equal(side - 1, (erased[^1] / Side) - (erased[0] / Side));
        }

        Assert.Equal((Count * Frame) - (Count * side * side * 3), frames.Count(value => value == byte.MaxValue));
    }

    [Fact]
    public void Noise_is_small_and_other_changes_leave_pixels_alone()
    {
        byte[] frames = White(1);
        PixelChanges.Apply(ImageChange.CameraRoll, 3, 0, frames, Side);
        Assert.Equal(White(1), frames);
        PixelChanges.Apply(ImageChange.Noise, 3, 0, frames, Side);
        Assert.Equal(byte.MaxValue - 20, frames.Min());
        Assert.InRange(frames.Count(value => value < byte.MaxValue), Frame * 0.45, Frame * 0.53); // upward noise is cut off
    }

    [Fact]
    public void A_row_does_not_depend_on_its_batch()
    {
        byte[] together = White(4), apart = White(2);
        PixelChanges.Apply(ImageChange.BlackSquare, 3, 0, together, Side);
        PixelChanges.Apply(ImageChange.BlackSquare, 3, 2, apart, Side);
        Assert.Equal(together[(2 * Frame)..], apart);
        Assert.Equal(Changes.Of(ImageChange.CameraShift, 0, Poses(4))!.Cameras![26..],
            Changes.Of(ImageChange.CameraShift, 2, Poses(4).AsSpan(2 * Scene.PoseLength))!.Cameras!);
    }

    [Fact]
    public void A_roll_turns_a_moving_camera_where_it_is()
    {
        SceneVariations rolled = Changes.Of(ImageChange.CameraRoll, 0, Poses(Count))!;
        Assert.True(rolled is { Colors: null, Backgrounds: null, Lights: null });
        double most = 0;
        for (int row = 0; row < Count; row++)
        {
            SceneCamera camera = VisualLayout.ReadCamera("track", rolled.Cameras.AsSpan(row * 13, 13));
            Assert.Equal(new Vector3(row, 2, 3), camera.Position);
            Assert.Equal(1, Vector3.Transform(Vector3.UnitZ, camera.Orientation).Z, 5); // the view axis stays
            most = Math.Max(most, Math.Abs(Math.Asin(Vector3.Transform(Vector3.UnitX, camera.Orientation).Y)));
        }

        Assert.InRange(most, Math.PI / 36, (Math.PI / 18) + 1e-6);
    }

    [Fact]
    public void Backgrounds_and_bodies_change_apart_from_each_other()
    {
        SceneVariations grounds = Changes.Of(ImageChange.Backgrounds, 0, Poses(Count))!;
        SceneVariations bodies = Changes.Of(ImageChange.BodyColors, 0, Poses(Count))!;
        Assert.NotNull(grounds.Backgrounds);
        Assert.Null(bodies.Backgrounds);
        for (int row = 0; row < Count; row++)
        {
            Assert.Equal([0.9f, 0.1f, 0.1f, 0.5f], grounds.Colors.AsSpan((row * 8) + 4, 4).ToArray());
            Assert.NotEqual([0.5f, 0.5f, 0.5f, 1], grounds.Colors.AsSpan(row * 8, 4).ToArray());
            Assert.Equal([0.5f, 0.5f, 0.5f, 1], bodies.Colors.AsSpan(row * 8, 4).ToArray());
            Assert.InRange(bodies.Colors![(row * 8) + 4], 0.8f, 1);
        }

        Assert.Null(Changes.Of(ImageChange.None, 0, Poses(1)));
        Assert.Null(Changes.Of(ImageChange.Noise, 0, Poses(1)));
        Assert.True(Changes.Of(ImageChange.Light, 0, Poses(1)) is { Lights.Length: 12, Cameras: null, Colors: null });
    }

    [Fact]
    public void Every_other_camera_is_a_condition()
    {
        using var ball = new SpokenPoint("ball", 1);
        EnvironmentInfo info = ball.Info with { Scene = Scene, Camera = "track" };
        ImageCondition last = ImageCondition.Single(info).Last();
        Assert.Equal(new ImageCondition("camera side", ImageChange.None, "side"), last);
        Assert.DoesNotContain(ImageCondition.Single(info), condition => condition.Name == "camera track");
    }

    private static byte[] White(int count)
    {
        byte[] frames = new byte[count * Frame];
        frames.AsSpan().Fill(byte.MaxValue);
        return frames;
    }

    /// <summary>The moving camera of row i is at (i, 2, 3).</summary>
    private static float[] Poses(int count)
    {
        float[] poses = new float[count * Scene.PoseLength];
        for (int row = 0; row < count; row++)
        {
            float[] camera = [row, 2, 3, 1, 0, 0, 0, 1, 0, 0, 0, 1];
            camera.CopyTo(poses, (row * Scene.PoseLength) + Scene.MovingAt(0));
        }

        return poses;
    }

    private static SceneChanges Make()
    {
        using var point = new SpokenPoint("ball", 1);
        return new SceneChanges(point.Info with { Scene = Scene, Camera = "track" }, 4);
    }
}
