using System.Collections.Immutable;
using System.Diagnostics;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Rendering.Headless;
using EmbodiedRL.Rendering.Painting;

namespace EmbodiedRL.Rendering.Tests;

public sealed class HeadlessContextTests
{
    private static readonly SceneDescription Ball = Scenes.CartPole with { Geoms = [Scenes.CartPole.Geoms[7]], Textures = [] };

    private static readonly float[] Pose = [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1];

    [Fact]
    public void Five_hundred_contexts_leave_no_thread_behind()
    {
        using (var first = new HeadlessContext()) Assert.NotEmpty(first.Device);
        int threads = Threads();
        for (int i = 0; i < 500; i++)
            using (new HeadlessContext())
            {
            }

        Assert.True(Threads() <= threads + 8, $"{Threads()} threads, {threads} before.");
    }

    [Fact]
    public void Renderers_come_and_go_and_draw_the_same()
    {
        byte[] first = Draw();
        for (int i = 0; i < 10; i++) Assert.Equal(first, Draw());
    }

    [Fact]
    public void Eight_contexts_work_side_by_side()
    {
        byte[] alone = Draw();
        var results = new byte[8][];
        Thread[] threads = [.. Enumerable.Range(0, 8).Select(i => new Thread(() => results[i] = Draw()))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Assert.All(results, result => Assert.Equal(alone, result));
    }

    [Fact]
    public void An_unknown_device_is_named_and_the_first_one_draws()
    {
        ImmutableArray<SceneCamera> cameras = [Ball.Camera("front")];
        Assert.Contains("devices",
            Assert.Throws<ArgumentOutOfRangeException>(() => new BatchRenderer(Ball, cameras, 16, device: 99)).Message,
            StringComparison.Ordinal);
        if (Egl.Devices().Length == 0) Assert.Skip("EGL cannot enumerate devices here.");
        using var renderer = new BatchRenderer(Ball, cameras, 16, device: 0);
        Assert.NotEmpty(renderer.Device);
    }

    /// <summary>As many states as take more passes than are under way at once, with one and with four samples a pixel.</summary>
    [Theory]
    [InlineData(false, 1)]
    [InlineData(false, 300)]
    [InlineData(true, 300)]
    public void Pixel_buffers_bring_the_pictures_that_are_read_directly(bool smooth, int count)
    {
        float[] poses = Scenes.CartPolePoses(count);
        RenderEffects effects = smooth ? RenderEffects.Smoothed : RenderEffects.Plain;
        byte[][] pictures = [.. new[] { ReadBack.Direct, ReadBack.PixelBuffers }.Select(way =>
        {
            using var renderer = new BatchRenderer(Scenes.CartPole, [Scenes.CartPole.Camera("front")], 64, effects, null, way);
            byte[] pixels = new byte[count * renderer.FrameBytes];
            for (int call = 0; call < 2; call++)
            {
                Array.Clear(pixels);
                renderer.Render(poses, count, pixels);
            }

            return pixels;
        })];
        Assert.Equal(pictures[0], pictures[1]);
        Assert.True(pictures[0].Distinct().Count() > 20);
    }

    /// <summary>Without a context GL ignores every call in silence: that must not pass for a picture.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(300)]
    public void A_context_that_is_taken_away_is_said_and_spoils_nothing_else(int count)
    {
        float[] poses = [.. Enumerable.Repeat(Pose, count).SelectMany(pose => pose)];
        using var other = new BatchRenderer(Ball, "front", 64);
        using (var renderer = new BatchRenderer(Ball, "front", 64))
        {
            byte[] pixels = new byte[count * renderer.FrameBytes];
            renderer.Render(poses, count, pixels);
            renderer.Render(poses, count, new RenderOutputs { Depth = new float[count * 64 * 64] });
            renderer.Context.Run(_ => Assert.True(Egl.MakeCurrent(HeadlessDisplay.Get(), 0, 0, 0) != 0));
            poses[0] += 0.1f;
            string said = Assert.Throws<EmbodiedException>(() => renderer.Render(poses, count, pixels)).Message;
            Assert.Contains("context is lost", said, StringComparison.Ordinal);
            Assert.Contains("new renderer", said, StringComparison.Ordinal);
            said = Assert.Throws<EmbodiedException>(() =>
                renderer.Render(poses, count, new RenderOutputs { Depth = new float[count * 64 * 64] })).Message;
            Assert.Contains("context is lost", said, StringComparison.Ordinal);
        }

        byte[] still = new byte[other.FrameBytes];
        other.Render(Pose, 1, still);
        Assert.True(still.Max() > 100);
    }

    private static int Threads()
    {
        using var process = Process.GetCurrentProcess();
        return process.Threads.Count;
    }

    private static byte[] Draw()
    {
        using var renderer = new BatchRenderer(Ball, "front", 32);
        byte[] pixels = new byte[renderer.FrameBytes];
        renderer.Render(Pose, 1, pixels);
        return pixels;
    }
}
