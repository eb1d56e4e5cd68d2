using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Models;

namespace EmbodiedRL.Contracts;

/// <summary>What every algorithm must obey. Inherit it, say how to make the algorithm, and all of this is tested.</summary>
/// <remarks>Its tests count tensors, so an assembly that inherits it must not run tests in parallel.</remarks>
[NoTensorLeaks]
public abstract class AlgorithmContract
{
    private const int Count = 8;

    /// <summary>Whether <see cref="FastEnv"/> offers choices instead of real-valued pushes.</summary>
    protected abstract bool Discrete { get; }

    /// <summary>Updates after which <see cref="FastEnv"/> must be solved; seconds.</summary>
    protected abstract int UpdatesToLearn { get; }

    /// <summary>A fresh algorithm for <see cref="FastEnv"/>.</summary>
    protected abstract IControlAlgorithm Create(ulong seed);

    /// <summary>Standing still earns 0.67 and pushing blindly toward the middle about 0.8; the best is near 0.94.</summary>
    [Fact]
    public void It_learns_to_rest_at_the_origin()
    {
        using var run = new FastRun(Create(1), 32, Discrete);
        double before = FastRun.Evaluate(run.Algorithm, Discrete);
        run.Train(UpdatesToLearn, UpdatesToLearn);
        double after = FastRun.Evaluate(run.Algorithm, Discrete);
        Assert.True(after > 0.9 && after > before + 0.05,
            $"Mean reward {before:F3} before and {after:F3} after; expected above 0.9 and a gain.");
    }

    [Fact]
    public void It_names_its_paper_or_says_why_it_has_none()
    {
        using IControlAlgorithm algorithm = Create(1);
        Assert.True(algorithm.GetType().IsDefined(typeof(PaperAttribute), false)
            || algorithm.GetType().IsDefined(typeof(NoPaperAttribute), false));
    }

    [Fact]
    public void Equal_seeds_give_equal_bytes_and_others_give_others()
    {
        using var first = new FastRun(Create(3), Count, Discrete);
        using var second = new FastRun(Create(3), Count, Discrete);
        using var other = new FastRun(Create(4), Count, Discrete);
        foreach (FastRun run in new[] { first, second, other }) run.Train(3);
        AssertEqual(first, second);
        Assert.NotEqual(first.Batch.Actions, other.Batch.Actions);
    }

    [Fact]
    public void Resuming_is_bit_equal_to_never_having_stopped()
    {
        using var whole = new FastRun(Create(3), Count, Discrete);
        using var early = new FastRun(Create(3), Count, Discrete);
        using var late = new FastRun(Create(3), Count, Discrete);
        whole.Train(4);
        early.Train(2);
        late.Load(Save(early));
        late.Train(2);
        AssertEqual(whole, late);
    }

    [Fact]
    public void Saving_disturbs_nothing()
    {
        using var first = new FastRun(Create(3), Count, Discrete);
        using var second = new FastRun(Create(3), Count, Discrete);
        first.Train(1);
        Save(first);
        first.Train(1);
        second.Train(2);
        AssertEqual(first, second);
    }

    [Fact]
    public void Evaluating_does_not_disturb_exploring()
    {
        using var first = new FastRun(Create(3), Count, Discrete);
        using var second = new FastRun(Create(3), Count, Discrete);
        float[] observations = new float[Count * 2], actions = new float[Count];
        foreach (ActorMode mode in new[] { ActorMode.Deterministic, ActorMode.Sample })
        {
            using IActor beside = first.Algorithm.CreateActor(Count, mode, 3);
            beside.Act(new ObservationRows(observations), new bool[Count], actions, []);
        }

        first.Play();
        second.Play();
        Assert.Equal(second.Batch.Actions, first.Batch.Actions);
    }

    [Fact]
    public void A_snapshot_has_weights_and_refuses_an_incomplete_one()
    {
        using IControlAlgorithm algorithm = Create(1);
        var snapshot = new Snapshot();
        algorithm.Save(snapshot);
        Assert.NotEmpty(snapshot.Weights);
        Assert.Throws<SpecMismatchException>(() => algorithm.Load(new Snapshot()));
    }

    [Fact]
    public void Likeliest_actions_repeat_and_do_not_depend_on_their_neighbors()
    {
        using IControlAlgorithm algorithm = Create(1);
        float[] observations = Noise(5), actions = new float[5], again = new float[5], alone = new float[1];
        bool[] starts = [true, true, true, true, true];
        using IActor many = algorithm.CreateActor(5, ActorMode.Deterministic, 1),
            single = algorithm.CreateActor(1, ActorMode.Deterministic, 2);
        many.Act(new ObservationRows(observations), starts, actions, []);
        many.Act(new ObservationRows(observations), starts, again, []);
        Assert.Equal(actions, again);
        for (int row = 0; row < 5; row++)
        {
            single.Act(new ObservationRows(observations.AsSpan(row * 2, 2)), starts.AsSpan(0, 1), alone, []);
            Assert.Equal(actions[row], alone[0], 1e-5f);
        }
    }

