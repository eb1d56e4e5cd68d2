using EmbodiedRL.Algorithms.Kernel;
using EmbodiedRL.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Algorithms.Reasoning;

/// <summary>Token loss: the policy-gradient objectives of sampled completions, on log-probabilities [B, T].</summary>
/// <remarks>
/// <para>w = exp(log pi - log pi_old) of a token or a sequence. Clipped objectives: -min(w A, clip(w, 1 - low, 1 + high) A).</para>
/// <para>The divergence from the reference is added to the loss of each token after masks and corrections (entropy quantile, off-policy
/// mask, sampler ratio), so those leave it alone. Divisors always count the full mask; a row that is masked whole still counts as a
/// sequence.</para>
/// <para>Parts of one optimizer step add up to the step where <see cref="TokenLossInputs.Sequences"/> and
/// <see cref="TokenLossInputs.Tokens"/> are those of the step; only the entropy quantile is taken within each part.</para>
/// </remarks>
[Paper("2402.03300", "DeepSeekMath: Pushing the Limits of Mathematical Reasoning in Open Language Models", Year = 2024)]
[Paper("2503.14476", "DAPO: An Open-Source LLM Reinforcement Learning System at Scale", Year = 2025)]
[Paper("2503.20783", "Understanding R1-Zero-Like Training: A Critical Perspective", Year = 2025)]
[Paper("2507.18071", "Group Sequence Policy Optimization", Year = 2025)]
[Paper("2506.13585", "MiniMax-M1: Scaling Test-Time Compute Efficiently with Lightning Attention", Year = 2025)]
[Paper("2507.20673", "Geometric-Mean Policy Optimization", Year = 2025)]
[Paper("2511.20347", "Soft Adaptive Policy Optimization", Year = 2025)]
[Paper("2602.10693", "VESPO: Variational Sequence-Level Soft Policy Optimization for Stable Off-Policy LLM Training", Year = 2026)]
public static class TokenLoss
{
    private const double Far = 20; // of a log-ratio: exp(20) is 5e8
    private static readonly double Nothing = Math.Log(1e-8);

    /// <summary>The loss.</summary>
    /// <param name="inputs">Lent.</param>
    /// <param name="options">Checked.</param>
    /// <exception cref="SpecMismatchException">Reference or entropies are missing that the options need.</exception>
    public static TokenLossTerms Compute(TokenLossInputs inputs, TokenLossOptions options)
    {
        if (options.Beta > 0 && inputs.Reference is null)
            throw new SpecMismatchException("token loss with a divergence (beta)", "log-probabilities of a reference", "none");
        if ((options.Entropy > 0 || options.EntropyQuantile < 1) && inputs.Entropies is null)
            throw new SpecMismatchException("token loss with an entropy bonus or quantile", "entropies", "none");
        using DisposeScope scope = NewDisposeScope();
        var pass = new Pass(inputs, options);
        Tensor loss = pass.Loss();
        return pass.Terms(loss.MoveToOuterDisposeScope());
    }

    /// <summary>Tokens whose entropy is among the highest.</summary>
    /// <param name="entropies">[B, T].</param>
    /// <param name="mask">[B, T].</param>
    /// <param name="share">Of tokens that are kept, in (0, 1).</param>
    /// <returns>[B, T], 1 where kept.</returns>
    internal static Tensor HighEntropy(Tensor entropies, Tensor mask, double share)
    {
        Tensor real = mask > 0, chosen = entropies.detach().masked_select(real);
        if (chosen.numel() == 0) return zeros_like(mask);
        using Tensor at = tensor(1 - share, chosen.dtype, chosen.device);
        return ((entropies.detach() >= chosen.quantile(at)) & real).to(mask.dtype);
    }

    /// <summary>The intermediate values of one call.</summary>
    private sealed class Pass
    {
        private readonly TokenLossInputs _in;
        private readonly TokenLossOptions _options;
        private readonly Tensor _advantages;    // [B, 1]
        private readonly Tensor _logRatios;     // [B, T]
        private readonly Tensor _lengths;       // [B, 1], at least 1
        private readonly double _tokens;
        private Tensor? _low, _high, _kl, _kept, _weights, _policy;

