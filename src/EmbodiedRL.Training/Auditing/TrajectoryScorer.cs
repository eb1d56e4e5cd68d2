using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rewards;
using EmbodiedRL.Training.Captioning;

namespace EmbodiedRL.Training.Auditing;

/// <summary>Scores trajectories by a whole reward, as the check before training does: nothing adapts.</summary>
/// <remarks>
/// A transform or combinator that reads how an episode went on would be judged by frames that lie further apart than steps; there, and
/// where scores depend on the others of a batch, the weighted sum of the sources is taken.
/// </remarks>
internal sealed class TrajectoryScorer(EnvironmentInfo info, IReadOnlyList<AuditTrajectory> trajectories, AuditFrames frames,
    TimeProvider time)
{
    private const int TrajectoriesAtOnce = 16;

    private readonly EnvironmentInfo _info = info.WithoutImage();

    /// <summary>Milliseconds a frame of every batch that was scored since <see cref="ForgetCosts"/>.</summary>
    public List<double> Costs { get; } = [];

    /// <summary>Whether terms are left out whose scores say nothing of the goal before a run.</summary>
    public bool CheckableOnly { get; init; }

    /// <summary>Whether the weighted sum of a reward's sources is taken instead of the whole reward.</summary>
    /// <param name="reward">Of a run.</param>
    /// <param name="checkableOnly">As <see cref="CheckableOnly"/>.</param>
    public static bool SumsSources(RewardStack reward, bool checkableOnly) =>
        (reward.Spec.Scope & (ScoreScope.Episode | ScoreScope.Group | ScoreScope.Batch)) != 0
        || (checkableOnly && reward.Terms.Any(term => !term.Source.IsCheckable));

    /// <summary>Begins to measure anew.</summary>
    public void ForgetCosts() => Costs.Clear();

    /// <summary>Scores some trajectories.</summary>
    /// <param name="reward">Lent.</param>
    /// <param name="rows">[N], which.</param>
    /// <param name="cancel">Asked before every batch.</param>
    /// <param name="change">Of the scene that the reward is shown.</param>
    /// <returns>[N][T]; NaN where the reward does not apply.</returns>
    public async Task<double[][]> ScoreAsync(RewardStack reward, IReadOnlyList<int> rows, CancellationToken cancel,
        ImageChange change = ImageChange.None)
    {
        double[][] scored = new double[rows.Count][];
        int steps = trajectories[0].Steps;
        for (int first = 0; first < rows.Count; first += TrajectoriesAtOnce)
        {
            cancel.ThrowIfCancellationRequested();
            int[] some = [.. rows.Skip(first).Take(TrajectoriesAtOnce)];
            TrajectoryBatch batch = BatchOf(some, reward, change);
            float[] scores = new float[batch.Rows];
            long began = time.GetTimestamp();
            await ScoreAsync(reward, batch, scores, cancel, CheckableOnly);
            Costs.Add(time.GetElapsedTime(began).TotalMilliseconds / batch.Rows);
            for (int n = 0; n < some.Length; n++)
            {
                scored[first + n] = new double[steps];
                for (int t = 0; t < steps; t++) scored[first + n][t] = scores[(t * some.Length) + n];
            }
        }

        return scored;
    }

    /// <summary>Scores a batch whose steps may lie further apart than those of a run.</summary>
    /// <param name="reward">Lent.</param>
    /// <param name="batch">Lent.</param>
    /// <param name="scores">[rows], overwritten.</param>
    /// <param name="cancel">Stops between two calls of a model.</param>
    /// <param name="checkableOnly">As <see cref="CheckableOnly"/>.</param>
    public static ValueTask ScoreAsync(RewardStack reward, TrajectoryBatch batch, float[] scores, CancellationToken cancel,
        bool checkableOnly = false) =>
        SumsSources(reward, checkableOnly)
            ? reward.SumSourcesAsync(batch, scores, cancel, checkableOnly)
            : reward.ScoreAsync(batch, scores, ScoreContext.Preview(cancel));

    private TrajectoryBatch BatchOf(int[] rows, RewardStack reward, ImageChange change)
    {
        int steps = trajectories[0].Steps;
        var batch = new TrajectoryBatch(steps, rows.Length, _info, reward.Frames);
        var outcome = new StepBuffer(rows.Length, _info);
        float[] seen = new float[outcome.Observations.Length], actions = new float[rows.Length * _info.Actions.Length],
            zeros = new float[rows.Length];
        for (int t = 0; t < steps; t++)
        {
            for (int n = 0; n < rows.Length; n++)
            {
                AuditTrajectory shown = trajectories[rows[n]];
                Copy(shown.Observations, Math.Max(0, t - 1), seen, n);
                Copy(shown.Observations, t, outcome.Observations, n);
                Copy(shown.Observations, t, outcome.FinalObservations, n);
                Copy(shown.Actions, t, actions, n);
                Copy(shown.States, t, outcome.States, n);
                outcome.Rewards[n] = shown.Rewards[t];
                outcome.Kinds[n] = t == steps - 1 ? StepKind.Truncated : StepKind.Mid;
            }

            batch.Record(t, new ObservationRows(seen), actions, zeros, outcome);
        }

        foreach (FrameBlock block in batch.FrameBlocks)
            for (int n = 0; n < rows.Length; n++) Fill(block, n, rows[n], change);
        return batch;

        void Copy(float[] from, int step, float[] into, int row)
        {
            int width = from.Length / steps;
            from.AsSpan(step * width, width).CopyTo(into.AsSpan(row * width));
        }
    }

    private void Fill(FrameBlock block, int row, int trajectory, ImageChange change)
    {
        FrameSpec spec = block.Spec;
        byte[] shown = change == ImageChange.None ? frames.Of(trajectory, spec) : frames.Changed(trajectory, spec, change);
        for (int rendered = 0; rendered < block.RenderedSteps; rendered++)
            shown.AsSpan(rendered * spec.Every * spec.FrameBytes, spec.FrameBytes).CopyTo(block.Frame((rendered * block.Count) + row));
    }
}
