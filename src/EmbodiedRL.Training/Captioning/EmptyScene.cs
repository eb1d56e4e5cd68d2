using EmbodiedRL.Core.Scenes;

namespace EmbodiedRL.Training.Captioning;

/// <summary>A scene without what moves in it.</summary>
internal static class EmptyScene
{
    private const float OutOfSight = -1e4f;   // meters, far below any ground and beyond every camera's range

    /// <summary>Puts everything that can move out of sight.</summary>
    /// <param name="scene">Whose poses they are.</param>
    /// <param name="pose">One row [P, 12]; cameras and lights stay.</param>
    public static void Hide(SceneDescription scene, Span<float> pose)
    {
        for (int i = 0; i < scene.Geoms.Length + scene.Marks.Length; i++)
        {
            SceneGeom geom = i < scene.Geoms.Length ? scene.Geoms[i] : scene.Marks[i - scene.Geoms.Length];
            if (!geom.IsStatic) pose[(i * SceneDescription.FloatsPerPose) + 2] = OutOfSight;
        }
    }
}
