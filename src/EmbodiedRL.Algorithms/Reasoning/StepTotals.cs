using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Algorithms.Reasoning;

/// <summary>Statistics of the gradient steps of one batch: means over the tokens read, under the names that TRL gives them.</summary>
internal sealed class StepTotals
{
    private double _tokens, _kl, _entropy, _low, _high, _loss, _norm, _seen;
    private double _least = double.PositiveInfinity, _most = double.NegativeInfinity;
    private int _steps;

    /// <summary>A part of a step.</summary>
    public void Add(TokenLossTerms terms)
    {
        _tokens += terms.Tokens;
        _kl += terms.Kl * terms.Tokens;
        _entropy += terms.Entropy * terms.Tokens;
        _low += terms.ClipLow * terms.Tokens;
        _high += terms.ClipHigh * terms.Tokens;
        (_least, _most) = (Math.Min(_least, terms.ClipLowLeast), Math.Max(_most, terms.ClipHighMost));
    }

    /// <summary>A part's share of the divergence between seeing and not.</summary>
    public void Saw(double divergence) => _seen += divergence;

    /// <summary>A step.</summary>
    public void Took(double loss, double norm) => (_loss, _norm, _steps) = (_loss + loss, _norm + norm, _steps + 1);

    /// <summary>Writes everything.</summary>
    public void Write(IMetricSink metrics, GrpoOptions options)
    {
        metrics.Write("loss", _loss / _steps);
        metrics.Write("grad_norm", _norm / _steps);
        if (options.Perception.Gamma > 0) metrics.Write("perception/kl", _seen / _steps);
        if (_tokens == 0) return; // every advantage was 0
        if (options.Beta > 0) metrics.Write("kl", _kl / _tokens);
        metrics.Write("entropy", _entropy / _tokens);
        metrics.Write("clip_ratio/low_mean", _low / _tokens);
        metrics.Write("clip_ratio/low_min", _least);
        metrics.Write("clip_ratio/high_mean", _high / _tokens);
        metrics.Write("clip_ratio/high_max", _most);
        metrics.Write("clip_ratio/region_mean", (_low + _high) / _tokens);
    }
}
