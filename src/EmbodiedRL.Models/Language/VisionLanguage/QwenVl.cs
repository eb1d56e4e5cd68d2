using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Models.Language.Decoders;
using EmbodiedRL.Models.Preprocessing;
using EmbodiedRL.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language.VisionLanguage;

/// <summary>Sizes of Qwen2.5-VL.</summary>
public sealed record QwenVlSettings
{
    /// <summary>Of the decoder.</summary>
    public required DecoderSettings Decoder { get; init; }

    /// <summary>Of the image tower.</summary>
    public required QwenVisionSettings Vision { get; init; }

    /// <summary>Stands for one feature.</summary>
    public required int ImageTokenId { get; init; }

    internal static QwenVlSettings Read(ConfigReader config)
    {
        // files of transformers 4 have what the decoder is at the top level
        DecoderSettings decoder = DecoderSettings.Read(config.Has("text_config") ? config.Object("text_config") : config);
        var settings = new QwenVlSettings
        {
            Decoder = decoder with { TiedEmbeddings = config.Flag("tie_word_embeddings", decoder.TiedEmbeddings) },
            Vision = QwenVisionSettings.Read(config.Object("vision_config")),
            ImageTokenId = config.Integer("image_token_id", 151_655, 0),
        };
        if (decoder.Rotary.Sections.Count != 3)
            throw config.Wrong("mrope_section", "three numbers, for time, height and width", $"{decoder.Rotary.Sections.Count}");
        if (settings.Vision.OutputWidth != decoder.HiddenSize)
            throw config.Wrong("vision_config.out_hidden_size", $"hidden_size of the decoder, {decoder.HiddenSize}",
                $"{settings.Vision.OutputWidth}");
        if (settings.ImageTokenId >= decoder.VocabularySize)
            throw config.Wrong("image_token_id", $"less than vocab_size, {decoder.VocabularySize}", $"{settings.ImageTokenId}");
        return settings;
    }
}

/// <summary>Qwen2.5-VL: images at their own aspect through a windowed tower, and a Qwen2 whose positions have three axes.</summary>
/// <remarks>
/// Pixels of prepared images are [patches, 3 * frames * side * side]; their grid is needed too where features are given, since positions
/// follow from it.
/// </remarks>
[NoPaper("tower, positions and decoder name their papers")]
public sealed class QwenVl : VisionLanguageModel
{
    /// <summary>Its <c>model_type</c>.</summary>
    public const string ModelType = "qwen2_5_vl";

    private readonly QwenVlSettings _settings;
    private readonly QwenVision _tower;
    private readonly MergedPatchProcessor? _processor;

    private QwenVl(LanguageModelSpec spec, QwenVlSettings settings, (VisionLanguageModule Module, QwenVision Tower) network,
        VisionLanguageReader reader, MergedPatchProcessor? processor) : base(spec, network.Module, reader) =>
        (_settings, _tower, _processor) = (settings, network.Tower, processor);

    /// <summary>Sizes.</summary>
    public QwenVlSettings Settings => _settings;

    private protected override nn.Module Tower => _tower;

    private protected override string Marker => "<|image_pad|>";

    /// <summary>Reads a model from its folder in Hugging Face's layout.</summary>
    /// <inheritdoc cref="SmolVlm.Load"/>
    public static QwenVl Load(string folder, Device? device = null, Precision precision = Precision.Fp32,
        string config = PretrainedFolder.ConfigFile)
    {
        TorchRuntime.EnsureLoaded();
        device ??= CPU;
        ConfigReader read = ConfigReader.Read(Path.Combine(folder, config));
        QwenVlSettings settings = QwenVlSettings.Read(read);
        var reader = VisionLanguageReader.Read(folder);
        MergedPatchProcessor? processor = ImageProcessorFolder.Has(folder) ? ImageProcessorFolder.LoadMergedPatches(folder) : null;
        if (processor is not null) RequireFit(settings.Vision, processor.Patches);
        using var weights = ModelWeights.Open(folder);
        var network = Network(settings, precision.TypeOn(device), device);
        try
        {
            VisionLanguageReader.LoadWeights(network.Module, weights, read, name => NameIn(weights, name));
            return new QwenVl(reader.SpecOf(folder, read, settings.Decoder, settings.ImageTokenId), settings, network, reader, processor);
        }
        catch
        {
            network.Module.Dispose();
            throw;
        }
    }

    /// <summary>A model of drawn weights, without tokenizer and processor: for tests and measurements of its shape.</summary>
    /// <param name="spec">Name and special tokens; sizes are those of the settings.</param>
    /// <param name="settings">Sizes.</param>
    /// <param name="seed">Of the weights.</param>
    /// <param name="device">Where it shall live; the CPU if null.</param>
    /// <returns>The caller disposes it.</returns>
    public static QwenVl Create(LanguageModelSpec spec, QwenVlSettings settings, ulong seed, Device? device = null)
    {
        TorchRuntime.EnsureLoaded();
        var network = Network(settings, ScalarType.Float32, device ?? CPU);
        Decoders.Decoder.Draw(network.Module, seed, settings.Decoder.InitialScale);
        spec = spec with
        {
            VocabularySize = settings.Decoder.VocabularySize,
            HiddenSize = settings.Decoder.HiddenSize,
            ContextLength = settings.Decoder.ContextLength,
            ImageTokenId = settings.ImageTokenId,
        };
        return new QwenVl(spec, settings, network, new VisionLanguageReader(null, null), null);
    }

