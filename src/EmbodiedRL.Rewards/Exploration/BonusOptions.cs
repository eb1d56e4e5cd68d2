using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;

namespace EmbodiedRL.Rewards.Exploration;

/// <summary>Options that all exploration bonuses over transitions share.</summary>
public abstract record BonusOptions : Options
{
    /// <summary>Observation fields that it reads; empty takes all.</summary>
    [Length(0, 1000)]
    public string[] Fields { get; init; } = [];

    /// <summary>
    /// Whether bonuses are divided by the running deviation of their discounted sum over time, so that a weight means much the same in
    /// every environment and at every time of a run.
    /// </summary>
    public bool Normalize { get; init; } = true;

    /// <summary>Discount of that sum; 0 takes the deviation of the bonus itself.</summary>
    [Range(0, 1, IsBelowMost = true)]
    public double Discount { get; init; } = 0.99;

    /// <summary>Of all that is drawn at random: first weights, the order of learning, what an archive keeps.</summary>
    [Range(0, 1e15)]
    public long Seed { get; init; } = 1;
}