        public Pass(TokenLossInputs inputs, TokenLossOptions options)
        {
            (_in, _options) = (inputs, options);
            _advantages = inputs.Advantages.unsqueeze(1);
            Tensor old = inputs.Old ?? inputs.LogProbabilities.detach();
            _logRatios = inputs.LogProbabilities - old;
            if (options.LogRatioLimit > 0) _logRatios = _logRatios.clamp(-options.LogRatioLimit, options.LogRatioLimit);
            _lengths = inputs.Mask.sum(1, keepdim: true).clamp(min: 1);
            _tokens = inputs.Mask.sum().ToDouble();
        }

        public Tensor Loss()
        {
            if (_options.EntropyQuantile < 1) _kept = HighEntropy(_in.Entropies!, _in.Mask, _options.EntropyQuantile);
            _policy = _options.Loss switch
            {
                TokenLossKind.Gmpo => GeometricMean(),
                TokenLossKind.Rloo => WholeSequences(),
                _ => Divide(Corrected(PerToken())),
            };
            return _options.Entropy > 0 ? _policy - (EntropyBonus() * _options.Entropy) : _policy;
        }

        public TokenLossTerms Terms(Tensor loss)
        {
            using IDisposable still = no_grad();
            Tensor Mean(Tensor values) => IsPerSequence(values)
                ? values.mean()
                : (values.detach() * _in.Mask).sum() / Math.Max(1, _tokens);
            Tensor nothing = zeros(1, loss.dtype, loss.device).squeeze(), rows = _in.Mask.sum(1) > 0;
            Tensor PerRow(Tensor clipped) =>
                (IsPerSequence(clipped) ? clipped.squeeze(1) : (clipped * _in.Mask).sum(1) / _lengths.squeeze(1)).masked_select(rows);
            bool any = _tokens > 0;
            using Tensor all = stack(
            [
                loss.detach(), _policy!.detach(), _kl is null ? nothing : Mean(_kl), _in.Entropies is { } e ? Mean(e) : nothing,
                _low is null ? nothing : Mean(_low), _high is null ? nothing : Mean(_high),
                _low is null || !any ? nothing : PerRow(_low).min(), _high is null || !any ? nothing : PerRow(_high).max(),
                _weights is null ? nothing : _weights.mean(),
            ]).to(ScalarType.Float64).cpu();
            double[] read = all.data<double>().ToArray();
            return new TokenLossTerms(loss, _tokens)
            {
                Value = read[0],
                PolicyLoss = read[1],
                Kl = _kl is null ? double.NaN : read[2],
                Entropy = _in.Entropies is null ? double.NaN : read[3],
                ClipLow = read[4],
                ClipHigh = read[5],
                ClipLowLeast = read[6],
                ClipHighMost = read[7],
                Weight = _weights is null ? double.NaN : read[8],
            };
        }

        /// <summary>Whether a ratio was one of a whole sequence: then each counts once, however long it is.</summary>
        private bool IsPerSequence(Tensor values) =>
            values.shape[1] == 1 && (_options.Ratio == RatioLevel.Sequence || _options.Loss == TokenLossKind.Rloo);

        /// <summary>[B, T] or, with ratios of sequences, [B, 1]: before masks.</summary>
        private Tensor PerToken()
        {
            Tensor ratios = exp(Level());
            _kl = _options.Beta > 0 ? KlEstimate.Of(_options.Kl, _in.LogProbabilities, _in.Reference!) : null;
            if (_kl is not null && _options.WeighsKl) _kl *= ratios;
            switch (_options.Loss)
            {
                case TokenLossKind.Cispo:
                    _high = ((ratios > _options.ClipHigh) & (_advantages > 0)).to(_in.Mask.dtype);
                    return -ratios.clamp(max: _options.ClipHigh).detach() * _advantages * _in.LogProbabilities;
                case TokenLossKind.Sapo:
                    Tensor temperatures = where(_advantages > 0, full_like(_advantages, _options.PositiveTemperature),
                        full_like(_advantages, _options.NegativeTemperature));
                    return -sigmoid(temperatures * (ratios - 1)) * 4 / temperatures * _advantages;
                case TokenLossKind.Vespo:
                    _weights = GammaWeights();
                    return -_weights * _advantages * _in.LogProbabilities;
                default:
                    return Clipped(ratios);
            }
        }

        private Tensor Clipped(Tensor ratios)
        {
            (double least, double most) = (1 - _options.ClipLow, 1 + _options.ClipHigh);
            _low = ((ratios < least) & (_advantages < 0)).to(_in.Mask.dtype);
            _high = ((ratios > most) & (_advantages > 0)).to(_in.Mask.dtype);
            Tensor clipped = ratios.clamp(least, most);
            Tensor free = _options.Delta > 0 ? ratios.clamp(max: _options.Delta) : ratios;
            return -minimum(free * _advantages, clipped * _advantages);
        }

