using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Losses;

namespace EmbodiedRL.Models.Tests.Losses;

public sealed class GroupStatisticsTests
{
    private const int Rows = 12;

    public static TheoryData<string, bool> Rewards => new()
    {
        { "plain", false }, { "plain", true }, { "partly_nan", false }, { "partly_nan", true }, { "one_scorable_in_group", false },
        { "one_scorable_in_group", true },
    };

    [Theory, Trait("Category", "Parity")]
    [MemberData(nameof(Rewards))]
    public void Group_relative_advantages_agree_with_the_reference(string rewards, bool scaled)
    {
        JsonElement answer = Case("grpo",
            item => item.GetProperty("rewards").GetString() == rewards && item.GetProperty("num_generations").GetInt32() == 4
                && item.GetProperty("aggregation").GetString() == "sum_then_normalize"
                && item.GetProperty("scale_rewards").GetString() == (scaled ? "group" : "none"));
        double[] values = answer.GetProperty("summed_rewards").Numbers(), found = new double[Rows];
        if (scaled) GroupStatistics.Standardize<double>(values, Groups(), found);
        else GroupStatistics.Center<double>(values, Groups(), found);
        AssertClose(answer.GetProperty("advantages").Numbers(), found);
    }

    [Theory, Trait("Category", "Parity")]
    [InlineData("plain"), InlineData("partly_nan"), InlineData("one_scorable_in_group")]
    public void Leave_one_out_advantages_agree_with_the_reference(string rewards)
    {
        JsonElement answer = Case("rloo",
            item => item.GetProperty("rewards").GetString() == rewards && !item.GetProperty("normalise").GetBoolean()
                && item.GetProperty("reward_clip").ValueKind == JsonValueKind.Null && item.GetProperty("beta").GetDouble() == 0);
        double[] found = new double[Rows];
        GroupStatistics.LeaveOneOut<double>(answer.GetProperty("rewards_after_clip_and_kl").Numbers(), Groups(), found);
        AssertClose(answer.GetProperty("advantages").Numbers(), found);
    }

    [Fact, Trait("Category", "Parity")]
    public void Deviations_of_groups_agree_with_the_reference()
    {
        JsonElement answer =
            Case("grpo", item => item.GetProperty("rewards").GetString() == "plain" && item.GetProperty("num_generations").GetInt32() == 4);
        double[] values = answer.GetProperty("summed_rewards").Numbers(), deviations = answer.GetProperty("std").Numbers();
        for (int first = 0; first < Rows; first += 4)
        {
            GroupMoments moments = GroupStatistics.Of<double>(values.AsSpan(first, 4));
            Assert.Equal(4, moments.Count);
            Assert.Equal(values.Skip(first).Take(4).Average(), moments.Mean, 1e-12);
            Assert.Equal(deviations[first], moments.Deviation, 1e-9);
            Assert.Equal(deviations[first] * Math.Sqrt(3 / 4.0), moments.PopulationDeviation, 1e-9);
        }
    }

    [Fact]
    public void Rows_of_a_group_need_not_stand_together_and_may_be_overwritten()
    {
        float[] values = [1, 10, 3, 30, 5];                      // group 7: 1, 3, 5; group -2: 10, 30
        GroupStatistics.LeaveOneOut<float>(values, [7, -2, 7, -2, 7], values);
        Assert.Equal([-3f, -20f, 0f, 20f, 3f], values);          // 1 - (3 + 5) / 2, 10 - 30, 3 - (1 + 5) / 2, 30 - 10, 5 - (1 + 3) / 2
    }

    [Fact]
    public void What_cannot_be_compared_is_zero()
    {
        double[] found = new double[7];
        // Alone in its group; equal values; infinity and NaN left out, and the rest of their group not.
        GroupStatistics.Standardize<double>([3, 4, 4, double.PositiveInfinity, double.NaN, 0, 1], [1, 2, 2, 3, 3, 3, 3], found);
        Assert.Equal([0, 0, 0, 0, 0], found[..5]);
        double share = 0.5 / (Math.Sqrt(0.5) + 1e-4);            // sample deviation of 0 and 1
        Assert.Equal(-share, found[5], 1e-12);
        Assert.Equal(share, found[6], 1e-12);
        Assert.Equal((0, 0.0, 0.0),
            (GroupStatistics.Of<float>([float.NaN]).Count, GroupStatistics.Of<float>([]).Deviation,
                GroupStatistics.Of<float>([5]).PopulationDeviation));
    }

    [Fact]
    public void Lengths_that_do_not_belong_together_are_named()
    {
        Assert.Contains("groups",
            Assert.Throws<SpecMismatchException>(() => GroupStatistics.Center<float>([1, 2], [1], new float[2])).Message,
            StringComparison.Ordinal);
        Assert.Throws<SpecMismatchException>(() => GroupStatistics.Center<float>([1, 2], [1, 1], new float[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => GroupStatistics.Standardize<float>([1, 2], [1, 1], new float[2], least: 0));
    }

    private static JsonElement Case(string kind, Func<JsonElement, bool> isIt) =>
        Fixtures.ReadJson("learning/group_advantages.json").GetProperty("expected").GetProperty(kind).EnumerateArray().First(isIt);

    private static int[] Groups() => [.. Enumerable.Range(0, Rows).Select(row => row / 4)];

    private static void AssertClose(double[] expected, double[] found)
    {
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], found[i], 1e-9);
    }
}
