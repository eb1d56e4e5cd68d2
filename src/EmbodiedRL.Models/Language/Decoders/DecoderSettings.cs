using EmbodiedRL.Core;
using EmbodiedRL.Models.Encoders.Pretrained;

namespace EmbodiedRL.Models.Language.Decoders;

/// <summary>Sizes of a decoder: a transformer that reads each token with those before it.</summary>
public sealed record DecoderSettings
{
    /// <summary>Kinds of models in Hugging Face's layout whose decoder is read.</summary>
    public static readonly IReadOnlyList<string> KnownTypes = ["llama", "qwen2"];

    /// <summary>V.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>H.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>L.</summary>
    public required int Layers { get; init; }

    /// <summary>Heads of queries.</summary>
    public required int Heads { get; init; }

    /// <summary>Heads of keys and values; they divide those of queries.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>D, even.</summary>
    public required int HeadSize { get; init; }

    /// <summary>Width of the gated hidden layer.</summary>
    public required int FeedForwardSize { get; init; }

    /// <summary>Added to the mean square in norms.</summary>
    public double NormEpsilon { get; init; } = 1e-5;

    /// <summary>Whether queries, keys and values have biases.</summary>
    public bool QueryBias { get; init; }

    /// <summary>Whether the projection out of the heads has a bias.</summary>
    public bool OutputBias { get; init; }

    /// <summary>Whether the hidden layer has biases.</summary>
    public bool FeedForwardBias { get; init; }

    /// <summary>Whether logits are made with the table of embeddings.</summary>
    public bool TiedEmbeddings { get; init; }

    /// <summary>The most tokens.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Positions.</summary>
    public RotarySettings Rotary { get; init; } = new();

    /// <summary>Standard deviation of weights that are drawn.</summary>
    public double InitialScale { get; init; } = 0.02;

    /// <summary>A small decoder to be trained from scratch: heads of 32, a gated layer of 8/3 H, tied embeddings.</summary>
    /// <param name="vocabulary">V.</param>
    /// <param name="hidden">H, a multiple of 32.</param>
    /// <param name="layers">L.</param>
    /// <param name="keyValueHeads">They divide H / 32.</param>
    /// <param name="context">The most tokens.</param>
    public static DecoderSettings Small(int vocabulary, int hidden, int layers, int keyValueHeads, int context) => new()
    {
        VocabularySize = vocabulary,
        HiddenSize = hidden,
        Layers = layers,
        Heads = hidden / 32,
        KeyValueHeads = keyValueHeads,
        HeadSize = 32,
        FeedForwardSize = (hidden * 8 / 3 + 31) / 32 * 32,
        TiedEmbeddings = true,
        ContextLength = context,
    };

    /// <summary>Reads a config of one of the <see cref="KnownTypes"/>, or of the text part of a model with eyes.</summary>
    /// <param name="config">Of the text model.</param>
    /// <exception cref="CorruptFileException">Another kind of model, or values that do not fit each other.</exception>
    internal static DecoderSettings Read(ConfigReader config)
    {
        string type = config.Text("model_type", "");
        // the text parts of models with eyes are named after them
        bool qwen = type.StartsWith("qwen2", StringComparison.Ordinal);
        if (!KnownTypes.Contains(type) && type is not ("qwen2_vl" or "qwen2_5_vl" or "qwen2_vl_text" or "qwen2_5_vl_text"))
            throw config.Wrong("model_type", $"a decoder of the kind {string.Join(" or ", KnownTypes)}",
                $"'{type}', which is not supported");
        string activation = config.Text("hidden_act", "silu");
        if (activation is not ("silu" or "swish")) throw config.Wrong("hidden_act", "silu", $"'{activation}', which is not supported");
        if (qwen && config.Flag("use_sliding_window", false))
            throw config.Wrong("use_sliding_window", "false", "true: attention within a window is not supported");
        int hidden = config.Integer("hidden_size", qwen ? null : 4096), heads = config.Integer("num_attention_heads", 32);
        int keyValue = config.Integer("num_key_value_heads", heads);
        if (heads % keyValue != 0)
            throw config.Wrong("num_key_value_heads", $"a divisor of num_attention_heads, {heads}", $"{keyValue}");
        if (!config.Has("head_dim") && hidden % heads != 0)
            throw config.Wrong("num_attention_heads", $"a divisor of hidden_size, {hidden}, as no head_dim is given", $"{heads}");
        int head = config.Integer("head_dim", hidden / heads);
        if (head % 2 != 0) throw config.Wrong("head_dim", "an even number", $"{head}");
        bool bias = config.Flag("attention_bias", qwen);
        RotarySettings rotary = RotarySettings.Read(config);
        if (rotary.Sections.Count > 0 && rotary.Sections.Sum() != head / 2)
            throw config.Wrong("mrope_section", $"numbers that add up to half a head, {head / 2}", string.Join(", ", rotary.Sections));
        return new DecoderSettings
        {
            VocabularySize = config.Integer("vocab_size", qwen ? 151_936 : 32_000),
            HiddenSize = hidden,
            Layers = config.Integer("num_hidden_layers", 32, 1, 1000),
            Heads = heads,
            KeyValueHeads = keyValue,
            HeadSize = head,
            FeedForwardSize = config.Integer("intermediate_size", qwen ? 22_016 : 11_008),
            NormEpsilon = config.Number("rms_norm_eps", 1e-6, 0, 1),
            QueryBias = qwen || bias,
            OutputBias = !qwen && bias,
            FeedForwardBias = config.Flag("mlp_bias", false),
            TiedEmbeddings = config.Flag("tie_word_embeddings", false),
            ContextLength = config.Integer("max_position_embeddings", qwen ? 32_768 : 2048),
            Rotary = rotary,
            InitialScale = config.Number("initializer_range", 0.02, 0, 10),
        };
    }
}
