using EmbodiedRL.Core;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Rendering.Images;

namespace EmbodiedRL.Rendering.Tests;

public sealed class BatchRendererTests
{
    private const int Size = 64;
    private const int Frame = Size * Size * 3;

    [Fact]
    public void A_picture_is_what_a_ray_caster_sees()
    {
        const int Count = 6;
        float[] poses = Scenes.Scatter(Count);
        byte[] pixels = Render(Scenes.Shapes, poses, Count);
        if (Environment.GetEnvironmentVariable("RENDER_GALLERY") is { Length: > 0 } gallery)
            for (int i = 0; i < Count; i++)
                ImageFile.WritePng(Path.Combine(gallery, $"shapes{i}.png"), pixels.AsSpan(i * Frame, Frame), Size, Size);

        int wrong = 0, onEdge = 0, apart = 0;
        for (int i = 0; i < Count; i++)
        {
            ReadOnlySpan<float> pose = poses.AsSpan(i * Scenes.Shapes.PoseLength, Scenes.Shapes.PoseLength);
            for (int y = 0; y < Size; y++)
                for (int x = 0; x < Size; x++)
                {
                    RayCaster.Hit hit = RayCaster.Trace(Scenes.Shapes, pose, Size, x, y);
                    if (IsEdge(pose, x, y, hit.Geom))
                    {
                        onEdge++;
                        continue;
                    }
                    int at = ((i * Size + y) * Size + x) * 3;
                    double difference = Math.Max(
                        Math.Abs(pixels[at] - hit.Red),
                        Math.Max(Math.Abs(pixels[at + 1] - hit.Green), Math.Abs(pixels[at + 2] - hit.Blue)));
                    if (difference > 2) apart++;
                    if (difference > 40) wrong++;
                }
        }
        Assert.True(onEdge < Count * Size * Size / 10, $"{onEdge} pixels were left out as edges.");
        Assert.True(wrong == 0 && apart <= 4, $"{wrong} pixels show another geom, {apart} another color.");
    }

    [Fact]
    public void A_tile_does_not_depend_on_its_neighbors()
    {
        const int Count = 40;
        float[] poses = Scenes.CartPolePoses(Count);
        byte[] together = Render(Scenes.CartPole, poses, Count);
        using var renderer = new BatchRenderer(Scenes.CartPole, "front", Size);
        var alone = new byte[Frame];
        int length = Scenes.CartPole.PoseLength;
        for (int i = 0; i < Count; i += 7)
        {
            renderer.Render(poses.AsSpan(i * length, length), 1, alone);
            AssertNear(alone, together.AsSpan(i * Frame, Frame), levels: 2, share: 0.002);
        }
    }

    [Fact]
    public void Many_passes_are_as_good_as_one()
    {
        const int Count = 1100;
        float[] poses = Scenes.CartPolePoses(Count);
        byte[] pixels = Render(Scenes.CartPole, poses, Count);
        int length = Scenes.CartPole.PoseLength;
        foreach (int i in new[] { 255, 256, 1023, 1024, 1099 })
            AssertNear(Render(Scenes.CartPole, poses.AsSpan(i * length, length), 1), pixels.AsSpan(i * Frame, Frame),
                levels: 2, share: 0.002);
    }

    [Fact]
    public void Fewer_states_after_many_leave_nothing_of_the_earlier_ones()
    {
        float[] poses = Scenes.CartPolePoses(9);
        using var renderer = new BatchRenderer(Scenes.CartPole, "front", Size);
        var many = new byte[9 * Frame];
        renderer.Render(poses, 9, many);
        var few = new byte[2 * Frame];
        renderer.Render(poses.AsSpan(0, 2 * Scenes.CartPole.PoseLength), 2, few);
        AssertNear(few, many.AsSpan(0, 2 * Frame), levels: 2, share: 0.002);
    }

    [Fact]
    public void Equal_calls_give_equal_bytes()
    {
        float[] poses = Scenes.CartPolePoses(5);
        Assert.Equal(Render(Scenes.CartPole, poses, 5), Render(Scenes.CartPole, poses, 5));
    }

    [Fact]
    public void Rows_vary_each_for_itself()
    {
        float[] poses = Scenes.CartPolePoses(1);
        float[] twice = [.. poses, .. poses];
        byte[] plain = Render(Scenes.CartPole, poses, 1);
        foreach (SceneVariations changed in Changes())
        {
            byte[] pixels = Render(Scenes.CartPole, twice, 2, changed);
            AssertNear(plain, pixels.AsSpan(0, Frame), levels: 2, share: 0.002);
            Assert.True(Different(plain, pixels.AsSpan(Frame, Frame)) > 20, "The second row looks like the first.");
        }
    }

    [Fact]
    public void The_sky_goes_from_top_to_bottom()
    {
        SceneDescription empty = Scenes.CartPole with { Geoms = [] };
        byte[] pixels = Render(empty, [], 1);
        Assert.Equal(0.75 * 255, pixels[0], 2.0);
        Assert.Equal(0.95 * 255, pixels[^3], 2.0);
    }

