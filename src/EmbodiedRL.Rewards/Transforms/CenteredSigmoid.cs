using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Rewards.Transforms;

/// <summary>Options of <see cref="CenteredSigmoid"/>.</summary>
public sealed record CenteredSigmoidOptions : Options
{
    /// <summary>References are those of the options.</summary>
    public const string Given = "given";

    /// <summary>
    /// What a score is compared with: <c>group</c> (scores of its group in the batch, its own among them) or <c>given</c>.
    /// </summary>
    [Length(1, LengthAttribute.Name)]
    public string Against { get; init; } = RowGroups.Group;

    /// <summary>Scores of reference answers by the same source, where they are <c>given</c>.</summary>
    [Length(0, 100_000), Range(-1e9, 1e9)]
    public float[] References { get; init; } = [];

    /// <summary>Multiplies the difference of a score and a reference.</summary>
    [Range(0, 1e6, IsAboveLeast = true)]
    public float Slope { get; init; } = 1;

    /// <summary>Scores of a group that each of its scores is compared with, at most; evenly spaced among its rows.</summary>
    [Range(2, 100_000)]
    public int Rivals { get; init; } = 256;

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (RowGroups.Violation("against", Against, RowGroups.Group, Given) is { } against) yield return against;
        if (ReferenceScores.Violation(Against == Given, References) is { } references) yield return references;
    }
}

/// <summary>
/// Preference as reward (PAR): the probability of being preferred to a reference, mean over m of sigmoid(slope (r - r_m)), in (0, 1).
/// </summary>
/// <remarks>
/// Sigmoids are averaged, which is not the sigmoid of the mean. A constant added to score and references changes nothing. References must
/// be scored by the same source. Differs from the paper: without references of their own for each prompt (<c>group</c>), the other answers
/// to the prompt stand in for answers of the reference policy; a row alone in its group gets 0.5.
/// </remarks>
/// <param name="options">Checked.</param>
[Paper("2502.18770", "Reward Shaping to Mitigate Reward Hacking in RLHF", Year = 2025, Method = "S27")]
public sealed class CenteredSigmoid(CenteredSigmoidOptions options) : RewardTransform
{
    /// <inheritdoc/>
    public override ScoreScope Scope => options.Against == RowGroups.Group ? ScoreScope.Group : ScoreScope.Row;

    /// <inheritdoc/>
    public override void Apply(RewardBatch batch, Span<float> scores, ScoreContext context)
    {
        if (options.Against == CenteredSigmoidOptions.Given)
        {
            foreach (ref float score in scores) score = Preference(score, options.References);
            return;
        }

        float[] before = scores.ToArray();
        foreach (int[] rows in RowGroups.Of(batch, RowGroups.Group, RowGroups.Scored(scores)))
        {
            float[] references = Array.ConvertAll(RowGroups.Rivals(rows, options.Rivals), row => before[row]);
            foreach (int row in rows) scores[row] = Preference(before[row], references);
        }
    }

    private float Preference(float score, float[] references)
    {
        double sum = 0;
        foreach (float reference in references) sum += ScoreMath.Sigmoid(options.Slope * ((double)score - reference));
        return (float)(sum / references.Length);
    }
}
