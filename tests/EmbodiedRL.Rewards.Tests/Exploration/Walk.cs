using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Rewards.Tests.Exploration;

/// <summary>Rollouts written as what each environment reaches; state and observation are the same, and episodes begin at 0.</summary>
internal sealed class Walk(int count, EnvironmentInfo info)
{
    private readonly Snapshot _running = new();
    private readonly StepBuffer _buffer = new(count, info);
    private bool _hasBegun;

    public static EnvironmentInfo Line(int length = 1, ActionSpec? actions = null) => FastEnv.Describe() with
    {
        Name = "line",
        Observations = new ObservationSpec(Fields(length)),
        State = new StateSpec(Fields(length)),
        Actions = actions ?? ActionSpec.Discrete("move", 3),
    };

    /// <summary>Goes on from where the rollout before ended.</summary>
    /// <param name="steps">T.</param>
    /// <param name="reached">What environment n reaches at step t.</param>
    /// <param name="ends">Whether the episode of environment n ends at step t.</param>
    /// <param name="action">Of environment n at step t.</param>
    public TrajectoryBatch Rollout(int steps, Func<int, int, float[]> reached, Func<int, int, bool>? ends = null,
        Func<int, int, float>? action = null)
    {
        var batch = new TrajectoryBatch(steps, count, info);
        if (_hasBegun) batch.Load(_running);
        int width = info.Observations.Length;
        float[] before = new float[count * width], actions = new float[count * info.Actions.Length];
        for (int step = 0; step < steps; step++)
        {
            _buffer.Observations.CopyTo(before, 0);
            for (int n = 0; n < count; n++)
            {
                bool isLast = ends?.Invoke(step, n) == true;
                float[] after = reached(step, n);
                after.CopyTo(_buffer.States, n * width);
                after.CopyTo(isLast ? _buffer.FinalObservations : _buffer.Observations, n * width);
                if (isLast) Array.Clear(_buffer.Observations, n * width, width);
                _buffer.Kinds[n] = isLast ? StepKind.Terminated : StepKind.Mid;
                actions[n * info.Actions.Length] = action?.Invoke(step, n) ?? 0;
            }

            batch.Record(step, new ObservationRows(before), actions, new float[count], _buffer);
        }

        batch.Save(_running);
        _hasBegun = true;
        return batch;
    }

    public static async Task<float[]> Score(IReward reward, RewardBatch batch, bool frozen = false)
    {
        float[] scores = new float[batch.Rows];
        await reward.ScoreAsync(batch, scores, NoiseBatches.Context(frozen));
        return scores;
    }

    public static async Task<float[]> ScoreAndLearn(IReward reward, RewardBatch batch)
    {
        float[] scores = await Score(reward, batch);
        if (reward is ILearnedReward learner) await learner.LearnAsync(batch, NoiseBatches.Context());
        return scores;
    }

    private static FieldSpec[] Fields(int length) => [.. Enumerable.Range(0, length).Select(i => new FieldSpec($"x{i}"))];
}
