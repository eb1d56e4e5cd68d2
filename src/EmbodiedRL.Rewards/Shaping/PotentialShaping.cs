using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rewards.Tabular;
using EmbodiedRL.Rewards.Transforms;

namespace EmbodiedRL.Rewards.Shaping;

/// <summary>Options of <see cref="PotentialShaping"/>.</summary>
public sealed record PotentialShapingOptions : Options
{
    /// <summary>The algorithm's own discount per step: with another one optimal policies are not kept, so another one is refused.</summary>
    [Range(0, 1, IsAboveLeast = true, Zero = "the agent's gamma")]
    public float Discount { get; init; }

    /// <summary>
    /// Potential of the states that episodes begin in, which no row scores. Any value keeps optimal policies; the mean score of first
    /// states keeps the first reward of an episode small.
    /// </summary>
    [Range(-1e6, 1e6)]
    public float Initial { get; init; }

    /// <summary>What is wrong with the discount beside an algorithm's; null if nothing is.</summary>
    /// <param name="gamma">The algorithm's; null where there is no algorithm or it has none.</param>
    public string? DiscountViolation(float? gamma) => (Discount, gamma) switch
    {
        (0, null) => "discount: expected the discount that returns are discounted by, as no agent's gamma is known here, found none.",
        (0, <= 0) => "discount: expected an agent's gamma above 0, found 0.",
        ( > 0, { } other) when other != Discount => FormattableString.Invariant(
            $"discount: expected the agent's gamma {other}, found {Discount}: leave it out, or give both the same."),
        _ => null,
    };

    /// <summary>The same with the discount spelled out.</summary>
    /// <param name="gamma">The algorithm's; null where there is no algorithm or it has none.</param>
    /// <exception cref="SettingsException">Both differ, or there is neither; names both.</exception>
    public PotentialShapingOptions With(float? gamma) => DiscountViolation(gamma) is { } violation
        ? throw new SettingsException("reward", [$"potential-shaping:{violation}"])
        : this with { Discount = Discount > 0 ? Discount : gamma!.Value };
}

/// <summary>
/// Potential-based shaping: takes scores as potentials phi of the states reached and pays F = discount phi(s') - phi(s), which leaves
/// optimal policies as they are. The way to use a progress score as a reward beside the task's own.
/// </summary>
/// <remarks>
/// <para>Theorem 1. Where an episode terminates, phi is 0 whatever the score says; where it is truncated, phi of the final state counts,
/// because a learner goes on from that state's value. So the discounted sum over a terminated episode is minus its initial potential,
/// however it went. Differs from the paper: the initial potential is one number for all episodes, as no row scores the first state;
/// that adds the same to an episode's return whatever is done.</para>
/// <para>Rows without a score stay without, and the next scored one pays for them too (phi(s) is divided by the discount for every row
/// left out, so that sums stay exact); only a row that terminates is always paid. An episode that is truncated at a row without a score
/// is paid as far as it was scored: put <c>hold</c> before where a source leaves steps out. The last potential of an episode that goes
/// on is kept for the next batch; where scoring is frozen every batch stands for itself.</para>
/// </remarks>
/// <param name="options">Checked; the discount is above 0.</param>
[Paper("10.5555/645528.657613", "Policy Invariance under Reward Transformations: Theory and Application to Reward Shaping", Year = 1999)]
public sealed class PotentialShaping(PotentialShapingOptions options) : RewardTransform
{
    private readonly EpisodeScores _last = new();

    /// <inheritdoc/>
    public override ScoreScope Scope => ScoreScope.Episode;

    /// <summary>F of one step.</summary>
    /// <param name="discount">Per step.</param>
    /// <param name="before">phi(s).</param>
    /// <param name="after">phi(s'); not read where the episode terminates.</param>
    /// <param name="terminates">Whether s' is terminal, which a truncated episode's last state is not.</param>
    public static double Of(double discount, double before, double after, bool terminates = false) =>
        terminates ? -before : (discount * after) - before;

    /// <summary>The shaped reward r + F of a tabular world.</summary>
    /// <param name="world">Gives discount and terminal states.</param>
    /// <param name="reward">[S, A, S'], left as it is.</param>
    /// <param name="potential">[S]; what it says of terminal states is not read.</param>
    /// <returns>[S, A, S'], fresh.</returns>
    /// <exception cref="SpecMismatchException">There is not one potential for each state.</exception>
    public static double[,,] Shape(TabularMdp world, double[,,] reward, double[] potential)
    {
        SpecMismatchException.ThrowIfLength("potentials", potential.Length, world.States);
        double[,,] shaped = new double[world.States, world.Actions, world.States];
        for (int state = 0; state < world.States; state++)
            for (int action = 0; action < world.Actions; action++)
                for (int next = 0; next < world.States; next++)
                    shaped[state, action, next] =
                        reward[state, action, next] + Of(world.Discount, potential[state], potential[next], world.Terminal[next]);
        return shaped;
    }

    /// <inheritdoc/>
    /// <exception cref="SpecMismatchException">The batch has no steps.</exception>
    public override void Apply(RewardBatch batch, Span<float> scores, ScoreContext context)
    {
        EpisodeScores.RequireSteps(batch, "potential-shaping");
        var steps = batch.As<TrajectoryBatch>();
        float[] left = new float[batch.NextRow];
        for (int row = 0; row < scores.Length; row++)
        {
            ref float before = ref left[row % batch.NextRow];
            if (row < batch.NextRow) before = _last.Of(batch.Episode[row], context);
            else if (!EpisodeScores.HasPrevious(batch, row)) before = float.NaN;
            if (float.IsNaN(before)) before = options.Initial;
            float after = scores[row];
            bool terminates = steps.Kinds[row] == StepKind.Terminated;
            if (float.IsNaN(after) && !terminates)
            {
                before /= options.Discount;
                continue;
            }

            scores[row] = (float)Of(options.Discount, before, after, terminates);
            before = after;
        }

        _last.KeepColumns(batch, left, context);
    }

    /// <inheritdoc/>
    public override void Save(Snapshot into) => _last.Save(into);

    /// <inheritdoc/>
    public override void Load(Snapshot from) => _last.Load(from);
}
