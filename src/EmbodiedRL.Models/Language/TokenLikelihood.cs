using EmbodiedRL.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language;

/// <summary>Likelihood of tokens under a model: log-probabilities and entropies of chosen positions.</summary>
/// <remarks>Logits are made for blocks of rows, so that never more of them exist at once than a block's without gradients.</remarks>
public static class TokenLikelihood
{
    /// <summary>Rows of logits that are made at once.</summary>
    public const int Block = 1024;

    /// <summary>Log-probabilities log p(token | what the position has read), and entropies.</summary>
    /// <param name="model">Makes logits.</param>
    /// <param name="hidden">[N, H], hidden states of the positions before the tokens.</param>
    /// <param name="tokens">int64 [N].</param>
    /// <param name="temperature">Positive; logits are divided by it.</param>
    /// <param name="withEntropy">Whether entropies are computed.</param>
    /// <param name="entropyGradient">Whether entropies have a gradient, which holds all logits until the way back.</param>
    /// <returns>[N] each, 32-bit floats, owned by the caller's dispose scope; entropies in nats, null if not asked for.</returns>
    public static (Tensor LogProbabilities, Tensor? Entropies) Of(ILanguageModel model, Tensor hidden, Tensor tokens,
        double temperature = 1, bool withEntropy = false, bool entropyGradient = false)
    {
        if (!(temperature > 0)) throw new SpecMismatchException("temperature", "a positive number", $"{temperature}");
        SpecMismatchException.ThrowIfLength("tokens to be judged", (int)tokens.shape[0], (int)hidden.shape[0]);
        using DisposeScope scope = NewDisposeScope();
        var parts = new List<Tensor>();
        var entropies = new List<Tensor>();
        for (long start = 0; start < hidden.shape[0]; start += Block)
        {
            long count = Math.Min(Block, hidden.shape[0] - start);
            Tensor logits = model.Logits(hidden.narrow(0, start, count)).to(ScalarType.Float32);
            if (temperature != 1) logits = logits / temperature;
            Tensor all = nn.functional.log_softmax(logits, -1);
            parts.Add(all.gather(1, tokens.narrow(0, start, count).unsqueeze(1)).squeeze(1));
            if (!withEntropy) continue;
            if (entropyGradient)
            {
                entropies.Add((all.exp() * all).sum(-1).neg());
                continue;
            }

            using IDisposable still = no_grad();
            entropies.Add(all.exp().mul_(all).sum(-1).neg_());
        }

        Tensor Join(List<Tensor> some) => (some.Count == 1 ? some[0] : cat(some)).MoveToOuterDisposeScope();
        if (parts.Count == 0) return (zeros(0).MoveToOuterDisposeScope(), withEntropy ? zeros(0).MoveToOuterDisposeScope() : null);
        return (Join(parts), withEntropy ? Join(entropies) : null);
    }

    /// <summary>Log-probabilities of the tokens of rows, of those that a mask chooses.</summary>
    /// <param name="model">Reads the rows.</param>
    /// <param name="input">[B, T].</param>
    /// <param name="chosen">bool [B, T], true at tokens to be judged; never at the first of a row.</param>
    /// <param name="temperature">Positive; logits are divided by it.</param>
    /// <param name="withEntropy">Whether entropies are computed.</param>
    /// <param name="entropyGradient">Whether entropies have a gradient, which holds all logits until the way back.</param>
    /// <returns>[N] each, of the chosen tokens row by row; owned by the caller's dispose scope.</returns>
    public static (Tensor LogProbabilities, Tensor? Entropies) OfRows(ILanguageModel model, ModelInput input, Tensor chosen,
        double temperature = 1, bool withEntropy = false, bool entropyGradient = false)
    {
        using DisposeScope scope = NewDisposeScope();
        long length = input.Ids.shape[1];
        Tensor hidden = model.Hidden(input);
        Tensor places = chosen.narrow(1, 1, length - 1).contiguous().flatten().nonzero().squeeze(1);
        Tensor before = hidden.narrow(1, 0, length - 1).reshape(-1, hidden.shape[2]).index_select(0, places);
        Tensor tokens = input.Ids.narrow(1, 1, length - 1).reshape(-1).index_select(0, places);
        (Tensor log, Tensor? entropy) = Of(model, before, tokens, temperature, withEntropy, entropyGradient);
        return (log.MoveToOuterDisposeScope(), entropy?.MoveToOuterDisposeScope());
    }

    /// <summary>Loss of language modeling: the mean of -log p over all labels of a batch that count, not a mean of rows' means.</summary>
    /// <param name="model">Reads the rows.</param>
    /// <param name="input">[B, T].</param>
    /// <param name="labels">int64 [B, T], the token at each place; negative where it does not count.</param>
    /// <returns>A single number, owned by the caller's dispose scope.</returns>
    /// <exception cref="SpecMismatchException">No label counts.</exception>
    public static Tensor Loss(ILanguageModel model, ModelInput input, Tensor labels)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor log = OfRows(model, input, labels.ge(0)).LogProbabilities;
        if (log.numel() == 0) throw new SpecMismatchException("labels", "one that counts after the first place", "none");
        return log.mean().neg().MoveToOuterDisposeScope();
    }
}
