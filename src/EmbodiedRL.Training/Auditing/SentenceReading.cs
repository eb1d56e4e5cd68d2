using EmbodiedRL.Core;
using EmbodiedRL.Rewards;
using EmbodiedRL.Rewards.Diagnostics;

namespace EmbodiedRL.Training.Auditing;

/// <summary>How a reward obeys its sentence: asked the other instructions, the denial of the goal and other wordings of it.</summary>
/// <param name="goal">What is asked for, and what else can be said.</param>
/// <param name="trajectories">All of the audit.</param>
/// <param name="stateLength">S, numbers of a state.</param>
/// <param name="probes">Trajectories that are scored again by other sentences.</param>
/// <param name="seed">Of intervals.</param>
internal sealed class SentenceReading(AuditGoal goal, IReadOnlyList<AuditTrajectory> trajectories, int stateLength, int[] probes,
    ulong seed)
{
    // for the diagonal: two trajectories of the goal, and those made for each other instruction
    private readonly int[] _ends =
    [
        .. Enumerable.Range(0, trajectories.Count).Where(i => trajectories[i].Kind == TrajectoryKind.Success).Take(2),
        .. Enumerable.Range(0, trajectories.Count).Where(i => trajectories[i].Kind == TrajectoryKind.OtherTask),
    ];

    /// <summary>The diagonal of the goal's truth itself as a reward; NaN where there is one instruction alone.</summary>
    public double DiagonalOfTruth => goal.Instructions.Count > 1 ? Diagonal(Truths()).Value : double.NaN;

    /// <summary>Asks a reward other sentences; one that scores alike whatever the sentence reads none.</summary>
    /// <param name="build">The reward by a sentence.</param>
    /// <param name="scorer">Scores trajectories.</param>
    /// <param name="scores">[N][T], of the goal's own sentence.</param>
    /// <param name="figures">Takes what is measured, and why something is not.</param>
    /// <param name="cancel">Stops between two batches.</param>
    public async Task MeasureAsync(Func<string, RewardStack> build, TrajectoryScorer scorer, double[][] scores,
        FigureTable figures, CancellationToken cancel)
    {
        Dictionary<string, string> notes = figures.Notes;
        double[][] probed = [.. probes.Select(i => scores[i])];
        double[][] ends = new double[goal.Instructions.Count][];
        ends[0] = [.. _ends.Select(i => EndOf(scores[i]))];
        for (int i = 1; i < ends.Length; i++)
        {
            (double[][]? said, string? refused) = await SayAsync(goal.Instructions[i].Sentence, _ends);
            ends[i] = said is null ? [.. _ends.Select(_ => double.NaN)] : [.. said.Select(EndOf)];
            if (refused is not null) notes[AuditMetrics.Diagonal] = refused;
        }

        string? other = goal.Denial ?? (goal.Paraphrases is [var first, ..] ? first : null);
        (double[][]? denied, string? reason) = other is null ? (null, null) : await SayAsync(other, probes);
        bool isRead = ends.Skip(1).Any(end => !Same(end, ends[0]))
            || (denied is not null && denied.Zip(probed).Any(pair => !Same(pair.First, pair.Second)));
        if (!isRead)
        {
            foreach (string metric in new[] { AuditMetrics.Diagonal, AuditMetrics.Negation, AuditMetrics.Paraphrase })
                notes[metric] = "it reads no sentence";
            return;
        }

        if (ends.Length > 1) figures[AuditMetrics.Diagonal] = Diagonal(ends);
        else notes[AuditMetrics.Diagonal] = "the environment knows no other instruction";
        if (goal.Denial is null) notes[AuditMetrics.Negation] = "no denial of the goal is known";
        else if (denied is null) notes[AuditMetrics.Negation] = reason ?? "";
        else figures[AuditMetrics.Negation] = TrajectoryMeasures.Agreement(probed, [denied], seed, sign: -1);
        var reworded = new List<double[][]>();
        foreach (string sentence in goal.Paraphrases)
            if ((await SayAsync(sentence, probes)).Scores is { } said) reworded.Add(said);
        if (reworded.Count == 0) notes[AuditMetrics.Paraphrase] = "no other wording of the goal is known";
        else figures[AuditMetrics.Paraphrase] = TrajectoryMeasures.Agreement(probed, reworded, seed);

        // null, and why, where the reward cannot take the sentence
        async Task<(double[][]? Scores, string? Refused)> SayAsync(string sentence, int[] rows)
        {
            try
            {
                using RewardStack reward = build(sentence);
                return (await scorer.ScoreAsync(reward, rows, cancel), null);
            }
            catch (SettingsException error) // e.g. a model that cannot tell the sentence from the baseline
            {
                return (null, error.Violations[0]);
            }
        }
    }

    private IntervalFigure Diagonal(double[][] ends)
    {
        double[][] truths = Truths();
        int[] own = [.. _ends.Select(i => trajectories[i].Instruction)];
        int[] made = [.. Enumerable.Range(0, ends.Length).Where(own.Contains)]; // an instruction that no state reaches has none
        return TrajectoryMeasures.Diagonal([.. made.Select(i => ends[i])], [.. made.Select(i => truths[i])],
            [.. own.Select(i => Array.IndexOf(made, i))], seed);
    }

    /// <summary>[I][ends], how true each instruction is of the last states.</summary>
    private double[][] Truths() => [.. goal.Instructions.Select(instruction => _ends.Select(i =>
        (double)instruction.Truth(trajectories[i].States.AsSpan(^stateLength..))).ToArray())];

    private static double EndOf(double[] scores) =>
        Array.FindLastIndex(scores, double.IsFinite) is >= 0 and int last ? scores[last] : double.NaN;

    private static bool Same(double[] one, double[] other) => one.AsSpan().SequenceEqual(other);
}
