using EmbodiedRL.Core;
using EmbodiedRL.Models.Networks;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Rewards.Exploration;

/// <summary>A fixed random network, and one that learns to predict it: its error is large where it has learned from little.</summary>
/// <remarks>Owns weights and moments. The predictor has one layer more than the target, as in the paper. Not thread-safe.</remarks>
internal sealed class RandomTarget : BonusNetworks
{
    private readonly double _share;
    private readonly ParameterVector _fixed;
    private readonly MlpModule _target, _predictor;

    /// <summary>Both networks as they begin.</summary>
    /// <param name="term">Name of the bonus, which names the random streams.</param>
    /// <param name="width">Values of an observation.</param>
    /// <param name="options">Sizes, rate, seed.</param>
    /// <param name="share">Share of the rows of a step that are learned from, drawn anew each time.</param>
    public RandomTarget(string term, int width, LearnedBonusOptions options, double share)
        : base(term, "distillation", width, options, Mlp.Shapes("predictor", Predictor(width, options)))
    {
        _share = share;
        int[] target = [width, options.Hidden, options.Hidden, options.Features], predictor = Predictor(width, options);
        Rng rng = FirstWeights();
        _fixed = new ParameterVector(CPU, [.. Mlp.Shapes("target", target)]);
        Mlp.Initialize(_fixed, "target", target, Math.Sqrt(2), ref rng);
        Mlp.Initialize(Learned, "predictor", predictor, Math.Sqrt(2), ref rng);
        _target = new MlpModule(_fixed, "target", target, Activation.Relu);
        _predictor = new MlpModule(Learned, "predictor", predictor, Activation.Relu);
    }

    /// <inheritdoc/>
    protected override string SavedAs => "predictor";

    /// <inheritdoc/>
    protected override IReadOnlyList<string> LossNames { get; } = ["loss"];

    /// <summary>Half the squared distance between prediction and target.</summary>
    /// <param name="rows">[B, width].</param>
    /// <returns>[B].</returns>
    public float[] Errors(ReadOnlySpan<float> rows)
    {
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor input = Input(rows);
        float[] errors = new float[rows.Length / Width];
        TensorSpans.Read(DistillationLoss.Errors(_predictor.forward(input), _target.forward(input)).contiguous(), errors);
        return errors;
    }

    /// <inheritdoc/>
    public override void Save(Snapshot into)
    {
        base.Save(into);
        _fixed.Save(into.Section("target"));
    }

    /// <inheritdoc/>
    public override void Load(Snapshot from)
    {
        base.Load(from);
        _fixed.Load(from.Section("target"));
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _target.Dispose();
        _predictor.Dispose();
        base.Dispose();
        _fixed.Dispose();
    }

    /// <inheritdoc/>
    protected override (Tensor Loss, Tensor[] Parts) Loss(BonusRows rows, int[] chosen, ref Rng rng)
    {
        float[] mask = new float[chosen.Length];
        foreach (ref float learns in mask.AsSpan()) learns = rng.NextDouble() < _share ? 1 : 0;
        Tensor input = Input(rows.After, chosen), goal, learning = empty(mask.Length);
        TensorSpans.Write(learning, mask);
        using (no_grad()) goal = _target.forward(input);
        Tensor loss = DistillationLoss.Mean(_predictor.forward(input), goal, learning);
        return (loss, [loss]);
    }

    private static int[] Predictor(int width, LearnedBonusOptions options) =>
        [width, options.Hidden, options.Hidden, options.Hidden, options.Features];
}
