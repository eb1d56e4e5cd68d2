using System.Runtime.InteropServices;
using EmbodiedRL.Core;
using EmbodiedRL.Rewards.Tabular;

namespace EmbodiedRL.Rewards.Diagnostics;

/// <summary>Size of a sample that <see cref="StarcDistance"/> is estimated from.</summary>
/// <param name="Pairs">States with an action, at least 2.</param>
/// <param name="Walks">Walks of each mean; there are four means for a pair.</param>
/// <param name="Steps">Steps of a walk, after which nothing counts: the discount to this power should be small.</param>
public readonly record struct StarcSample(int Pairs, int Walks, int Steps);

/// <summary>
/// STARC distance of two rewards, in [0, 2]: 0 where they order all policies alike, 2 where they are opposed, 1 from a reward that has no
/// preference. It bounds what is lost where one is optimized in place of the other, from both sides.
/// </summary>
/// <remarks>
/// <para>Canonical reward (value-adjusted leveling): c(s, a) = E[R(s, a, S') - V(s) + gamma V(S')], S' by the world's transitions and V the
/// value of the uniform policy under R itself, i.e. that policy's advantage. Distance: |c1 / |c1| - c2 / |c2|| in the Euclidean norm, where
/// a canonical reward of zeros stays zeros.</para>
/// <para>Potential shaping, positive scale and moving reward between successors of the same expectation change nothing;
/// <see cref="EpicDistance"/> does not allow for the last. Terminal states count as the world says: their value is 0, what is paid after
/// them never counts, and a potential must be 0 there.</para>
/// </remarks>
[Paper("2309.15257", "STARC: A General Framework For Quantifying Differences Between Reward Functions", Year = 2024, Method = "S83")]
public static class StarcDistance
{
    /// <summary>The canonical reward [S, A].</summary>
    /// <param name="world">Whose transitions and discount count.</param>
    /// <param name="reward">[S, A, S'].</param>
    /// <exception cref="SpecMismatchException">The reward is not of the world's shape.</exception>
    public static double[,] Canonical(TabularMdp world, double[,,] reward)
    {
        if ((reward.GetLength(0), reward.GetLength(1), reward.GetLength(2)) != (world.States, world.Actions, world.States))
            throw new SpecMismatchException("reward in a tabular world", $"[{world.States}, {world.Actions}, {world.States}]",
                StandardizedDistance.Shape(reward));
        double[] values = world.Values(reward, world.UniformPolicy());
        double[,] canonical = world.ActionValues(reward, values);
        for (int state = 0; state < world.States; state++)
            for (int action = 0; action < world.Actions; action++) canonical[state, action] -= values[state];
        StandardizedDistance.Clean(Flat(canonical), Math.Max(StandardizedDistance.Largest(values), Paid(world, reward)));
        return canonical;
    }

    /// <summary>Distance of two rewards, exact.</summary>
    /// <param name="world">Whose transitions and discount count.</param>
    /// <param name="first">[S, A, S'].</param>
    /// <param name="second">[S, A, S'].</param>
    /// <exception cref="SpecMismatchException">A reward is not of the world's shape.</exception>
    public static double Between(TabularMdp world, double[,,] first, double[,,] second) =>
        StandardizedDistance.Between(Flat(Canonical(world, first)), Flat(Canonical(world, second)));

    /// <summary>
    /// What a policy can lose at most, in expected return under the truth, against any policy that a reward at this distance likes less or
    /// equally.
    /// </summary>
    /// <remarks>
    /// sqrt(2) |c| distance / (1 - gamma), the constant of the paper's upper bound for this metric: a return is a constant plus the inner
    /// product of c with the policy's discounted visits, and two policies' visits differ by at most sqrt(2) / (1 - gamma).
    /// </remarks>
    /// <param name="world">Whose transitions and discount count.</param>
    /// <param name="truth">[S, A, S'], the reward that returns are judged by.</param>
    /// <param name="distance">Of the reward that was optimized from it.</param>
    public static double RegretBound(TabularMdp world, double[,,] truth, double distance) =>
        Math.Sqrt(2) * StandardizedDistance.Norm(Flat(Canonical(world, truth))) * distance / (1 - world.Discount);

