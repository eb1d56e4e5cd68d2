using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Models.Language.Chat;
using EmbodiedRL.Models.Language.Decoders;
using EmbodiedRL.Models.Preprocessing;
using EmbodiedRL.Models.Tokenizers;
using EmbodiedRL.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language.VisionLanguage;

/// <summary>Sizes of SmolVLM and Idefics3.</summary>
public sealed record SmolVlmSettings
{
    /// <summary>Of the decoder.</summary>
    public required DecoderSettings Decoder { get; init; }

    /// <summary>Of the image tower.</summary>
    public required SmolVlmVisionSettings Vision { get; init; }

    /// <summary>Patches of a side that become one feature.</summary>
    public int ShuffleFactor { get; init; } = 2;

    /// <summary>Stands for one feature.</summary>
    public required int ImageTokenId { get; init; }

    /// <summary>Features of a tile of the tower's own size.</summary>
    public int TileTokens => FeaturesOf(Vision.ImageSize, Vision.ImageSize);

    /// <summary>Features of a tile.</summary>
    public int FeaturesOf(long height, long width) =>
        (int)(height / Vision.PatchSize / ShuffleFactor * (width / Vision.PatchSize / ShuffleFactor));

    internal static SmolVlmSettings Read(ConfigReader config)
    {
        ConfigReader text = config.Object("text_config");
        DecoderSettings decoder = DecoderSettings.Read(text);
        var settings = new SmolVlmSettings
        {
            Decoder = decoder with { TiedEmbeddings = config.Flag("tie_word_embeddings", decoder.TiedEmbeddings) },
            Vision = SmolVlmVisionSettings.Read(config.Object("vision_config")),
            ShuffleFactor = config.Integer("scale_factor", 2, 1, 64),
            ImageTokenId = config.Integer("image_token_id", null, 0),
        };
        if (settings.Vision.Side % settings.ShuffleFactor != 0)
            throw config.Wrong("scale_factor", $"a divisor of {settings.Vision.Side}, patches of a side of an image",
                $"{settings.ShuffleFactor}");
        if (settings.ImageTokenId >= decoder.VocabularySize)
            throw config.Wrong("image_token_id", $"less than vocab_size, {decoder.VocabularySize}", $"{settings.ImageTokenId}");
        return settings;
    }
}

/// <summary>SmolVLM and Idefics3: tiles of an image through SigLIP's tower, their blocks as features of a Llama.</summary>
/// <remarks>
/// Pixels of prepared images are [tiles, 3, H, W], a mask of theirs [tiles, H, W]. Tiles that are all zero are padding where there are more
/// tiles than the tokens tell of, as batches of the published processor have them.
/// </remarks>
[NoPaper("tower, connector and decoder name their papers")]
public sealed class SmolVlm : VisionLanguageModel
{
    /// <summary>Its <c>model_type</c>, and that of the model it came from.</summary>
    public static readonly IReadOnlyList<string> ModelTypes = ["smolvlm", "idefics3"];

    private readonly SmolVlmSettings _settings;
    private readonly SmolVlmVision _tower;
    private readonly ShuffleConnector _connector;
    private readonly TiledImageProcessor? _processor;

    private SmolVlm(LanguageModelSpec spec, SmolVlmSettings settings, SmolVlmNetwork network, VisionLanguageReader reader,
        TiledImageProcessor? processor) : base(spec, network.Module, reader) =>
        (_settings, _tower, _connector, _processor) = (settings, network.Tower, network.Connector, processor);

    /// <summary>Sizes.</summary>
    public SmolVlmSettings Settings => _settings;

    private protected override nn.Module Tower => _tower;

    private protected override string Marker => "<image>";

    /// <summary>Reads a model from its folder in Hugging Face's layout.</summary>
    /// <param name="folder">Holds config, checkpoint and, if questions are to be read, tokenizer and processor.</param>
    /// <param name="device">Where it shall live; the CPU if null.</param>
    /// <param name="precision">Of its weights.</param>
    /// <param name="config">Name of the config.</param>
    /// <returns>The caller disposes it.</returns>
    /// <exception cref="AssetMissingException">A file is not there.</exception>
    /// <exception cref="CorruptFileException">A file is altered or of a model that is not supported, or files do not fit.</exception>
    public static SmolVlm Load(string folder, Device? device = null, Precision precision = Precision.Fp32,
        string config = PretrainedFolder.ConfigFile)
    {
        TorchRuntime.EnsureLoaded();
        device ??= CPU;
        ConfigReader read = ConfigReader.Read(Path.Combine(folder, config));
        SmolVlmSettings settings = SmolVlmSettings.Read(read);
        var reader = VisionLanguageReader.Read(folder);
        TiledImageProcessor? processor = ImageProcessorFolder.Has(folder) ? ImageProcessorFolder.LoadTiled(folder) : null;
        if (processor is not null) RequireFit(settings, processor.Tiles);
        using var weights = ModelWeights.Open(folder);
        SmolVlmNetwork network = Network(settings, precision.TypeOn(device), device);
        try
        {
            VisionLanguageReader.LoadWeights(network.Module, weights, read, name => name);
            return new SmolVlm(reader.SpecOf(folder, read, settings.Decoder, settings.ImageTokenId), settings, network, reader, processor);
        }
        catch
        {
            network.Module.Dispose();
            throw;
        }
    }

