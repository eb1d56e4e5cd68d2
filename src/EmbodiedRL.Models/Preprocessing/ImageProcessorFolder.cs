using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Preprocessing;

/// <summary>Image processor choices that a file does not make.</summary>
public sealed record ImageProcessorOptions
{
    /// <summary>What becomes of transparency; null for what the library of the file's layout does.</summary>
    public AlphaRule? Alpha { get; init; }

    /// <summary>Which axis is resized first.</summary>
    public PassOrder Order { get; init; } = PassOrder.HorizontalFirst;
}

/// <summary>Image processor folder: reads how a published model wants its pictures from the files beside its weights.</summary>
/// <remarks>
/// In this order: <c>preprocessor_config.json</c> or <c>processor_config.json</c> (transformers), <c>open_clip_config.json</c>
/// (open_clip), as they are published.
/// </remarks>
public static class ImageProcessorFolder
{
    private const string Transformers = "preprocessor_config.json", Nested = "processor_config.json", OpenClip = "open_clip_config.json";

    /// <summary>Whether a folder holds a file of a processor.</summary>
    public static bool Has(string folder) => PathIn(folder) is not null;

    /// <summary>Reads the processor of a model's folder.</summary>
    /// <exception cref="AssetMissingException">The folder holds no file of a processor.</exception>
    /// <exception cref="CorruptFileException">The file is no JSON or of another form.</exception>
    /// <exception cref="SettingsException">A setting is out of range, or of a kind that is not supported.</exception>
    public static IImageProcessor Load(string folder, ImageProcessorOptions? options = null)
    {
        string path = Find(folder);
        return new ImageProcessor(
            IsOpenClip(path) ? OpenClipConfig.Read(path, options) : PreprocessorConfig.Read(path, options).Settings);
    }

    /// <summary>Reads the processor of a folder of SigLIP 2 with NaFlex.</summary>
    /// <param name="folder">Of the model.</param>
    /// <param name="options">What the file leaves open.</param>
    /// <param name="maximumPatches">The budget; null for that of the file.</param>
    /// <exception cref="AssetMissingException">The folder holds no file of a processor.</exception>
    /// <exception cref="CorruptFileException">The file is no JSON or of another form.</exception>
    /// <exception cref="SettingsException">A setting is out of range, or the processor cuts no patches.</exception>
    public static NaFlexProcessor LoadNaFlex(string folder, ImageProcessorOptions? options = null, int? maximumPatches = null)
    {
        string path = Find(folder);
        PreprocessorConfig config = IsOpenClip(path)
            ? throw new SettingsException(path, ["a NaFlex processor is read from transformers' preprocessor_config.json only"])
            : PreprocessorConfig.Read(path, options, naFlex: true);
        return new NaFlexProcessor(config.Settings, config.PatchSize, maximumPatches ?? config.MaximumPatches);
    }

    /// <summary>Reads the processor of a folder of Idefics3 or SmolVLM.</summary>
    /// <param name="folder">Of the model.</param>
    /// <param name="options">What the file leaves open.</param>
    /// <exception cref="AssetMissingException">The folder holds no file of a processor.</exception>
    /// <exception cref="CorruptFileException">The file is no JSON or of another form.</exception>
    /// <exception cref="SettingsException">A setting is out of range, or the processor cuts no tiles.</exception>
    public static TiledImageProcessor LoadTiled(string folder, ImageProcessorOptions? options = null) =>
        VisionLanguagePreprocessing.ReadTiled(Find(folder), options ?? new ImageProcessorOptions());

    /// <summary>Reads the processor of a folder of Qwen2-VL or Qwen2.5-VL.</summary>
    /// <inheritdoc cref="LoadTiled"/>
    public static MergedPatchProcessor LoadMergedPatches(string folder, ImageProcessorOptions? options = null) =>
        VisionLanguagePreprocessing.ReadMerged(Find(folder), options ?? new ImageProcessorOptions());

    private static bool IsOpenClip(string path) => Path.GetFileName(path) == OpenClip;

    private static string Find(string folder) => PathIn(folder)
        ?? throw new AssetMissingException("The image processor of a model", $"{Transformers}, {Nested} and {OpenClip} in {folder}",
            "Fetch the model's folder again, with its configuration files.");

    private static string? PathIn(string folder) =>
        ((string[])[Transformers, Nested, OpenClip]).Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}
