using EmbodiedRL.Core;
using EmbodiedRL.Models.Encoders.Pretrained;

namespace EmbodiedRL.Models.Language.Decoders;

/// <summary>How the wavelengths of rotary positions are stretched beyond the context that a model was first trained with.</summary>
public enum RotaryScaling
{
    /// <summary>Not at all.</summary>
    Default,

    /// <summary>All by one factor.</summary>
    Linear,

    /// <summary>Long ones by the factor, short ones not, those between in part; as Llama 3.1 does.</summary>
    Llama3,
}

/// <summary>Rotary positions: angles of the pairs of a head.</summary>
[Paper("2104.09864", "RoFormer: Enhanced Transformer with Rotary Position Embedding", Year = 2021)]
public sealed record RotarySettings
{
    private const string Known = "default, linear, llama3";

    /// <summary>Base of the wavelengths.</summary>
    public double Theta { get; init; } = 10_000;

    /// <summary>How wavelengths are stretched.</summary>
    public RotaryScaling Scaling { get; init; }

    /// <summary>How much, at least 1.</summary>
    public double Factor { get; init; } = 1;

    /// <summary>Wavelengths longer than the original context divided by this are stretched in full.</summary>
    public double LowFrequencyFactor { get; init; } = 1;

    /// <summary>Wavelengths shorter than the original context divided by this are left.</summary>
    public double HighFrequencyFactor { get; init; } = 4;

    /// <summary>The context that the model was first trained with.</summary>
    public int OriginalContext { get; init; } = 8192;

    /// <summary>
    /// Pairs that turn with time, height and width where positions have three axes (M-RoPE, arXiv 2409.12191, section 2.1); their sum is
    /// half a head. Empty for one axis.
    /// </summary>
    public IReadOnlyList<int> Sections { get; init; } = [];

    /// <summary>Angles of each pair for one position: equation 15 of the paper, stretched.</summary>
    /// <param name="headSize">D, even.</param>
    /// <returns>[D / 2].</returns>
    public double[] InverseFrequencies(int headSize)
    {
        double[] angles = new double[headSize / 2];
        for (int i = 0; i < angles.Length; i++) angles[i] = Stretch(Math.Pow(Theta, -2.0 * i / headSize));
        return angles;
    }

    /// <summary>Those of a config, in the layout of transformers 5 (<c>rope_parameters</c>) or 4.</summary>
    /// <param name="config">Of the text model.</param>
    /// <param name="theta">Base where the config names none.</param>
    /// <exception cref="CorruptFileException">A kind of scaling that is not known here.</exception>
    internal static RotarySettings Read(ConfigReader config, double theta = 10_000)
    {
        ConfigReader rope = config.Has("rope_parameters") ? config.Object("rope_parameters") : config.Object("rope_scaling");
        string kind = rope.Text("rope_type", rope.Text("type", "default"));
        // Qwen2-VL calls its three axes a kind of their own; the wavelengths are the usual ones
        RotaryScaling scaling = kind switch
        {
            "default" or "mrope" => RotaryScaling.Default,
            "linear" => RotaryScaling.Linear,
            "llama3" => RotaryScaling.Llama3,
            _ => throw rope.Wrong("rope_type", Known, $"'{kind}', which is not supported"),
        };
        double share = rope.Number("partial_rotary_factor", config.Number("partial_rotary_factor", 1, 0, 1), 0, 1);
        if (share != 1) throw config.Wrong("partial_rotary_factor", "1, rotation of whole heads", $"{share}");
        double outer = config.Number("rope_theta", theta, 1, 1e12);
        return new RotarySettings
        {
            Theta = rope.Number("rope_theta", outer, 1, 1e12),
            Scaling = scaling,
            Factor = scaling == RotaryScaling.Default ? 1 : rope.Number("factor", null, 1, 1e6),
            LowFrequencyFactor = rope.Number("low_freq_factor", scaling == RotaryScaling.Llama3 ? null : 1, 1e-6, 1e6),
            HighFrequencyFactor = rope.Number("high_freq_factor", scaling == RotaryScaling.Llama3 ? null : 4, 1e-6, 1e6),
            OriginalContext = rope.Integer("original_max_position_embeddings", scaling == RotaryScaling.Llama3 ? null : 8192),
            Sections = rope.Has("mrope_section") ? rope.Integers("mrope_section") : [],
        };
    }

    private double Stretch(double angle)
    {
        if (Scaling == RotaryScaling.Linear) return angle / Factor;
        if (Scaling == RotaryScaling.Default) return angle;
        double wavelength = 2 * Math.PI / angle;
        if (wavelength < OriginalContext / HighFrequencyFactor) return angle;
        if (wavelength > OriginalContext / LowFrequencyFactor) return angle / Factor;
        double kept = ((OriginalContext / wavelength) - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor);
        return ((1 - kept) * angle / Factor) + (kept * angle);
    }
}
