using EmbodiedRL.Core;

namespace EmbodiedRL.Training.Captioning;

/// <summary>Change of an image, of its scene before rendering or of its pixels after.</summary>
internal enum ImageChange
{
    /// <summary>The scene as it is: what rewards will see.</summary>
    None,

    /// <summary>All that training varies.</summary>
    Varied,

    /// <summary>Other colors of grounds, walls and sky.</summary>
    Backgrounds,

    /// <summary>Other direction and strength of the light.</summary>
    Light,

    /// <summary>The camera moved by up to 5 % of its distance.</summary>
    CameraShift,

    /// <summary>The camera rotated about its view axis by up to 10 degrees.</summary>
    CameraRoll,

    /// <summary>Colors of things changed by up to 0.1 in each channel.</summary>
    BodyColors,

    /// <summary>A black square over 1.6 % of the image.</summary>
    BlackSquare,

    /// <summary>A gray square over 4 % of the image.</summary>
    GraySquare,

    /// <summary>Noise of up to 20 of 255 levels in every value.</summary>
    Noise,
}

/// <summary>Image condition: under which the images of a measurement are rendered.</summary>
/// <param name="Name">In the card.</param>
/// <param name="Change">What differs from the scene as it is.</param>
/// <param name="Camera">The camera that renders.</param>
/// <param name="Scale">Pixels a side, as a multiple of what the model reads; the model resizes larger ones.</param>
internal sealed record ImageCondition(string Name, ImageChange Change, string Camera, int Scale = 1)
{
    /// <summary>What rewards will see.</summary>
    public static ImageCondition Plain(EnvironmentInfo info) => new("plain", ImageChange.None, info.Camera);

    /// <summary>What training varies.</summary>
    public static ImageCondition Varied(EnvironmentInfo info) => new("varied visuals", ImageChange.Varied, info.Camera);

    /// <summary>One change at a time, then the scene as it is through each other camera.</summary>
    public static IEnumerable<ImageCondition> Single(EnvironmentInfo info) =>
    [
        new("backgrounds", ImageChange.Backgrounds, info.Camera),
        new("light", ImageChange.Light, info.Camera),
        new("camera shift", ImageChange.CameraShift, info.Camera),
        new("camera roll", ImageChange.CameraRoll, info.Camera),
        new("body colors", ImageChange.BodyColors, info.Camera),
        new("black square", ImageChange.BlackSquare, info.Camera),
        new("gray square", ImageChange.GraySquare, info.Camera),
        new("pixel noise", ImageChange.Noise, info.Camera),
        new("twice as many pixels a side", ImageChange.None, info.Camera, Scale: 2),
        .. info.RequiredScene.Cameras.Where(camera => camera.Name != info.Camera)
            .Select(camera => new ImageCondition($"camera {camera.Name}", ImageChange.None, camera.Name)),
    ];
}