    [Fact]
    public void Half_transparent_geoms_let_half_through_twice()
    {
        var geom = Scenes.CartPole.Geoms[7] with { Color = new(0, 0, 0, 0.5f), Specular = 0 };
        SceneDescription scene = Scenes.CartPole with { Geoms = [geom], BackgroundTop = new(0.8f), BackgroundBottom = new(0.8f) };
        var pose = new float[12];
        Scenes.Put(pose, 0, System.Numerics.Vector3.Zero, System.Numerics.Matrix4x4.Identity);
        byte[] pixels = Render(scene, pose, 1);
        Assert.Equal(51, pixels[(32 * Size + 32) * 3], 1.0);
    }

    [Fact]
    public void Wrong_lengths_are_named()
    {
        using var renderer = new BatchRenderer(Scenes.CartPole, "front", Size);
        float[] poses = Scenes.CartPolePoses(2);
        var short1 = Assert.Throws<SpecMismatchException>(() => renderer.Render(poses, 2, new byte[Frame]));
        Assert.Contains("24576", short1.Message, StringComparison.Ordinal);
        var short2 = Assert.Throws<SpecMismatchException>(() => renderer.Render(poses.AsSpan(1), 2, new byte[2 * Frame]));
        Assert.Contains("poses", short2.Message, StringComparison.Ordinal);
        var short3 = Assert.Throws<SpecMismatchException>(
            () => renderer.Render(poses, 2, new byte[2 * Frame], new SceneVariations { Colors = new float[3] }));
        Assert.Contains("variations.Colors", short3.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_camera_is_named()
    {
        var error = Assert.Throws<UnknownNameException>(() => new BatchRenderer(Scenes.CartPole, "fronk", Size));
        Assert.Contains("front", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void After_disposal_there_is_a_clear_error()
    {
        var renderer = new BatchRenderer(Scenes.CartPole, "front", Size);
        renderer.Dispose();
        renderer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => renderer.Render(Scenes.CartPolePoses(1), 1, new byte[Frame]));
    }

    private static IEnumerable<SceneVariations> Changes()
    {
        SceneDescription scene = Scenes.CartPole;
        float[] colors = [.. scene.Geoms.SelectMany(g => new[] { g.Color.X, g.Color.Y, g.Color.Z, g.Color.W })];
        yield return new() { Colors = [.. colors, .. colors.Select((c, i) => i % 4 == 3 ? 1 : 1 - c)] };

        SceneLight sun = scene.Lights[0];
        float[] light = [.. new[] { sun.Direction, sun.Diffuse, scene.AmbientLight,
            scene.Headlight.Diffuse }.SelectMany(v => new[] { v.X, v.Y, v.Z })];
        yield return new() { Lights = [.. light, .. light.Select(c => c * 0.5f)] };

        float[] camera = [0, -4.6f, 0, 1, 0, 0, 0, 0, -1, 0, 1, 0, 45];
        yield return new() { Cameras = [.. camera, 0, -4.6f, 0.3f, .. camera.AsSpan(3)] };
    }

    private static byte[] Render(SceneDescription scene, ReadOnlySpan<float> poses, int count, SceneVariations? variations = null)
    {
        using var renderer = new BatchRenderer(scene, "front", Size);
        var pixels = new byte[count * Frame];
        renderer.Render(poses, count, pixels, variations);
        return pixels;
    }

    /// <summary>Rasterizers snap vertices to fractions of a pixel, so the edge of a face may fall either way.</summary>
    private static void AssertNear(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> found, int levels, double share)
    {
        int different = 0;
        for (int i = 0; i < expected.Length; i++)
            if (Math.Abs(expected[i] - found[i]) > levels) different++;
        Assert.True(different <= share * expected.Length, $"{different} of {expected.Length} values differ by more than {levels} levels.");
    }

    private static int Different(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        int different = 0;
        for (int i = 0; i < a.Length; i++)
            if (Math.Abs(a[i] - b[i]) > 2) different++;
        return different;
    }

    private static bool IsEdge(ReadOnlySpan<float> pose, int x, int y, int geom)
    {
        foreach ((double dx, double dy) in new[] { (-0.15, 0.0), (0.15, 0.0), (0.0, -0.15), (0.0, 0.15) })
            if (RayCaster.Trace(Scenes.Shapes, pose, Size, x, y, dx, dy).Geom != geom) return true;
        return false;
    }

    /// <summary>
    /// Environments stand still, move on and stand still again; what arrives is always what a renderer without memory draws.
    /// </summary>
    [Fact]
    public void Frames_of_environments_that_have_not_changed_are_not_drawn_again()
    {
        const int count = 5;
        float[] poses = Scenes.CartPolePoses(count);
        int row = poses.Length / count;
        using var renderer = new BatchRenderer(Scenes.CartPole, "front", 32);
        byte[] pixels = new byte[count * renderer.FrameBytes];
        Assert.Equal(5, Drawn());
        Assert.Equal(5, Drawn()); // seen for the second time: drawn once more and kept
        Assert.Equal(0, Drawn());
        Move(1);
        Move(4);
        Assert.Equal(2, Drawn());
        Assert.Equal(2, Drawn());
        Assert.Equal(0, Drawn());
        byte[] depthless = [.. pixels];
        float[] depth = new float[count * 32 * 32];
        renderer.Render(poses, count, new RenderOutputs { Rgb = pixels, Depth = depth });
        Assert.Equal(depthless, pixels);
        Assert.Equal(5, Drawn());

        void Move(int environment) => poses[(environment * row) + (5 * 12)] += 0.2f;

        long Drawn(SceneVariations? variations = null)
        {
            Array.Fill(pixels, (byte)7); // whatever the caller does with its memory
            long before = renderer.FramesDrawn;
            renderer.Render(poses, count, pixels, variations);
            using var fresh = new BatchRenderer(Scenes.CartPole, "front", 32);
            byte[] expected = new byte[pixels.Length];
            fresh.Render(poses, count, expected, variations);
            Assert.Equal(expected, pixels);
            return renderer.FramesDrawn - before;
        }
    }

    [Fact]
    public void A_renderer_that_must_not_reuse_pictures_draws_them_all()
    {
        float[] poses = Scenes.CartPolePoses(2);
        using var renderer = new BatchRenderer(Scenes.CartPole, "front", 32) { ReusesUnchanged = false };
        byte[] pixels = new byte[2 * renderer.FrameBytes];
        for (int call = 1; call <= 4; call++)
        {
            renderer.Render(poses, 2, pixels);
            Assert.Equal(2 * call, renderer.FramesDrawn);
        }
    }

    /// <summary>The same for looks; a call with another number of environments begins anew.</summary>
    [Fact]
    public void Frames_are_drawn_again_when_looks_have_changed()
    {
        const int count = 3;
        float[] poses = Scenes.CartPolePoses(count);
        float[] colors = [.. Enumerable.Range(0, count)
            .SelectMany(_ => Scenes.CartPole.Geoms.SelectMany(geom => new[] { geom.Color.X, geom.Color.Y, geom.Color.Z, 1 }))];
        var variations = new SceneVariations { Colors = colors, Backgrounds = new float[count * 6] };
        using var renderer = new BatchRenderer(Scenes.CartPole, "front", 32);
        byte[] pixels = new byte[count * renderer.FrameBytes], first = new byte[renderer.FrameBytes];
        for (int call = 0; call < 3; call++) Assert.Equal(call < 2 ? 3 : 0, Drawn(count));
        colors[(2 * colors.Length / 3) + (5 * 4)] = 1; // of the array that the call before was given
        Assert.Equal(1, Drawn(count));
        Assert.False(pixels.AsSpan(0, first.Length).SequenceEqual(pixels.AsSpan(2 * first.Length)));
        variations = variations with { Backgrounds = null };
        Assert.Equal(3, Drawn(count));
        variations = new SceneVariations { Colors = colors[..(colors.Length / 3)] };
        Assert.Equal(1, Drawn(1));

        long Drawn(int many)
        {
            long before = renderer.FramesDrawn;
            renderer.Render(poses.AsSpan(0, many * poses.Length / count), many, pixels.AsSpan(0, many * first.Length), variations);
            using var fresh = new BatchRenderer(Scenes.CartPole, "front", 32);
            byte[] expected = new byte[many * first.Length];
            fresh.Render(poses.AsSpan(0, many * poses.Length / count), many, expected, variations);
            Assert.True(pixels.AsSpan(0, expected.Length).SequenceEqual(expected));
            return renderer.FramesDrawn - before;
        }
    }

    /// <summary>
    /// Room is kept for the most environments there were: what is left of them must not be seen. What stands still is
    /// compared with what is drawn anew each time.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_number_of_environments_may_change_from_call_to_call(bool full)
    {
        RenderEffects effects = full ? RenderEffects.Full : RenderEffects.Plain;
        SceneDescription still = Scenes.CartPole with
        {
            Geoms = [.. Scenes.CartPole.Geoms.Select((geom, i) => geom with { IsStatic = i < 5 })]
        };
        using var renderer = new BatchRenderer(still, "front", 64, effects);
        foreach (int count in (int[])[3, 70, 1, 64, 65, 2])
        {
            float[] poses = Scenes.CartPolePoses(count);
            byte[] pixels = new byte[count * renderer.FrameBytes], expected = new byte[pixels.Length];
            renderer.Render(poses, count, pixels);
            using var fresh = new BatchRenderer(Scenes.CartPole, "front", 64, effects);
            fresh.Render(poses, count, expected);
            AssertNear(expected, pixels, levels: 2, share: 0.002);
            using var again = new BatchRenderer(still, "front", 64, effects);
            again.Render(poses, count, expected);
            Assert.Equal(expected, pixels);
        }
    }
}
