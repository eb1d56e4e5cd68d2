using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rendering;
using EmbodiedRL.Simulation.Checking;

namespace EmbodiedRL.Training.Evaluation;

/// <summary>
/// Whether the body shows in the pictures that a model is shown: states are drawn with it and without it, and the pixels compared.
/// </summary>
/// <remarks>Unlike the check by projection it sees what hides the body, and a body of the color of what is behind it.</remarks>
public static class VisibilityCheck
{
    private const int Placed = 32, Size = 64;
    private const double LeastShare = 0.002;     // of the pixels: 8 of 64 x 64
    private const double LeastStates = 0.9;
    private const int Visible = 8;               // levels of 255: what is less is noise to a model
    private const float FarAway = 1e6f;          // m, beyond what any camera draws

    /// <summary>Tries it through the task's own camera.</summary>
    /// <param name="create">Makes N environments, stepped by so many threads; what it makes is disposed.</param>
    /// <exception cref="AssetMissingException">Nothing can be drawn here.</exception>
    public static CheckOutcome Run(Func<int, int, IVectorEnvironment> create)
    {
        const string name = "drawn", promise = "What moves shows in pictures of the task's camera.";
        using IVectorEnvironment environment = create(Placed, 1);
        EnvironmentInfo info = environment.Info;
        if (info.Scene is null) return new CheckOutcome(name, promise, []) { Skipped = "it has no scene to render" };
        var buffer = new StepBuffer(Placed, info);
        environment.SampleStates(1, 0, StateSource.Uniform, buffer);
        double[] shares = Shares(info, buffer.Poses);
        double seen = shares.Count(share => share >= LeastShare) / (double)Placed;
        Finding[] findings = seen >= LeastStates ? [] :
        [
            new($"what moves to show on {LeastShare * 100} % of the pixels in {LeastStates * 100:0} % of states",
                $"it in {seen * 100:0} % through camera '{info.Camera}', on {shares.Max() * 100:0.##} % at most",
                "Turn the camera or bring it nearer, move away what hides the body, or give the body a color unlike what is behind it."),
        ];
        return new CheckOutcome(name, promise, [.. findings]);
    }

    private static double[] Shares(EnvironmentInfo info, float[] poses)
    {
        using var renderer = new BatchRenderer(info.RequiredScene, info.Camera, Size);
        float[] without = [.. poses];
        foreach (int geom in MovingGeoms.Of(info.RequiredScene, poses))
            for (int state = 0; state < Placed; state++)
                without[(state * info.RequiredScene.PoseLength) + (geom * SceneDescription.FloatsPerPose)] = FarAway;
        byte[] with = new byte[Placed * renderer.FrameBytes], empty = new byte[with.Length];
        renderer.Render(poses, Placed, with);
        renderer.Render(without, Placed, empty);
        return [.. Enumerable.Range(0, Placed)
            .Select(state => (double)Differing(with, empty, state * renderer.FrameBytes, renderer.FrameBytes) / (Size * Size))];
    }

    private static int Differing(byte[] one, byte[] other, int start, int length)
    {
        int pixels = 0;
        for (int at = start; at < start + length; at += 3)
            if (Enumerable.Range(at, 3).Any(channel => Math.Abs(one[channel] - other[channel]) >= Visible)) pixels++;
        return pixels;
    }
}
