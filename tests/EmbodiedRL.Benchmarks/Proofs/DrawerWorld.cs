using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Rendering;
using EmbodiedRL.Rewards.Diagnostics;
using EmbodiedRL.Rewards.Learned;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Tasks;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary>What came out for one seed.</summary>
internal sealed record DrawerOutcome(
    int[] Borders, double BorderError, double WorstBorder, double Rank, double RankOfLast, int Rounds, int RoundsOfLast,
    bool Opens, bool LastOpens);

/// <summary>Scripted demonstrations of opening a drawer, rewards made of them, and a search for plans by these rewards.</summary>
internal sealed class DrawerWorld : IDisposable
{
    /// <summary>Rounds of the search.</summary>
    public const int MostRounds = 25;

    private const int Plans = 48, Elite = 8, Demonstrations = 5, HeldOut = 5, Waypoints = 3, Move = 3, Rest = 8,
        Frames = Rest + (Waypoints * (Move + Rest));
    private const double FirstSpread = 0.27, LeastSpread = 0.05;

    // beside the gap behind the handle, in the gap, and pulled out
    private static readonly double[] Script = [0.0, 0.35, 0.0, 0.0, 0.58, 0.0];

    private readonly IImageTextModel _model;
    private readonly VectorEnvironment _environment;
    private readonly BatchRenderer _renderer;
    private readonly StepBuffer _buffer;

    public DrawerWorld(IImageTextModel model)
    {
        _model = model;
        _environment = new VectorEnvironment(MujocoModel.Parse("drawer", DrawerTask.Scene), own => new DrawerTask(own), Plans, 1);
        _renderer = new BatchRenderer(_environment.Info.RequiredScene, "top", model.ImageSize);
        _buffer = new StepBuffer(Plans, _environment.Info);
    }

    public async Task<DrawerOutcome> ProveAsync(ulong seed, CancellationToken cancel)
    {
        var rng = Rng.For(seed, "scripts");
        (TrajectoryBatch shown, _) = Play([.. Enumerable.Range(0, Plans).Select(_ => Nearly(ref rng))], seed);
        DemonstrationFrames[] demonstrations = [.. Enumerable.Range(0, Demonstrations).Select(n => Film(shown, n))];
        var options = new StepwisePerceptualOptions { File = "-", Steps = Waypoints + 1, LeastFrames = 5 };
        using var reward = new StepwisePerceptualReward("steps", _model, demonstrations, options);
        using var last = new StepwisePerceptualReward("last", _model, demonstrations, options with { LastOnly = true });
        double error = reward.Borders.Average(starts => BorderErrors(starts).Average()),
            worst = reward.Borders.Max(starts => BorderErrors(starts).Max());
        double rank = await RankAsync(reward, shown, cancel), rankOfLast = await RankAsync(last, shown, cancel);
        (int rounds, bool opens) = await SearchAsync(reward, seed, cancel);
        (int roundsOfLast, bool lastOpens) = await SearchAsync(last, seed, cancel);
        return new DrawerOutcome(reward.Borders[0], error, worst, rank, rankOfLast, rounds, roundsOfLast, opens, lastOpens);
    }

    public void Dispose()
    {
        _renderer.Dispose();
        _environment.Dispose();
    }

    /// <summary>The script with the hand's carelessness.</summary>
    private static double[] Nearly(ref Rng rng)
    {
        double[] plan = new double[Script.Length];
        for (int i = 0; i < plan.Length; i++) plan[i] = Script[i] + (0.01 * rng.Normal());
        return plan;
    }

    private static DemonstrationFrames Film(TrajectoryBatch batch, int environment)
    {
        FrameBlock frames = batch.FrameBlocks[0];
        return new DemonstrationFrames(
            [.. Enumerable.Range(0, batch.Steps).SelectMany(step => frames.Frame((step * batch.Count) + environment).ToArray())],
            frames.Spec.Width, frames.Spec.Height);
    }

    /// <summary>
    /// Distances of found borders from the times at which the hand is half way to the next place of rest, as shares of a demonstration.
    /// </summary>
    private static IEnumerable<double> BorderErrors(int[] starts) =>
        Enumerable.Range(1, starts.Length - 1).Select(i => Math.Abs(starts[i] - TrueBorder(i)) / Frames);

    private static double TrueBorder(int i) => (i * (Move + Rest)) - (Move / 2.0);

