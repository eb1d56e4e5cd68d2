using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Scenes;

namespace EmbodiedRL.Simulation.Checking;

/// <summary>Whether what moves is in the picture, by projection alone: nothing is drawn, so nothing hides anything.</summary>
internal static class CameraChecks
{
    private const int Placed = 64;
    private const double LeastShare = 0.002;     // of the picture: 8 pixels of 64 x 64
    private const double LeastStates = 0.9;      // share of states in which the task's own camera sees it

    public static IEnumerable<Finding> Cameras(EnvironmentCheck.Maker create)
    {
        using var trial = new CheckRollout(create, Placed);
        SceneDescription scene = trial.Info.RequiredScene;
        trial.Environment.SampleStates(1, 0, StateSource.Uniform, trial.Buffer);
        int[] moving = MovingGeoms.Of(scene, trial.Buffer.Poses);
        if (moving.Length == 0)
        {
            yield return new("geoms that stand elsewhere in other states", "none", "Give the bodies that move geoms of groups 0 to 2, and let Place move them.");
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
                yield return new($"the task's camera '{camera.Name}' to see what moves on {LeastShare * 100} % of the picture in {LeastStates * 100:0} % of states",
                    $"it in {seen * 100:0} %, on {most * 100:0.##} % at most", "Turn the camera, bring it nearer, or widen its fovy.");
            else if (most == 0)
                yield return new($"camera '{camera.Name}' to see what moves somewhere", $"it in none of {Placed} states", "Turn the camera, or leave it out of the scene.");
        }
    }
}
