namespace EmbodiedRL.Models.Optimizers;

/// <summary>Hyper-parameters of <see cref="Adam"/>. Defaults are those of Adam's paper, without weight decay.</summary>
public sealed record AdamSettings
{
    /// <summary>b1, share of the first moment that a step keeps, in [0, 1).</summary>
    public double FirstDecay { get; init; } = 0.9;

    /// <summary>b2, share of the second moment that a step keeps, in [0, 1).</summary>
    public double SecondDecay { get; init; } = 0.999;

    /// <summary>Added to the root of the corrected second moment; above 0.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Share of each decayed weight that a step of learning rate 1 takes away; 0 is Adam, more is AdamW.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Added to the gradient's norm before a longer gradient is divided by it; at least 0.</summary>
    public double NormEpsilon { get; init; } = 1e-6;
}
