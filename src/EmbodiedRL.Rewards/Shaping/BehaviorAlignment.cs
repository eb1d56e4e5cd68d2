using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Rewards.Tabular;

namespace EmbodiedRL.Rewards.Shaping;

/// <summary>Options of <see cref="BehaviorAlignment"/>. The defaults are this project's own.</summary>
public sealed record BehaviorAlignmentOptions : Options
{
    /// <summary>lambda_theta, weight of the inner learner's entropy; without it the implicit equations are singular.</summary>
    [Range(0, 1e6, IsAboveLeast = true)]
    public double Entropy { get; init; } = 0.03;

    /// <summary>lambda_gamma, what a learned discount costs.</summary>
    [Range(0, 1e6)]
    public double DiscountPenalty { get; init; }

    /// <summary>How far the largest weight of the blend moves at a step.</summary>
    [Range(0, 1e6, IsAboveLeast = true)]
    public double Rate { get; init; } = 0.05;

    /// <summary>How far the learned discount moves at a step, at most; 0 keeps the world's.</summary>
    [Range(0, 1)]
    public double DiscountRate { get; init; } = 0.002;

    /// <summary>Steps of the outer ascent.</summary>
    [Range(1, 1_000_000)]
    public int Steps { get; init; } = 60;
}

/// <summary>
/// Behavior alignment reward (BARFI) on a tabular world: learns how to blend a heuristic reward with the primary one, by a bilevel
/// objective with an implicit gradient.
/// </summary>
/// <remarks>
/// <para>r_phi(s, a) = phi1(s, a) + phi2(s) r_p(s, a) + phi3(s) r_aux(s, a), and a discount gamma_phi. Inner level: the softmax policy
/// theta [S, A] whose expected update Delta(s, a) = d(s) pi(a|s) (Q(s, a) - lambda_theta log pi(a|s) - V(s)) is 0, Q and V of r_phi under
/// gamma_phi; on a table that is the soft-optimal policy, found by soft value iteration. Outer level: ascent of J(theta(phi)) -
/// lambda_gamma gamma_phi, J of the primary reward and the world's discount alone: dJ/dphi = -(dJ/dtheta) H^-1 A with H = dDelta/dtheta
/// and A = dDelta/dphi, both exact.</para>
/// <para>Every equation is divided by d(s) pi(a|s), which changes no solution where Delta is 0 and keeps the system well-conditioned; in
/// every state the direction that adds one number to all logits, which moves no policy, is pinned. Which arguments phi2 and phi3 have,
/// and that the ascent starts at the primary reward alone (phi = 0, 1, 0), are the project's choice: from the plain sum a heuristic that
/// pays a loop leaves no gradient to come back by.</para>
/// <para>A blend is one vector phi: phi1 [S, A] row-major, phi2 [S], phi3 [S], gamma_phi. Not thread-safe.</para>
/// </remarks>
[Paper("2310.19007", "Behavior Alignment via Reward Function Optimization", Year = 2023, Method = "S21")]
public sealed class BehaviorAlignment
{
    private const double MostDiscount = 0.999, Converged = 1e-12;
    private const int MostSweeps = 100_000;

    private readonly TabularMdp _world;
    private readonly BehaviorAlignmentOptions _options;
    private readonly double[,] _primary;
    private readonly double[,] _auxiliary;
    private readonly double[,,] _primaryTable;

    /// <summary>A world with two rewards.</summary>
    /// <param name="world">Kept.</param>
    /// <param name="primary">[S, A, S'], what counts.</param>
    /// <param name="auxiliary">[S, A, S'], the heuristic.</param>
    /// <param name="options">Checked here; null takes the defaults.</param>
    /// <exception cref="SettingsException">An option cannot be used.</exception>
    public BehaviorAlignment(TabularMdp world, double[,,] primary, double[,,] auxiliary, BehaviorAlignmentOptions? options = null)
    {
        _options = options ?? new BehaviorAlignmentOptions();
        _options.Require("behavior alignment");
        (_world, _primaryTable) = (world, primary);
        (_primary, _auxiliary) = (Mean(world, primary), Mean(world, auxiliary));
    }

