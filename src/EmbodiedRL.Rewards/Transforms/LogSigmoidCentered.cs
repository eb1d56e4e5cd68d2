using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Rewards.Transforms;

/// <summary>Options of <see cref="LogSigmoidCentered"/>.</summary>
public sealed record LogSigmoidCenteredOptions : Options
{
    /// <summary>References are those of the options.</summary>
    public const string Given = "given";

    /// <summary>Where the reference comes from: <c>group</c> (scores of the row's group in the batch) or <c>given</c>.</summary>
    [Length(1, LengthAttribute.Name)]
    public string Against { get; init; } = RowGroups.Group;

    /// <summary>Scores of the base policy's answers by the same source, where they are <c>given</c>; one alone is the reference.</summary>
    [Length(0, 100_000), Range(-1e9, 1e9)]
    public float[] References { get; init; } = [];

    /// <summary>Quantile of those scores that is the reference, by linear interpolation.</summary>
    [Range(0, 1)]
    public double Quantile { get; init; } = 0.85;

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (RowGroups.Violation("against", Against, RowGroups.Group, Given) is { } against) yield return against;
        if (ReferenceScores.Violation(Against == Given, References) is { } references) yield return references;
    }
}

/// <summary>
/// Log-sigmoid centered reward: log sigmoid(r - reference), at most 0, which pays for being better than the reference and little beyond it.
/// </summary>
/// <remarks>
/// <para>Its slope is sigmoid(reference - r). Added up over terms it is the logical AND of "better than the reference", which
/// <see cref="Combinators.LogicalAnd"/> is by itself.</para>
/// <para>Scores must be log-odds, as Bradley-Terry rewards are: cosines and shares in [0, 1] do not leave the part of the curve that is
/// nearly a line, so scale them first. The quantile 0.85 is the project's choice.</para>
/// </remarks>
[Paper("2402.00742", "Transforming and Combining Rewards for Aligning Large Language Models", Year = 2024, Method = "S56")]
public sealed class LogSigmoidCentered : RewardTransform
{
    private readonly LogSigmoidCenteredOptions _options;
    private readonly double _given;

    /// <summary>Finds the reference among those given.</summary>
    /// <param name="options">Checked.</param>
    public LogSigmoidCentered(LogSigmoidCenteredOptions options)
    {
        _options = options;
        _given = options.References.Length > 0 ? Reference(options.References) : double.NaN;
    }

    /// <inheritdoc/>
    public override ScoreScope Scope => _options.Against == RowGroups.Group ? ScoreScope.Group : ScoreScope.Row;

    /// <inheritdoc/>
    public override void Apply(RewardBatch batch, Span<float> scores, ScoreContext context)
    {
        if (_options.Against == LogSigmoidCenteredOptions.Given)
        {
            foreach (ref float score in scores) score = (float)ScoreMath.LogSigmoid(score - _given);
            return;
        }

        float[] before = scores.ToArray();
        foreach (int[] rows in RowGroups.Of(batch, RowGroups.Group, RowGroups.Scored(scores)))
        {
            double reference = Reference(Array.ConvertAll(rows, row => before[row]));
            foreach (int row in rows) scores[row] = (float)ScoreMath.LogSigmoid(before[row] - reference);
        }
    }

    private double Reference(float[] scores)
    {
        double[] sorted = Array.ConvertAll(scores, score => (double)score);
        Array.Sort(sorted);
        return ScoreMath.Quantile(sorted, _options.Quantile);
    }
}
