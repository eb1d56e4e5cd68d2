using EmbodiedRL.Core;

namespace EmbodiedRL.Rewards.Exploration;

/// <summary>Options that all exploration bonuses with networks share.</summary>
public abstract record LearnedBonusOptions : BonusOptions
{
    /// <summary>Numbers that a network makes of an observation.</summary>
    [Range(1, 512)]
    public int Features { get; init; } = 32;

    /// <summary>Units of each hidden layer; there are two.</summary>
    [Range(1, 4096)]
    public int Hidden { get; init; } = 64;

    /// <summary>Of the networks.</summary>
    [Range(0, 1, IsAboveLeast = true)]
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Passes over every batch.</summary>
    [Range(1, 1000)]
    public int Epochs { get; init; } = 2;

    /// <summary>Rows of a step.</summary>
    [Range(1, 65_536)]
    public int Minibatch { get; init; } = 256;
}