    private int S => _world.States;

    private int A => _world.Actions;

    private double Lambda => _options.Entropy;

    /// <summary>The blend that is the primary reward plus a multiple of the auxiliary one, under the world's discount.</summary>
    /// <param name="auxiliaryWeight">phi3 of every state: 0 is the primary reward alone, 1 the plain sum.</param>
    public double[] Blend(double auxiliaryWeight)
    {
        double[] phi = new double[(S * A) + (2 * S) + 1];
        phi.AsSpan(S * A, S).Fill(1);
        phi.AsSpan((S * A) + S, S).Fill(auxiliaryWeight);
        phi[^1] = _world.Discount;
        return phi;
    }

    /// <summary>r_phi, [S, A].</summary>
    /// <param name="phi">A blend.</param>
    public double[,] Reward(double[] phi)
    {
        SpecMismatchException.ThrowIfLength("blend", phi.Length, (S * A) + (2 * S) + 1);
        double[,] reward = new double[S, A];
        for (int s = 0; s < S; s++)
            for (int a = 0; a < A; a++)
                reward[s, a] = phi[(s * A) + a] + (phi[(S * A) + s] * _primary[s, a]) + (phi[(S * A) + S + s] * _auxiliary[s, a]);
        return reward;
    }

    /// <summary>The inner fixed point under a blend: [S, A], probabilities; uniform in terminal states.</summary>
    /// <param name="phi">A blend.</param>
    public double[,] Policy(double[] phi) => PolicyOf(Reward(phi), phi[^1]);

    /// <summary>The inner fixed point under any reward, e.g. a shaped one.</summary>
    /// <param name="reward">[S, A, S'].</param>
    public double[,] PolicyUnder(double[,,] reward) => PolicyOf(Mean(_world, reward), _world.Discount);

    /// <summary>J: discounted return of the primary reward from the first states, under the world's discount.</summary>
    /// <param name="policy">[S, A].</param>
    public double Return(double[,] policy) => _world.Return(_primaryTable, policy);

    /// <summary>The outer objective of a blend.</summary>
    /// <param name="phi">A blend.</param>
    public double Objective(double[] phi) => Return(Policy(phi)) - (_options.DiscountPenalty * phi[^1]);

    /// <summary>The implicit gradient of the outer objective.</summary>
    /// <param name="phi">A blend.</param>
    /// <returns>As long as the blend.</returns>
    /// <exception cref="NonFiniteException">The implicit equations are singular.</exception>
    public double[] Gradient(double[] phi)
    {
        double[,] policy = Policy(phi), reward = Reward(phi);
        double discount = phi[^1];
        (double[,] inverse, double[] values) = Evaluate(policy, reward, discount, Lambda);
        double[,] through = Through(inverse, discount);
        double[] x = SolveTransposed(Jacobian(policy, reward, values, through, discount), PrimaryGradient(policy));

        double[] toStates = new double[S];                         // x' B
        for (int row = 0; row < S * A; row++)
            for (int s = 0; s < S; s++) toStates[s] += x[row] * through[row, s];
        double[] gradient = new double[phi.Length];
        for (int s = 0; s < S; s++)
        {
            if (_world.Terminal[s]) continue;
            double onward = 0;                                     // of the policy: sum over a and s' of pi P V
            for (int a = 0; a < A; a++)
            {
                double ofReward = -(x[(s * A) + a] + (policy[s, a] * toStates[s])), next = Next(s, a, values);
                gradient[(s * A) + a] = ofReward;
                gradient[(S * A) + s] += ofReward * _primary[s, a];
                gradient[(S * A) + S + s] += ofReward * _auxiliary[s, a];
                gradient[^1] -= x[(s * A) + a] * next;
                onward += policy[s, a] * next;
            }

            gradient[^1] -= toStates[s] * onward;
        }

        gradient[^1] -= _options.DiscountPenalty;
        return gradient;
    }

