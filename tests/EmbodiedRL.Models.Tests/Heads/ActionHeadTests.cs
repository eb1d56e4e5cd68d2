using EmbodiedRL.Core;
using EmbodiedRL.Models.Heads;

namespace EmbodiedRL.Models.Tests.Heads;

public sealed class ActionHeadTests
{
    private static readonly float[] LogStd = [-0.4f, 0.3f], Outputs = [0.7f, -1.1f], None = [], Logits = [0.2f, -0.5f, 1.3f];

    [Fact]
    public void The_density_of_a_normal_is_the_textbook_one()
    {
        // At the mean with deviation 1: -log(2 pi) / 2 = -0.9189; one deviation away half a nat less.
        var head = new GaussianHead(1);
        Assert.Equal(-0.918938533f, head.LogProbability([2], [0], [2]), 1e-6f);
        Assert.Equal(-1.418938533f, head.LogProbability([2], [0], [3]), 1e-6f);
        Assert.Equal(1.418938533f, head.Entropy([2], [0]), 1e-6f);
    }

    [Fact]
    public void Probabilities_of_choices_add_up_and_even_ones_have_full_entropy()
    {
        var head = new CategoricalHead(3);
        Assert.Equal(1, Enumerable.Range(0, 3).Sum(k => Math.Exp(head.LogProbability(Logits, None, [k]))), 1e-6);
        Assert.Equal(Math.Log(3), head.Entropy([5, 5, 5], None), 1e-6);
        Assert.Equal(0, head.Entropy([500, 0, 0], None), 1e-6);
    }

    [Fact]
    public void Draws_have_the_moments_they_claim_and_their_own_log_probability()
    {
        var head = new GaussianHead(2);
        var rng = Rng.For(1, "draws");
        float[] action = new float[2];
        double sum = 0, squares = 0;
        const int Count = 20000;
        for (int i = 0; i < Count; i++)
        {
            float logProbability = head.Sample(Outputs, LogStd, ref rng, action);
            Assert.Equal(head.LogProbability(Outputs, LogStd, action), logProbability);
            sum += action[0];
            squares += (action[0] - 0.7) * (action[0] - 0.7);
        }

        Assert.Equal(0.7, sum / Count, 0.02);
        Assert.Equal(Math.Exp(-0.8), squares / Count, 0.02);
    }

    [Fact]
    public void Choices_are_drawn_as_often_as_they_are_likely()
    {
        var head = new CategoricalHead(3);
        var rng = Rng.For(1, "draws");
        float[] action = new float[1];
        int[] counts = new int[3];
        const int Count = 20000;
        for (int i = 0; i < Count; i++)
        {
            float logProbability = head.Sample(Logits, None, ref rng, action);
            Assert.Equal(head.LogProbability(Logits, None, action), logProbability);
            counts[(int)action[0]]++;
        }

        for (int k = 0; k < 3; k++) Assert.Equal(Math.Exp(head.LogProbability(Logits, None, [k])), counts[k] / (double)Count, 0.015);
        head.Mode(Logits, action);
        Assert.Equal(2, action[0]);
    }

    [Theory]
    [InlineData(1f, 0f), InlineData(0f, 1f), InlineData(-0.7f, 0.4f)]
    public void Derivatives_agree_with_differences(float byLogProbability, float byEntropy)
    {
        Check(new GaussianHead(2), Outputs, LogStd, [0.1f, -1.9f], byLogProbability, byEntropy);
        Check(new CategoricalHead(3), Logits, None, [1], byLogProbability, byEntropy);
    }

    private static void Check(IActionHead head, float[] outputs, float[] logStd, float[] action, float byLogProbability, float byEntropy)
    {
        const float Step = 1e-2f;
        float[] byOutputs = new float[outputs.Length], byLogStd = new float[logStd.Length];
        head.Backward(outputs, logStd, action, byLogProbability, byEntropy, byOutputs, byLogStd);
        double Loss(float[] o, float[] s) => (byLogProbability * head.LogProbability(o, s, action)) + (byEntropy * head.Entropy(o, s));
        for (int i = 0; i < outputs.Length; i++)
            Assert.Equal((Loss(Nudge(outputs, i, Step), logStd) - Loss(Nudge(outputs, i, -Step), logStd)) / (2 * Step), byOutputs[i], 1e-3);
        for (int i = 0; i < logStd.Length; i++)
            Assert.Equal((Loss(outputs, Nudge(logStd, i, Step)) - Loss(outputs, Nudge(logStd, i, -Step))) / (2 * Step), byLogStd[i], 1e-3);
    }

    private static float[] Nudge(float[] values, int index, float step)
    {
        float[] nudged = [.. values];
        nudged[index] += step;
        return nudged;
    }
}
