using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Core.Contracts;

/// <summary>Environments that draw themselves, e.g. grid worlds: they need no scene and no renderer.</summary>
/// <remarks>Asked only where the environment has no scene; see <see cref="FrameSources.Of"/>.</remarks>
public interface IFrameSource
{
    /// <summary>
    /// Names of the views that it can draw, the usual one first; empty where it cannot draw, e.g. a wrapper around what does not.
    /// </summary>
    IReadOnlyList<string> Cameras { get; }

    /// <summary>Draws what the last step, reset or placement led to, before any auto-reset. The same call gives the same bytes.</summary>
    /// <param name="spec">Size and camera, one of <see cref="Cameras"/>; an empty name takes the usual one.</param>
    /// <param name="frames">uint8 [N, H, W, 3], overwritten, row 0 at the top.</param>
    /// <exception cref="SpecMismatchException">It cannot draw this size.</exception>
    /// <exception cref="UnknownNameException">It has no such camera.</exception>
    void DrawFrames(FrameSpec spec, Span<byte> frames);
}

/// <summary>Who draws an environment: a renderer if it has a scene, else the environment itself if it can.</summary>
public static class FrameSources
{
    /// <summary>The environment as one that draws itself; null if it has a scene, which a renderer draws, or cannot be drawn.</summary>
    public static IFrameSource? Of(IVectorEnvironment environment) =>
        environment.Info.Scene is null && environment is IFrameSource { Cameras.Count: > 0 } source ? source : null;

    /// <summary>Names of the cameras of its scene, or of the views that it draws itself; empty if it cannot be drawn.</summary>
    public static IReadOnlyList<string> CamerasOf(IVectorEnvironment environment) =>
        environment.Info.Scene is { } scene ? [.. scene.Cameras.Select(camera => camera.Name)] : Of(environment)?.Cameras ?? [];

    /// <summary>A camera by its name; the task's own if the name is empty.</summary>
    /// <exception cref="SpecMismatchException">The environment cannot be drawn.</exception>
    /// <exception cref="UnknownNameException">It has no such camera; offers the nearest.</exception>
    public static string CameraOf(IVectorEnvironment environment, string name)
    {
        string own = environment.Info.Camera;
        if (environment.Info.Scene is { Cameras.IsEmpty: false } scene) return scene.Camera(name.Length > 0 ? name : own).Name;
        IReadOnlyList<string> cameras = Of(environment)?.Cameras ?? [];
        if (cameras.Count == 0)
        {
            string what = name.Length > 0 ? $"camera '{name}'" : "frames";
            throw new SpecMismatchException($"{what} of environment '{environment.Info.Name}'",
                "an environment with a scene or with frames of its own",
                "neither");
        }

        string asked = name.Length > 0 ? name : own.Length > 0 ? own : cameras[0];
        return cameras.Contains(asked) ? asked : throw new UnknownNameException("camera", asked, cameras);
    }
}