    [Fact]
    public void A_batch_of_another_kind_is_refused()
    {
        using IControlAlgorithm algorithm = Create(1);
        var completions = new CompletionBatch(["Say yes."], 2, ["yes", "no"]);
        Assert.Throws<SpecMismatchException>(() => algorithm.Update(completions, new float[2], default, new RecordedMetrics()));
    }

    [Fact]
    public void An_actor_goes_on_from_its_snapshot()
    {
        using IControlAlgorithm algorithm = Create(1);
        using IActor actor = algorithm.CreateActor(4, ActorMode.Sample, 7), other = algorithm.CreateActor(4, ActorMode.Sample, 7);
        float[] observations = Noise(4), first = new float[4], second = new float[4];
        actor.Act(new ObservationRows(observations), new bool[4], first, []);
        var snapshot = new Snapshot();
        actor.Save(snapshot);
        other.Load(snapshot);
        actor.Act(new ObservationRows(observations), new bool[4], first, []);
        other.Act(new ObservationRows(observations), new bool[4], second, []);
        Assert.Equal(first, second);
    }

    [Fact]
    public void Metrics_are_finite()
    {
        using var run = new FastRun(Create(1), Count, Discrete);
        run.Train(2);
        Assert.NotEmpty(run.Metrics.Values);
        Assert.All(run.Metrics.Values, metric => Assert.True(double.IsFinite(metric.Value), $"{metric.Key} is {metric.Value}."));
    }

    [Fact]
    public void A_reward_that_is_not_a_number_is_refused_and_nothing_is_learnt_from_it()
    {
        using var run = new FastRun(Create(1), Count, Discrete);
        run.Play();
        SortedDictionary<string, byte[]> before = Entries(run);
        run.Batch.TaskRewards[3] = float.NaN;
        Assert.Throws<NonFiniteException>(() => run.Algorithm.Update(run.Batch, run.Batch.TaskRewards, default, run.Metrics));
        Assert.Equal(before, Entries(run));
    }

    [Fact]
    public void An_observation_that_is_not_a_number_is_refused()
    {
        using IControlAlgorithm algorithm = Create(1);
        float[] observations = Noise(2);
        observations[1] = float.NaN;
        using IActor actor = algorithm.CreateActor(2, ActorMode.Sample, 1);
        Assert.Throws<NonFiniteException>(() => actor.Act(new ObservationRows(observations), new bool[2], new float[2], new float[2]));
    }

    [Fact]
    public void Memory_of_the_wrong_length_is_refused()
    {
        using IControlAlgorithm algorithm = Create(1);
        using IActor actor = algorithm.CreateActor(2, ActorMode.Sample, 1);
        Assert.Throws<SpecMismatchException>(() => actor.Act(new ObservationRows(Noise(2)), new bool[2], new float[3], new float[3]));
        Assert.Throws<SpecMismatchException>(() => actor.Act(new ObservationRows(Noise(2)), new bool[2], new float[2], new float[1]));
        Assert.Throws<SpecMismatchException>(() => actor.Act(new ObservationRows(Noise(3)), new bool[2], new float[2], new float[2]));
        var batch = new TrajectoryBatch(2, 2, FastEnv.Describe(Discrete));
        Assert.Throws<SpecMismatchException>(() => algorithm.Update(batch, new float[3], default, new RecordedMetrics()));
    }

    [Fact]
    public void Tensors_do_not_pile_up()
    {
        using var run = new FastRun(Create(1), Count, Discrete);
        run.Train(2);
        long after = TorchRuntime.LiveTensors;
        run.Train(2);
        FastRun.Evaluate(run.Algorithm, Discrete, 8);
        Assert.Equal(after, TorchRuntime.LiveTensors);
    }

    private static float[] Noise(int rows)
    {
        var rng = Rng.For(5, "noise");
        float[] values = new float[rows * 2];
        for (int i = 0; i < values.Length; i++) values[i] = (float)rng.Normal();
        return values;
    }

    private static Snapshot Save(FastRun run)
    {
        var snapshot = new Snapshot();
        run.Save(snapshot);
        return snapshot;
    }

    private static SortedDictionary<string, byte[]> Entries(FastRun run) => new(Save(run).Entries.ToDictionary(), StringComparer.Ordinal);

    private static void AssertEqual(FastRun expected, FastRun found)
    {
        SortedDictionary<string, byte[]> one = Entries(expected), two = Entries(found);
        Assert.Equal(one.Keys, two.Keys);
        foreach ((string name, byte[] bytes) in one) Assert.True(bytes.AsSpan().SequenceEqual(two[name]), $"Entry '{name}' differs.");
    }
}
