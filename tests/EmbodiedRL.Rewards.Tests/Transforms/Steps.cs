using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Rewards.Tests.Transforms;

/// <summary>Rollouts written as one word for each environment: '-' goes on, 'x' terminates, 't' runs out of time.</summary>
internal static class Steps
{
    public const float None = float.NaN;

    /// <summary>Rollouts that follow each other, each as [environments].</summary>
    public static IEnumerable<TrajectoryBatch> Of(params string[][] rollouts)
    {
        var running = new Snapshot();
        foreach (string[] environments in rollouts)
        {
            var batch = new TrajectoryBatch(environments[0].Length, environments.Length, FastEnv.Describe());
            if (running.Entries.Count > 0) batch.Load(running);
            var buffer = new StepBuffer(batch.Count, batch.Info);
            for (int step = 0; step < batch.Steps; step++)
            {
                for (int n = 0; n < batch.Count; n++) buffer.Kinds[n] = environments[n][step] switch
                {
                    'x' => StepKind.Terminated,
                    't' =>
                    StepKind.Truncated,
                    _ => StepKind.Mid
                };
                batch.Record(step, new(new float[batch.Count * 2]), new float[batch.Count], new float[batch.Count], buffer);
            }

            batch.Save(running);
            yield return batch;
        }
    }

    /// <summary>Scores of each environment, [N][T], as a batch has them, [T, N]; and back.</summary>
    public static float[] Transposed(params float[][] rows)
    {
        float[] values = new float[rows.Length * rows[0].Length];
        for (int n = 0; n < rows.Length; n++)
            for (int step = 0; step < rows[n].Length; step++) values[(step * rows.Length) + n] = rows[n][step];
        return values;
    }
}
