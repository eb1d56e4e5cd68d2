using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Training.Loop;

namespace EmbodiedRL.Training.Tests.Loop;

public sealed class EnvironmentRunnerTests
{
    private const int Count = 3;

    /// <summary>Full push from rest falls off the edge before an episode's time is up, so that environments end apart.</summary>
    [Fact]
    public void An_episode_starts_after_a_reset_and_after_each_automatic_one()
    {
        using var environment = new FastEnv(Count);
        var actor = new NotingActor();
        var runner = new EnvironmentRunner(environment, actor);
        runner.Reset(1, StartDistribution.WholeRange);
        bool[] expected = [true, true, true];
        int ends = 0;
        for (int step = 0; step < 100; step++)
        {
            float[] before = [.. runner.Buffer.Observations];
            runner.Step();
            Assert.Equal(expected, actor.Starts);
            Assert.Equal(before, runner.Observations.Values.ToArray());
            expected = [.. runner.Buffer.Kinds.Select(kind => kind.Ends())];
            ends += expected.Count(end => end);
        }

        Assert.True(ends > 2 * Count);
        runner.Reset(2, StartDistribution.WholeRange);
        runner.Choose();
        Assert.Equal([true, true, true], actor.Starts);
    }

    [Fact]
    public void A_runner_goes_on_from_its_snapshot_as_the_one_that_was_saved()
    {
        ActionSpec spec = FastEnv.Describe().Actions;
        using FastEnv first = new(Count), second = new(Count);
        using IActor one = new RandomPolicy(spec).CreateActor(Count, ActorMode.Sample, 4),
            other = new RandomPolicy(spec).CreateActor(Count, ActorMode.Sample, 4);
        var saved = new EnvironmentRunner(first, one);
        saved.Reset(1, StartDistribution.WholeRange);
        do saved.Step();
        while (!saved.Buffer.Kinds.Any(kind => kind.Ends())); // so that the next step's start flags depend on the snapshot
        var snapshot = new Snapshot();
        saved.Save(snapshot);

        var loaded = new EnvironmentRunner(second, other);
        loaded.Load(snapshot);
        Assert.Equal(saved.Buffer.Kinds, loaded.Buffer.Kinds);
        for (int step = 0; step < 60; step++)
        {
            saved.Step();
            loaded.Step();
            Assert.Equal(saved.Observations.Values.ToArray(), loaded.Observations.Values.ToArray());
            Assert.Equal(saved.Actions, loaded.Actions);
            Assert.Equal(saved.Buffer.Rewards, loaded.Buffer.Rewards);
            Assert.Equal(saved.Buffer.Kinds, loaded.Buffer.Kinds);
        }
    }

    /// <summary>Always pushes fully, and notes what it was told.</summary>
    private sealed class NotingActor : IActor
    {
        public bool[] Starts { get; private set; } = [];

        public void Act(ObservationRows observations, ReadOnlySpan<bool> starts, Span<float> actions, Span<float> logProbabilities)
        {
            Starts = starts.ToArray();
            actions.Fill(1);
            logProbabilities.Clear();
        }

        public void Save(Snapshot into)
        {
        }

        public void Load(Snapshot from)
        {
        }

        public void Dispose()
        {
        }
    }
}
