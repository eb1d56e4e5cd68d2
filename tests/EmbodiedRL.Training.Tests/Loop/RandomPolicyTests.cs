using EmbodiedRL.Core.Specs;
using EmbodiedRL.Training.Loop;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Tests.Runs;

namespace EmbodiedRL.Training.Tests.Loop;

public sealed class RandomPolicyTests
{
    [Fact]
    public void Every_value_stays_in_its_fields_bounds_and_uses_their_width()
    {
        var spec = ActionSpec.Continuous(new FieldSpec("push", 2, -3, 5), new FieldSpec("free"), new FieldSpec("up", Minimum: 4));
        float[] actions = Draw(spec, seed: 1, rows: 500);
        foreach ((int column, float low, float high) in new[] { (0, -3f, 5f), (1, -3f, 5f), (2, -1f, 1f) })
        {
            float[] values = [.. Enumerable.Range(0, 500).Select(row => actions[(row * 4) + column])];
            Assert.InRange(values.Min(), low, low + 0.2f);
            Assert.InRange(values.Max(), high - 0.2f, high);
        }

        Assert.Equal(actions, Draw(spec, seed: 1, rows: 500));
        Assert.NotEqual(actions, Draw(spec, seed: 2, rows: 500));
    }

    [Fact]
    public void Every_choice_is_drawn() => Assert.Equal([0, 1, 2], Draw(ActionSpec.Discrete("push", 3), seed: 1, rows: 50).Distinct().Order());

    private static float[] Draw(ActionSpec spec, ulong seed, int rows)
    {
        float[] actions = new float[rows * spec.Length];
        new RandomPolicy(spec, seed).Act([], actions, deterministic: true);
        return actions;
    }
}
