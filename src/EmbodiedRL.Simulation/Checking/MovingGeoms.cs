using EmbodiedRL.Core.Scenes;

namespace EmbodiedRL.Simulation.Checking;

/// <summary>Moving geoms of a scene: those whose pose differs between states; all others are static.</summary>
public static class MovingGeoms
{
    /// <summary>Indices of the geoms that move.</summary>
    /// <param name="scene">What the poses are of.</param>
    /// <param name="poses">[N, G, 12], of states that differ.</param>
    public static int[] Of(SceneDescription scene, ReadOnlySpan<float> poses)
    {
        var moving = new List<int>();
        ReadOnlySpan<float> first = poses[..scene.PoseLength];
        for (int geom = 0; geom < scene.Geoms.Length; geom++)
        {
            int at = geom * SceneDescription.FloatsPerPose;
            for (int state = scene.PoseLength; state < poses.Length; state += scene.PoseLength)
                if (!poses.Slice(state + at, SceneDescription.FloatsPerPose).SequenceEqual(first.Slice(at, SceneDescription.FloatsPerPose)))
                {
                    moving.Add(geom);
                    break;
                }
        }

        return [.. moving];
    }
}
