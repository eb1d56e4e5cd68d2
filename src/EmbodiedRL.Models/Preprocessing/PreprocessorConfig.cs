using System.Text.Json;
using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Preprocessing;

/// <summary>Preprocessor config of transformers: <c>preprocessor_config.json</c> in the spellings of its versions.</summary>
/// <param name="Settings">Of the processor.</param>
/// <param name="PatchSize">Side of a patch, for NaFlex.</param>
/// <param name="MaximumPatches">Budget of patches, for NaFlex.</param>
public sealed record PreprocessorConfig(ImageProcessorSettings Settings, int PatchSize, int MaximumPatches)
{
    private static readonly double[] Halves = [0.5, 0.5, 0.5];

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What the file leaves open.</param>
    /// <param name="naFlex">Whether a processor that cuts patches is wanted.</param>
    /// <exception cref="CorruptFileException">It is no JSON or of another form.</exception>
    /// <exception cref="SettingsException">A setting is out of range, or of a kind that is not supported.</exception>
    public static PreprocessorConfig Read(string path, ImageProcessorOptions? options = null, bool naFlex = false)
    {
        PreprocessorConfig config = JsonFile.Read(path, "A preprocessor config",
            root => Read(root.Find("image_processor") ?? root, path, options ?? new ImageProcessorOptions(), naFlex));
        config.Settings.Validate(path);
        return config;
    }

    private static PreprocessorConfig Read(JsonElement root, string path, ImageProcessorOptions options, bool naFlex)
    {
        Kind kind = KindOf(root, path, naFlex);
        bool clip = kind == Kind.Clip;
        double[] mean = clip ? [.. ImageProcessorSettings.ClipMean] : Halves;
        double[] deviation = clip ? [.. ImageProcessorSettings.ClipDeviation] : Halves;
        ImageProcessorSettings settings = Pixels(root, path, options, mean, deviation,
            kind == Kind.Clip || kind == Kind.SigLip ? ResampleFilter.Bicubic : ResampleFilter.Bilinear);
        return new PreprocessorConfig(
            naFlex ? settings : WithSizes(settings, root, clip, path),
            root.Find("patch_size")?.GetInt32() ?? 16,
            root.Find("max_num_patches")?.GetInt32() ?? 256);
    }

    /// <summary>How pixels are resampled and normalized: what processors of all kinds say in the same words.</summary>
    internal static ImageProcessorSettings Pixels(JsonElement root, string path, ImageProcessorOptions options,
        IReadOnlyList<double> mean, IReadOnlyList<double> deviation, ResampleFilter filter)
    {
        bool normalizes = root.Flag("do_normalize", true);
        return new ImageProcessorSettings
        {
            Filter = FilterOf(root, filter, path),
            Order = options.Order,
            Rounding = CropRounding.Floor,
            Alpha = options.Alpha ?? AlphaRule.CompositeOnWhite,
            Scale = root.Flag("do_rescale", true) ? root.Find("rescale_factor")?.GetDouble() ?? 1.0 / 255 : null,
            Mean = normalizes ? Numbers(root.Find("image_mean")) ?? mean : [],
            Deviation = normalizes ? Numbers(root.Find("image_std")) ?? deviation : [],
        };
    }

    private enum Kind
    {
        Clip,
        SigLip,
        SigLipTwo,
        Vit,
    }

    private static Kind KindOf(JsonElement root, string path, bool naFlex)
    {
        string? type = root.Text("image_processor_type") ?? root.Text("feature_extractor_type");
        string name = type ?? (naFlex ? "Siglip2" : root.Find("crop_size") is not null || root.Find("size") is { } size
            && size.Find("shortest_edge") is not null ? "CLIP" : "Siglip");
        foreach (string ending in (string[])["Pil", "Fast", "ImageProcessor", "FeatureExtractor"])
            if (name.EndsWith(ending, StringComparison.Ordinal)) name = name[..^ending.Length];
        bool patches = name == "Siglip2";
        if (patches != naFlex)
            throw new SettingsException(path,
            [
                patches
                    ? $"the processor {type} cuts a picture of any aspect into patches: load it as a NaFlex processor"
                    : $"a processor that cuts patches was asked for, but the file is of {type}",
            ]);
        return name switch
        {
            "CLIP" or "ChineseCLIP" => Kind.Clip,
            "Siglip" => Kind.SigLip,
            "Siglip2" => Kind.SigLipTwo,
            "ViT" => Kind.Vit,
            _ => throw new SettingsException(path,
                [$"the image processor {type} is not supported; supported are those of CLIP, SigLIP, SigLIP 2 and ViT"]),
        };
    }

    private static ImageProcessorSettings WithSizes(ImageProcessorSettings settings, JsonElement root, bool clip, string path)
    {
        (int Width, int Height, bool Edge) size = SizeOf(root.Find("size"), edge: clip, path);
        bool crops = root.Flag("do_center_crop", clip);
        (int Width, int Height, bool Edge) crop = crops ? SizeOf(root.Find("crop_size"), edge: false, path) : size;
        if (crop.Width <= 0) crop = (size.Width, size.Height, false);
        bool resizes = root.Flag("do_resize", true);
        if (resizes && size.Edge && !crops)
            throw new SettingsException(path, ["a shortest edge without a center crop gives no fixed size: set do_center_crop"]);
        if (resizes && !size.Edge && crops && (crop.Width != size.Width || crop.Height != size.Height))
            throw new SettingsException(path, ["a center crop after resizing both sides must have the size of the resized picture"]);
        return settings with
        {
            Mode = !resizes ? ResizeMode.Keep : size.Edge ? ResizeMode.ShortestEdge : ResizeMode.Squash,
            Width = crop.Width,
            Height = crop.Height,
            Edge = resizes && size.Edge ? size.Width : null,
        };
    }

    /// <summary>A size: a number (both sides, or the shortest edge), or an object of either spelling.</summary>
    private static (int Width, int Height, bool Edge) SizeOf(JsonElement? found, bool edge, string path)
    {
        if (found is not { } size) return (224, 224, edge);
        if (size.ValueKind == JsonValueKind.Number) return (size.GetInt32(), size.GetInt32(), edge);
        if (size.Find("shortest_edge") is { } shortest && size.Find("longest_edge") is null)
            return (shortest.GetInt32(), shortest.GetInt32(), true);
        return size.Find("width") is { } width && size.Find("height") is { } height
            ? (width.GetInt32(), height.GetInt32(), false)
            : throw new SettingsException(path, ["a size must be a number, or an object with shortest_edge, or with height and width"]);
    }

    private static ResampleFilter FilterOf(JsonElement root, ResampleFilter otherwise, string path) =>
        root.Find("resample")?.GetInt32() switch
        {
            null => otherwise,
            1 => ResampleFilter.Lanczos,
            2 => ResampleFilter.Bilinear,
            3 => ResampleFilter.Bicubic,
            int other => throw new SettingsException(path, [$"resample must be 1 (Lanczos), 2 (bilinear) or 3 (bicubic), is {other}"]),
        };

    private static IReadOnlyList<double>? Numbers(JsonElement? found) =>
        found is { } list ? [.. list.EnumerateArray().Select(number => number.GetDouble())] : null;
}
