using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;

namespace EmbodiedRL.Rewards.Shaping;

/// <summary>Options of <see cref="ExplorationGuidedShaping"/>. Defaults: the authors' tabular experiments.</summary>
public sealed record ExplorationGuidedShapingOptions : Options
{
    /// <summary>lambda, how slowly the bonus falls with the count.</summary>
    [Range(0, 1e9, IsAboveLeast = true)]
    public double Lambda { get; init; } = 1;

    /// <summary>b_max, the bonus of a state that was never visited.</summary>
    [Range(0, 1e9, IsAboveLeast = true)]
    public double MostBonus { get; init; } = 1;

    /// <summary>eta, step of the shaping reward.</summary>
    [Range(0, 1e3, IsAboveLeast = true)]
    public double Rate { get; init; } = 0.01;

    /// <summary>Step of the critic.</summary>
    [Range(0, 1, IsAboveLeast = true)]
    public double CriticRate { get; init; } = 0.01;

    /// <summary>Greatest size of the learned reward; 0 leaves it free. Learners off the policy need a small one.</summary>
    [Range(0, 1e9, Zero = "free", IsAboveLeast = true)]
    public double Limit { get; init; }
}

/// <summary>One step of an episode, with the return in the original reward from it on.</summary>
/// <param name="State">s.</param>
/// <param name="Action">a.</param>
/// <param name="Return">G, discounted, of the original reward alone.</param>
public readonly record struct ReturnSample(int State, int Action, double Return);

/// <summary>
/// Exploration-guided reward shaping (ExploRS) on a table: a shaping reward that the agent designs for itself, and a bonus of counts.
/// </summary>
/// <remarks>
/// <para>The agent learns from r_hat(s, a, s') = r + f(s, a) + b(s'). Bonus b(s) = lambda / sqrt((lambda / b_max)^2 + n(s)). Update of
/// the tabular f for a sample (s, a, G): f(s, c) += eta pi(a|s) (G - V(s)) (1[c = a] - pi(c|s)) for every action c, so that each sample's
/// update adds up to 0 over the actions of its state. The critic follows: V(s) += rate (G - V(s)).</para>
/// <para>G and V are of the original reward alone: neither f nor b is ever handed in, or f would feed on itself. Chapter on agent-driven
/// design of the thesis; its teacher-driven parts are not here. Not thread-safe.</para>
/// </remarks>
[Paper("2503.21949", "Reward Design for Reinforcement Learning Agents", Year = 2025, Method = "S22")]
public sealed class ExplorationGuidedShaping
{
    private readonly ExplorationGuidedShapingOptions _options;
    private readonly double[,] _shaping;
    private readonly double[] _values;
    private readonly long[] _counts;

    /// <summary>Nothing learned, nothing visited.</summary>
    /// <param name="states">S.</param>
    /// <param name="actions">A.</param>
    /// <param name="options">Checked here; null takes the defaults.</param>
    /// <exception cref="SettingsException">An option cannot be used.</exception>
    public ExplorationGuidedShaping(int states, int actions, ExplorationGuidedShapingOptions? options = null)
    {
        _options = options ?? new ExplorationGuidedShapingOptions();
        _options.Require("exploration-guided shaping");
        (_shaping, _values, _counts) = (new double[states, actions], new double[states], new long[states]);
    }

    /// <summary>b of a count.</summary>
    /// <param name="count">n, visits so far.</param>
    /// <param name="lambda">How slowly it falls.</param>
    /// <param name="most">b_max, its value at 0.</param>
    public static double CountBonus(long count, double lambda = 1, double most = 1) =>
        lambda / Math.Sqrt((lambda / most * (lambda / most)) + count);

    /// <summary>Discounted returns from every step on.</summary>
    /// <param name="rewards">[T], original ones.</param>
    /// <param name="discount">Per step.</param>
    /// <returns>[T].</returns>
    public static double[] Returns(ReadOnlySpan<double> rewards, double discount)
    {
        double[] returns = new double[rewards.Length];
        double after = 0;
        for (int step = rewards.Length - 1; step >= 0; step--) returns[step] = after = rewards[step] + (discount * after);
        return returns;
    }

    /// <summary>f(s, a).</summary>
    public double Shaping(int state, int action) =>
        _options.Limit > 0 ? Math.Clamp(_shaping[state, action], -_options.Limit, _options.Limit) : _shaping[state, action];

    /// <summary>b(s).</summary>
    public double Bonus(int state) => CountBonus(_counts[state], _options.Lambda, _options.MostBonus);

    /// <summary>V(s) of the original reward.</summary>
    public double Value(int state) => _values[state];

    /// <summary>Counts a visit.</summary>
    public void Visit(int state) => _counts[state]++;

    /// <summary>r_hat, what the agent learns from.</summary>
    /// <param name="state">s.</param>
    /// <param name="action">a.</param>
    /// <param name="reward">The original one.</param>
    /// <param name="next">s'.</param>
    public double Reward(int state, int action, double reward, int next) => reward + Shaping(state, action) + Bonus(next);

    /// <summary>Learns f and V from episodes of the current policy.</summary>
    /// <param name="samples">With returns in the original reward.</param>
    /// <param name="policy">[S, A], the probabilities now.</param>
    public void Learn(IEnumerable<ReturnSample> samples, double[,] policy)
    {
        foreach ((int state, int action, double total) in samples)
        {
            double error = total - _values[state], step = _options.Rate * policy[state, action] * error;
            for (int other = 0; other < _shaping.GetLength(1); other++)
                _shaping[state, other] += step * ((other == action ? 1 : 0) - policy[state, other]);
            _values[state] += _options.CriticRate * error;
        }
    }
}
