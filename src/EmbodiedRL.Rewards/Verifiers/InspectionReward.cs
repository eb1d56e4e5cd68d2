using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards.Verifiers.Boxes;
using EmbodiedRL.Rewards.Verifiers.Checks;
using EmbodiedRL.Rewards.Verifiers.Parsing;

namespace EmbodiedRL.Rewards.Verifiers;

/// <summary>Options of <see cref="InspectionReward"/>.</summary>
public sealed record InspectionOptions : VerifierOptions
{
    /// <summary>Tag of the regions that are looked at, without brackets.</summary>
    [Length(1, LengthAttribute.Name)]
    public string LookTag { get; init; } = "look";

    /// <summary>Weight of precision; the rest to 1 is that of recall.</summary>
    [Range(0, 1)]
    public double PrecisionShare { get; init; } = 0.5;

    /// <summary>Weight of the look.</summary>
    [Range(0, 1e6)]
    public double LookWeight { get; init; } = 1;

    /// <summary>Weight of the format.</summary>
    [Range(0, 1e6)]
    public double FormatWeight { get; init; } = 1;

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (LookTag == AnswerTag || LookTag == ThinkTag) yield return $"lookTag: expected a tag of its own, found '{LookTag}'.";
    }
}

/// <summary>DIP-R1's rewards: think, look, answer, paid for looking where the completions of a question disagree.</summary>
/// <remarks>
/// <para>r = r_fmt + r_look + r_acc: r_fmt = 1 for the three blocks in order, r_acc = w P + (1 - w) R of boxes at IoU 0.5. Of r_look the
/// paper's abstract says that it rewards regions of high variance; the formula here is the project's: v(o), the variance over the other
/// completions of the group of the IoU they reach for object o, over its maximum; r_look = mean v of objects whose center is looked at,
/// less the mean of all, in [0, 1].</para>
/// <para>A completion is left out of its own map: otherwise it would earn by being inconsistent. Looking at everything earns
/// nothing.</para>
/// </remarks>
/// <param name="name">The term's name.</param>
/// <param name="options">Checked.</param>
[Paper("2505.23179", "DIP-R1: Deep Inspection and Perception with RL Looking Through and Understanding Complex Scenes", Year = 2025,
    Method = "S08")]
public sealed class InspectionReward(string name, InspectionOptions options)
    : Verifier(name, options, (0, 1 + options.LookWeight + options.FormatWeight), null, ScoreScope.Group, options.LookTag)
{
    /// <summary>v of each object for one completion: variance of the others' IoU over its maximum; all 0 where they agree.</summary>
    /// <param name="overlaps">[completions][objects], the IoU that each reached.</param>
    /// <param name="own">The completion that is left out.</param>
    public static double[] Disagreement(IReadOnlyList<double[]> overlaps, int own)
    {
        double[] variance = new double[overlaps[own].Length];
        int others = overlaps.Count - 1;
        if (others < 2) return variance;
        for (int o = 0; o < variance.Length; o++)
        {
            double mean = 0;
            for (int i = 0; i < overlaps.Count; i++) mean += i == own ? 0 : overlaps[i][o] / others;
            for (int i = 0; i < overlaps.Count; i++)
                variance[o] += i == own ? 0 : (overlaps[i][o] - mean) * (overlaps[i][o] - mean) / others;
        }

        double most = variance.DefaultIfEmpty(0).Max();
        for (int o = 0; o < variance.Length && most > 0; o++) variance[o] /= most;
        return variance;
    }

    /// <summary>r_look of one completion.</summary>
    /// <param name="disagreement">v, by object.</param>
    /// <param name="isLookedAt">By object.</param>
    public static double Look(IReadOnlyList<double> disagreement, IReadOnlyList<bool> isLookedAt)
    {
        double[] seen = [.. disagreement.Where((_, o) => isLookedAt[o])];
        return seen.Length == 0 ? 0 : Math.Clamp(seen.Average() - disagreement.Average(), 0, 1);
    }

    /// <inheritdoc/>
    protected override ValueTask ScoreAsync(IReadOnlyList<VerifierGroup> groups, double[] scores, ScoreContext context)
    {
        foreach (VerifierGroup group in groups)
        {
            context.Cancel.ThrowIfCancellationRequested();
            IReadOnlyList<LabeledBox> truth = References.Boxes(group.Question);
            var overlaps = new List<double[]>();
            foreach (VerifierRow row in group.Rows) overlaps.Add(Answer(row, truth, scores));
            for (int i = 0; i < overlaps.Count; i++)
            {
                VerifierRow row = group.Rows[i];
                Parsed<string> look = row.Completion.Only(options.LookTag);
                if (!look.IsFound || References.Boxes(look.Value, row.Question, row.Reading) is not { IsFound: true } regions) continue;
                bool[] isLookedAt = [.. truth.Select(one => regions.Value.Any(region => region.Box.Holds(one.Box.Center)))];
                scores[row.Row] += options.LookWeight * Look(Disagreement(overlaps, i), isLookedAt);
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Writes format and accuracy of a row.</summary>
    /// <returns>The IoU that it reached for each object.</returns>
    private double[] Answer(VerifierRow row, IReadOnlyList<LabeledBox> truth, double[] scores)
    {
        double[] reached = new double[truth.Count];
        Parsed<string> answer = row.Completion.Answer;
        if (!answer.IsFound || References.Boxes(answer.Value, row.Question, row.Reading) is not { IsFound: true } predicted) return reached;
        double[,] overlaps = References.Overlaps(predicted.Value, truth);
        IReadOnlyList<MatchedPair> hits = BoxMatching.Greedy(overlaps, null, 0.5);
        foreach (MatchedPair pair in BoxMatching.Greedy(overlaps, null, 0)) reached[pair.Truth] = pair.Value;
        int found = predicted.Value.Count;
        scores[row.Row] = found == 0 || truth.Count == 0 ? (found == truth.Count ? 1 : 0)
            : (options.PrecisionShare * hits.Count / found) + ((1 - options.PrecisionShare) * hits.Count / truth.Count);
        if (row.Completion.IsSequence(options.ThinkTag, options.LookTag, options.AnswerTag)) scores[row.Row] += options.FormatWeight;
        return reached;
    }
}
