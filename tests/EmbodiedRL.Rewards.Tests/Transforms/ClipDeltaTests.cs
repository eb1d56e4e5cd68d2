using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Rewards.Transforms;
using static EmbodiedRL.Rewards.Tests.RewardFormulas;
using static EmbodiedRL.Rewards.Tests.Transforms.Steps;

namespace EmbodiedRL.Rewards.Tests.Transforms;

public sealed class ClipDeltaTests
{
    [Fact]
    public void Clips_differences_and_both_match_a_second_implementation()
    {
        foreach (JsonElement entry in Expected("S26 clip and delta").GetProperty("cases").EnumerateArray())
        {
            float[] scores = entry.GetProperty("q").Floats();
            if (scores.Length == 0) continue;
            float eta = (float)entry.GetProperty("eta").Number();
            TrajectoryBatch batch = Of([new string('-', scores.Length - 1) + "x"]).Single();
            foreach ((string mode, string key) in new[] { ("clip", "clip"), ("delta", "delta"), ("both", "clip_then_delta") })
                AssertNear(entry.GetProperty(key).Floats(),
                    ApplyTo(batch, new ClipDelta(new ClipDeltaOptions { Mode = mode, Threshold = eta }), scores));
        }
    }

    /// <summary>The pitfall: with the sign of potential shaping the return would be minus the score.</summary>
    [Fact]
    public void The_return_from_a_step_is_its_score_however_long_the_episode_is()
    {
        for (int length = 2; length < 40; length += 9)
        {
            var rng = Rng.For(3, "scores", length);
            float[] scores = [.. Enumerable.Range(0, length).Select(_ => (float)rng.NextDouble())];
            float[] deltas = ApplyTo(Of([new string('-', length - 1) + "x"]).Single(), Delta(), scores);
            for (int step = 0; step < length - 1; step++) Assert.Equal(scores[step], deltas[step..].Sum(), 1e-5f);
        }
    }

    /// <summary>0.9, 0.4 | 0.7, 0.2: the difference of 0.4 to 0.7 is known with the second rollout, whose first row receives it.</summary>
    [Fact]
    public void The_difference_across_two_rollouts_is_paid_in_the_second()
    {
        TrajectoryBatch[] batches = [.. Of(["--", "-x"], ["-x", "x-"])];
        ClipDelta whole = Delta(), resumed = Delta();
        float[] first = ApplyTo(batches[0], whole, Transposed([0.9f, 0.4f], [0.5f, 0.3f]));
        AssertNear(Transposed([0.5f, 0], [0.5f, 0]), first);
        var snapshot = new Snapshot();
        whole.Save(snapshot);
        resumed.Load(snapshot);
        float[] second = Transposed([0.7f, 0.2f], [0.8f, 0.6f]);
        // 0.7 is the last but one: it is paid in full, with -0.3 of the rollout before. A new episode of one step earns nothing.
        AssertNear(Transposed([0.4f, 0], [0, 0]), ApplyTo(batches[1], resumed, second));
        AssertNear(Transposed([0.7f, 0], [0, 0]), ApplyTo(batches[1], Delta(), second, frozen: true));
    }

    [Fact]
    public void An_episode_that_ends_on_the_first_row_of_a_rollout_receives_the_last_score_but_one()
    {
        TrajectoryBatch[] batches = [.. Of(["--"], ["x-"])];
        ClipDelta delta = Delta();
        AssertNear([0.5f, 0], ApplyTo(batches[0], delta, [0.9f, 0.4f]));
        AssertNear([0.4f, 0], ApplyTo(batches[1], delta, [0.7f, 0.6f]));
    }

    [Fact]
    public void Steps_without_a_score_are_passed_over() =>
        AssertNear([0.3f, None, 0.6f, None, 0], ApplyTo(Of(["----x"]).Single(), Delta(), [0.9f, None, 0.6f, None, 0.1f]));

    [Fact]
    public void Completions_are_refused_instead_of_scored_zero()
    {
        var error = Assert.Throws<SpecMismatchException>(() => Apply(Delta(), 0.3f, 0.4f));
        Assert.Contains("clip-delta", error.Message, StringComparison.Ordinal);
        Assert.Contains("CompletionBatch", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mode_that_is_none_is_refused() =>
        Assert.Contains("'Delta'", Assert.Single(new ClipDeltaOptions { Mode = "Delta" }.Violations()), StringComparison.Ordinal);

    private static ClipDelta Delta() => new(new ClipDeltaOptions { Mode = "delta" });
}
