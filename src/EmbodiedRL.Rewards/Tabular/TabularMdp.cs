using EmbodiedRL.Core;

namespace EmbodiedRL.Rewards.Tabular;

/// <summary>
/// Tabular MDP: a world of S states and A actions that is small enough to be solved exactly, on which statements about rewards are proven.
/// </summary>
/// <remarks>
/// Rewards are tables [S, A, S'], so that one world serves many of them. From terminal states nothing follows: their value is 0. The best
/// values are computed by sweeps until no value moves by more than <see cref="Tolerance"/>, those of a policy by solving its equations.
/// Immutable.
/// </remarks>
public sealed class TabularMdp
{
    /// <summary>The best values are exact to about this over (1 - discount), for rewards of size 1.</summary>
    public const double Tolerance = 1e-13;

    private const int MostSweeps = 1_000_000;
    private const double SumTolerance = 1e-9;

    private readonly double[,,] _transitions;

    /// <summary>A world.</summary>
    /// <param name="transitions">[S, A, S'], probabilities; each row adds up to 1. Kept, not copied.</param>
    /// <param name="initial">[S], the distribution of first states.</param>
    /// <param name="discount">In [0, 1).</param>
    /// <param name="terminal">[S], where an episode ends; null if it never does.</param>
    /// <exception cref="ArgumentException">Lengths do not belong together, or a distribution does not add up to 1.</exception>
    public TabularMdp(double[,,] transitions, double[] initial, double discount, bool[]? terminal = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(discount);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(discount, 1);
        (States, Actions) = (transitions.GetLength(0), transitions.GetLength(1));
        if (transitions.GetLength(2) != States || initial.Length != States || (terminal is not null && terminal.Length != States))
            throw new ArgumentException(
                $"Expected transitions [S, A, S], {States} first states and as many terminal flags.", nameof(transitions));
        if (Math.Abs(initial.Sum() - 1) > SumTolerance)
            throw new ArgumentException("The distribution of first states does not add up to 1.", nameof(initial));
        for (int state = 0; state < States; state++)
            for (int action = 0; action < Actions; action++)
            {
                double sum = 0;
                for (int next = 0; next < States; next++) sum += transitions[state, action, next];
                if (Math.Abs(sum - 1) > SumTolerance)
                    throw new ArgumentException(
                        $"The successors of state {state} under action {action} add up to {sum}, not 1.", nameof(transitions));
            }

        (_transitions, Initial, Discount, Terminal) = (transitions, initial, discount, terminal ?? new bool[States]);
    }

    /// <summary>S.</summary>
    public int States { get; }

    /// <summary>A.</summary>
    public int Actions { get; }

    /// <summary>Gamma.</summary>
    public double Discount { get; }

    /// <summary>[S], the distribution of first states.</summary>
    public IReadOnlyList<double> Initial { get; }

    /// <summary>[S], where an episode ends.</summary>
    public IReadOnlyList<bool> Terminal { get; }

    /// <summary>A world whose every row of successors is drawn anew, as is a reward by <see cref="RandomReward"/>.</summary>
    /// <param name="states">S.</param>
    /// <param name="actions">A.</param>
    /// <param name="discount">In [0, 1).</param>
    /// <param name="rng">Of the draws.</param>
    /// <param name="terminal">How many of the last states are terminal.</param>
    public static TabularMdp Random(int states, int actions, double discount, ref Rng rng, int terminal = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(states);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(actions);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(terminal, states);
        double[,,] transitions = new double[states, actions, states];
        for (int state = 0; state < states; state++)
            for (int action = 0; action < actions; action++)
            {
                double[] row = Distribution(states, ref rng);
                for (int next = 0; next < states; next++) transitions[state, action, next] = row[next];
            }

        return new TabularMdp(transitions, Distribution(states, ref rng), discount,
            [.. Enumerable.Range(0, states).Select(state => state >= states - terminal)]);
    }

    /// <summary>A reward [S, A, S'] of independent normal numbers.</summary>
    /// <param name="rng">Of the draws.</param>
    public double[,,] RandomReward(ref Rng rng)
    {
        double[,,] reward = new double[States, Actions, States];
        for (int state = 0; state < States; state++)
            for (int action = 0; action < Actions; action++)
                for (int next = 0; next < States; next++) reward[state, action, next] = rng.Normal();
        return reward;
    }

    /// <summary>Probability of a successor.</summary>
    public double Transition(int state, int action, int next) => _transitions[state, action, next];

    /// <summary>Action values [S, A] that follow from state values: E[r + gamma V(s')]; 0 in terminal states.</summary>
    /// <param name="reward">[S, A, S'].</param>
    /// <param name="values">[S].</param>
    public double[,] ActionValues(double[,,] reward, double[] values)
    {
        double[,] result = new double[States, Actions];
        for (int state = 0; state < States; state++)
            for (int action = 0; action < Actions; action++) result[state, action] = ActionValue(reward, values, state, action);
        return result;
    }

    /// <summary>State values of the best policy, [S].</summary>
    /// <param name="reward">[S, A, S'].</param>
    public double[] OptimalValues(double[,,] reward) => Sweep((state, values) =>
    {
        double best = double.NegativeInfinity;
        for (int action = 0; action < Actions; action++) best = Math.Max(best, ActionValue(reward, values, state, action));
        return best;
    });

