using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards;
using EmbodiedRL.Rewards.Shaping;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary><c>bench S82</c>: SPA-RL in small. Does a delayed reward that is split over the steps teach sooner than the reward itself?
/// </summary>
/// <remarks>
/// arXiv 2505.20732. The reference learns from the first step; beside it stands one that plays the same 500 exploratory episodes first, and
/// the steps of these are counted for both. No setting was searched for; fitting again was tried after a first run on these seeds. It does
/// not hold. A possible reason, which was not measured: an estimator that sees no history pays again for lingering where it is positive.
/// </remarks>
internal sealed class ProgressAttributionProof() : Proof("S82",
    "SPA-RL: a final reward that an estimator splits over the steps teaches sooner than the final reward.",
    "Figure: steps of PPO until 80 of the last 100 episodes succeed, geometric mean over 5 seeds, in a world of key and "
    + "door; the estimator was fitted to 500 exploratory episodes, whose steps count. Reference: the reward at the end alone. "
    + "It holds if the figure is at most 0.8 of the reference's, if the mean contributions of picking the key up, of opening "
    + "the door and of arriving are each above that of all other steps, and if new episodes that succeed are paid more than "
    + "others.",
    FirstSeed)
{
    private const int Seeds = 5, Exploratory = 500;
    private const int FirstSeed = 8200;
    private const long Budget = 150_000;

    /// <summary>The paper's: fitted once.</summary>
    private static readonly ProgressAttributionOptions Fixed = new() { Episodes = Exploratory };

    /// <summary>Fitted again to the newest episodes after every hundred.</summary>
    private static readonly ProgressAttributionOptions Refitted = new() { Episodes = Exploratory, Refit = 100, Epochs = 8 };

    protected override bool UsesTorch => true;

    protected override BenchRow Prove(ulong firstSeed, CancellationToken cancel)
    {
        double terminal = Steps(Term("task", null), 0, firstSeed, cancel),
            terminalLater = Steps(Term("task", null), Exploratory, firstSeed, cancel);
        double split = Steps(Term("progress-attribution", Fixed), Exploratory, firstSeed, cancel),
            refitted = Steps(Term("progress-attribution", Refitted), Exploratory, firstSeed, cancel);
        (double key, double door, double goal, double other, double success, double failure) = Contributions(firstSeed, cancel);
        bool holds = split <= 0.8 * terminal && Math.Min(key, Math.Min(door, goal)) > other && success > failure;
        return Row(split, "steps to 80% success", "PPO under the reward at the end, from the first step", terminal, holds,
            ("referenceAfterExploring", terminalLater), ("refitted", refitted), ("contributionKey", key), ("contributionDoor", door),
            ("contributionGoal", goal), ("contributionOther", other), ("fittedReturnOfSuccess", success),
            ("fittedReturnOfFailure", failure), ("budget", Budget));
    }

    private static RewardTermSettings Term(string source, ProgressAttributionOptions? options) =>
        new() { Name = "reward", Source = source, Options = options };

    private static double Steps(RewardTermSettings term, int exploring, ulong firstSeed, CancellationToken cancel)
    {
        double logs = 0;
        for (ulong seed = firstSeed; seed < firstSeed + Seeds; seed++)
        {
            using RewardStack reward = Build(term);
            logs += Math.Log(KeyDoorRun.Train(reward, seed, Budget, exploring, stops: true, cancel).Steps);
        }

        return Math.Exp(logs / Seeds);
    }

    private static RewardStack Build(RewardTermSettings term)
    {
        using var environment = new KeyDoorEnv(1);
        return RewardRegistries.Shipped.Build(new() { Terms = [term] }, new RewardContext { Info = environment.Info });
    }

    /// <summary>Mean contributions on further exploratory episodes, which the estimator was not fitted to, over all seeds.</summary>
    private static (double Key, double Door, double Goal, double Other, double Success, double Failure) Contributions(
        ulong firstSeed, CancellationToken cancel)
    {
        double[] sums = new double[6], counts = new double[6];
        for (ulong seed = firstSeed; seed < firstSeed + Seeds; seed++)
        {
            using RewardStack reward = Build(Term("progress-attribution", Fixed));
            using var run = new KeyDoorRun(seed);
            var context = new ScoreContext(0, 0, Frozen: false, NullMetricSink.Instance, cancel);
            Dictionary<long, double> returns = [];
            for (bool judges = false; run.Episodes < 3 * Exploratory; judges = run.Episodes >= Exploratory)
            {
                run.Play();
                float[] scores = new float[run.Batch.Rows];
                reward.ScoreAsync(run.Batch, scores, context).AsTask().GetAwaiter().GetResult();
                reward.LearnAsync(run.Batch, context).AsTask().GetAwaiter().GetResult();
                if (judges) Judge(run.Batch, scores, returns, sums, counts);
            }
        }

        double[] means = [.. sums.Zip(counts, (sum, count) => sum / count)];
        return (means[0], means[1], means[2], means[3], means[4], means[5]);
    }

    private static void Judge(Core.Batches.TrajectoryBatch batch, float[] scores, Dictionary<long, double> returns, double[] sums,
        double[] counts)
    {
        int observation = batch.Info.Observations.Length, width = batch.Info.State.Length;
        for (int row = 0; row < batch.Rows; row++)
        {
            (bool held, bool open) = KeyDoorEnv.Read(batch.Observations.AsSpan(row * observation, observation));
            ReadOnlySpan<float> state = batch.States.AsSpan(row * width, width);
            int kind = KeyDoorEnv.AtGoal(state) ? 2 : !open && state[5] > 0 ? 1 : !held && state[4] > 0 ? 0 : 3;
            (sums[kind], counts[kind]) = (sums[kind] + scores[row], counts[kind] + 1);
            long episode = batch.Episode[row];
            returns[episode] = returns.GetValueOrDefault(episode) + scores[row];
            if (!batch.EndsEpisode(row)) continue;
            int outcome = kind == 2 ? 4 : 5;
            (sums[outcome], counts[outcome]) = (sums[outcome] + returns[episode], counts[outcome] + 1);
            returns.Remove(episode);
        }
    }
}
