using System.Text.Json;
using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Preprocessing;

/// <summary>Preprocessing config of open_clip: <c>preprocess_cfg</c> of <c>open_clip_config.json</c>.</summary>
public static class OpenClipConfig
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="CorruptFileException">It is no JSON or of another form.</exception>
    /// <exception cref="SettingsException">A setting is out of range, or of a kind that is not supported.</exception>
    public static ImageProcessorSettings Read(string path, ImageProcessorOptions? options = null)
    {
        ImageProcessorSettings settings = JsonFile.Read(path, "An open_clip config",
            root => Read(root, path, options ?? new ImageProcessorOptions()));
        settings.Validate(path);
        return settings;
    }

    private static ImageProcessorSettings Read(JsonElement root, string path, ImageProcessorOptions options)
    {
        JsonElement config = root.Find("preprocess_cfg") ?? root;
        JsonElement? size = config.Find("size") ?? root.Find("model_cfg")?.Find("vision_cfg")?.Find("image_size");
        int[] sides = size switch
        {
            null => [224],
            { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray().Select(side => side.GetInt32())],
            { } side => [side.GetInt32()],
        };
        if (sides.Length is not (1 or 2)) throw new SettingsException(path, ["size must be a number, or height and width"]);
        if (config.Text("mode") is { } mode && mode != "RGB") throw new SettingsException(path, [$"mode must be RGB, is {mode}"]);
        return new ImageProcessorSettings
        {
            Height = sides[0],
            Width = sides[^1],
            Mode = config.Text("resize_mode") switch
            {
                null or "shortest" => ResizeMode.ShortestEdge,
                "squash" => ResizeMode.Squash,
                "longest" => ResizeMode.Longest,
                { } other => throw new SettingsException(path, [$"resize_mode must be shortest, squash or longest, is {other}"]),
            },
            Filter = config.Text("interpolation") switch
            {
                null or "bicubic" or "random" => ResampleFilter.Bicubic, // random is of training only
                "bilinear" => ResampleFilter.Bilinear,
                { } other => throw new SettingsException(path, [$"interpolation must be bicubic or bilinear, is {other}"]),
            },
            Order = options.Order,
            Rounding = CropRounding.HalfToEven,
            Alpha = options.Alpha ?? AlphaRule.Premultiply,
            Fill = config.Find("fill_color") switch
            {
                null => [0, 0, 0],
                { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray().Select(value => value.GetInt32())],
                { } value => [value.GetInt32(), value.GetInt32(), value.GetInt32()],
            },
            Mean = Numbers(config.Find("mean")) ?? ImageProcessorSettings.ClipMean,
            Deviation = Numbers(config.Find("std")) ?? ImageProcessorSettings.ClipDeviation,
        };
    }

    private static IReadOnlyList<double>? Numbers(JsonElement? found) => found switch
    {
        null => null,
        { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray().Select(number => number.GetDouble())],
        { } number => [number.GetDouble(), number.GetDouble(), number.GetDouble()],
    };
}
