using EmbodiedRL.Core;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary>An action that was drawn, and how much better than expected it was.</summary>
/// <param name="State">In which it was drawn.</param>
/// <param name="Action">Which.</param>
/// <param name="Advantage">How much better.</param>
/// <param name="LogProbability">When it was drawn.</param>
internal readonly record struct Choice(int State, int Action, double Advantage, double LogProbability);

/// <summary>A softmax policy with a logit for each state and action, trained by PPO's clipped objective and Adam.</summary>
internal sealed class SoftmaxPolicy
{
    private const double Decay = 0.9, SquareDecay = 0.999, Least = 1e-8, Clip = 0.2;

    private readonly double[,] _logits, _means, _squares, _gradient;
    private int _updates;

    /// <param name="states">What it tells apart.</param>
    /// <param name="actions">To choose from.</param>
    /// <param name="logit">How it begins; null for uniform.</param>
    public SoftmaxPolicy(int states, int actions, Func<int, int, double>? logit = null)
    {
        (_logits, _means, _squares, _gradient) =
            (new double[states, actions], new double[states, actions], new double[states, actions], new double[states, actions]);
        if (logit is null) return;
        for (int state = 0; state < states; state++)
            for (int action = 0; action < actions; action++) _logits[state, action] = logit(state, action);
    }

    public int States => _logits.GetLength(0);

    public int Actions => _logits.GetLength(1);

    /// <summary>[A], of all actions.</summary>
    public double[] Probabilities(int state)
    {
        double[] result = new double[Actions];
        double largest = double.NegativeInfinity, sum = 0;
        for (int action = 0; action < result.Length; action++) largest = Math.Max(largest, _logits[state, action]);
        for (int action = 0; action < result.Length; action++) sum += result[action] = Math.Exp(_logits[state, action] - largest);
        for (int action = 0; action < result.Length; action++) result[action] /= sum;
        return result;
    }

    public int Draw(int state, ref Rng rng) => Draw(Probabilities(state), ref rng);

    /// <summary>Draws from a distribution.</summary>
    public static int Draw(double[] probabilities, ref Rng rng)
    {
        double left = rng.NextDouble();
        for (int i = 0; i < probabilities.Length - 1; i++)
            if ((left -= probabilities[i]) < 0) return i;
        return probabilities.Length - 1;
    }

    /// <summary>One step of Adam along the gradient of the mean of min(ratio A, clip(ratio) A).</summary>
    public void Ascend(ReadOnlySpan<Choice> choices, double rate)
    {
        Array.Clear(_gradient);
        foreach (Choice choice in choices)
        {
            double[] now = Probabilities(choice.State);
            double ratio = Math.Exp(Math.Log(now[choice.Action]) - choice.LogProbability);
            if (choice.Advantage > 0 ? ratio > 1 + Clip : ratio < 1 - Clip) continue;
            double weight = ratio * choice.Advantage / choices.Length;
            for (int action = 0; action < now.Length; action++)
                _gradient[choice.State, action] += weight * ((action == choice.Action ? 1 : 0) - now[action]);
        }

        _updates++;
        double correction = 1 - Math.Pow(Decay, _updates), squareCorrection = 1 - Math.Pow(SquareDecay, _updates);
        for (int state = 0; state < States; state++)
            for (int action = 0; action < Actions; action++)
            {
                double gradient = _gradient[state, action];
                double mean = _means[state, action] = (Decay * _means[state, action]) + ((1 - Decay) * gradient);
                double square = _squares[state, action] =
                    (SquareDecay * _squares[state, action]) + ((1 - SquareDecay) * gradient * gradient);
                _logits[state, action] += rate * (mean / correction) / (Math.Sqrt(square / squareCorrection) + Least);
            }
    }
}
