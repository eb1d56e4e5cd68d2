using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Encoders.Transformers;

/// <summary>Sizes of a transformer block.</summary>
/// <param name="Width">Of a token.</param>
/// <param name="Heads">Attention heads; they divide the width.</param>
/// <param name="Hidden">Width of the hidden layer.</param>
/// <param name="Activation">Of the hidden layer.</param>
/// <param name="Epsilon">Of the layer norms.</param>
internal sealed record BlockSizes(int Width, int Heads, int Hidden, Activation Activation, double Epsilon);

/// <summary>Names that a checkpoint has for the parts of a block, after the block's own prefix.</summary>
/// <param name="Attention">Of the projections in: one fused weight (its name without "_weight") or query, key and value.</param>
/// <param name="Out">Of the projection out of the heads.</param>
/// <param name="AttentionNorm">Of the norm that belongs to the attention.</param>
/// <param name="Widen">Of the layer into the hidden one.</param>
/// <param name="Narrow">Of the layer out of it.</param>
/// <param name="HiddenNorm">Of the norm that belongs to the hidden layer.</param>
internal sealed record BlockNames(string[] Attention, string Out, string AttentionNorm, string Widen, string Narrow, string HiddenNorm)
{
    /// <summary>Those of CLIP and SigLIP in Hugging Face's layout.</summary>
    public static BlockNames HuggingFace { get; } = new(["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"],
        "self_attn.out_proj", "layer_norm1", "mlp.fc1", "mlp.fc2", "layer_norm2");

    /// <summary>Those of open_clip.</summary>
    public static BlockNames OpenClip { get; } =
        new(["attn.in_proj"], "attn.out_proj", "ln_1", "mlp.c_fc", "mlp.c_proj", "ln_2");

    /// <summary>Those of BERT.</summary>
    public static BlockNames Bert { get; } = new(["attention.self.query", "attention.self.key", "attention.self.value"],
        "attention.output.dense", "attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm");
}

/// <summary>Transformer block: attention and a hidden layer, each added to its input, with a norm before or after each.</summary>
/// <remarks>Vaswani et al. 2017 (arXiv 1706.03762); norms before: Xiong et al. 2020 (arXiv 2002.04745). Borrows its weights.</remarks>
internal sealed class TransformerBlock
{
    private readonly SelfAttention _attention;
    private readonly LayerNorm _attentionNorm, _hiddenNorm;
    private readonly Linear _widen, _narrow;
    private readonly Tensor? _attentionScale, _hiddenScale;
    private readonly Activation _activation;
    private readonly bool _normalizesAfter;

    /// <summary>Takes the weights of one block.</summary>
    /// <param name="weights">Lends them.</param>
    /// <param name="prefix">Of all names, with its dot.</param>
    /// <param name="names">Of the parts.</param>
    /// <param name="sizes">Of the layers.</param>
    /// <param name="normalizesAfter">Whether sums are normalized (BERT) rather than inputs.</param>
    public TransformerBlock(NetworkWeights weights, string prefix, BlockNames names, BlockSizes sizes, bool normalizesAfter = false)
    {
        (_activation, _normalizesAfter) = (sizes.Activation, normalizesAfter);
        _attention = new SelfAttention(weights, prefix, names, sizes.Width, sizes.Heads);
        _attentionNorm = LayerNorm.Take(weights, prefix + names.AttentionNorm, sizes.Width, sizes.Epsilon);
        _hiddenNorm = LayerNorm.Take(weights, prefix + names.HiddenNorm, sizes.Width, sizes.Epsilon);
        _widen = Linear.Take(weights, prefix + names.Widen, sizes.Hidden, sizes.Width);
        _narrow = Linear.Take(weights, prefix + names.Narrow, sizes.Width, sizes.Hidden);
        // layer scale (Touvron et al. 2021, arXiv 2103.17239), which some checkpoints of open_clip have
        _attentionScale = weights.TakeIfThere(prefix + "ls_1.gamma", sizes.Width);
        _hiddenScale = weights.TakeIfThere(prefix + "ls_2.gamma", sizes.Width);
    }

    /// <summary>A stack of blocks: <c>prefix</c>0, <c>prefix</c>1, ...</summary>
    public static TransformerBlock[] Stack(NetworkWeights weights, string prefix, int count, BlockNames names, BlockSizes sizes,
        bool normalizesAfter = false) =>
        [.. Enumerable.Range(0, count)
            .Select(layer => new TransformerBlock(weights, $"{prefix}{layer}.", names, sizes, normalizesAfter))];

    /// <summary>Runs a stack.</summary>
    /// <param name="blocks">In order.</param>
    /// <param name="x">[B, L, width].</param>
    /// <param name="mask">Bool, true where a token may look, broadcast to [B, heads, L, L]; null for everywhere.</param>
    /// <param name="isCausal">Whether tokens look only at those before them; then no mask.</param>
    /// <param name="states">Gets every block's output, fresh; null keeps none.</param>
    /// <returns>[B, L, width], fresh; the caller's scope owns it.</returns>
    public static Tensor Run(TransformerBlock[] blocks, Tensor x, Tensor? mask = null, bool isCausal = false, List<Tensor>? states = null)
    {
        foreach (TransformerBlock block in blocks)
        {
            Tensor next = block.Forward(x, mask, isCausal);
            if (states is null) x.Dispose(); // a graph keeps what it needs
            states?.Add(next);
            x = next;
        }

        return x;
    }

    private Tensor Forward(Tensor x, Tensor? mask, bool isCausal)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor y = _normalizesAfter ? After(x, mask, isCausal) : Before(x, mask, isCausal);
        return y.MoveToOuterDisposeScope();
    }

    private Tensor Before(Tensor x, Tensor? mask, bool isCausal)
    {
        x = x + Scale(_attention.Forward(_attentionNorm.Apply(x), mask, isCausal), _attentionScale);
        return x + Scale(Hidden(_hiddenNorm.Apply(x)), _hiddenScale);
    }

    private Tensor After(Tensor x, Tensor? mask, bool isCausal)
    {
        x = _attentionNorm.Apply(x + _attention.Forward(x, mask, isCausal));
        return _hiddenNorm.Apply(x + Hidden(x));
    }

    private Tensor Hidden(Tensor x) => _narrow.Apply(_activation.Apply(_widen.Apply(x)));

    private static Tensor Scale(Tensor x, Tensor? scale) => scale is null ? x : x * scale;
}
