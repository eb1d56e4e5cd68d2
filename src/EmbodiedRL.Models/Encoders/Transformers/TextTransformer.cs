using EmbodiedRL.Core;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Encoders.Transformers;

/// <summary>Text transformer: tokens with positions through blocks and a norm. Borrows its weights.</summary>
internal sealed class TextTransformer
{
    /// <summary>[vocabulary, width].</summary>
    public required Tensor Tokens { get; init; }

    /// <summary>[context, width].</summary>
    public required Tensor Positions { get; init; }

    /// <summary>In order.</summary>
    public required TransformerBlock[] Blocks { get; init; }

    /// <summary>After the last block.</summary>
    public required LayerNorm NormAfter { get; init; }

    /// <summary>Whether a token looks only at those before it.</summary>
    public required bool IsCausal { get; init; }

    /// <summary>The longest text, in tokens.</summary>
    public int ContextLength => (int)Positions.shape[0];

    /// <summary>Runs the blocks.</summary>
    /// <param name="ids">int64 [B, L], L at most the context.</param>
    /// <param name="mask">int64 [B, L], 0 where there is padding; null for none.</param>
    /// <param name="states">Gets the first block's input and every block's output, fresh; null keeps none.</param>
    /// <returns>[B, L, width], normalized, fresh; the caller's scope owns it.</returns>
    /// <exception cref="SpecMismatchException">A text is too long, or a token is not in the vocabulary.</exception>
    public Tensor Forward(Tensor ids, Tensor? mask, List<Tensor>? states = null)
    {
        using DisposeScope scope = NewDisposeScope();
        (long batch, long length) = (ids.shape[0], ids.shape[1]);
        if (length > ContextLength) throw new SpecMismatchException("texts", $"at most {ContextLength} tokens", $"{length}");
        RequireKnown(ids, Tokens.shape[0]);
        Tensor x = Tokens.index_select(0, ids.flatten()).view(batch, length, -1) + Positions.narrow(0, 0, length);
        states?.Add(x);
        Tensor? seen = mask?.to(ScalarType.Bool).view(batch, 1, 1, length);
        if (seen is not null && IsCausal) seen = seen & ones([length, length], ScalarType.Bool, ids.device).tril();
        x = TransformerBlock.Run(Blocks, x, seen, IsCausal && seen is null, states);
        if (states is not null) foreach (Tensor state in states) state.MoveToOuterDisposeScope();
        return NormAfter.Apply(x).MoveToOuterDisposeScope();
    }

    /// <summary>Throws if a token is not in a vocabulary: libtorch would read other memory.</summary>
    public static void RequireKnown(Tensor ids, long vocabulary)
    {
        if (ids.numel() == 0) return;
        (long least, long most) = (ids.min().item<long>(), ids.max().item<long>());
        if (least < 0 || most >= vocabulary)
            throw new SpecMismatchException("tokens of a text", $"0 to {vocabulary - 1}, the model's vocabulary",
                $"{least} to {most}; the tokenizer is that of another model");
    }
}

/// <summary>Pooling of a text's tokens to one.</summary>
internal static class TextPooling
{
    /// <summary>The token at one place of each text.</summary>
    /// <param name="tokens">[B, L, width].</param>
    /// <param name="places">int64 [B].</param>
    /// <returns>[B, width], fresh.</returns>
    public static Tensor At(Tensor tokens, Tensor places)
    {
        (long batch, long length) = (tokens.shape[0], tokens.shape[1]);
        Tensor rows = arange(batch, ScalarType.Int64, tokens.device) * length;
        return tokens.reshape(batch * length, -1).index_select(0, rows + places);
    }

    /// <summary>The place of the largest token, the first of equal ones; int64 [B].</summary>
    public static Tensor Largest(Tensor ids) => First(ids.eq(ids.max(1, keepdim: true).values));

    /// <summary>The first place of a token; place 0 where it is not; int64 [B].</summary>
    public static Tensor FirstOf(Tensor ids, long token) => First(ids.eq(token));

    // argmax over equal values may name any of them, so the first is the largest of falling numbers
    private static Tensor First(Tensor isThere)
    {
        Tensor falling = arange(isThere.shape[1], 0, -1, ScalarType.Int64, isThere.device);
        return (isThere.to(ScalarType.Int64) * falling).argmax(1);
    }
}
