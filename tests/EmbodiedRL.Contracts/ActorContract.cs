using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Contracts;

/// <summary>What the actors of every policy must obey, whether they have a memory or not. Inherit it and say how to make the
/// policy.</summary>
public abstract class ActorContract
{
    private const int Count = 4;

    /// <summary>A fresh policy; equal ones each time.</summary>
    protected abstract IPolicy Create();

    /// <summary>Whose observations and actions it knows; without images.</summary>
    protected abstract EnvironmentInfo Info { get; }

    [Fact]
    public void It_forgets_where_an_episode_starts()
    {
        using var policy = new Owned(Create());
        using IActor used = Begin(policy, ActorMode.Deterministic), fresh = Begin(policy, ActorMode.Deterministic);
        for (int step = 0; step < 5; step++) Act(used, step, starts: step == 0);
        Assert.Equal(Act(fresh, 9, starts: true), Act(used, 9, starts: true));
    }

    [Fact]
    public void It_forgets_only_the_environments_whose_episode_starts()
    {
        using var policy = new Owned(Create());
        using IActor one = Begin(policy, ActorMode.Deterministic), two = Begin(policy, ActorMode.Deterministic);
        Act(one, 0, starts: true);
        Act(two, 0, starts: true);
        float[] all = Act(one, 1, starts: false), some = new float[all.Length];
        two.Act(new ObservationRows(Noise(1)), [true, false, false, false], some, []);
        Assert.Equal(all[Info.Actions.Length..], some[Info.Actions.Length..]);
    }

    [Theory]
    [InlineData(ActorMode.Deterministic)]
    [InlineData(ActorMode.Sample)]
    public void In_the_middle_of_episodes_it_goes_on_from_its_snapshot(ActorMode mode)
    {
        using var policy = new Owned(Create());
        using IActor actor = Begin(policy, mode), other = Begin(policy, mode);
        for (int step = 0; step < 3; step++) Act(actor, step, starts: step == 0);
        var snapshot = new Snapshot();
        actor.Save(snapshot);
        other.Load(snapshot);
        for (int step = 3; step < 6; step++) Assert.Equal(Act(actor, step, starts: false), Act(other, step, starts: false));
    }

    [Fact]
    public void Actors_stand_side_by_side()
    {
        using var policy = new Owned(Create());
        using IActor alone = Begin(policy, ActorMode.Sample);
        float[][] expected = [.. Enumerable.Range(0, 4).Select(step => Act(alone, step, starts: step == 0))];
        using IActor actor = Begin(policy, ActorMode.Sample), beside = policy.Policy.CreateActor(Count, ActorMode.Sample, 99),
            evaluating = Begin(policy, ActorMode.Deterministic);
        for (int step = 0; step < 4; step++)
        {
            Act(beside, 70 + step, starts: true);
            Act(evaluating, 80 + step, starts: false);
            Assert.Equal(expected[step], Act(actor, step, starts: step == 0));
        }
    }

    [Fact]
    public void Log_probabilities_change_nothing_and_are_those_of_the_actions()
    {
        using var policy = new Owned(Create());
        using IActor with = Begin(policy, ActorMode.Sample), without = Begin(policy, ActorMode.Sample);
        float[] first = new float[Count * Info.Actions.Length], logProbabilities = new float[Count];
        Array.Fill(logProbabilities, float.NaN);
        with.Act(new ObservationRows(Noise(0)), [true, true, true, true], first, logProbabilities);
        Assert.Equal(Act(without, 0, starts: true), first);
        Assert.All(logProbabilities, value => Assert.True(float.IsFinite(value)));
        if (Info.Actions.IsDiscrete) Assert.All(logProbabilities, value => Assert.True(value <= 1e-6f));
    }

    private static IActor Begin(Owned policy, ActorMode mode) => policy.Policy.CreateActor(Count, mode, 7);

    private float[] Act(IActor actor, int step, bool starts)
    {
        float[] actions = new float[Count * Info.Actions.Length];
        actor.Act(new ObservationRows(Noise(step)), [starts, starts, starts, starts], actions, []);
        return actions;
    }

    private float[] Noise(int step)
    {
        var rng = Rng.For(5, "noise", step);
        float[] values = new float[Count * Info.Observations.Length];
        for (int i = 0; i < values.Length; i++) values[i] = (float)rng.Normal();
        return values;
    }

    private sealed record Owned(IPolicy Policy) : IDisposable
    {
        public void Dispose() => (Policy as IDisposable)?.Dispose();
    }
}
