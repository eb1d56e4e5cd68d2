using EmbodiedRL.Algorithms.Kernel;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;

namespace EmbodiedRL.Algorithms.Reasoning;

/// <summary>Options (hyper-parameters) of <see cref="Supervised"/>.</summary>
public sealed record SupervisedOptions : Options, ICompletionOptions
{
    /// <summary>Questions of an update, B.</summary>
    [Range(1, 65_536)]
    public int Prompts { get; init; } = 48;

    /// <summary>The most tokens of a completion when what was learned is judged.</summary>
    [Range(1, 1 << 20)]
    public int MaximumTokens { get; init; } = 256;

    /// <summary>AdamW's learning rate after the warm-up.</summary>
    [Range(0, 10, IsAboveLeast = true)]
    public double LearningRate { get; init; } = 1e-5;

    /// <summary>Share of the run in which the learning rate rises from 0.</summary>
    [Range(0, 1, IsBelowMost = true)]
    public double Warmup { get; init; }

    /// <summary>How the learning rate goes on: <c>constant</c>, <c>linear</c> or <c>cosine</c>, the latter two to 0.</summary>
    public Decay Decay { get; init; } = Decay.Constant;

    /// <summary>Share of matrices that a step of learning rate 1 takes away.</summary>
    [Range(0, 1000)]
    public double WeightDecay { get; init; }

    /// <summary>Longer gradients are shortened to this norm.</summary>
    [Range(0, 1e12, IsAboveLeast = true)]
    public double MaxGradientNorm { get; init; } = 1;

    /// <summary>One worked answer of each question.</summary>
    int ICompletionOptions.Completions => 1;

    /// <summary>Nothing is sampled.</summary>
    double ICompletionOptions.Temperature => 1;

    /// <summary>Worked answers are imitated.</summary>
    bool ICompletionOptions.Samples => false;
}
