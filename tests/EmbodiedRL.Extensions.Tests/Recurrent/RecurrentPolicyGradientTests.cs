using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Loop;

namespace EmbodiedRL.Extensions.Tests.Recurrent;

[Trait("Category", Extension.Category)]
public sealed class RecurrentPolicyGradientContract : AlgorithmContract
{
    protected override bool Discrete => true;

    protected override int UpdatesToLearn => 45;

    protected override IControlAlgorithm Create(ulong seed) => new RecurrentPolicyGradient(
        new RecurrentPolicyGradientOptions { Horizon = 40, LearningRate = 1e-2 }, FastEnv.Describe(discrete: true), seed);
}

[Trait("Category", Extension.Category), NoTensorLeaks]
public sealed class RecurrentActorContract : ActorContract
{
    protected override EnvironmentInfo Info { get; } = new CueEnv(1).Info;

    protected override IPolicy Create() => new RecurrentPolicyGradient(new RecurrentPolicyGradientOptions(), Info, 1);
}

[Trait("Category", Extension.Category), NoTensorLeaks]
public sealed class RecurrentPolicyGradientTests
{
    private const int Count = 32;

    /// <summary>The control is the same policy, told at every step that an episode starts: whoever forgets answers half of the
    /// questions.</summary>
    [Fact]
    public async Task It_remembers_a_cue_for_ten_steps()
    {
        using var run = new CueRun(1, change: options => options with { LearningRate = 1e-2 });
        double before = CueRun.Evaluate(run.Policy);
        await run.TrainAsync(40);
        double after = CueRun.Evaluate(run.Policy), forgetful = CueRun.Evaluate(new Forgetful(run.Policy));
        Assert.True(before < 0.8 && after > 0.97, $"Right answers: {before:P0} before, {after:P0} after.");
        Assert.InRange(forgetful, 0.35, 0.65);
    }

    /// <summary>13 steps a rollout cut episodes of 11 anywhere, so memory goes on from one into the next.</summary>
    [Fact]
    public async Task Resuming_in_the_middle_of_episodes_is_bit_equal_to_never_having_stopped()
    {
        using CueRun whole = new(3, horizon: 13), early = new(3, horizon: 13), late = new(3, horizon: 13);
        await whole.TrainAsync(6);
        await early.TrainAsync(3);
        var snapshot = new Snapshot();
        early.Save(snapshot);
        late.Load(snapshot);
        await late.TrainAsync(3);
        Assert.Equal(NoiseBatches.Entries(whole), NoiseBatches.Entries(late));
        Assert.NotEqual(NoiseBatches.Entries(early), NoiseBatches.Entries(late));
    }

    /// <summary>The replay of a rollout goes on where the last one ended, as the actor did: before any step of learning both say the
    /// same probabilities.</summary>
    [Fact]
    public async Task It_learns_from_the_sequence_that_the_actor_saw()
    {
        using var run = new CueRun(3, horizon: 13, options => options with { LearningRate = 1e-12, Epochs = 1 });
        await run.TrainAsync(4);
        Assert.InRange(run.Metrics["train/largest-change"], 0, 1e-5);
    }

    [Fact]
    public void Real_valued_actions_are_refused() =>
        Assert.Throws<SpecMismatchException>(() => new RecurrentPolicyGradient(new RecurrentPolicyGradientOptions(), FastEnv.Describe(),
            1));

    /// <summary>The project's own loop: source, hand-built reward, update.</summary>
    private sealed class CueRun : ISnapshot, IDisposable
    {
        private readonly CueEnv _environment = new(Count);
        private readonly RecurrentPolicyGradient _algorithm;
        private readonly IActor _actor;
        private readonly EnvironmentSource _source;
        private long _updates;

        public CueRun(ulong seed, int horizon = 22, Func<RecurrentPolicyGradientOptions, RecurrentPolicyGradientOptions>? change = null)
        {
            var options = new RecurrentPolicyGradientOptions { Horizon = horizon };
            _algorithm = new RecurrentPolicyGradient(change?.Invoke(options) ?? options, _environment.Info, seed);
            _actor = _algorithm.CreateActor(Count, ActorMode.Sample, seed);
            _source = new EnvironmentSource(_environment, _actor, _algorithm.Spec.RolloutSteps, new EnvironmentSourceOptions());
            _source.Begin(seed);
        }

        public IPolicy Policy => _algorithm;

        public RecordedMetrics Metrics { get; } = new();

        public async Task TrainAsync(int updates)
        {
            for (int update = 0; update < updates; update++, _updates++)
            {
                await _source.NextAsync(CancellationToken.None);
                _algorithm.Update(_source.Batch, _source.Batch.TaskRewards, new RunProgress(_updates, updates, 0), Metrics);
            }
        }

        public static double Evaluate(IPolicy policy)
        {
            using var evaluator = new Evaluator(new CueEnv(200), ["right"], 5);
            return evaluator.Evaluate(policy, CancellationToken.None).Success!.Value;
        }

        public void Save(Snapshot into)
        {
            _source.Save(into.Section("source"));
            _algorithm.Save(into.Section("algorithm"));
        }

        public void Load(Snapshot from)
        {
            _source.Load(from.Section("source"));
            _algorithm.Load(from.Section("algorithm"));
        }

        public void Dispose()
        {
            _source.Dispose();
            _actor.Dispose();
            _algorithm.Dispose();
            _environment.Dispose();
        }
    }

    /// <summary>A policy whose actors are told at every step that an episode starts.</summary>
    private sealed class Forgetful(IPolicy policy) : IPolicy
    {
        public IActor CreateActor(int count, ActorMode mode, ulong seed) => new Actor(policy.CreateActor(count, mode, seed));

        private sealed class Actor(IActor inner) : IActor
        {
            public void Act(ObservationRows observations, ReadOnlySpan<bool> starts, Span<float> actions, Span<float> logProbabilities)
            {
                bool[] always = new bool[starts.Length];
                Array.Fill(always, true);
                inner.Act(observations, always, actions, logProbabilities);
            }

            public void Save(Snapshot into) => inner.Save(into);

            public void Load(Snapshot from) => inner.Load(from);

            public void Dispose() => inner.Dispose();
        }
    }
}