    /// <summary>Rank correlation of the reward with how much of the script is done, mean over runs that it was not made of.</summary>
    private static async Task<double> RankAsync(StepwisePerceptualReward reward, TrajectoryBatch batch, CancellationToken cancel)
    {
        float[] scores = new float[batch.Rows];
        await reward.ScoreAsync(batch, scores, ScoreContext.Preview(cancel));
        double[] progress = [.. Enumerable.Range(0, Frames).Select(Progress)];
        return Enumerable.Range(Demonstrations, HeldOut).Average(n => Correlations.Spearman(
            [.. Enumerable.Range(0, Frames).Select(step => (double)scores[(step * batch.Count) + n])], progress));
    }

    /// <summary>
    /// The cross-entropy method over waypoints: rounds until the mean plan opens the drawer, and whether it does at the end.
    /// </summary>
    private async Task<(int Rounds, bool Opens)> SearchAsync(StepwisePerceptualReward reward, ulong seed, CancellationToken cancel)
    {
        double[] mean = [0.5, 0.4, 0.5, 0.4, 0.5, 0.4]; // about where the hand begins
        double[] spread = [.. mean.Select(_ => FirstSpread)];
        int first = MostRounds + 1;
        bool opens = false;
        for (int round = 1; round <= MostRounds; round++)
        {
            double[][] plans = Sampled(mean, spread, seed, round);
            (TrajectoryBatch batch, double[] open) = Play(plans, seed);
            float[] scores = new float[batch.Rows];
            await reward.ScoreAsync(batch, scores, ScoreContext.Preview(cancel));
            opens = open[0] > 0.8 * DrawerTask.Fully;
            if (opens) first = Math.Min(first, round);
            double[] returns = [.. Enumerable.Range(0, Plans).Select(n =>
                Enumerable.Range(0, Frames).Sum(step => (double)scores[(step * Plans) + n]))];
            int[] best = [.. Enumerable.Range(1, Plans - 1).OrderByDescending(n => returns[n]).Take(Elite)];
            for (int i = 0; i < mean.Length; i++)
            {
                mean[i] = best.Average(n => plans[n][i]);
                spread[i] = Math.Max(LeastSpread, Math.Sqrt(best.Average(n => Math.Pow(plans[n][i] - mean[i], 2))));
            }
        }

        return (first, opens);
    }

    /// <summary>Plan 0 is the mean, which is judged and not chosen from.</summary>
    private static double[][] Sampled(double[] mean, double[] spread, ulong seed, int round)
    {
        var rng = Rng.For(seed, "plans", round);
        double[][] plans = new double[Plans][];
        for (int n = 0; n < Plans; n++)
        {
            plans[n] = [.. mean];
            for (int i = 0; i < mean.Length && n > 0; i++) plans[n][i] = Math.Clamp(mean[i] + (spread[i] * rng.Normal()), -0.6, 0.8);
        }

        return plans;
    }

    /// <summary>Waypoints reached at a step: a rest, then a straight move and a rest for each.</summary>
    private static double Progress(int step) => step < Rest ? 0
        : ((step - Rest) / (Move + Rest)) + Math.Min(1, (((step - Rest) % (Move + Rest)) + 1) / (double)Move);

    /// <summary>Runs plans side by side from drawn starts.</summary>
    private (TrajectoryBatch Batch, double[] Open) Play(double[][] plans, ulong seed)
    {
        _environment.Reset(seed, StartDistribution.Task, _buffer);
        var batch = new TrajectoryBatch(Frames, Plans, _environment.Info, FrameSpec.Square(_model.ImageSize));
        float[] begin = [.. _buffer.States], actions = new float[2 * Plans], zeros = new float[Plans];
        for (int step = 0; step < Frames; step++)
        {
            double progress = Progress(step);
            int waypoint = Math.Clamp((int)Math.Ceiling(progress) - 1, 0, Waypoints - 1);
            double share = progress - waypoint;
            for (int n = 0; n < Plans; n++)
                for (int i = 0; i < 2; i++)
                {
                    double from = waypoint == 0 ? begin[(3 * n) + i] : plans[n][(2 * (waypoint - 1)) + i];
                    actions[(2 * n) + i] = (float)(from + (share * (plans[n][(2 * waypoint) + i] - from)));
                }

            float[] seen = [.. _buffer.Observations];
            _environment.Step(actions, _buffer);
            batch.Record(step, new(seen), actions, zeros, _buffer);
            _renderer.Render(_buffer.Poses, Plans, batch.FrameBlocks[0].Step(step).Span);
        }

        return (batch, [.. Enumerable.Range(0, Plans).Select(n => (double)_buffer.States[(3 * n) + 2])]);
    }
}
