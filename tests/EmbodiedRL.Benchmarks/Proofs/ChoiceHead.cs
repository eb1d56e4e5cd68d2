namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary>A choice that was made, and what it was made from.</summary>
/// <param name="Head">That made it.</param>
/// <param name="Inputs">[inputs][features], as given.</param>
/// <param name="Action">Input * actions + action.</param>
/// <param name="LogProbability">When it was made.</param>
internal readonly record struct Chosen(ChoiceHead Head, double[][] Inputs, int Action, double LogProbability);

/// <summary>
/// A softmax over linear scores: over actions where it is given one vector of features, over candidates where each has a vector and there
/// is one action, over all pairs where there are several of both. Trained by Adam.
/// </summary>
/// <param name="features">Of each input; a constant one, where wanted, is among them.</param>
/// <param name="actions">For each input.</param>
/// <param name="weight">How a weight of action and feature begins; null for 0, which is uniform.</param>
internal sealed class ChoiceHead(int features, int actions = 1, Func<int, int, double>? weight = null)
{
    private const double Decay = 0.9, SquareDecay = 0.999, Least = 1e-8;

    private readonly double[] _weights = [.. Enumerable.Range(0, actions * features)
        .Select(i => weight is null ? 0 : weight(i / features, i % features))];

    private readonly double[] _gradient = new double[actions * features], _means = new double[actions * features],
        _squares = new double[actions * features];

    private int _updates;
    private bool _hasGradient;

    public int Actions => actions;

    public int Features => features;

    /// <summary>A head of equal weights that has learned nothing since.</summary>
    public ChoiceHead Copy()
    {
        double[] now = [.. _weights];
        return new ChoiceHead(features, actions, (action, feature) => now[(action * features) + feature]);
    }

    /// <summary>[inputs * actions].</summary>
    /// <param name="inputs">[inputs][features].</param>
    public double[] Probabilities(double[][] inputs)
    {
        double[] result = new double[inputs.Length * actions];
        for (int i = 0; i < inputs.Length; i++)
            for (int action = 0; action < actions; action++)
            {
                double score = 0;
                for (int f = 0; f < features; f++) score += _weights[(action * features) + f] * inputs[i][f];
                result[(i * actions) + action] = score;
            }

        double largest = result.Max(), sum = 0;
        for (int k = 0; k < result.Length; k++) sum += result[k] = Math.Exp(result[k] - largest);
        for (int k = 0; k < result.Length; k++) result[k] /= sum;
        return result;
    }

    /// <summary>Adds the gradient of a weight times the log-probability of a choice.</summary>
    /// <param name="chosen">Of this head.</param>
    /// <param name="times">The weight.</param>
    /// <param name="probabilities">Of its inputs now.</param>
    public void Add(in Chosen chosen, double times, double[] probabilities)
    {
        _hasGradient = true;
        for (int k = 0; k < probabilities.Length; k++)
        {
            double share = times * ((k == chosen.Action ? 1 : 0) - probabilities[k]);
            double[] input = chosen.Inputs[k / actions];
            for (int f = 0, at = k % actions * features; f < features; f++) _gradient[at + f] += share * input[f];
        }
    }

    /// <summary>A step of Adam upward along what was added; none where nothing was.</summary>
    public void Ascend(double rate)
    {
        if (!_hasGradient) return;
        _updates++;
        double correction = 1 - Math.Pow(Decay, _updates), squareCorrection = 1 - Math.Pow(SquareDecay, _updates);
        for (int i = 0; i < _weights.Length; i++)
        {
            double gradient = _gradient[i];
            double mean = _means[i] = (Decay * _means[i]) + ((1 - Decay) * gradient);
            double square = _squares[i] = (SquareDecay * _squares[i]) + ((1 - SquareDecay) * gradient * gradient);
            _weights[i] += rate * (mean / correction) / (Math.Sqrt(square / squareCorrection) + Least);
        }

        Array.Clear(_gradient);
        _hasGradient = false;
    }
}
