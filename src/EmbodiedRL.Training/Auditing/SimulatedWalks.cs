using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rewards;
using EmbodiedRL.Rewards.Diagnostics;
using EmbodiedRL.Training.Loop;

namespace EmbodiedRL.Training.Auditing;

/// <summary>STARC distance of a whole reward to the goal's truth in the simulator, from walks of random actions.</summary>
/// <remarks>
/// Its canonical reward is what an action is worth more than one of the policy, here one that draws actions evenly and holds each for four
/// control steps. From sampled states a drawn action is followed by random ones, beside walks that are random from the start; each mean is
/// taken twice, see <see cref="StarcDistance.OfAdvantages"/>. Reward and truth see the same walks. It asks what the audit's trajectories do
/// not: whether the reward tells better from worse within half a second. In [0, 2]; 1 for one that does not tell.
/// </remarks>
/// <param name="environment">N rows, whose episodes end here. Lent.</param>
/// <param name="renderers">Lent.</param>
/// <param name="camera">Stands for the empty camera of a term; empty takes the task's own.</param>
/// <param name="truth">The goal's, of a state row [S].</param>
internal sealed class SimulatedWalks(IVectorEnvironment environment, RendererPool renderers, string camera, StateFunction truth)
{
    /// <summary>Environments that are walked.</summary>
    public const int Rows = 16;

    private const int Draws = 8, Walks = 2, Decisions = 8, Held = 4;
    private const double Discount = 0.95;

    private static readonly StateSource[] Sources =
        [StateSource.Uniform, StateSource.Uniform, StateSource.Keyframes, StateSource.HardNegatives];

    private readonly EnvironmentInfo _info = environment.Info;
    private readonly int _count = environment.Count;
    private readonly StepBuffer _buffer = new(environment.Count, environment.Info);

    /// <summary>The distance, with its interval over the states that walks begin at.</summary>
    /// <returns>NaN where random actions do not change the truth within a walk, so that there is nothing to tell.</returns>
    /// <param name="reward">Lent; it adapts nothing.</param>
    /// <param name="seed">Of states and actions.</param>
    /// <param name="cancel">Asked before every walk.</param>
    public async Task<IntervalFigure> DistanceAsync(RewardStack reward, ulong seed, CancellationToken cancel)
    {
        int pairs = Draws * _count;
        double[][] rewards = [new double[pairs], new double[pairs]], truths = [new double[pairs], new double[pairs]];
        float[] first = new float[_count * _info.Actions.Length];
        for (int draw = 0; draw < Draws; draw++)
        {
            Act(new RandomPolicy(_info.Actions).CreateActor(_count, ActorMode.Sample, Rng.For(seed, "first", draw).NextBits()), first);
            for (int set = 0; set < 2; set++)
                for (int walk = 0; walk < Walks; walk++)
                {
                    ulong own = Rng.For(seed, "walk", (((draw * 2) + set) * Walks) + walk).NextBits();
                    (double[] Reward, double[] Truth) taken = await WalkAsync(reward, seed, draw, own, first, cancel);
                    (double[] Reward, double[] Truth) any = await WalkAsync(reward, seed, draw, own + 1, null, cancel);
                    for (int row = 0; row < _count; row++)
                    {
                        rewards[set][(draw * _count) + row] += (taken.Reward[row] - any.Reward[row]) / Walks;
                        truths[set][(draw * _count) + row] += (taken.Truth[row] - any.Truth[row]) / Walks;
                    }
                }
        }

        if (StarcDistance.IsTrivial(truths[0], truths[1])) return IntervalFigure.None with { Count = pairs };
        return Bootstrap.Interval(pairs, drawn =>
        {
            int[] rows = [.. Enumerable.Range(0, pairs).SelectMany(row => Enumerable.Repeat(row, drawn[row]))];
            double[] Of(double[] values) => Array.ConvertAll(rows, row => values[row]);
            return StarcDistance.OfAdvantages(Of(rewards[0]), Of(rewards[1]), Of(truths[0]), Of(truths[1]));
        }, seed);
    }

    /// <summary>Discounted sums of reward and truth over a walk from the states of a draw, [N] each.</summary>
    private async Task<(double[] Reward, double[] Truth)> WalkAsync(RewardStack reward, ulong seed, int draw, ulong walk, float[]? first,
        CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        environment.Reset(seed, StartDistribution.Task, _buffer); // episodes begin anew, so that none is cut by its time limit
        environment.SampleStates(seed, draw, Sources[draw % Sources.Length], _buffer);
        float[] actions = new float[_count * _info.Actions.Length], zeros = new float[_count];
        var batch = new TrajectoryBatch(Decisions, _count, _info, reward.Frames);
        var frames = new FrameRecorder(environment, batch, camera, renderers);
        bool[] hasEnded = new bool[_count];
        double[] truths = new double[_count];
        bool[,] counts = new bool[Decisions, _count];
        using IActor actor = new RandomPolicy(_info.Actions).CreateActor(_count, ActorMode.Sample, walk);
        int length = _info.State.Length;
        for (int step = 0; step < Decisions; step++)
        {
            Act(actor, actions);
            if (step == 0 && first is not null) first.CopyTo(actions, 0);
            for (int held = 0; held < Held; held++)
            {
                environment.Step(actions, _buffer);
                for (int row = 0; row < _count; row++) hasEnded[row] |= _buffer.Kinds[row].Ends();
            }

            for (int row = 0; row < _count; row++)
            {
                counts[step, row] = !hasEnded[row]; // what follows is another episode
                if (counts[step, row]) truths[row] += Math.Pow(Discount, step) * truth(_buffer.States.AsSpan(row * length, length));
                _buffer.Kinds[row] = step == Decisions - 1 ? StepKind.Truncated : StepKind.Mid;
            }

            _buffer.Observations.CopyTo(_buffer.FinalObservations, 0);
            _buffer.Images.CopyTo(_buffer.FinalImages, 0);
            batch.Record(step, new ObservationRows(_buffer.Observations, _buffer.Images), actions, zeros, _buffer);
            frames.Take(step, _buffer);
        }

        await frames.FinishAsync();
        float[] scores = new float[batch.Rows];
        if (reward.Spec.Scope.HasFlag(ScoreScope.Episode)) await reward.SumSourcesAsync(batch, scores, cancel);
        else await reward.ScoreAsync(batch, scores, ScoreContext.Preview(cancel));
        double[] sums = new double[_count];
        for (int row = 0; row < _count; row++)
        {
            double last = 0; // between two scored steps the earlier one's holds
            for (int step = 0; step < Decisions; step++)
            {
                if (float.IsFinite(scores[(step * _count) + row])) last = scores[(step * _count) + row];
                if (counts[step, row]) sums[row] += Math.Pow(Discount, step) * last;
            }
        }

        return (sums, truths);
    }

    private void Act(IActor actor, float[] actions) =>
        actor.Act(new ObservationRows(_buffer.Observations, _buffer.Images), new bool[_count], actions, new float[_count]);
}
