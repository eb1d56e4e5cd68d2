using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Transforms;

namespace EmbodiedRL.Rewards.Tests.Transforms;

public sealed class TransformTests
{
    [Fact]
    public void Standardize_uses_all_scores_so_far_and_skips_what_does_not_apply()
    {
        var transform = new Standardize();
        float[] first = [1, float.NaN, 3], second = [5, 7];
        Apply(transform, first);
        Apply(transform, second);
        Assert.Equal([-1, float.NaN, 1], first.Select(value => MathF.Round(value, 3)));
        // 1, 3, 5, 7: mean 4, population variance (9 + 1 + 1 + 9) / 4 = 5.
        Assert.Equal(1 / Math.Sqrt(5), second[0], 1e-3);
        Assert.Equal(3 / Math.Sqrt(5), second[1], 1e-3);
    }

    [Fact]
    public void Center_clip_and_scale_do_what_they_say_and_leave_NaN()
    {
        Assert.Equal([-1, float.NaN, 1], Apply(new Center(), 1, float.NaN, 3).Select(value => MathF.Round(value, 3)));
        Assert.Equal([-2, float.NaN, 1], Apply(new Clip(new ClipOptions { Minimum = -2, Maximum = 1 }), -3, float.NaN, 3));
        Assert.Equal([0.5f, float.NaN, 2], Apply(new Scale(new ScaleOptions { Factor = 0.5f, Offset = 1 }), -1, float.NaN, 2));
    }

    [Theory]
    [InlineData("standardize"), InlineData("center"), InlineData("clip")]
    [InlineData("scale"), InlineData("hold"), InlineData("interpolate")]
    public void A_snapshot_brings_any_transform_back(string name)
    {
        IRewardTransform transform = Create(name), other = Create(name);
        Apply(transform, 0.3f, 12, -4);
        var snapshot = new Snapshot();
        transform.Save(snapshot);
        other.Load(snapshot);
        Assert.Equal(Apply(transform, 1, 2, 3), Apply(other, 1, 2, 3));
    }

    [Fact]
    public void Every_transform_has_a_line_in_the_catalog() =>
        Assert.Equal(typeof(Standardize).Assembly.GetTypes()
            .Count(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IRewardTransform))),
            RewardRegistries.Shipped.Transforms.Names.Count);

    [Fact]
    public void A_mistyped_transform_is_named_with_the_nearest() =>
        Assert.Contains("'standardize'",
            Assert.Throws<UnknownNameException>(() => Create("standardise")).Message, StringComparison.Ordinal);

    [Fact]
    public void Reversed_bounds_are_refused() => Assert.NotEmpty(new ClipOptions { Minimum = 1, Maximum = -1 }.Violations());

    private static readonly ScoreContext Adapting = new(0, 0, Frozen: false, NullMetricSink.Instance, CancellationToken.None);

    private static IRewardTransform Create(string name) => RewardRegistries.Shipped.Transforms.Create(name, null, new RewardContext());

    private static float[] Apply(IRewardTransform transform, params float[] scores)
    {
        transform.Apply(new CompletionBatch(["p"], scores.Length, new string[scores.Length]), scores, Adapting);
        return scores;
    }
}