    /// <summary>A model of drawn weights, to be trained from scratch.</summary>
    /// <param name="spec">Name and special tokens; sizes are those of the settings.</param>
    /// <param name="settings">Sizes.</param>
    /// <param name="tokenizer">Texts to ids.</param>
    /// <param name="template">How conversations are written, <c>&lt;image&gt;</c> for an image; null puts images before words.</param>
    /// <param name="processor">Prepares images; tiles have the tower's size.</param>
    /// <param name="seed">Of the weights.</param>
    /// <param name="device">Where it shall live; the CPU if null.</param>
    /// <returns>The caller disposes it.</returns>
    public static SmolVlm Create(LanguageModelSpec spec, SmolVlmSettings settings, ITextTokenizer? tokenizer,
        ChatTemplate? template, TiledImageProcessor? processor, ulong seed, Device? device = null)
    {
        TorchRuntime.EnsureLoaded();
        if (processor is not null) RequireFit(settings, processor.Tiles);
        SmolVlmNetwork network = Network(settings, ScalarType.Float32, device ?? CPU);
        Decoders.Decoder.Draw(network.Module, seed, settings.Decoder.InitialScale);
        spec = spec with
        {
            VocabularySize = settings.Decoder.VocabularySize,
            HiddenSize = settings.Decoder.HiddenSize,
            ContextLength = settings.Decoder.ContextLength,
            ImageTokenId = settings.ImageTokenId,
        };
        return new SmolVlm(spec, settings, network, new VisionLanguageReader(tokenizer, template), processor);
    }

    /// <summary>States of the tower after its last norm, for inspection.</summary>
    /// <param name="images">Prepared.</param>
    /// <returns>[tiles, patches, C], owned by the caller's dispose scope.</returns>
    internal Tensor TowerStates(PreparedImages images)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor pixels, Tensor? mask) = WithoutPadding(images.Pixels.to(Decoder.Type).to(Decoder.Device), images.Mask, images.TokenCount);
        return _tower.Forward(pixels, mask).flatten(1, 2).MoveToOuterDisposeScope();
    }

    private protected override Tensor Features(Tensor pixels, Tensor? mask, PreparedImages images)
    {
        using DisposeScope scope = NewDisposeScope();
        (pixels, mask) = WithoutPadding(pixels, mask, images.TokenCount);
        return _connector.Forward(_tower.Forward(pixels, mask)).flatten(0, 1).MoveToOuterDisposeScope();
    }

    private protected override (PreparedImages? Images, IReadOnlyList<string> Words) Prepare(IReadOnlyList<RgbImage> images)
    {
        if (images.Count == 0) return (null, []);
        TiledImageProcessor processor = _processor ?? throw VisionLanguageReader.NoProcessor(Spec.Name);
        int side = processor.Tiles.TileSize, tokens = _settings.FeaturesOf(side, side);
        TileLayout[] layouts = [.. images.Select(image => processor.LayoutOf(image.Width, image.Height))];
        float[] pixels = new float[layouts.Sum(layout => layout.Count) * processor.TileLength];
        for (int i = 0, at = 0; i < layouts.Length; i++)
        {
            int length = layouts[i].Count * processor.TileLength;
            processor.Process(images[i].Rgb, images[i].Width, images[i].Height, pixels.AsSpan(at, length));
            at += length;
        }

        Tensor tiles = tensor(pixels, [pixels.Length / processor.TileLength, 3, side, side]).DetachFromDisposeScope();
        return (new PreparedImages(tiles, [.. layouts.Select(layout => layout.Count * tokens)]),
            [.. layouts.Select(layout => ImagePrompts.Tiles(layout.Rows, layout.Columns, tokens))]);
    }

    private (Tensor Pixels, Tensor? Mask) WithoutPadding(Tensor pixels, Tensor? mask, int tokens)
    {
        if (pixels.dim() != 4) return (pixels, mask); // the tower says what is wrong
        long each = _settings.FeaturesOf(pixels.shape[2], pixels.shape[3]);
        if (pixels.shape[0] * each <= tokens) return (pixels, mask);
        Tensor real = pixels.flatten(1).ne(0).any(1).nonzero().squeeze(1);
        return (pixels.index_select(0, real), mask?.index_select(0, real));
    }

    private static void RequireFit(SmolVlmSettings settings, TileSettings tiles)
    {
        int patches = tiles.TileSize / settings.Vision.PatchSize;
        if (patches == 0 || patches % settings.ShuffleFactor != 0)
            throw new SpecMismatchException("processor of images",
                $"tiles of a multiple of {settings.ShuffleFactor} patches of {settings.Vision.PatchSize} pixels, as the config has",
                $"tiles of {tiles.TileSize} pixels");
    }

    private static SmolVlmNetwork Network(SmolVlmSettings settings, ScalarType type, Device device)
    {
        var tower = new SmolVlmVision(settings.Vision, type, device);
        var connector = new ShuffleConnector(settings.Vision.Width, settings.ShuffleFactor, settings.Decoder.HiddenSize, type, device);
        var decoder = new Decoder(settings.Decoder, type, device);
        var module = new VisionLanguageModule(("text_model", decoder), ("vision_model", tower), ("connector", connector));
        return new SmolVlmNetwork(module, tower, connector);
    }

    private sealed record SmolVlmNetwork(VisionLanguageModule Module, SmolVlmVision Tower, ShuffleConnector Connector);
}