    /// <summary>Distance of two rewards, estimated from walks of the uniform policy.</summary>
    /// <remarks>
    /// Every mean is taken twice, from walks of their own, and only products of the two enter: noise does not make a canonical reward
    /// larger, as it does where a mean is squared. A reward that cannot be told from a trivial one at two standard errors counts as one.
    /// </remarks>
    /// <param name="coverage">States and actions are drawn from it, and walks follow it.</param>
    /// <param name="first">One reward.</param>
    /// <param name="second">The other.</param>
    /// <param name="discount">In [0, 1).</param>
    /// <param name="sample">How much is drawn.</param>
    /// <param name="rng">Of the draws.</param>
    public static double Estimate<TState, TAction>(ICoverage<TState, TAction> coverage, TransitionReward<TState, TAction> first,
        TransitionReward<TState, TAction> second, double discount, StarcSample sample, ref Rng rng)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sample.Pairs, 2, nameof(sample));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sample.Walks, nameof(sample));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sample.Steps, nameof(sample));
        var walker = new Walker<TState, TAction>(coverage, first, second, discount, sample);
        double[] first1 = new double[sample.Pairs], first2 = new double[sample.Pairs], second1 = new double[sample.Pairs],
            second2 = new double[sample.Pairs];
        for (int i = 0; i < sample.Pairs; i++)
        {
            (TState state, TAction action) = (coverage.State(ref rng), coverage.Action(ref rng));
            (first1[i], second1[i]) = walker.Advantage(state, action, ref rng);
            (first2[i], second2[i]) = walker.Advantage(state, action, ref rng);
        }

        return OfAdvantages(first1, first2, second1, second2);
    }

    /// <summary>Distance of two rewards from what actions are worth more than one of the policy, each estimated twice.</summary>
    /// <param name="firstOnce">[N], under one reward, from walks of their own.</param>
    /// <param name="firstAgain">[N], the same states and actions, from other walks.</param>
    /// <param name="secondOnce">[N], under the other reward, from the first walks.</param>
    /// <param name="secondAgain">[N], from the other walks.</param>
    public static double OfAdvantages(ReadOnlySpan<double> firstOnce, ReadOnlySpan<double> firstAgain, ReadOnlySpan<double> secondOnce,
        ReadOnlySpan<double> secondAgain)
    {
        int pairs = firstOnce.Length;
        ArgumentOutOfRangeException.ThrowIfLessThan(pairs, 2, nameof(firstOnce));
        SpecMismatchException.ThrowIfLength("advantages estimated again", firstAgain.Length, pairs);
        SpecMismatchException.ThrowIfLength("advantages of the other reward", secondOnce.Length, pairs);
        SpecMismatchException.ThrowIfLength("advantages of the other reward", secondAgain.Length, pairs);
        double[] left = new double[pairs], right = new double[pairs], both = new double[pairs];
        for (int i = 0; i < pairs; i++)
        {
            (left[i], right[i]) = (firstOnce[i] * firstAgain[i], secondOnce[i] * secondAgain[i]);
            both[i] = ((firstOnce[i] * secondAgain[i]) + (firstAgain[i] * secondOnce[i])) / 2;
        }

        (bool leftIsTrivial, bool rightIsTrivial) = (IsTrivial(left), IsTrivial(right));
        if (leftIsTrivial || rightIsTrivial) return leftIsTrivial && rightIsTrivial ? 0 : 1;
        return Math.Sqrt(Math.Clamp(2 - (2 * both.Average() / Math.Sqrt(left.Average() * right.Average())), 0, 4));
    }

    /// <summary>Whether advantages that were estimated twice cannot be told from none at two standard errors.</summary>
    /// <param name="once">[N], from walks of their own.</param>
    /// <param name="again">[N], the same states and actions, from other walks.</param>
    public static bool IsTrivial(ReadOnlySpan<double> once, ReadOnlySpan<double> again)
    {
        SpecMismatchException.ThrowIfLength("advantages estimated again", again.Length, once.Length);
        double[] squares = new double[once.Length];
        for (int i = 0; i < squares.Length; i++) squares[i] = once[i] * again[i];
        return IsTrivial(squares);
    }

    private static bool IsTrivial(double[] squares)
    {
        double mean = squares.Average(), variance = squares.Sum(square => (square - mean) * (square - mean)) / (squares.Length - 1);
        return mean <= 2 * Math.Sqrt(variance / squares.Length);
    }

    /// <summary>The largest reward that is ever paid.</summary>
    private static double Paid(TabularMdp world, double[,,] reward)
    {
        double largest = 0;
        for (int state = 0; state < world.States; state++)
            for (int action = 0; action < world.Actions; action++)
                for (int next = 0; next < world.States; next++)
                    if (!world.Terminal[state] && world.Transition(state, action, next) > 0)
                        largest = Math.Max(largest, Math.Abs(reward[state, action, next]));
        return largest;
    }

    private static Span<double> Flat(double[,] table) => MemoryMarshal.CreateSpan(ref table[0, 0], table.Length);

    /// <summary>Means of discounted sums of both rewards over the same walks.</summary>
    private sealed class Walker<TState, TAction>(ICoverage<TState, TAction> coverage, TransitionReward<TState, TAction> first,
        TransitionReward<TState, TAction> second, double discount, StarcSample sample)
    {
        /// <summary>What the action is worth more than one of the uniform policy, under both rewards.</summary>
        public (double First, double Second) Advantage(TState state, TAction action, ref Rng rng)
        {
            (double one, double other) = (0, 0);
            for (int walk = 0; walk < sample.Walks; walk++)
            {
                (double taken, double takenOther) = Walk(state, action, ref rng);
                (double any, double anyOther) = Walk(state, coverage.Action(ref rng), ref rng);
                (one, other) = (one + taken - any, other + takenOther - anyOther);
            }

            return (one / sample.Walks, other / sample.Walks);
        }

        private (double First, double Second) Walk(TState state, TAction action, ref Rng rng)
        {
            (double one, double other, double weight) = (0, 0, 1);
            for (int step = 0; step < sample.Steps && !coverage.IsTerminal(state); step++)
            {
                TState next = coverage.Next(state, action, ref rng);
                one += weight * first(state, action, next);
                other += weight * second(state, action, next);
                (state, action, weight) = (next, coverage.Action(ref rng), weight * discount);
            }

            return (one, other);
        }
    }
}
