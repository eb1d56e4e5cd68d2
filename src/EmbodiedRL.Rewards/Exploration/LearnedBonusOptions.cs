using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;

namespace EmbodiedRL.Rewards.Exploration;

/// <summary>Options that all exploration bonuses with networks share.</summary>
public abstract record LearnedBonusOptions : Options
{
    /// <summary>Observation fields that it reads; empty takes all.</summary>
    [Length(0, 1000)]
    public string[] Fields { get; init; } = [];

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

    /// <summary>
    /// Whether bonuses are divided by the running deviation of their discounted sum over time, so that a weight means much the same in
    /// every environment and at every time of a run.
    /// </summary>
    public bool Normalize { get; init; } = true;

    /// <summary>Discount of that sum; 0 takes the deviation of the bonus itself.</summary>
    [Range(0, 1, IsBelowMost = true)]
    public double Discount { get; init; } = 0.99;

    /// <summary>Of the first weights and of the order of learning.</summary>
    [Range(0, 1e15)]
    public long Seed { get; init; } = 1;
}
