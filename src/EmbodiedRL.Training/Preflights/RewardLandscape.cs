using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rendering;
using EmbodiedRL.Rewards;
using EmbodiedRL.Training.Auditing;
using EmbodiedRL.Training.Captioning;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Loop;

namespace EmbodiedRL.Training.Preflights;

/// <summary>
/// A reward along ways to success, over what random actions visit, in other looks and over sampled states. Owns an environment.
/// </summary>
/// <param name="run">Composed; its check has been made. Lent.</param>
/// <param name="reward">That has seen nothing. Lent.</param>
/// <param name="goal">What is asked for; null where nobody knows how true it is.</param>
/// <param name="settings">How much is looked at.</param>
/// <param name="time">The clock.</param>
internal sealed class RewardLandscape(TrainingRun run, RewardStack reward, AuditGoal? goal, PreflightSettings settings, TimeProvider time)
    : IDisposable
{
    private const int LooksOf = 4; // ways that are shown in other looks
    private const double LeastTruth = 0.01;

    private static readonly ImageChange[] Looks =
        [ImageChange.None, ImageChange.CameraShift, ImageChange.BodyColors, ImageChange.Backgrounds, ImageChange.Light];

    private readonly IVectorEnvironment _environment = run.CreateEvaluationEnvironments(1);
    private readonly ulong _seed = Rng.For(run.Settings.Env.Seed, "preflight").NextBits();

    private EnvironmentInfo Info => run.Info;

    /// <summary>Frees the environment.</summary>
    public void Dispose() => _environment.Dispose();

    /// <summary>A report with all that can be measured.</summary>
    public async Task<PreflightReport> AddToAsync(PreflightReport report, CancellationToken cancel)
    {
        report = AddSampled(report, cancel);
        if (goal is null)
            return report with { Notes = [.. report.Notes, "No way to success was made: nobody knows how true the goal is."] };
        if (Info.Scene is null && reward.Frames.Count > 0)
            return report with
            {
                Notes = [.. report.Notes, $"No way to success was scored: '{Info.Name}' has no scene to render states of one's own from."],
            };
        var made = new PreflightTrajectories(_environment, goal, settings, _seed);
        (IReadOnlyList<(StartDistribution Start, AuditTrajectory Way)> ways, IReadOnlyList<string> notes) = made.Ways(cancel);
        AuditTrajectory[] all = [.. ways.Select(way => way.Way), .. made.Played(run.Settings.Env.Start, cancel)];
        using var renderers = new RendererPool();
        var frames = new AuditFrames(Info, all, Camera, _seed, renderers);
        var scorer = new TrajectoryScorer(Info, all, frames, time) { CheckableOnly = true };
        double[][] scores = await scorer.ScoreAsync(reward, [.. Enumerable.Range(0, all.Length)], cancel);
        report = report with
        {
            Notes = [.. report.Notes, .. notes],
            Paths = [.. ways.Select((way, i) => new PreflightPath(way.Start, scores[i], way.Way.Truths, ReachedBy(way.Way)))],
            Figures = report.Figures with { LookVariance = await LooksAsync(scorer, ways.Count, cancel) },
        };
        report = AddWays(report);
        return AddPlayed(report, all[ways.Count..], scores[ways.Count..]);
    }

    private string Camera => Info.Scene is null ? "" : FrameSources.CameraOf(_environment, run.Settings.Env.Render.Camera);

    private PreflightReport AddSampled(PreflightReport report, CancellationToken cancel)
    {
        // on the scale of the ways: a transform that looks at a whole batch would say another thing of another batch
        ScoredStates states = TrajectoryScorer.SumsSources(reward, checkableOnly: true)
            ? run.ScoreDrawn(reward, sourcesOnly: true, cancel)
            : run.Checked!;
        int width = Info.State.Length;
        double[] truths = goal is null ? []
            : [.. Enumerable.Range(0, states.Rewards.Length).Select(i => goal.Truth(states.States.AsSpan(i * width, width)))];
        int[] order = [.. Enumerable.Range(0, states.Rewards.Length).OrderByDescending(i => states.Rewards[i])];
        return report with
        {
            Rewards = states.Rewards,
            Truths = truths,
            Best = Shown(states, truths, [.. order.Take(settings.Shown)]),
            Worst = Shown(states, truths, [.. order.Reverse().Take(settings.Shown)]),
            Figures = report.Figures with
            {
                Spread = PreflightMeasures.Spread(states.Rewards),
                Untrue = truths.Length == 0 ? null : truths.Count(truth => truth < LeastTruth) / (double)truths.Length,
                Explained = truths.Length == 0 ? null : PreflightMeasures.Explained(states.Rewards, truths),
                SignalToNoise = truths.Length > 0 && PreflightMeasures.Explained(states.Rewards, truths) is { } explained and < 1
                    ? explained / (1 - explained)
                    : null,
            },
        };
    }

    private static PreflightReport AddWays(PreflightReport report)
    {
        if (report.Paths.Count == 0) return report;
        double[][] rewards = [.. report.Paths.Select(path => path.Rewards.Take(path.Reached + 1).ToArray())],
            truths = [.. report.Paths.Select(path => path.Truths.Take(path.Reached + 1).ToArray())];
        double? gain = PreflightMeasures.Quantile(report.Paths.Select(path => path.Rewards[^1]), 0.5)
            - PreflightMeasures.Quantile(report.Paths.Select(path => path.Rewards[0]), 0.5);
        return report with
        {
            Figures = report.Figures with
            {
                Range = report.Figures.Spread > 0 ? gain / report.Figures.Spread : null,
                Order = Median(rewards.Select(PreflightMeasures.Order)),
                OrderOfTruth = Median(truths.Select(PreflightMeasures.Order)),
                Rises = PreflightMeasures.Rises(rewards),
                RisesOfTruth = PreflightMeasures.Rises(truths),
                Gains = PreflightMeasures.Gains(rewards),
            },
        };
    }

    private static PreflightReport AddPlayed(PreflightReport report, AuditTrajectory[] played, double[][] scores)
    {
        (double Score, double Truth)[] known = [.. played.SelectMany((one, i) => scores[i].Zip(one.Truths))
            .Where(pair => double.IsFinite(pair.First))];
        double[] visited = Array.ConvertAll(known, pair => pair.Score);
        double? start = PreflightMeasures.Quantile(report.Paths.Select(path => path.Rewards[0]), 0.5),
            gain = PreflightMeasures.Quantile(report.Paths.Select(path => path.Rewards[^1]), 0.5) - start;
        return report with
        {
            Figures = report.Figures with
            {
                PlayedSuccess = played.Sum(one => one.Holds.Count(holds => holds)) / (double)played.Sum(one => one.Steps),
                PlayedAgreement = known.Length == 0 ? null
                    : SentenceStatistics.Agreement(visited, Array.ConvertAll(known, pair => pair.Truth)),
                PlayedReach = gain > 0 ? (PreflightMeasures.Quantile(visited, 0.95) - start) / gain : null,
            },
        };
    }

    /// <summary>Variance among looks of the same states of some ways; null where the reward sees nothing.</summary>
    private async Task<double?> LooksAsync(TrajectoryScorer scorer, int ways, CancellationToken cancel)
    {
        if (reward.Frames.Count == 0 || ways == 0) return null;
        int shown = Math.Min(LooksOf, ways);
        int[] some = [.. Enumerable.Range(0, shown).Select(i => i * ways / shown)];
        var looks = new List<double[]>();
        foreach (ImageChange look in Looks)
            looks.Add([.. (await scorer.ScoreAsync(reward, some, cancel, look)).SelectMany(scores => scores)]);
        return PreflightMeasures.VarianceWithin(
            [.. Enumerable.Range(0, looks[0].Length).Select(i => looks.Select(scores => scores[i]).ToArray())]);
    }

    private PreflightFrame[] Shown(ScoredStates states, double[] truths, int[] rows)
    {
        if (Info.Scene is not { } scene || rows.Length == 0) return [];
        using var renderer = new BatchRenderer(scene, Camera, settings.Size);
        int length = scene.PoseLength, visuals = states.Visuals.Length / states.Rewards.Length, width = Info.State.Length;
        byte[] drawn = new byte[rows.Length * renderer.FrameBytes];
        float[] looks = [.. rows.SelectMany(row => states.Visuals.AsSpan(row * visuals, visuals).ToArray())];
        renderer.Render([.. rows.SelectMany(row => states.Poses.AsSpan(row * length, length).ToArray())], rows.Length, drawn,
            Info.VisualRandomization.Unpack(looks, rows.Length, Camera));
        return [.. rows.Select((row, i) => new PreflightFrame(drawn.AsSpan(i * renderer.FrameBytes, renderer.FrameBytes).ToArray(),
            settings.Size, states.Rewards[row], truths.Length > 0 ? truths[row] : null,
            goal?.Holds(states.States.AsSpan(row * width, width))))];
    }

    /// <summary>The state from which on the goal is fulfilled for good; the first is not.</summary>
    private static int ReachedBy(AuditTrajectory way)
    {
        int reached = way.Steps - 1;
        while (reached > 1 && way.Holds[reached - 1]) reached--;
        return reached;
    }

    private static double? Median(IEnumerable<double?> values) => PreflightMeasures.Quantile(values.OfType<double>(), 0.5);
}
