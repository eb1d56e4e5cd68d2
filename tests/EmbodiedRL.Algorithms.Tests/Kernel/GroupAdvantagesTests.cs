using System.Text.Json;
using EmbodiedRL.Algorithms.Kernel;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;

namespace EmbodiedRL.Algorithms.Tests.Kernel;

public sealed class GroupAdvantagesTests
{
    public static TheoryData<string, string, int> Cases()
    {
        var rows = new TheoryData<string, string, int>();
        foreach (string file in Fixtures.Family("learning", "group_advantages*.json"))
        {
            if (!File.Exists(Path.Combine(Fixtures.Root, file)))
            {
                rows.Add(file, "", 0);
                continue;
            }

            JsonElement expected = Fixtures.ReadJson(file).GetProperty("expected");
            foreach (string kind in new[] { "grpo", "rloo" })
                for (int i = 0; i < expected.GetProperty(kind).GetArrayLength(); i++) rows.Add(file, kind, i);
        }

        return rows;
    }

    [Theory, Trait("Category", "Parity"), MemberData(nameof(Cases))]
    public void They_agree_with_a_published_trainer(string file, string kind, int index)
    {
        JsonElement fixture = Fixtures.ReadJson(file), inputs = fixture.GetProperty("inputs");
        JsonElement entry = fixture.GetProperty("expected").GetProperty(kind)[index];
        double[] weights = inputs.GetProperty("reward_weights").Numbers(), expected = entry.GetProperty("advantages").Numbers();
        JsonElement rewards = inputs.GetProperty("rewards").GetProperty(entry.GetProperty("rewards").GetString()!);
        double[] each = [.. rewards.EnumerateArray().SelectMany(row => row.Numbers())];
        int group = entry.TryGetProperty("num_generations", out JsonElement said) ? said.GetInt32() : 4;
        double[] summed = new double[expected.Length], found = new double[expected.Length];
        GroupAdvantages.Sum<double>(each, weights, summed);
        if (kind == "grpo")
        {
            if (entry.GetProperty("aggregation").GetString() == "normalize_then_sum")
                GroupAdvantages.OfEach<double>(each, weights, group, found);
            else
                GroupAdvantages.Compute<double>(summed, group, entry.GetProperty("scale_rewards").GetString() switch
                {
                    "group" => AdvantageScale.Group,
                    "batch" => AdvantageScale.Batch,
                    _ => AdvantageScale.None,
                }, found);
        }
        else
        {
            double[] clipped = entry.GetProperty("rewards_after_clip_and_kl").Numbers();
            GroupAdvantages.Compute<double>(clipped, group, entry.GetProperty("normalise").GetBoolean()
                ? AdvantageScale.LeaveOneOutBatch
                : AdvantageScale.LeaveOneOut, found);
        }

        for (int row = 0; row < expected.Length; row++)
            Assert.True(Math.Abs(expected[row] - found[row]) <= 1e-9, $"{row}: expected {expected[row]}, found {found[row]}.");
    }

    [Fact]
    public void Rows_that_no_reward_applies_to_stay_out_of_everything()
    {
        // Group 1: mean 2 of 1 and 3, deviation sqrt(2). Group 2: one row alone.
        float[] found = new float[6];
        GroupAdvantages.Compute<float>([1, float.NaN, 3, float.NaN, float.NaN, 7], 3, AdvantageScale.Group, found);
        float far = (float)(1 / (Math.Sqrt(2) + 1e-4));
        Assert.Equal([-far, 0, far, 0, 0, 0], found);
    }

    [Fact]
    public void A_flat_group_is_told()
    {
        Assert.True(GroupAdvantages.IsFlat<float>([1, 1, float.NaN]));
        Assert.True(GroupAdvantages.IsFlat<float>([float.NaN, float.NaN]));
        Assert.False(GroupAdvantages.IsFlat<float>([1, float.NaN, 1.5f]));
    }

    [Fact]
    public void Rows_that_are_no_whole_groups_are_named() => Assert.Contains("multiple of 3",
        Assert.Throws<SpecMismatchException>(() => GroupAdvantages.Compute<float>([1, 2], 3, AdvantageScale.Group, new float[2])).Message,
        StringComparison.Ordinal);
}
