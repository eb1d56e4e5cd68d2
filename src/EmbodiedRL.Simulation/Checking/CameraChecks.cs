using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Simulation.Checking;

/// <summary>Whether what moves is in the picture, by projection alone: nothing is drawn, so nothing hides anything.</summary>
internal static class CameraChecks
{
    private const int Placed = 64;
    private const double LeastShare = 0.002;     // of the picture: 8 pixels of 64 x 64
    private const double LeastStates = 0.9;      // share of states in which the task's own camera sees it

    private const int Side = 64;                 // of frames that an environment draws itself
    private const int LeastPixels = 8;           // that differ between two states

    public static IEnumerable<Finding> Cameras(EnvironmentCheck.Maker create)
    {
        using var trial = new CheckRollout(create, Placed);
        return [.. FrameSources.Of(trial.Environment) is { } source ? Drawn(trial, source) : Projected(trial)];
    }

    /// <summary>Environments that draw themselves: frames repeat, and show that states differ.</summary>
    private static IEnumerable<Finding> Drawn(CheckRollout trial, IFrameSource source)
    {
        trial.Environment.SampleStates(1, 0, StateSource.Uniform, trial.Buffer);
        foreach (string camera in source.Cameras)
        {
            FrameSpec spec = FrameSpec.Square(Side) with { Camera = camera };
            byte[] frames = new byte[Placed * spec.FrameBytes], again = new byte[frames.Length];
            Array.Fill(again, byte.MaxValue);
            source.DrawFrames(spec, frames);
            source.DrawFrames(spec, again);
            if (!frames.AsSpan().SequenceEqual(again))
                yield return new($"the same frames of the same states through '{camera}'",
                    "others",
                    "Write every pixel, and let the state alone decide.");
            int differ = Enumerable.Range(1, Placed - 1).Count(row => Differing(frames, row, spec.FrameBytes) >= LeastPixels);
            if (differ == 0)
                yield return new($"frames through '{camera}' to show that states differ",
                    $"the same in {Placed} states", "Draw what moves.");
        }
    }

    /// <summary>How many pixels of a row's frame differ from the first row's.</summary>
    private static int Differing(byte[] frames, int row, int frameBytes)
    {
        int pixels = 0;
        for (int at = 0; at < frameBytes; at += 3)
            if (!frames.AsSpan(at, 3).SequenceEqual(frames.AsSpan((row * frameBytes) + at, 3))) pixels++;
        return pixels;
    }

    private static IEnumerable<Finding> Projected(CheckRollout trial)
    {
        SceneDescription scene = trial.Info.RequiredScene;
        trial.Environment.SampleStates(1, 0, StateSource.Uniform, trial.Buffer);
        int[] moving = MovingGeoms.Of(scene, trial.Buffer.Poses);
        if (moving.Length == 0)
        {
            yield return new("geoms that stand elsewhere in other states",
                "none",
                "Give the bodies that move geoms of groups 0 to 2, and let Place move them.");
            yield break;
        }

        foreach (SceneCamera camera in scene.Cameras)
        {
            double[] shares = [.. Enumerable.Range(0, Placed).Select(row =>
            {
                ReadOnlySpan<float> poses = trial.Buffer.Poses.AsSpan(row * scene.PoseLength, scene.PoseLength);
                return new Projection(scene.Placed(camera, poses)).Share(scene, moving, poses);
            })];
            double seen = shares.Count(share => share >= LeastShare) / (double)Placed, most = shares.Max();
            if (camera.Name == trial.Info.Camera && seen < LeastStates)
                yield return new($"the task's camera '{camera.Name}' to see what moves on {LeastShare * 100} % of the picture in "
                    + $"{LeastStates * 100:0} % of states",
                    $"it in {seen * 100:0} %, on {most * 100:0.##} % at most", "Turn the camera, bring it nearer, or widen its fovy.");
            else if (most == 0)
                yield return new($"camera '{camera.Name}' to see what moves somewhere",
                    $"it in none of {Placed} states",
                    "Turn the camera, or leave it out of the scene.");
        }
    }
}