    /// <summary>States of the tower, for inspection: patches in their order, then each block in the order of windows.</summary>
    internal List<Tensor> TowerStates(PreparedImages images)
    {
        var states = new List<Tensor>();
        using Tensor features = _tower.Forward(images.Pixels.to(Decoder.Type).to(Decoder.Device), Grids(images), states);
        return states;
    }

    private protected override Tensor Features(Tensor pixels, Tensor? mask, PreparedImages images) => _tower.Forward(pixels, Grids(images));

    private protected override (Tensor? Positions, Tensor? Next) Positions(ModelInput input, KeyValueCache? cache)
    {
        using DisposeScope scope = NewDisposeScope();
        if (input.Images is null)
            throw new SpecMismatchException("features of images", "with the images' grids, from which positions follow", "features alone");
        (int rows, int length) = ((int)input.Ids.shape[0], (int)input.Ids.shape[1]);
        long[] starts = cache is null ? new long[rows] : cache.Positions.cpu().data<long>().ToArray();
        SpecMismatchException.ThrowIfLength("rows read with a cache", rows, starts.Length);
        (long[] positions, long[] next) = RopeIndex.Of(input.Ids.cpu().contiguous().data<long>().ToArray(),
            input.Mask.cpu().contiguous().data<bool>().ToArray(), rows, Grids(input.Images), _settings.Vision.MergeSize, ImageToken,
            starts);
        Device device = Decoder.Device;
        return (tensor(positions, [3, rows, length]).to(device).MoveToOuterDisposeScope(),
            tensor(next).to(device).MoveToOuterDisposeScope());
    }

    private protected override (PreparedImages? Images, IReadOnlyList<string> Words) Prepare(IReadOnlyList<RgbImage> images)
    {
        if (images.Count == 0) return (null, []);
        MergedPatchProcessor processor = _processor ?? throw VisionLanguageReader.NoProcessor(Spec.Name);
        PatchGrid[] grids = [.. images.Select(image => processor.GridOf(image.Width, image.Height))];
        float[] pixels = new float[grids.Sum(grid => grid.Count) * processor.PatchLength];
        for (int i = 0, at = 0; i < grids.Length; i++)
        {
            int length = grids[i].Count * processor.PatchLength;
            processor.Process(images[i].Rgb, images[i].Width, images[i].Height, pixels.AsSpan(at, length));
            at += length;
        }

        long[] sizes = [.. grids.SelectMany(grid => new long[] { 1, grid.Rows, grid.Columns })];
        int[] tokens = [.. grids.Select(processor.TokensOf)];
        var prepared = new PreparedImages(
            tensor(pixels, [pixels.Length / processor.PatchLength, processor.PatchLength]).DetachFromDisposeScope(), tokens)
        {
            Grid = tensor(sizes, [grids.Length, 3]).DetachFromDisposeScope(),
        };
        return (prepared, [.. tokens.Select(count => string.Concat(Enumerable.Repeat(Marker, count)))]);
    }

    private static ImageGrid[] Grids(PreparedImages images)
    {
        Tensor grid = images.Grid ?? throw new SpecMismatchException("images for Qwen2.5-VL", "their grids of patches", "none");
        using DisposeScope scope = NewDisposeScope();
        long[] sizes = grid.cpu().contiguous().data<long>().ToArray();
        return [.. Enumerable.Range(0, sizes.Length / 3)
            .Select(i => new ImageGrid((int)sizes[3 * i], (int)sizes[(3 * i) + 1], (int)sizes[(3 * i) + 2]))];
    }

    private static void RequireFit(QwenVisionSettings vision, MergedPatchSettings patches)
    {
        if ((vision.PatchSize, vision.MergeSize, vision.TemporalPatchSize)
            != (patches.PatchSize, patches.MergeSize, patches.TemporalPatchSize))
            throw new SpecMismatchException("processor of images",
                $"patches of {vision.PatchSize} pixels and {vision.TemporalPatchSize} frames, {vision.MergeSize} merged a side",
                $"{patches.PatchSize}, {patches.TemporalPatchSize} and {patches.MergeSize}");
    }

    /// <summary>The name that a checkpoint has for a weight: published files have those of transformers before its version 4.52.</summary>
    private static string NameIn(ModelWeights weights, string own)
    {
        if (weights.Find(own) is not null) return own;
        if (own.StartsWith("model.visual.", StringComparison.Ordinal)) return own["model.".Length..];
        return own.StartsWith("model.language_model.", StringComparison.Ordinal) ? "model." + own["model.language_model.".Length..] : own;
    }

    private static (VisionLanguageModule Module, QwenVision Tower) Network(QwenVlSettings settings, ScalarType type, Device device)
    {
        var tower = new QwenVision(settings.Vision, type, device);
        return (new VisionLanguageModule(("language_model", new Decoder(settings.Decoder, type, device)), ("visual", tower)), tower);
    }
}
