using System.Text.Json;
using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Preprocessing;

/// <summary>Preprocessor configs of vision-language models: <c>preprocessor_config.json</c>, or <c>processor_config.json</c>.</summary>
internal static class VisionLanguagePreprocessing
{
    private static readonly double[] Halves = [0.5, 0.5, 0.5];

    /// <summary>Reads a processor that cuts tiles.</summary>
    public static TiledImageProcessor ReadTiled(string path, ImageProcessorOptions options) => Read(path, root =>
    {
        Require(root, path, "Idefics3", "SmolVLM");
        return new TiledImageProcessor(
            PreprocessorConfig.Pixels(root, path, options, Halves, Halves, ResampleFilter.Lanczos),
            new TileSettings
            {
                LongestEdge = root.Flag("do_resize", true) ? Edge(root, "size", path) ?? new TileSettings().LongestEdge : null,
                TileSize = Edge(root, "max_image_size", path) ?? new TileSettings().TileSize,
                Splits = root.Flag("do_image_splitting", true),
            });
    });

    /// <summary>Reads a processor that cuts patches to be merged.</summary>
    public static MergedPatchProcessor ReadMerged(string path, ImageProcessorOptions options) => Read(path, root =>
    {
        Require(root, path, "Qwen2VL", "Qwen2_5_VL");
        var usual = new MergedPatchSettings();
        JsonElement? size = root.Find("size");
        return new MergedPatchProcessor(
            PreprocessorConfig.Pixels(root, path, options, ImageProcessorSettings.ClipMean, ImageProcessorSettings.ClipDeviation,
                ResampleFilter.Bicubic),
            new MergedPatchSettings
            {
                PatchSize = root.Find("patch_size")?.GetInt32() ?? usual.PatchSize,
                MergeSize = root.Find("merge_size")?.GetInt32() ?? usual.MergeSize,
                TemporalPatchSize = root.Find("temporal_patch_size")?.GetInt32() ?? usual.TemporalPatchSize,
                // newer files call numbers of pixels edges
                MinPixels = (root.Find("min_pixels") ?? size?.Find("shortest_edge"))?.GetInt64() ?? usual.MinPixels,
                MaxPixels = (root.Find("max_pixels") ?? size?.Find("longest_edge"))?.GetInt64() ?? usual.MaxPixels,
                Resizes = root.Flag("do_resize", true),
            });
    });

    private static T Read<T>(string path, Func<JsonElement, T> read)
    {
        try
        {
            return JsonFile.Read(path, "A preprocessor config", root => read(root.Find("image_processor") ?? root));
        }
        catch (SettingsException error) when (!error.Message.StartsWith(path, StringComparison.Ordinal))
        {
            throw new SettingsException(path, error.Violations);
        }
    }

    private static void Require(JsonElement root, string path, params string[] kinds)
    {
        string? type = root.Text("image_processor_type") ?? root.Text("feature_extractor_type");
        if (type is not null && !kinds.Any(kind => type.StartsWith(kind, StringComparison.Ordinal)))
            throw new SettingsException(path, [$"the image processor must be that of {string.Join(" or ", kinds)}, is {type}"]);
    }

    private static int? Edge(JsonElement root, string name, string path) => root.Find(name) is not { } size ? null
        : size.ValueKind == JsonValueKind.Number ? size.GetInt32()
        : size.Find("longest_edge")?.GetInt32() ?? throw new SettingsException(path, [$"{name} must give a longest_edge"]);
}
