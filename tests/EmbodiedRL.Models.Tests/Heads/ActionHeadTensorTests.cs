using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Heads;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Tests.Heads;

/// <summary>The functions over spans, with derivatives by hand, against the differentiable ones.</summary>
[NoTensorLeaks]
public sealed class ActionHeadTensorTests
{
    private const int Rows = 7;

    public static TheoryData<bool> Heads => [false, true];

    [Theory, MemberData(nameof(Heads))]
    public void Log_probabilities_entropies_and_their_derivatives_agree(bool discrete)
    {
        (IActionHead head, float[] outputs, float[] logStd) = Case(discrete);
        var rng = Rng.For(3, "case");
        float[] actions = new float[Rows * head.Actions], byLogProbability = Draw(Rows, ref rng), byEntropy = Draw(Rows, ref rng);
        float[] byOutputs = new float[outputs.Length], byLogStd = new float[logStd.Length];
        float[] logProbabilities = new float[Rows], entropies = new float[Rows];
        for (int row = 0; row < Rows; row++)
        {
            Span<float> output = outputs.AsSpan(row * head.Outputs, head.Outputs),
                action = actions.AsSpan(row * head.Actions, head.Actions);
            logProbabilities[row] = head.Sample(output, logStd, ref rng, action);
            entropies[row] = head.Entropy(output, logStd);
            head.Backward(output, logStd, action, byLogProbability[row], byEntropy[row],
                byOutputs.AsSpan(row * head.Outputs, head.Outputs), byLogStd);
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor y = tensor(outputs, Rows, head.Outputs).requires_grad_(true), s = tensor(logStd).requires_grad_(true);
        Tensor logProbability = head.LogProbability(y, s, tensor(actions, Rows, head.Actions)), entropy = head.Entropy(y, s);
        ((logProbability * tensor(byLogProbability)).sum() + (entropy * tensor(byEntropy)).sum()).backward();
        AssertClose(logProbabilities, logProbability);
        AssertClose(entropies, entropy);
        AssertClose(byOutputs, y.grad!);
        if (!discrete) AssertClose(byLogStd, s.grad!);
    }

    [Theory, MemberData(nameof(Heads))]
    public void Draws_of_a_batch_are_those_of_its_rows(bool discrete)
    {
        (IActionHead head, float[] outputs, float[] logStd) = Case(discrete);
        Rng byRow = Rng.For(4, "draws"), ofBatch = Rng.For(4, "draws");
        float[] actions = new float[Rows * head.Actions];
        for (int row = 0; row < Rows; row++)
            head.Sample(outputs.AsSpan(row * head.Outputs, head.Outputs), logStd, ref byRow,
                actions.AsSpan(row * head.Actions, head.Actions));
        using DisposeScope scope = NewDisposeScope();
        AssertClose(actions, head.Sample(tensor(outputs, Rows, head.Outputs), tensor(logStd), ref ofBatch));
        Assert.Equal(byRow, ofBatch);
    }

    [Fact]
    public void Drawn_real_valued_actions_are_differentiable_by_mean_and_deviation()
    {
        (IActionHead head, float[] outputs, float[] logStd) = Case(discrete: false);
        var rng = Rng.For(4, "draws");
        using DisposeScope scope = NewDisposeScope();
        Tensor y = tensor(outputs, Rows, head.Outputs).requires_grad_(true), s = tensor(logStd).requires_grad_(true);
        Tensor action = head.Sample(y, s, ref rng);
        action.sum().backward();
        AssertClose([.. Enumerable.Repeat(1f, outputs.Length)], y.grad!);       // a = m + e^s n: da/dm = 1, da/ds = a - m
        AssertClose([.. (action - y).sum(dim: 0).data<float>()], s.grad!);
    }

    [Fact, Trait("Category", "Parity")]
    public void Entropies_agree_with_the_reference()
    {
        JsonElement fixture = Fixtures.ReadJson("learning/policy_statistics.json"), inputs = fixture.GetProperty("inputs"),
            expected = fixture.GetProperty("expected");
        using DisposeScope scope = NewDisposeScope();
        Tensor logStd = Read(inputs.GetProperty("log_std_p")), logits = Read(inputs.GetProperty("logits_p"));
        AssertClose([.. expected.GetProperty("entropy_gaussian_p").Numbers().Select(value => (float)value)],
            new GaussianHead(3).Entropy(zeros_like(logStd), logStd));
        AssertClose([.. expected.GetProperty("entropy_categorical_p").Numbers().Select(value => (float)value)],
            new CategoricalHead(4).Entropy(logits, zeros(0)));
    }

    private static Tensor Read(JsonElement rows)
    {
        double[][] values = rows.Deserialize<double[][]>(Fixtures.Json)!;
        return tensor([.. values.SelectMany(row => row).Select(value => (float)value)], values.Length, values[0].Length);
    }

    private static (IActionHead Head, float[] Outputs, float[] LogStd) Case(bool discrete)
    {
        IActionHead head = discrete ? new CategoricalHead(5) : new GaussianHead(3);
        var rng = Rng.For(1, "outputs");
        return (head, Draw(Rows * head.Outputs, ref rng), Draw(head.LogStdCount, ref rng));
    }

    private static float[] Draw(int count, ref Rng rng)
    {
        float[] values = new float[count];
        foreach (ref float value in values.AsSpan()) value = (float)rng.Normal();
        return values;
    }

    private static void AssertClose(float[] expected, Tensor found)
    {
        float[] values = [.. found.detach().contiguous().data<float>()];
        Assert.Equal(expected.Length, values.Length);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], values[i], 1e-5f);
    }
}
