using EmbodiedRL.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language.Decoders;

/// <summary>A layer that keeps only its input, and is computed again when its gradients are asked for.</summary>
/// <remarks>Memory of a training pass is then that of one layer and of one state for each layer, for one more pass forward.</remarks>
[Paper("1604.06174", "Training Deep Nets with Sublinear Memory Cost", Year = 2016)]
internal sealed class RecomputedLayer : autograd.SingleTensorFunction<RecomputedLayer>
{
    private const string Layer = "layer";

    [ThreadStatic]
    private static (DecoderLayer Layer, DecoderPass Pass)? _asked; // only tensors are arguments of functions

    /// <inheritdoc/>
    public override string Name => nameof(RecomputedLayer);

    /// <summary>Runs a layer.</summary>
    /// <param name="layer">Whose weights gather gradients by themselves.</param>
    /// <param name="x">[B, T, H].</param>
    /// <param name="pass">What all layers share, without a cache.</param>
    /// <returns>[B, T, H], owned by the caller's dispose scope.</returns>
    public static Tensor Run(DecoderLayer layer, Tensor x, DecoderPass pass)
    {
        // layers over frozen embeddings have weights to learn all the same
        Tensor anchor = zeros(1, requires_grad: true);
        _asked = (layer, pass);
        try
        {
            return apply(x, anchor);
        }
        finally
        {
            _asked = null;
        }
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        (DecoderLayer layer, DecoderPass pass) = _asked!.Value;
        var x = (Tensor)vars[0];
        ctx.save_for_backward([x, pass.Cos, pass.Sin, pass.Mask!]);
        ctx.save_data(Layer, layer);
        using IDisposable still = no_grad();
        return layer.Forward(x, pass);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable on = enable_grad();
        List<Tensor> kept = ctx.get_saved_variables();
        Tensor x = kept[0].detach().requires_grad_(true);
        Tensor y = ((DecoderLayer)ctx.get_data(Layer)).Forward(x, new DecoderPass(kept[1], kept[2], kept[3], null));
        y.backward([grad_output]);
        return [x.grad!.MoveToOuterDisposeScope(), zeros(1).MoveToOuterDisposeScope()];
    }
}