    /// <summary>Actions [S, A] whose value is the best but for a tolerance; all of them in terminal states.</summary>
    /// <param name="reward">[S, A, S'].</param>
    /// <param name="within">How far below the best still counts.</param>
    public bool[,] OptimalActions(double[,,] reward, double within = 1e-9)
    {
        double[,] values = ActionValues(reward, OptimalValues(reward));
        bool[,] result = new bool[States, Actions];
        for (int state = 0; state < States; state++)
        {
            double best = double.NegativeInfinity;
            for (int action = 0; action < Actions; action++) best = Math.Max(best, values[state, action]);
            for (int action = 0; action < Actions; action++) result[state, action] = values[state, action] >= best - within;
        }

        return result;
    }

    /// <summary>State values of a policy, [S], exact to rounding whatever the size of the reward.</summary>
    /// <param name="reward">[S, A, S'].</param>
    /// <param name="policy">[S, A], probabilities.</param>
    public double[] Values(double[,,] reward, double[,] policy)
    {
        double[,] system = new double[States, States + 1]; // (I - gamma P) V = r
        for (int state = 0; state < States; state++)
        {
            system[state, state] = 1;
            if (Terminal[state]) continue;
            for (int action = 0; action < Actions; action++)
                for (int next = 0; next < States; next++)
                {
                    double probability = policy[state, action] * _transitions[state, action, next];
                    if (probability == 0) continue;
                    system[state, next] -= Discount * probability;
                    system[state, States] += probability * reward[state, action, next];
                }
        }

        return Solve(system);
    }

    /// <summary>The policy [S, A] that takes every action alike.</summary>
    public double[,] UniformPolicy()
    {
        double[,] policy = new double[States, Actions];
        for (int state = 0; state < States; state++)
            for (int action = 0; action < Actions; action++) policy[state, action] = 1.0 / Actions;
        return policy;
    }

    /// <summary>Draws a successor.</summary>
    /// <param name="state">Where the action is taken.</param>
    /// <param name="action">That is taken.</param>
    /// <param name="rng">Of the draw.</param>
    public int Draw(int state, int action, ref Rng rng)
    {
        double left = rng.NextDouble();
        int last = 0;
        for (int next = 0; next < States; next++)
        {
            double probability = _transitions[state, action, next];
            if (probability <= 0) continue;
            last = next;
            if ((left -= probability) < 0) break;
        }

        return last;
    }

    /// <summary>Expected discounted return of a policy from the first states.</summary>
    /// <param name="reward">[S, A, S'].</param>
    /// <param name="policy">[S, A], probabilities.</param>
    public double Return(double[,,] reward, double[,] policy)
    {
        double[] values = Values(reward, policy);
        double sum = 0;
        for (int state = 0; state < States; state++) sum += Initial[state] * values[state];
        return sum;
    }

    /// <summary>The policy [S, A] that takes the first best action everywhere.</summary>
    /// <param name="reward">[S, A, S'].</param>
    public double[,] OptimalPolicy(double[,,] reward)
    {
        bool[,] best = OptimalActions(reward);
        double[,] policy = new double[States, Actions];
        for (int state = 0; state < States; state++)
        {
            int action = 0;
            while (!best[state, action]) action++;
            policy[state, action] = 1;
        }

        return policy;
    }

    /// <summary>Solves [S, S + 1] by elimination, without swaps: the diagonal rules every row of a discounted world.</summary>
    private static double[] Solve(double[,] system)
    {
        int count = system.GetLength(0);
        for (int pivot = 0; pivot < count; pivot++)
            for (int row = pivot + 1; row < count; row++)
            {
                double factor = system[row, pivot] / system[pivot, pivot];
                if (factor == 0) continue;
                for (int column = pivot; column <= count; column++) system[row, column] -= factor * system[pivot, column];
            }

        double[] solution = new double[count];
        for (int row = count - 1; row >= 0; row--)
        {
            double sum = system[row, count];
            for (int column = row + 1; column < count; column++) sum -= system[row, column] * solution[column];
            solution[row] = sum / system[row, row];
        }

        return solution;
    }

    private static double[] Distribution(int count, ref Rng rng)
    {
        double[] row = new double[count];
        for (int i = 0; i < count; i++) row[i] = -Math.Log(1 - rng.NextDouble());
        double sum = row.Sum();
        for (int i = 0; i < count; i++) row[i] /= sum;
        return row;
    }

    private double ActionValue(double[,,] reward, double[] values, int state, int action)
    {
        if (Terminal[state]) return 0;
        double mean = 0;
        for (int next = 0; next < States; next++)
            if (_transitions[state, action, next] is > 0 and double probability)
                mean += probability * (reward[state, action, next] + (Discount * values[next]));
        return mean;
    }

    private double[] Sweep(Func<int, double[], double> value)
    {
        double[] values = new double[States];
        for (int sweep = 0; sweep < MostSweeps; sweep++)
        {
            double moved = 0;
            for (int state = 0; state < States; state++)
            {
                double to = value(state, values);
                moved = Math.Max(moved, Math.Abs(to - values[state]));
                values[state] = to;
            }

            if (moved <= Tolerance) break;
        }

        return values;
    }
}
