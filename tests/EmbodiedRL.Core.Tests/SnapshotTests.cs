using EmbodiedRL.Core;

namespace EmbodiedRL.Core.Tests;

public sealed class SnapshotTests
{
    [Fact]
    public void What_was_put_comes_back_bit_for_bit()
    {
        var snapshot = new Snapshot();
        snapshot.Section("env").Put<double>("qpos", [1.5, double.NaN, -0.0]);
        snapshot.Section("env").Put("steps", 42L);
        double[] back = new double[3];
        snapshot.Section("env").Get<double>("qpos", back);
        Assert.Equal([1.5, double.NaN, -0.0], back);
        Assert.True(double.IsNegative(back[2]));
        Assert.Equal(42L, snapshot.Section("env").Get<long>("steps"));
        Assert.Equal(["env/qpos", "env/steps"], snapshot.Entries.Keys);
    }

    [Fact]
    public void A_missing_or_mismatched_entry_is_named()
    {
        var snapshot = new Snapshot();
        snapshot.Put("x", 1.0);
        Assert.Contains("'y'", Assert.Throws<SpecMismatchException>(() => snapshot.Get<double>("y")).Message, StringComparison.Ordinal);
        Assert.Contains("expected 4 bytes, found 8",
            Assert.Throws<SpecMismatchException>(() => snapshot.Get<float>("x")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_keep_their_shape_beside_their_values()
    {
        var snapshot = new Snapshot();
        snapshot.Section("agent").PutWeights("policy.0.weight", [2, 3], [1, 2, 3, 4, 5, 6]);
        Assert.Equal([2, 3], snapshot.Weights["agent/policy.0.weight"]);
        Assert.Equal([1f, 2, 3, 4, 5, 6], snapshot.GetAll<float>("agent/policy.0.weight"));
        Assert.Throws<SpecMismatchException>(() => snapshot.PutWeights("x", [2, 2], [1, 2, 3]));
    }

    [Fact]
    public void An_entry_knows_what_it_is_made_of()
    {
        var snapshot = new Snapshot();
        snapshot.Section("env").Put<double>("qpos", [1]);
        snapshot.Put("steps", 42L);
        Assert.Equal((typeof(double), typeof(long)), (snapshot.TypeOf("env/qpos"), snapshot.TypeOf("steps")));
        Assert.Throws<SpecMismatchException>(() => snapshot.TypeOf("qpos"));
    }
}