    /// <summary>Learns a blend: steps along the gradient, from the primary reward alone.</summary>
    /// <param name="cancel">Stops between two steps.</param>
    /// <returns>The best blend met, and the objective before every step and at the end.</returns>
    public (double[] Blend, double[] Objectives) Learn(CancellationToken cancel = default)
    {
        double[] phi = Blend(0), best = phi;
        double[] objectives = new double[_options.Steps + 1];
        double highest = objectives[0] = Objective(phi);
        for (int step = 0; step < _options.Steps; step++)
        {
            cancel.ThrowIfCancellationRequested();
            double[] gradient = Gradient(phi);
            double largest = gradient.AsSpan(..^1).ToArray().Max(Math.Abs);
            if (largest == 0) return (best, objectives[..(step + 1)]);
            phi = [.. phi];
            for (int i = 0; i < phi.Length - 1; i++) phi[i] += _options.Rate * gradient[i] / largest;
            double ofDiscount = gradient[^1] / (Math.Abs(gradient[^1]) + largest);
            phi[^1] = Math.Clamp(phi[^1] + (_options.DiscountRate * ofDiscount), 0, MostDiscount);
            objectives[step + 1] = Objective(phi);
            if (objectives[step + 1] > highest) (best, highest) = (phi, objectives[step + 1]);
        }

        return (best, objectives);
    }

    private static double[,] Mean(TabularMdp world, double[,,] reward)
    {
        double[,] mean = new double[world.States, world.Actions];
        for (int s = 0; s < world.States; s++)
            for (int a = 0; a < world.Actions && !world.Terminal[s]; a++)
                for (int next = 0; next < world.States; next++) mean[s, a] += world.Transition(s, a, next) * reward[s, a, next];
        return mean;
    }

    private double Next(int s, int a, double[] values)
    {
        double mean = 0;
        for (int next = 0; next < S; next++) mean += _world.Transition(s, a, next) * values[next];
        return mean;
    }

    /// <summary>Soft value iteration: V = lambda log sum exp(Q / lambda), pi = exp((Q - V) / lambda).</summary>
    private double[,] PolicyOf(double[,] reward, double discount)
    {
        double[] values = new double[S], actions = new double[A];
        double[,] policy = new double[S, A];
        double moved = double.PositiveInfinity;
        for (int sweep = 0; sweep < MostSweeps && moved > Converged; sweep++)
        {
            moved = 0;
            for (int s = 0; s < S; s++)
            {
                if (_world.Terminal[s]) continue;
                for (int a = 0; a < A; a++) actions[a] = reward[s, a] + (discount * Next(s, a, values));
                double greatest = actions.Max(), sum = 0;
                for (int a = 0; a < A; a++) sum += Math.Exp((actions[a] - greatest) / Lambda);
                double to = greatest + (Lambda * Math.Log(sum));
                moved = Math.Max(moved, Math.Abs(to - values[s]));
                values[s] = to;
            }
        }

        for (int s = 0; s < S; s++)
        {
            double sum = 0;
            for (int a = 0; a < A; a++)
                sum += policy[s, a] = _world.Terminal[s] ? 1
                    : Math.Exp((reward[s, a] + (discount * Next(s, a, values)) - values[s]) / Lambda);
            for (int a = 0; a < A; a++) policy[s, a] /= sum;
        }

        return policy;
    }

