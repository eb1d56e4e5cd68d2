using System.Text.Json;
using EmbodiedRL.Contracts;

namespace EmbodiedRL.Core.Tests;

public sealed class RunningMomentsTests
{
    [Fact, Trait("Category", "Parity")]
    public void Fifty_batches_agree_with_the_published_normalizer()
    {
        JsonElement fixture = Fixtures.ReadJson("learning/normalisers.json");
        var batches = fixture.GetProperty("inputs").GetProperty("batches").EnumerateArray().ToArray();
        var expected = fixture.GetProperty("expected").GetProperty("running").EnumerateArray().ToArray();
        int columns = batches[0][0].GetArrayLength();
        var moments = new RunningMoments(columns, fixture.GetProperty("inputs").GetProperty("epsilon_count").Number());

        for (int batch = 0; batch < batches.Length; batch++)
        {
            moments.Update<double>(batches[batch].EnumerateArray().SelectMany(row => row.Numbers()).ToArray());
            Assert.Equal(expected[batch].GetProperty("count").Number(), moments.Count, 1e-9);
            AssertNear(expected[batch].GetProperty("mean").Numbers(), moments.Mean);
            AssertNear(expected[batch].GetProperty("var").Numbers(), moments.Variance);
        }
    }

    [Fact]
    public void Rows_one_by_one_give_the_moments_of_the_whole()
    {
        float[] rows = [1, 10, 2, 20, 3, 30, 6, 60];            // two columns: 1, 2, 3, 6 and ten times that
        var together = new RunningMoments(2, 1e-12);
        var apart = new RunningMoments(2, 1e-12);
        together.Update<float>(rows);
        for (int row = 0; row < 4; row++) apart.Update<float>(rows.AsSpan(row * 2, 2));

        Assert.Equal(3, together.Mean[0], 1e-9);                // 12 / 4
        Assert.Equal(3.5, together.Variance[0], 1e-9);          // (4 + 1 + 0 + 9) / 4
        Assert.Equal(350, together.Variance[1], 1e-9);
        for (int column = 0; column < 2; column++)
        {
            Assert.Equal(together.Mean[column], apart.Mean[column], 1e-9);
            Assert.Equal(together.Variance[column], apart.Variance[column], 1e-9);
        }
    }

    [Fact]
    public void Standardized_rows_have_mean_zero_deviation_one_and_stay_within_the_limit()
    {
        float[] rows = [1, 2, 3, 6];
        var moments = new RunningMoments(1, 1e-12);
        moments.Update<float>(rows);
        float[] into = new float[4];
        moments.Standardize(rows, into);
        Assert.Equal(0, into.Average(), 1e-6);
        Assert.Equal(1, into.Average(value => value * value), 1e-5);

        moments.Standardize([1, 6], into.AsSpan(0, 2), limit: 0.5f);
        Assert.Equal([-0.5f, 0.5f], into[..2]);
    }

    [Fact]
    public void A_snapshot_brings_back_every_bit()
    {
        var moments = new RunningMoments(2);
        moments.Update<float>([1, 2, 3, 4.5f]);
        var snapshot = new Snapshot();
        moments.Save(snapshot);
        var other = new RunningMoments(2);
        other.Load(snapshot);
        moments.Update<float>([0.1f, 7]);
        other.Update<float>([0.1f, 7]);
        Assert.Equal(moments.Mean.ToArray(), other.Mean.ToArray());
        Assert.Equal(moments.Variance.ToArray(), other.Variance.ToArray());
        Assert.Equal(moments.Count, other.Count);
    }

    private static void AssertNear(double[] expected, ReadOnlySpan<double> found)
    {
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], found[i], Math.Abs(expected[i]) * 1e-6);
    }
}
