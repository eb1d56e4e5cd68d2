using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Preprocessing;

/// <summary>Resize mode: how a picture's sides become those of the model.</summary>
public enum ResizeMode
{
    /// <summary>The shorter edge gets the given length, aspect kept: CLIP.</summary>
    ShortestEdge,

    /// <summary>Both sides get the given lengths, aspect not kept: SigLIP.</summary>
    Squash,

    /// <summary>The picture fits inside and is padded, aspect kept: open_clip's <c>longest</c>.</summary>
    Longest,

    /// <summary>No resizing: the picture must have the size already, or is cropped to it.</summary>
    Keep,
}

/// <summary>Crop rounding: where a centered crop begins when an odd number of pixels is cut off.</summary>
public enum CropRounding
{
    /// <summary>Rounded down: transformers.</summary>
    Floor,

    /// <summary>Rounded to even: torchvision, so open_clip.</summary>
    HalfToEven,
}

/// <summary>Settings of an image processor. Defaults: CLIP's of 224 pixels.</summary>
public sealed record ImageProcessorSettings
{
    /// <summary>The longest side of a result that is accepted, in pixels.</summary>
    public const int MostPixels = 16384;

    /// <summary>Means of red, green and blue that OpenAI's models were trained with.</summary>
    public static readonly IReadOnlyList<double> ClipMean = [0.48145466, 0.4578275, 0.40821073];

    /// <summary>Standard deviations of red, green and blue that OpenAI's models were trained with.</summary>
    public static readonly IReadOnlyList<double> ClipDeviation = [0.26862954, 0.26130258, 0.27577711];

    /// <summary>How sides are changed.</summary>
    public ResizeMode Mode { get; init; } = ResizeMode.ShortestEdge;

    /// <summary>Width of the result, in pixels.</summary>
    public int Width { get; init; } = 224;

    /// <summary>Height of the result, in pixels.</summary>
    public int Height { get; init; } = 224;

    /// <summary>Length of the shorter edge before the crop, in pixels; null for the shorter side of the result.</summary>
    public int? Edge { get; init; }

    /// <summary>The resampling filter.</summary>
    public ResampleFilter Filter { get; init; } = ResampleFilter.Bicubic;

    /// <summary>Which axis is resized first.</summary>
    public PassOrder Order { get; init; } = PassOrder.HorizontalFirst;

    /// <summary>Where a centered crop begins.</summary>
    public CropRounding Rounding { get; init; } = CropRounding.Floor;

    /// <summary>What becomes of transparency.</summary>
    public AlphaRule Alpha { get; init; } = AlphaRule.CompositeOnWhite;

    /// <summary>Red, green and blue of padding, in 0 to 255.</summary>
    public IReadOnlyList<int> Fill { get; init; } = [0, 0, 0];

    /// <summary>Factor that makes numbers of bytes; null leaves 0 to 255.</summary>
    public double? Scale { get; init; } = 1.0 / 255;

    /// <summary>Mean of each channel, subtracted after scaling; empty for none.</summary>
    public IReadOnlyList<double> Mean { get; init; } = ClipMean;

    /// <summary>Standard deviation of each channel, divided by afterwards; empty for none.</summary>
    public IReadOnlyList<double> Deviation { get; init; } = ClipDeviation;

    /// <summary>What is wrong with these settings; empty if nothing.</summary>
    public IEnumerable<string> Violations()
    {
        if (Width is < 1 or > MostPixels || Height is < 1 or > MostPixels)
            yield return $"the size must be 1 to {MostPixels} pixels, is {Width} x {Height}";
        if (Edge is < 1 or > MostPixels) yield return $"the shortest edge must be 1 to {MostPixels} pixels, is {Edge}";
        if (Fill.Count != 3 || Fill.Any(value => value is < 0 or > 255)) yield return "the fill color must be three numbers of 0 to 255";
        if (Scale is { } scale && !(double.IsFinite(scale) && scale > 0)) yield return $"the scale must be positive, is {scale}";
        if (Mean.Count is not (0 or 3) || !Mean.All(double.IsFinite)) yield return "the mean must be three finite numbers";
        if (Deviation.Count is not (0 or 3) || !Deviation.All(value => double.IsFinite(value) && value > 0))
            yield return "the standard deviation must be three positive numbers";
    }

    /// <summary>Throws if something is wrong.</summary>
    /// <param name="source">The file or settings these come from.</param>
    /// <exception cref="SettingsException">Lists every violation.</exception>
    public void Validate(string source)
    {
        string[] violations = [.. Violations()];
        if (violations.Length > 0) throw new SettingsException(source, violations);
    }
}
