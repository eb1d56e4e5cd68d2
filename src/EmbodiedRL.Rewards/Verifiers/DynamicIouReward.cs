using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Verifiers.Boxes;
using EmbodiedRL.Rewards.Verifiers.Checks;
using EmbodiedRL.Rewards.Verifiers.Parsing;

namespace EmbodiedRL.Rewards.Verifiers;

/// <summary>Options of <see cref="DynamicIouReward"/>.</summary>
public sealed record DynamicIouOptions : VerifierOptions
{
    /// <summary>Shares of the run until which each threshold holds.</summary>
    [Length(1, 20), Range(0, 1)]
    public double[] Until { get; init; } = [0.1, 0.25, 1];

    /// <summary>Least IoU of a match, one for each share.</summary>
    [Length(1, 20), Range(0, 1)]
    public double[] Thresholds { get; init; } = [0.85, 0.95, 0.99];

    /// <summary>Weight of completeness, 1 less the mean of miss and false-alarm rate; the rest is that of IoU.</summary>
    [Range(0, 1)]
    public double Completeness { get; init; }

    /// <summary>Factor for each box too many or too few.</summary>
    [Range(0, 1)]
    public double CountFactor { get; init; } = 0.6;

    /// <summary>Weight of the format, against 1 of the answer.</summary>
    [Range(0, 1e6)]
    public double FormatWeight { get; init; } = 0.1;

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (Thresholds.Length != Until.Length)
            yield return FormattableString.Invariant($"thresholds: expected one for each of until ({Until.Length}), ")
                + FormattableString.Invariant($"found {Thresholds.Length}.");
        if (!Until.SequenceEqual(Until.Order())) yield return "until: expected rising shares, found others.";
    }
}

/// <summary>V-Triune's dynamic IoU: IoU of boxes above a threshold that rises with the run.</summary>
/// <remarks>
/// <para>u = progress; eps = 0.85 for u &lt;= 0.1, 0.95 for u &lt;= 0.25, then 0.99. Boxes are matched greedily one to one where IoU >=
/// eps; a = sum of IoU / n_true, mixed with completeness if asked for, times 0.6^|n_predicted - n_true|; r = (a + w f) / (1 + w), f a
/// quarter for each tag.</para>
/// <para>An answer on a coarse grid may not reach IoU 0.99 at all: lower the thresholds to what the coordinates can express.</para>
/// </remarks>
/// <param name="name">The term's name.</param>
/// <param name="options">Checked.</param>
[Paper("2505.18129", "One RL to See Them All: Visual Triple Unified Reinforcement Learning", Year = 2025, Method = "S13")]
public sealed class DynamicIouReward(string name, DynamicIouOptions options) : RowVerifier(name, options, (0, 1))
{
    private static readonly DynamicIouOptions Defaults = new();

    /// <summary>eps: the threshold at a share of the run.</summary>
    public static double Threshold(double progress, DynamicIouOptions options)
    {
        for (int i = 0; i < options.Until.Length; i++)
            if (progress <= options.Until[i]) return options.Thresholds[i];
        return options.Thresholds[^1];
    }

    /// <summary>The reward of boxes without format.</summary>
    /// <param name="predicted">At most <see cref="BoxText.MostBoxes"/>.</param>
    /// <param name="truth">Of the reference.</param>
    /// <param name="progress">Share of the run that is done.</param>
    /// <param name="options">Thresholds and factors.</param>
    public static double Reward(
        IReadOnlyList<LabeledBox> predicted, IReadOnlyList<LabeledBox> truth, double progress, DynamicIouOptions options)
    {
        if (predicted.Count == 0 || truth.Count == 0) return predicted.Count == truth.Count ? 1 : 0;
        IReadOnlyList<MatchedPair> pairs =
            BoxMatching.Greedy(References.Overlaps(predicted, truth), null, Threshold(progress, options));
        double iou = pairs.Sum(pair => pair.Value) / truth.Count;
        double missed = 1 - ((double)pairs.Count / truth.Count), falseAlarms = 1 - ((double)pairs.Count / predicted.Count);
        double score = ((1 - options.Completeness) * iou) + (options.Completeness * (1 - ((missed + falseAlarms) / 2)));
        return score * Math.Pow(options.CountFactor, Math.Abs(predicted.Count - truth.Count));
    }

    /// <inheritdoc/>
    protected override double Score(VerifierRow row, ScoreContext context)
    {
        Parsed<string> answer = row.Completion.Answer;
        IReadOnlyList<LabeledBox> truth = References.Boxes(row.Question);
        double right = answer.IsFound && References.Boxes(answer.Value, row.Question, row.Reading) is { IsFound: true } predicted
            ? Reward(predicted.Value, truth, context.Progress, options)
            : 0;
        return Formats.Mean(right, 1, Formats.TagQuarters(row.Completion, options), options.FormatWeight);
    }

    /// <summary>The reward with its defaults as an answer check.</summary>
    internal static Parsed<double> Check(string answer, Question question, AnswerReading reading)
    {
        IReadOnlyList<LabeledBox> truth = References.Boxes(question);
        Parsed<IReadOnlyList<LabeledBox>> predicted = References.Boxes(answer, question, reading);
        return predicted.IsFound ? Parsed<double>.Of(Reward(predicted.Value, truth, reading.Progress, Defaults))
            : Parsed<double>.None(predicted.Reason);
    }
}
