using EmbodiedRL.Core.Contracts;
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
    public void Every_choice_is_drawn() =>
        Assert.Equal([0, 1, 2], Draw(ActionSpec.Discrete("push", 3), seed: 1, rows: 50).Distinct().Order());

    [Fact]
    public void A_held_action_lasts_about_as_long_as_its_probability_says()
    {
        using IActor actor = new RandomPolicy(ActionSpec.Continuous(new FieldSpec("push", 1, -1, 1)), hold: 0.9).CreateActor(200,
            ActorMode.Sample, 1);
        float[] last = new float[200], now = new float[200];
        int changes = 0;
        for (int step = 0; step < 100; step++)
        {
            actor.Act(new ObservationRows([]), new bool[200], now, []);
            if (step > 0) changes += now.Zip(last).Count(pair => pair.First != pair.Second);
            now.CopyTo(last, 0);
        }

        Assert.InRange(changes / (99.0 * 200), 0.09, 0.11);
    }

    private static float[] Draw(ActionSpec spec, ulong seed, int rows)
    {
        float[] actions = new float[rows * spec.Length];
        using IActor actor = new RandomPolicy(spec).CreateActor(rows, ActorMode.Sample, seed);
        actor.Act(new ObservationRows([]), new bool[rows], actions, []);
        return actions;
    }
}