        /// <summary>Log-ratios of tokens [B, T], or their mean over each sequence [B, 1].</summary>
        private Tensor Level() => _options.Ratio == RatioLevel.Token
            ? _logRatios
            : (_logRatios * _in.Mask).sum(1, keepdim: true) / _lengths;

        /// <summary>exp(rate + shape log w - rate w) of each sequence's ratio w, detached, [B, 1].</summary>
        private Tensor GammaWeights()
        {
            using IDisposable still = no_grad();
            Tensor log = (_logRatios.clamp(-Far, Far) * _in.Mask).sum(1, keepdim: true);
            if (_in.SamplerRatios is { } sampler) log += (sampler.log().clamp(Nothing, Far) * _in.Mask).sum(1, keepdim: true);
            log = log.clamp(Nothing, Far);
            Tensor good = _advantages >= 0;
            Tensor Chosen(double positive, double negative) =>
                where(good, full_like(_advantages, positive), full_like(_advantages, negative));
            Tensor rate = Chosen(_options.PositiveRate, _options.NegativeRate);
            Tensor shape = Chosen(_options.PositiveShape, _options.NegativeShape);
            return exp(rate + (shape * log) - (rate * log.exp())).nan_to_num(0, 0, 0);
        }

        private Tensor Corrected(Tensor perToken)
        {
            if (_options.MasksOffPolicy)
            {
                Tensor drift = (-_logRatios.detach() * _in.Mask).sum(1, keepdim: true) / _lengths;
                perToken *= ((_advantages >= 0) | (drift <= _options.OffPolicyThreshold)).to(perToken.dtype);
            }

            if (_kept is not null) perToken *= _kept;
            if (_in.SamplerRatios is { } sampler && _options.Loss != TokenLossKind.Vespo) perToken *= sampler;
            return _kl is null ? perToken : perToken + (_kl * _options.Beta);
        }

        private Tensor Divide(Tensor perToken)
        {
            Tensor masked = perToken * _in.Mask;
            double sequences = _in.Sequences ?? _in.Mask.shape[0], tokens = Math.Max(1, _in.Tokens ?? _tokens);
            return _options.Loss switch
            {
                TokenLossKind.Grpo or TokenLossKind.Sapo => (masked.sum(1, keepdim: true) / _lengths).sum() / sequences,
                TokenLossKind.DrGrpo => masked.sum() / (sequences * (_in.MaximumLength ?? _in.Mask.shape[1])),
                TokenLossKind.Luspo => masked.sum() / sequences,
                _ => masked.sum() / tokens,
            };
        }

        /// <summary>-A exp(mean of log-ratios), where PPO's minimum would clip kept within the clips.</summary>
        private Tensor GeometricMean()
        {
            Tensor low = (_logRatios < -_options.ClipLow) & (_advantages < 0), high = (_logRatios > _options.ClipHigh) & (_advantages > 0);
            (_low, _high) = (low.to(_in.Mask.dtype), high.to(_in.Mask.dtype));
            Tensor clipped = where(low | high, _logRatios.clamp(-_options.ClipLow, _options.ClipHigh), _logRatios);
            Tensor kept = _kept is null ? _in.Mask : _kept;
            Tensor means = (clipped * kept).sum(1, keepdim: true) / kept.sum(1, keepdim: true).clamp(min: 1);
            Tensor perSequence = -exp(means) * _advantages;
            if (_options.Beta > 0)
            {
                _kl = KlEstimate.Of(_options.Kl, _in.LogProbabilities, _in.Reference!);
                perSequence += (_kl * _in.Mask).sum(1, keepdim: true) / _lengths * _options.Beta;
            }

            return perSequence.sum() / (_in.Sequences ?? _in.Mask.shape[0]);
        }

        private Tensor WholeSequences()
        {
            Tensor ratios = exp((_logRatios * _in.Mask).sum(1, keepdim: true));
            return Clipped(ratios).sum() / (_in.Sequences ?? _in.Mask.shape[0]);
        }

        private Tensor EntropyBonus()
        {
            Tensor mask = _kept ?? _in.Mask;
            Tensor mean = (_in.Entropies! * mask).sum() / mask.sum().clamp(min: 1);
            return mean * (_tokens / Math.Max(1, _in.Tokens ?? _tokens));
        }
    }
}
