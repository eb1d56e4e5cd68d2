using System.Runtime.InteropServices;
using EmbodiedRL.Core;

namespace EmbodiedRL.Rewards.Diagnostics;

/// <summary>EPIC distance of two rewards, in [0, 1]: 0 where scale and potential shaping are all the difference, 1 where opposed.</summary>
/// <remarks>
/// <para>Canonical reward (definition 4.1): R(s, a, s') + E[gamma R(s', A, S') - R(s, A, S') - gamma R(S, A, S')], S, A and S' independent
/// of each other. Distance: sqrt((1 - correlation) / 2) over transitions, computed as half the distance of the standardized canonical
/// rewards, which is the same number without the loss of half its digits near 0.</para>
/// <para>The transitions of a world do not enter, so what moves reward between successors of the same expectation changes the distance:
/// see <see cref="StarcDistance"/>, whose scale is twice as large. The correlation with a trivial reward is not defined; by that method's
/// rule it is 1/2 away from every other one, and 0 from another trivial one.</para>
/// </remarks>
[Paper("2006.13900", "Quantifying Differences in Reward Functions", Year = 2021)]
public static class EpicDistance
{
    /// <summary>The canonical reward [S, A, S'], under uniform states, actions and successors.</summary>
    /// <param name="reward">[S, A, S'].</param>
    /// <param name="discount">In [0, 1].</param>
    public static double[,,] Canonical(double[,,] reward, double discount)
    {
        (int states, int actions) = (reward.GetLength(0), reward.GetLength(1));
        double[] means = new double[states];
        for (int state = 0; state < states; state++)
        {
            for (int action = 0; action < actions; action++)
                for (int next = 0; next < states; next++) means[state] += reward[state, action, next];
            means[state] /= (double)actions * states;
        }

        double mean = means.Average();
        double[,,] canonical = new double[states, actions, states];
        for (int state = 0; state < states; state++)
            for (int action = 0; action < actions; action++)
                for (int next = 0; next < states; next++)
                    canonical[state, action, next] =
                        reward[state, action, next] + (discount * means[next]) - means[state] - (discount * mean);
        return canonical;
    }

    /// <summary>Distance of two rewards, exact.</summary>
    /// <param name="first">[S, A, S'].</param>
    /// <param name="second">[S, A, S'].</param>
    /// <param name="discount">In [0, 1].</param>
    /// <exception cref="SpecMismatchException">The tables are of different shapes.</exception>
    public static double Between(double[,,] first, double[,,] second, double discount)
    {
        StandardizedDistance.RequireAlike(first, second);
        return Half(Flat(Canonical(first, discount)), Largest(first), Flat(Canonical(second, discount)), Largest(second));
    }

    /// <summary>Distance of two rewards, estimated.</summary>
    /// <param name="coverage">States and actions are drawn from it, and successors as states are.</param>
    /// <param name="first">One reward.</param>
    /// <param name="second">The other.</param>
    /// <param name="discount">In [0, 1].</param>
    /// <param name="transitions">Transitions that are compared, at least 2.</param>
    /// <param name="means">Actions and successors whose mean stands for each expectation; the same for all transitions.</param>
    /// <param name="rng">Of the draws.</param>
    public static double Estimate<TState, TAction>(ICoverage<TState, TAction> coverage, TransitionReward<TState, TAction> first,
        TransitionReward<TState, TAction> second, double discount, int transitions, int means, ref Rng rng)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(transitions, 2);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(means);
        var batch = new (TState State, TAction Action, TState Next)[transitions];
        for (int i = 0; i < transitions; i++) batch[i] = (coverage.State(ref rng), coverage.Action(ref rng), coverage.State(ref rng));
        var others = new (TAction Action, TState Next)[means];
        for (int i = 0; i < means; i++) others[i] = (coverage.Action(ref rng), coverage.State(ref rng));
        (double[] left, double leftScale) = Canonical(first, discount, batch, others);
        (double[] right, double rightScale) = Canonical(second, discount, batch, others);
        return Half(left, leftScale, right, rightScale);
    }

    private static (double[] Canonical, double Scale) Canonical<TState, TAction>(TransitionReward<TState, TAction> reward,
        double discount, (TState State, TAction Action, TState Next)[] batch, (TAction Action, TState Next)[] others)
    {
        double[] canonical = new double[batch.Length];
        double scale = 0;
        for (int i = 0; i < batch.Length; i++)
        {
            (TState state, TAction action, TState next) = batch[i];
            (double own, double after, double before) = (reward(state, action, next), 0, 0);
            foreach ((TAction other, TState follows) in others)
            {
                after += reward(next, other, follows);
                before += reward(state, other, follows);
            }

            canonical[i] = own + (((discount * after) - before) / others.Length);
            scale = Math.Max(scale, Math.Max(Math.Abs(own), Math.Max(Math.Abs(after), Math.Abs(before)) / others.Length));
        }

        return (canonical, scale);
    }

    /// <summary>The Pearson distance; both are centered here.</summary>
    private static double Half(double[] first, double firstScale, double[] second, double secondScale)
    {
        Center(first, firstScale);
        Center(second, secondScale);
        return StandardizedDistance.Between(first, second) / 2;
    }

    private static void Center(double[] canonical, double scale)
    {
        double mean = canonical.Average();
        for (int i = 0; i < canonical.Length; i++) canonical[i] -= mean;
        StandardizedDistance.Clean(canonical, scale);
    }

    private static double Largest(double[,,] table) => StandardizedDistance.Largest(Flat(table));

    private static double[] Flat(double[,,] table) =>
        MemoryMarshal.CreateReadOnlySpan(ref table[0, 0, 0], table.Length).ToArray();
}
