using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models.Optimizers;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Networks;

/// <summary>Ensemble of networks: one number for each row, and how much the members disagree about it.</summary>
/// <remarks>
/// Members differ in their first weights and in the rows they learn from. Where they agree the number is known; where they do not, it is
/// not (Lakshminarayanan et al. 2017, arXiv 1612.01474). Owns weights and moments. Not thread-safe.
/// </remarks>
[Paper("1612.01474", "Simple and Scalable Predictive Uncertainty Estimation using Deep Ensembles", Year = 2017)]
public sealed class RegressionEnsemble : ISnapshot, IDisposable
{
    private const int Features = 128;
    private const double MaximumNorm = 1;

    private readonly ParameterVector _parameters;
    private readonly Adam _adam;
    private readonly nn.Module<Tensor, Tensor>[][] _members; // each in order

    private RegressionEnsemble(ParameterVector parameters, IEnumerable<nn.Module<Tensor, Tensor>[]> members, AdamSettings? adam = null)
    {
        (_parameters, _members) = (parameters, [.. members]);
        _adam = new Adam(parameters, adam);
    }

    /// <summary>How many networks.</summary>
    public int Members => _members.Length;

    /// <summary>Perceptrons over rows of numbers.</summary>
    /// <param name="members">How many.</param>
    /// <param name="inputs">Numbers of a row.</param>
    /// <param name="hidden">Sizes of the layers between.</param>
    /// <param name="rng">Of the first weights.</param>
    /// <param name="device">Where they live; the CPU if null.</param>
    /// <param name="adam">Of the optimizer; its paper's if null.</param>
    public static RegressionEnsemble OfNumbers(
        int members, int inputs, int[] hidden, ref Rng rng, Device? device = null, AdamSettings? adam = null)
    {
        TorchRuntime.EnsureLoaded();
        int[] sizes = [inputs, .. hidden, 1];
        string[] names = [.. Enumerable.Range(0, members).Select(member => $"member{member}")];
        var parameters = new ParameterVector(device ?? CPU, [.. names.SelectMany(name => Mlp.Shapes(name, sizes))]);
        foreach (string name in names) Mlp.Initialize(parameters, name, sizes, 1, ref rng);
        return new RegressionEnsemble(parameters,
            names.Select(name => new nn.Module<Tensor, Tensor>[] { new MlpModule(parameters, name, sizes, Activation.Relu) }), adam);
    }

    /// <summary>Convolutional networks over images.</summary>
    /// <param name="members">How many.</param>
    /// <param name="image">Shape of an image; at least 36 x 36 pixels.</param>
    /// <param name="rng">Of the first weights.</param>
    /// <param name="device">Where they live; the CPU if null.</param>
    public static RegressionEnsemble OfImages(int members, ImageSpec image, ref Rng rng, Device? device = null)
    {
        TorchRuntime.EnsureLoaded();
        int[] sizes = [Features, 1];
        (string Eye, string Head)[] names = [.. Enumerable.Range(0, members).Select(member => ($"member{member}", $"head{member}"))];
        var parameters = new ParameterVector(device ?? CPU,
            [.. names.SelectMany(name => NatureCnn.Shapes(name.Eye, image, Features).Concat(Mlp.Shapes(name.Head, sizes)))]);
        foreach ((string eye, string head) in names)
        {
            NatureCnn.Initialize(parameters, eye, image, ref rng, Features);
            Mlp.Initialize(parameters, head, sizes, 1, ref rng);
        }

        return new RegressionEnsemble(parameters, names.Select(name => new nn.Module<Tensor, Tensor>[]
        {
            new NatureCnn(parameters, name.Eye, image, Features), new MlpModule(parameters, name.Head, sizes),
        }));
    }

    /// <summary>What the members say.</summary>
    /// <param name="rows">Floats [B, inputs], or uint8 [B, H, W, C].</param>
    /// <param name="means">[B], overwritten with the mean over members.</param>
    /// <param name="deviations">[B], overwritten with the deviation over members.</param>
    public void Predict(Tensor rows, Span<float> means, Span<float> deviations)
    {
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor answers = stack(_members.Select(member => Run(member, rows)).ToArray()); // [members, B]
        TensorSpans.Read(answers.mean([0]).contiguous(), means);
        TensorSpans.Read((answers - answers.mean([0])).pow(2).mean([0]).sqrt().contiguous(), deviations);
    }

    /// <summary>What each member says.</summary>
    /// <param name="rows">Floats [B, inputs], or uint8 [B, H, W, C].</param>
    /// <param name="answers">[members, B], overwritten.</param>
    public void PredictEach(Tensor rows, Span<float> answers)
    {
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        TensorSpans.Read(stack(_members.Select(member => Run(member, rows)).ToArray()).contiguous(), answers);
    }

    /// <summary>One step of every member on rows of its own, against the mean square error.</summary>
    /// <param name="rows">For each member: floats [B, inputs], or uint8 [B, H, W, C].</param>
    /// <param name="targets">For each member: [B].</param>
    /// <param name="rate">Learning rate.</param>
    /// <returns>Mean square error over all members before the step.</returns>
    /// <exception cref="NonFiniteException">It is not finite; no weight was changed.</exception>
    public double Step(IReadOnlyList<Tensor> rows, IReadOnlyList<Tensor> targets, double rate) =>
        Step((member, run) => (run(rows[member]) - targets[member].to(_parameters.Values.device)).pow(2).mean(), rate);

    /// <summary>One step of every member against a loss of its own.</summary>
    /// <param name="loss">
    /// From the number of a member and its network, which takes rows (floats [B, inputs], or uint8 [B, H, W, C]) to [B], to a loss of one
    /// number; the step's scope owns all between.
    /// </param>
    /// <param name="rate">Learning rate.</param>
    /// <returns>Mean loss over the members before the step.</returns>
    /// <exception cref="NonFiniteException">It is not finite; no weight was changed.</exception>
    public double Step(Func<int, Func<Tensor, Tensor>, Tensor> loss, double rate)
    {
        using DisposeScope scope = NewDisposeScope();
        _parameters.Gradients.zero_();
        Tensor sum = zeros(1, device: _parameters.Values.device);
        for (int member = 0; member < Members; member++)
        {
            nn.Module<Tensor, Tensor>[] network = _members[member];
            sum = sum + loss(member, rows => Run(network, rows));
        }

        sum.backward();
        double mean = sum.ToDouble() / Members, norm = _adam.Step(rate, MaximumNorm);
        return double.IsFinite(mean) && double.IsFinite(norm) ? mean
            : throw new NonFiniteException("The loss of a regression ensemble", $"step {_adam.Steps + 1}", "Lower the learning rate.");
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        _parameters.Save(into.Section("weights"));
        _adam.Save(into.Section("adam"));
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        _parameters.Load(from.Section("weights"));
        _adam.Load(from.Section("adam"));
    }

    /// <summary>Frees weights and moments.</summary>
    public void Dispose()
    {
        foreach (nn.Module<Tensor, Tensor> module in _members.SelectMany(member => member)) module.Dispose();
        _adam.Dispose();
        _parameters.Dispose();
    }

    private Tensor Run(nn.Module<Tensor, Tensor>[] member, Tensor rows)
    {
        Tensor x = rows.dtype == ScalarType.Byte ? rows : rows.to(_parameters.Values.device);
        foreach (nn.Module<Tensor, Tensor> module in member) x = module.forward(x);
        return x.squeeze(1);
    }
}