    /// <summary>(I - discount P_pi)^-1 and, by it, the values of a policy with its entropy; terminal states have the unit's rows.</summary>
    private (double[,] Inverse, double[] Values) Evaluate(double[,] policy, double[,] reward, double discount, double entropy)
    {
        double[,] system = new double[S, S], unit = new double[S, S];
        double[] gains = new double[S], values = new double[S];
        for (int s = 0; s < S; s++)
        {
            system[s, s] = unit[s, s] = 1;
            for (int a = 0; a < A && !_world.Terminal[s]; a++)
            {
                gains[s] += policy[s, a] == 0 ? 0 : policy[s, a] * (reward[s, a] - (entropy * Math.Log(policy[s, a])));
                for (int next = 0; next < S; next++) system[s, next] -= discount * policy[s, a] * _world.Transition(s, a, next);
            }
        }

        double[,] inverse = DenseSystem.Solve(system, unit, "The evaluation of a policy", "Lower the discount.");
        for (int s = 0; s < S; s++)
            for (int next = 0; next < S; next++) values[s] += inverse[s, next] * gains[next];
        return (inverse, values);
    }

    /// <summary>B [S A, S]: how Q - V at (s, a) follows what a state gains; 0 for terminal states, which gain nothing.</summary>
    private double[,] Through(double[,] inverse, double discount)
    {
        double[,] through = new double[S * A, S];
        for (int s = 0; s < S; s++)
            for (int a = 0; a < A && !_world.Terminal[s]; a++)
                for (int of = 0; of < S; of++)
                {
                    if (_world.Terminal[of]) continue;
                    double next = 0;
                    for (int to = 0; to < S; to++)
                        if (!_world.Terminal[to]) next += _world.Transition(s, a, to) * inverse[to, of];
                    through[(s * A) + a, of] = (discount * next) - inverse[s, of];
                }

        return through;
    }

    /// <summary>H, each row divided by d(s) pi(a|s), with the logits' common part pinned.</summary>
    private double[,] Jacobian(double[,] policy, double[,] reward, double[] values, double[,] through, double discount)
    {
        double[,] h = new double[S * A, S * A];
        for (int s = 0; s < S; s++)
            for (int a = 0; a < A; a++)
            {
                int row = (s * A) + a;
                if (_world.Terminal[s])
                {
                    h[row, row] = 1;
                    continue;
                }

                for (int of = 0; of < S; of++)
                    for (int b = 0; b < A && !_world.Terminal[of]; b++)
                    {
                        double advantage = policy[of, b] == 0 ? 0
                            : reward[of, b] + (discount * Next(of, b, values)) - (Lambda * Math.Log(policy[of, b])) - values[of];
                        double own = of == s ? (Lambda * ((a == b ? 1 : 0) - policy[s, b])) + (1.0 / A) : 0;
                        h[row, (of * A) + b] = (through[row, of] * policy[of, b] * advantage) - own;
                    }
            }

        return h;
    }

    /// <summary>dJ/dtheta: d(s) pi(a|s) (Q(s, a) - V(s)) of the primary reward under the world's discount.</summary>
    private double[] PrimaryGradient(double[,] policy)
    {
        (double[,] inverse, double[] values) = Evaluate(policy, _primary, _world.Discount, entropy: 0);
        double[] gradient = new double[S * A];
        for (int s = 0; s < S; s++)
        {
            double visits = 0;
            for (int from = 0; from < S; from++) visits += _world.Initial[from] * inverse[from, s];
            for (int a = 0; a < A && !_world.Terminal[s]; a++)
                gradient[(s * A) + a] =
                    visits * policy[s, a] * (_primary[s, a] + (_world.Discount * Next(s, a, values)) - values[s]);
        }

        return gradient;
    }

    private static double[] SolveTransposed(double[,] h, double[] right)
    {
        int n = right.Length;
        double[,] transposed = new double[n, n], column = new double[n, 1];
        for (int i = 0; i < n; i++)
        {
            column[i, 0] = right[i];
            for (int k = 0; k < n; k++) transposed[i, k] = h[k, i];
        }

        double[,] solved = DenseSystem.Solve(transposed, column, "The implicit gradient", "Raise the weight of the entropy.");
        return [.. Enumerable.Range(0, n).Select(i => solved[i, 0])];
    }
}
