using System.Text.Json;
using EmbodiedRL.Algorithms.Reasoning;
using EmbodiedRL.Contracts;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Algorithms.Tests.Reasoning;

[NoTensorLeaks]
public sealed class StableReinforceTests
{
    private static JsonElement Expected =>
        Fixtures.ReadJson("learning/reward_transforms.json").GetProperty("expected").GetProperty("S52 StableReinforce");

    [Fact, Trait("Category", "Parity")]
    public void Loss_and_gradients_agree_with_a_second_implementation()
    {
        JsonElement fixture = Expected;
        using DisposeScope scope = NewDisposeScope();
        Tensor logs = tensor(fixture.GetProperty("log_ratio").Numbers()).requires_grad_(true);
        Tensor loss = StableReinforce.Loss(logs, tensor(fixture.GetProperty("advantages").Numbers()), new StableReinforceOptions());
        loss.sum().backward();
        AssertNear(fixture.GetProperty("loss").Numbers(), loss.detach());
        AssertNear(fixture.GetProperty("grad_log_ratio").Numbers(), logs.grad!);

        static void AssertNear(double[] expected, Tensor found)
        {
            double[] values = found.data<double>().ToArray();
            for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], values[i], 1e-9 * Math.Max(1, Math.Abs(expected[i])));
        }
    }

    [Fact, Trait("Category", "Parity")]
    public void The_filter_agrees_with_a_second_implementation()
    {
        JsonElement filter = Expected.GetProperty("filter");
        float[] rewards = [.. filter.GetProperty("rewards").Numbers().Select(value => (float)value)], found = new float[rewards.Length];
        bool[] kept = filter.GetProperty("kept").Deserialize<bool[]>()!;
        double[] scaled = filter.GetProperty("standardised_population").Numbers();
        Assert.Equal(kept.Count(isKept => !isKept), StableReinforce.Filter(rewards, found, 3));
        for (int i = 0; i < kept.Length; i++) Assert.Equal(kept[i] ? scaled[i] : 0, found[i], 1e-5);
    }

    [Fact]
    public void One_outlier_among_equals_is_dropped()
    {
        // 127 zeros and 1: deviation sqrt(127) / 128 = 0.088, so the outlier lies at 11.3 deviations.
        float[] values = new float[128];
        values[5] = 1;
        Assert.Equal(1, StableReinforce.Filter(values, values, 3));
        Assert.Equal(0, values[5]);
    }

    [Fact]
    public void Stale_samples_leave_gradients_finite_only_with_the_clip_before_the_exponential()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logs = tensor([200f, -200f, 0.1f], [1, 3]).requires_grad_(true), old = zeros([1, 3]), mask = ones([1, 3]);
        foreach (double limit in new[] { 0, 6.9 })
        {
            logs.grad?.zero_();
            TokenLossTerms terms = TokenLoss.Compute(new TokenLossInputs(logs, mask, tensor([-1f])) { Old = old },
                new TokenLossOptions { LogRatioLimit = limit });
            terms.Loss.backward();
            Assert.Equal(limit > 0, float.IsFinite(logs.grad!.sum().ToSingle()));
        }
    }

    [Fact]
    public void Agreement_counts_only_where_the_verdict_is_right()
    {
        var options = new StableReinforceOptions();
        Assert.Equal(2, StableReinforce.Reward(1, 1, 1, options));
        Assert.Equal(1, StableReinforce.Reward(1, -1, 1, options));
        Assert.Equal(0.5, StableReinforce.Reward(0, 1, 1, options));
        Assert.Equal(0, StableReinforce.Reward(0, 0, 0, options));
    }
}
