using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Rewards.Transforms;

/// <summary>Options of <see cref="PatternCalibration"/>.</summary>
public sealed record PatternCalibrationOptions : Options
{
    /// <summary>Score from which on nothing is added.</summary>
    [Range(-1e9, 1e9)]
    public float Threshold { get; init; } = 0.5f;

    /// <summary>Added for a full pattern.</summary>
    [Range(0, 1, IsAboveLeast = true)]
    public float Bonus { get; init; } = 0.1f;

    /// <summary>Phrases of reasoning, each counted once.</summary>
    [Length(1, 1000)]
    public string[] Phrases { get; init; } =
    [
        "first", "second", "next", "then", "therefore", "because", "since", "so", "suppose", "assume", "consider", "let", "note that",
        "recall", "we know", "it follows", "in other words", "for example", "however", "on the other hand", "wait", "check", "verify",
        "alternatively", "to sum up", "finally", "hence", "thus",
    ];

    /// <summary>Different phrases that make a full pattern.</summary>
    [Range(1, 1000)]
    public int FullCount { get; init; } = 20;

    /// <summary>Words in a run whose repetition is subtracted.</summary>
    [Range(1, 1000)]
    public int RunLength { get; init; } = 20;

    /// <summary>Texts that begin a turn of the user, which an answer must not invent.</summary>
    [Length(0, 100)]
    public string[] Turns { get; init; } = ["User:", "Human:"];

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (Phrases.Contains("")) yield return "phrases: expected no empty text, found one.";
        if (Turns.Contains("")) yield return "turns: expected no empty text, found one.";
    }
}

/// <summary>
/// Pattern calibration: adds a part of the <see cref="ReasoningPattern"/> reward of a completion's text to scores below a threshold, so
/// that a judge that misses right answers punishes answers that are well reasoned less. For scores in [0, 1].
/// </summary>
/// <remarks>score if score >= threshold, else min(1, score + bonus * pattern). The phrases are the project's own list.</remarks>
/// <param name="options">Checked.</param>
[Paper("2505.22653", "The Climb Carves Wisdom Deeper Than the Summit: On the Noisy Rewards in Learning to Reason",
    Year = 2025, Method = "S68")]
public sealed class PatternCalibration(PatternCalibrationOptions options) : RewardTransform
{
    /// <inheritdoc/>
    public override BatchFields Reads => BatchFields.Texts;

    /// <inheritdoc/>
    public override void Apply(RewardBatch batch, Span<float> scores, ScoreContext context)
    {
        var completions = batch.As<CompletionBatch>();
        for (int row = 0; row < scores.Length; row++)
            if (scores[row] < options.Threshold)
                scores[row] = (float)Math.Max(scores[row], Math.Min(1, scores[row] + (options.Bonus * Pattern(completions.Texts[row]))));
    }

    private double Pattern(string text)
    {
        string[] words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return ReasoningPattern.Reward(options.Phrases.Count(phrase => ReasoningPattern.Count(text, phrase) > 0), options.FullCount,
            ReasoningPattern.Repetition(words, options.RunLength), options.Turns.Sum(turn => ReasoningPattern.Count(text, turn)));
    }
}
