using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Networks;
using EmbodiedRL.Models.Optimizers;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Rewards.Exploration;

/// <summary>Base of a bonus' networks: weights, optimizer, standardized input, and learning from a batch in minibatches.</summary>
/// <remarks>Owns weights and moments. Not thread-safe.</remarks>
internal abstract class BonusNetworks : ISnapshot, IBonusLearner, IDisposable
{
    private const double MaximumNorm = 1;

    private readonly string _term, _kind;
    private readonly StandardizedRows _input;
    private readonly Adam _adam;

    /// <summary>Networks whose weights the method sets.</summary>
    /// <param name="term">Name of the bonus, which names the random streams and the metrics.</param>
    /// <param name="kind">What is learned, which names them too.</param>
    /// <param name="width">Values of an observation.</param>
    /// <param name="options">Sizes, rate, seed.</param>
    /// <param name="shapes">Of all weights that learn.</param>
    protected BonusNetworks(string term, string kind, int width, LearnedBonusOptions options, IEnumerable<ParameterShape> shapes)
    {
        (_term, _kind, Width, Options, _input) = (term, kind, width, options, new StandardizedRows(width));
        TorchRuntime.EnsureLoaded();
        Learned = new ParameterVector(CPU, [.. shapes]);
        _adam = new Adam(Learned);
    }

    /// <summary>Values of an observation.</summary>
    protected int Width { get; }

    /// <summary>Sizes, rate, seed.</summary>
    protected LearnedBonusOptions Options { get; }

    /// <summary>The weights that learn.</summary>
    protected ParameterVector Learned { get; }

    /// <summary>What the weights are saved as.</summary>
    protected abstract string SavedAs { get; }

    /// <summary>Names of the losses of <see cref="Loss"/>, as metrics have them.</summary>
    protected abstract IReadOnlyList<string> LossNames { get; }

    /// <summary>Takes observations into the running moments that networks' input is standardized by.</summary>
    public void Observe(ReadOnlySpan<float> rows) => _input.Observe(rows);

    /// <inheritdoc/>
    public void Learn(BonusRows rows, long batch, ScoreContext context)
    {
        var rng = Rng.For((ulong)Options.Seed, $"{_kind}/{_term}/minibatches", batch);
        double[] sums = new double[LossNames.Count];
        List<int[]> all = Minibatches.Of(rows.Count, Options, ref rng);
        foreach (int[] chosen in all)
        {
            context.Cancel.ThrowIfCancellationRequested();
            using DisposeScope scope = NewDisposeScope();
            Learned.Gradients.zero_();
            (Tensor loss, Tensor[] parts) = Loss(rows, chosen, ref rng);
            loss.backward();
            double value = loss.ToDouble(), norm = _adam.Step(Options.LearningRate, MaximumNorm);
            if (!double.IsFinite(value) || !double.IsFinite(norm))
                throw new NonFiniteException(
                    $"The {_kind} loss of reward '{_term}'", $"step {_adam.Steps + 1}", "Lower the learning rate.");
            for (int i = 0; i < sums.Length; i++) sums[i] += parts[i].ToDouble();
        }

        for (int i = 0; i < sums.Length; i++) context.Metrics.Write($"reward/{_term}/{LossNames[i]}", sums[i] / all.Count);
    }

    /// <inheritdoc/>
    public virtual void Save(Snapshot into)
    {
        _input.Save(into.Section("input"));
        Learned.Save(into.Section(SavedAs));
        _adam.Save(into.Section("adam"));
    }

    /// <inheritdoc/>
    public virtual void Load(Snapshot from)
    {
        _input.Load(from.Section("input"));
        Learned.Load(from.Section(SavedAs));
        _adam.Load(from.Section("adam"));
    }

    /// <summary>Frees weights and moments.</summary>
    public virtual void Dispose()
    {
        _adam.Dispose();
        Learned.Dispose();
    }

    /// <summary>The loss of some rows, and the parts of it that are reported; the caller's scope owns them.</summary>
    /// <param name="rows">Transitions of the batch.</param>
    /// <param name="chosen">Numbers of the rows.</param>
    /// <param name="rng">Of this batch; advanced.</param>
    protected abstract (Tensor Loss, Tensor[] Parts) Loss(BonusRows rows, int[] chosen, ref Rng rng);

    /// <summary>The random stream that the first weights come from.</summary>
    protected Rng FirstWeights() => Rng.For((ulong)Options.Seed, $"{_kind}/{_term}/weights");

    /// <summary>[B, width], standardized; the caller's scope owns it.</summary>
    protected Tensor Input(ReadOnlySpan<float> rows) => _input.ToTensor(rows);

    /// <summary>The chosen rows of a block, standardized; the caller's scope owns it.</summary>
    protected Tensor Input(float[] rows, int[] chosen) => _input.ToTensor(Minibatches.Choose(rows, Width, chosen));
}
