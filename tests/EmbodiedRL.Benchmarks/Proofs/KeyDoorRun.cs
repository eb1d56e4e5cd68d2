using EmbodiedRL.Algorithms.OnPolicy;
using EmbodiedRL.Benchmarks.Exploration;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary>PPO on <see cref="KeyDoorEnv"/> under a reward: how many steps it takes until four episodes in five succeed.</summary>
internal sealed class KeyDoorRun : IDisposable
{
    public const int Count = 16;
    private const int Window = 100;

    private static readonly PpoOptions Options = new()
    {
        Horizon = 64,
        Minibatch = 256,
        Epochs = 4,
        LearningRate = 1e-3,
        Entropy = 0.01f,
        HiddenSizes = [64, 64],
    };

    private readonly SparseRun _run;

    public KeyDoorRun(ulong seed) => _run = new SparseRun(new KeyDoorEnv(Count), Options, seed);

    /// <summary>The last rollout; overwritten by the next.</summary>
    public TrajectoryBatch Batch => _run.Batch;

    /// <summary>Episodes that ended so far.</summary>
    public long Episodes => _run.Outcomes.Count;

    /// <summary>Whether four in five of the last hundred episodes succeeded.</summary>
    private bool Succeeds => Episodes >= Window && _run.Outcomes.Skip((int)Episodes - Window).Count(outcome => outcome) >= 0.8 * Window;

    /// <summary>Trains until it succeeds, or to the end of the budget.</summary>
    /// <param name="reward">Scores, and learns, if it does; the caller's.</param>
    /// <param name="seed">Of policy and environment.</param>
    /// <param name="budget">Steps at most.</param>
    /// <param name="exploring">Episodes that are played and learned from by the reward before the policy is updated.</param>
    /// <param name="stops">Whether it stops as soon as it succeeds.</param>
    /// <param name="cancel">Stops between two rollouts.</param>
    /// <returns>Steps until success, or the budget, and the share of all episodes that succeeded.</returns>
    public static (long Steps, double Share) Train(
        RewardStack reward, ulong seed, long budget, long exploring, bool stops, CancellationToken cancel)
    {
        using var run = new KeyDoorRun(seed);
        long steps = budget;
        while (run._run.Steps < budget && !(stops && steps < budget))
        {
            cancel.ThrowIfCancellationRequested();
            bool explores = run.Episodes < exploring;
            run.Play();
            run._run.Learn(reward, budget, updates: !explores, NullMetricSink.Instance, cancel);
            if (run.Succeeds) steps = Math.Min(steps, run._run.Steps);
        }

        return (steps, run._run.Outcomes.Average(outcome => outcome ? 1.0 : 0));
    }

    /// <summary>Plays a rollout.</summary>
    public void Play() => _run.Play();

    public void Dispose() => _run.Dispose();
}
