using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;

namespace EmbodiedRL.Rewards.Combinators;

/// <summary>Options of <see cref="Gate"/>.</summary>
public sealed record GateOptions : Options
{
    /// <summary>Name of the term that opens the gate; empty takes the first.</summary>
    [Length(0, LengthAttribute.Name)]
    public string Term { get; init; } = "";

    /// <summary>Score of that term from which on the gate is open.</summary>
    [Range(-1e9, 1e9)]
    public float Threshold { get; init; } = 0.5f;

    /// <summary>Reward where it is closed.</summary>
    [Range(-1e9, 1e9)]
    public float Closed { get; init; }
}

/// <summary>Gate: the weighted sum of all terms where one of them reaches a threshold, and a constant elsewhere.</summary>
/// <remarks>
/// The term of the gate is part of the sum; a weight of 0 makes it a condition alone. A term that is NaN in a row is left out there; where
/// that is the gate's, it is open.
/// </remarks>
/// <param name="options">Checked.</param>
[NoPaper("a condition")]
public sealed class Gate(GateOptions options) : RewardCombinator
{
    private readonly WeightedSum _sum = new();

    /// <inheritdoc/>
    public override void Combine(RewardBatch batch, IReadOnlyList<TermScores> terms, Span<float> rewards, ScoreContext context)
    {
        ReadOnlySpan<float> gate = terms[TermLookup.Find(terms, options.Term, "gate:term")].Scores.Span;
        _sum.Combine(batch, terms, rewards, context);
        for (int row = 0; row < rewards.Length; row++)
            if (gate[row] < options.Threshold) rewards[row] = options.Closed;
    }
}
