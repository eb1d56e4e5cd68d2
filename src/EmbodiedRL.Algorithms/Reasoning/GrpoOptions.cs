using EmbodiedRL.Algorithms.Kernel;
using EmbodiedRL.Core;

namespace EmbodiedRL.Algorithms.Reasoning;

/// <summary>What a divergence from a reference policy is measured against.</summary>
public enum ReferencePolicy
{
    /// <summary>A frozen copy of the trained weights as they were in the beginning.</summary>
    Initial,

    /// <summary>The model without its low-rank adapter: no copy is needed.</summary>
    AdapterOff,
}

/// <summary>Options (hyper-parameters) of <see cref="Grpo"/>.</summary>
public sealed record GrpoOptions : TokenLossOptions, ICompletionOptions
{
    /// <summary>Completions of each prompt, G.</summary>
    [Range(2, 4096)]
    public int Completions { get; init; } = 8;

    /// <summary>Prompts of an update, B.</summary>
    [Range(1, 65_536)]
    public int Prompts { get; init; } = 8;

    /// <summary>The most tokens of a completion.</summary>
    [Range(1, 1 << 20)]
    public int MaximumTokens { get; init; } = 256;

    /// <summary>Logits are divided by it, when completions are sampled and when they are learned from.</summary>
    [Range(0, 100, IsAboveLeast = true)]
    public double Temperature { get; init; } = 1;

    /// <summary>Passes over each batch.</summary>
    [Range(1, 1000)]
    public int Epochs { get; init; } = 1;

    /// <summary>Completions of one gradient step; 0 takes the whole batch.</summary>
    [Range(1, 1 << 20, Zero = "the whole batch")]
    public int Minibatch { get; init; }

    /// <summary>Completions that are read at once; gradients are summed over them. 0 takes the whole minibatch.</summary>
    [Range(1, 1 << 20, Zero = "the whole minibatch")]
    public int Microbatch { get; init; }

    /// <summary>
    /// Whether layers are computed again on the way back instead of being remembered (activation checkpointing): less memory, a third
    /// more work.
    /// </summary>
    public bool Recomputes { get; init; }

    /// <summary>AdamW's learning rate after the warm-up.</summary>
    [Range(0, 10, IsAboveLeast = true)]
    public double LearningRate { get; init; } = 1e-6;

    /// <summary>Share of the run in which the learning rate rises from 0.</summary>
    [Range(0, 1, IsBelowMost = true)]
    public double Warmup { get; init; }

    /// <summary>How the learning rate goes on: <c>constant</c>, <c>linear</c> or <c>cosine</c>, the latter two to 0.</summary>
    public Decay Decay { get; init; } = Decay.Constant;

    /// <summary>Share of matrices that a step of learning rate 1 takes away.</summary>
    [Range(0, 1000)]
    public double WeightDecay { get; init; }

    /// <summary>Share of Adam's second moment that a step keeps.</summary>
    [Range(0, 1, IsBelowMost = true)]
    public double SecondDecay { get; init; } = 0.999;

    /// <summary>Longer gradients are shortened to this norm.</summary>
    [Range(0, 1e12, IsAboveLeast = true)]
    public double MaxGradientNorm { get; init; } = 1;

    /// <summary>How advantages are made of rewards.</summary>
    public AdvantageScale Advantages { get; init; } = AdvantageScale.Group;

    /// <summary>
    /// Advantages are standardized over the batch, and those beyond so many deviations dropped (StableReinforce: 3); 0 is off.
    /// </summary>
    [Range(0, 1e6, Zero = "off", IsAboveLeast = true)]
    public double AdvantageSigma { get; init; }

    /// <summary>What the divergence is measured against, where <see cref="TokenLossOptions.Beta"/> asks for one.</summary>
    public ReferencePolicy Reference { get; init; } = ReferencePolicy.Initial;

    /// <summary>Whether completions that were cut off are not learned from; they stay in their group's mean and deviation.</summary>
    public bool MasksTruncated { get; init; }

    /// <summary>Tokens before <see cref="MaximumTokens"/> in which a penalty of length grows to 1 (DAPO); 0 is off.</summary>
    [Range(1, 1 << 20, Zero = "off")]
    public int OverlongMargin { get; init; }

    /// <summary>Weight of that penalty.</summary>
    [Range(0, 1e6)]
    public float OverlongWeight { get; init; } = 1;

    /// <summary>Which score decides in groups of equal rewards: <c>none</c>, <c>length</c> (fewer tokens) or <c>confidence</c>.</summary>
    public TieBreak TieBreak { get; init; } = TieBreak.None;

    /// <summary>Weight of such a group against one of different rewards.</summary>
    [Range(0, 1)]
    public float TieWeight { get; init; } = 0.1f;

    /// <summary>Greatest ratio of the policy's probability and the sampler's by which losses are corrected; 0 corrects nothing.</summary>
    [Range(0, 1e6, Zero = "off", IsAboveLeast = true)]
    public double SamplerCorrection { get; init; }

    /// <summary>Implicit perception loss; its <c>gamma</c> of 0 is off.</summary>
    public PerceptionLossOptions Perception { get; init; } = new();

    /// <summary>Completions that are learned from again; its <c>share</c> of 0 is off.</summary>
    public SelectiveSampleBufferOptions Buffer { get; init; } = new();

    /// <summary>Completions are the model's own.</summary>
    bool ICompletionOptions.Samples => true;

    /// <summary>Completions of an update, B * G.</summary>
    internal int Rows => Prompts * Completions;

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (OverlongMargin > MaximumTokens)
            yield return $"overlongMargin: expected at most maximumTokens ({MaximumTokens}), found {OverlongMargin}.";
        if (Minibatch > 0 && Microbatch > Minibatch)
            yield return $"microbatch: expected at most minibatch ({Minibatch}), found {Microbatch}.";
    }
}
