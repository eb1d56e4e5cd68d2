using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models.Losses;

namespace EmbodiedRL.Rewards.Transforms;

/// <summary>Options of <see cref="Standardize"/>.</summary>
public sealed record StandardizeOptions : Options
{
    /// <summary>All scores of the run so far.</summary>
    public const string Run = "run";

    /// <summary>
    /// Scores that mean and deviation are taken of: <c>run</c> (all so far), <c>batch</c> (those of the same rollout) or <c>group</c>
    /// (those of the row's group in the batch).
    /// </summary>
    [Length(1, LengthAttribute.Name)]
    public string Over { get; init; } = Run;

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (RowGroups.Violation("over", Over, Run, RowGroups.Batch, RowGroups.Group) is { } over) yield return over;
    }
}

/// <summary>
/// Standardization: subtracts the mean and divides by the standard deviation, of all scores so far (running moments, this batch's scores
/// taken in first), or of the same batch or group alone.
/// </summary>
/// <remarks>
/// Where scoring is frozen running moments stay as they are. Within a batch or group the formula is <see cref="GroupStatistics"/>' (sample
/// deviation plus 1e-4), and a row alone there gets 0.
/// </remarks>
/// <param name="options">Checked; null takes the defaults.</param>
[NoPaper("mean and variance")]
public sealed class Standardize(StandardizeOptions? options = null) : RewardTransform
{
    private readonly string _over = (options ?? new()).Over;
    private readonly RunningMoments _moments = new(1);
    private float[] _finite = [];

    /// <inheritdoc/>
    public override ScoreScope Scope => _over == StandardizeOptions.Run ? ScoreScope.History : RowGroups.ScopeOf(_over);

    /// <inheritdoc/>
    public override void Apply(RewardBatch batch, Span<float> scores, ScoreContext context)
    {
        if (_over == StandardizeOptions.Run)
        {
            if (!context.Frozen) _moments.Update<float>(FiniteScores.In(scores, ref _finite));
            _moments.Standardize(scores, scores);
            return;
        }

        bool[] scored = RowGroups.Scored(scores);
        GroupStatistics.Standardize<float>(scores, RowGroups.Ids(batch, _over), scores);
        for (int row = 0; row < scores.Length; row++)
            if (!scored[row]) scores[row] = float.NaN;
    }

    /// <inheritdoc/>
    public override void Save(Snapshot into) => _moments.Save(into);

    /// <inheritdoc/>
    public override void Load(Snapshot from) => _moments.Load(from);
}
