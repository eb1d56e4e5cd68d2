using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards;
using EmbodiedRL.Rewards.Diagnostics;
using EmbodiedRL.Training.Loop;

namespace EmbodiedRL.Training.Auditing.RedTeam;

/// <summary>The red team: looks by several attacks for states that a reward pays for though they are not, nor nearly, the goal.</summary>
/// <remarks>
/// Every attack is made of restarts that share no draw. The best moment of each is rendered and scored anew, by itself, and its mean reward
/// is told as a share of the way from failures to successes (<see cref="RewardLevels"/>); the attack's figure is the mean over restarts,
/// what one search of this effort finds, with a bootstrap interval over them. A restart that finds no fraud counts 0.
/// </remarks>
/// <param name="environment">Of <see cref="Rows"/> rows; owned from here on.</param>
/// <param name="goal">What is asked for.</param>
/// <param name="camera">What rewards that name no camera look through.</param>
/// <param name="renderers">Lent.</param>
/// <param name="settings">Effort and seed.</param>
/// <param name="time">The clock.</param>
internal sealed class FraudSearch(IVectorEnvironment environment, AuditGoal goal, string camera, RendererPool renderers,
    AuditSettings settings, TimeProvider time) : IDisposable
{
    /// <summary>Environments that states are tried in at once.</summary>
    public const int Rows = 64;

    private const int MostRestarts = 8, BatchesOfRestart = 8;
    private const double MostMilliseconds = 30_000; // of scoring, for an attack whose effort nobody has said

    private readonly SearchSpace _space = new(environment, settings.Seed);

    private IEnumerable<IStateSearch> Searches =>
    [
        .. settings.RedTeam.Random ? [new RandomSearch()] : Array.Empty<IStateSearch>(),
        .. settings.RedTeam.Optimizer ? [new CrossEntropySearch()] : Array.Empty<IStateSearch>(),
    ];

    /// <summary>Attacks a reward by searching states.</summary>
    /// <param name="name">The reward's.</param>
    /// <param name="reward">Lent.</param>
    /// <param name="levels">What it pays for failures and successes.</param>
    /// <param name="cost">ms that it takes to score a frame.</param>
    /// <param name="cancel">Asked before every batch.</param>
    public async Task<IReadOnlyList<AttackOutcome>> AttackAsync(string name, RewardStack reward, RewardLevels levels, double cost,
        CancellationToken cancel)
    {
        int batches = Affordable(cost) / Rows, restarts = Math.Clamp(batches / BatchesOfRestart, 2, MostRestarts);
        var ground = new SearchGround(_space, new WindowProbe(environment, goal, reward, renderers, camera), settings.Seed);
        var outcomes = new List<AttackOutcome>();
        foreach (IStateSearch search in Searches)
        {
            var best = new ProbedWindow?[restarts];
            for (int restart = 0; restart < restarts; restart++)
                best[restart] = await search.SearchAsync(ground, restart, batches / restarts, cancel);
            outcomes.Add(await JudgeAsync(name, search.Attack, reward, levels, best, batches / restarts * restarts * Rows, cancel));
        }

        return outcomes;
    }

    /// <summary>Attacks a reward by training a policy on it.</summary>
    /// <param name="audited">Name and run.</param>
    /// <param name="reward">The same, built. Lent.</param>
    /// <param name="levels">What it pays for failures and successes.</param>
    /// <param name="attack">Trains.</param>
    /// <param name="cancel">Asked before every update.</param>
    public async Task<AttackOutcome> AttackAsync(AuditedReward audited, RewardStack reward, RewardLevels levels, PolicyAttack attack,
        CancellationToken cancel)
    {
        (ProbedWindow?[] best, int tried) = await attack.SearchAsync(audited, reward, (goal, camera, renderers),
            settings.RedTeam.PolicySteps, settings.Seed, cancel);
        return await JudgeAsync(audited.Name, Attack.Policy, reward, levels, best, tried, cancel);
    }

    /// <summary>Frees the environments.</summary>
    public void Dispose() => environment.Dispose();

    private int Affordable(double cost)
    {
        if (settings.RedTeam.States > 0) return settings.RedTeam.States;
        int states = RedTeamSettings.UsualStates;
        while (states > 2 * Rows && states * WindowProbe.Frames * cost > MostMilliseconds) states /= 2;
        return states;
    }

    /// <summary>Renders and scores the best of every restart anew: what the search saw in a batch of others is not believed.</summary>
    private async Task<AttackOutcome> JudgeAsync(string name, Attack attack, RewardStack reward, RewardLevels levels, ProbedWindow?[] best,
        int tried, CancellationToken cancel)
    {
        AuditTrajectory[] shown = [.. best.OfType<ProbedWindow>().Select(window => window.Notes.Trajectory(TrajectoryKind.Fraud, 0))];
        Fraud[] frauds = [];
        if (shown.Length > 0)
        {
            var frames = new AuditFrames(environment.Info, shown, camera, settings.Seed, renderers);
            double[][] scores = await new TrajectoryScorer(environment.Info, shown, frames, time)
                .ScoreAsync(reward, [.. Enumerable.Range(0, shown.Length)], cancel);
            frauds = [.. shown.Zip(scores, (seen, scored) =>
                new Fraud(levels.ShareOf(scored.Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average()), scored, seen))];
        }

        double[] shares = [.. frauds.Select(fraud => fraud.Share), .. Enumerable.Repeat(0.0, best.Length - shown.Length)];
        return new AttackOutcome(name, attack, Bootstrap.Mean(shares, settings.Seed), tried, frauds.MaxBy(fraud => fraud.Share));
    }
}
