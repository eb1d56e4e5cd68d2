using EmbodiedRL.Core.Scenes;

namespace EmbodiedRL.Rendering;

/// <summary>Render effects beside lit geoms; all but the sky with its haze and the decorations cost time and are off by default.</summary>
public sealed record RenderEffects
{
    /// <summary>Lit geoms before the sky.</summary>
    public static RenderEffects Plain { get; } = new();

    /// <summary>Lit geoms with smooth edges: what a film of many frames can afford on a processor.</summary>
    public static RenderEffects Smoothed { get; } = new() { Smooth = true };

    /// <summary>What MuJoCo's viewers show by default.</summary>
    public static RenderEffects Full { get; } = new() { Shadows = true, Reflections = true, Smooth = true };

    /// <summary>Geoms keep the light from each other, for lights that cast shadows.</summary>
    public bool Shadows { get; init; }

    /// <summary>The first reflecting plane or upper side of a box mirrors the scene.</summary>
    public bool Reflections { get; init; }

    /// <summary>The scene's fog.</summary>
    public bool Fog { get; init; }

    /// <summary>The scene's sky, with haze.</summary>
    public bool Sky { get; init; } = true;

    /// <summary>The rays of range finders.</summary>
    public bool RangeFinders { get; init; } = true;

    /// <summary>The rods and cranks of slider-crank actuators.</summary>
    public bool SliderCranks { get; init; } = true;

    /// <summary>Four samples a pixel, so that edges are smooth; colors only, depth and segmentation keep one.</summary>
    public bool Smooth { get; init; }

    /// <summary>A scene without the decorations that are not wanted; their poses stay.</summary>
    internal SceneDescription Choose(SceneDescription scene) =>
        scene with { Marks = [.. scene.Marks.Select(mark => IsShown(mark) ? mark : mark with { Color = default })] };

    private bool IsShown(SceneGeom mark) => mark.Decor switch
    {
        SceneDecoration.RangeFinder => RangeFinders,
        SceneDecoration.SliderCrank => SliderCranks,
        _ => true,
    };
}
