using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Rewards.Shaping;

/// <summary>Options of <see cref="SubgoalTerminationShaping"/>.</summary>
public sealed record SubgoalTerminationOptions : Options
{
    /// <summary>The most subgoals there may be.</summary>
    public const int Most = 64;

    /// <summary>Sentences about the environment, e.g. "the cube in the bin"; each is achieved where it becomes true.</summary>
    [Required("at least one sentence about the environment"), Length(0, Most)]
    public string[] Subgoals { get; init; } = [];

    /// <summary>w, what each subgoal pays, in their order; empty pays 1 for each.</summary>
    [Range(-1e6, 1e6), Length(0, Most)]
    public float[] Pays { get; init; } = [];

    /// <summary>Truth from which on a sentence counts as true.</summary>
    [Range(0, 1, IsAboveLeast = true)]
    public float Threshold { get; init; } = 0.5f;

    /// <summary>
    /// Whether a subgoal pays every time it is achieved in an episode, as the paper's formula says; then undoing and redoing it pays
    /// without end.
    /// </summary>
    public bool Repeat { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (Pays.Length > 0 && Pays.Length != Subgoals.Length)
            yield return FormattableString.Invariant(
                $"pays: expected a number for each of {Subgoals.Length} subgoals, found {Pays.Length}.");
    }
}

/// <summary>
/// Subgoal-termination shaping (CALM): pays sum_k w_k c_k(s, a, s'), c_k = 1 where an annotator says that this transition achieved
/// subgoal k. Meant beside the task's own reward, as another term.
/// </summary>
/// <remarks>
/// Differs from the paper: each subgoal is paid once per episode unless <see cref="SubgoalTerminationOptions.Repeat"/>, because the bonus
/// is not potential-based, so that dropping what was picked up and picking it up again would be optimal. In settings subgoals are
/// sentences and the environment's facts annotate; in code any <see cref="ITransitionAnnotator"/> does, e.g. a
/// <see cref="TextAnnotator"/> with a language model. Which subgoals an episode was paid for is kept for the next batch; where scoring is
/// frozen every batch stands for itself. Owns the annotator. Not thread-safe.
/// </remarks>
[Paper("2409.12798", "Assessing the Zero-Shot Capabilities of LLMs for Action Evaluation in RL", Year = 2024, Method = "S47")]
public sealed class SubgoalTerminationShaping : Reward, ITrajectoryReward
{
    private readonly ITransitionAnnotator _annotator;
    private readonly float[] _pays;
    private readonly bool _repeats;
    private readonly SortedDictionary<long, ulong> _paid = [];

    /// <summary>Pays for the sentences that options name.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="options">Checked.</param>
    /// <param name="info">Whose facts the sentences are about.</param>
    /// <exception cref="SettingsException">A sentence says nothing that the environment has a fact for.</exception>
    public SubgoalTerminationShaping(string name, SubgoalTerminationOptions options, EnvironmentInfo info)
        : this(name, new FactAnnotator(info, options.Subgoals, options.Threshold), options.Pays, options.Repeat)
    {
    }

    /// <summary>Pays for what an annotator says.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="annotator">Of 1 to 64 subgoals; owned from here on.</param>
    /// <param name="pays">[K]; empty pays 1 for each.</param>
    /// <param name="repeats">Whether a subgoal pays every time it is achieved.</param>
    /// <exception cref="SettingsException">Numbers of subgoals and payments do not belong together.</exception>
    public SubgoalTerminationShaping(string name, ITransitionAnnotator annotator, IReadOnlyList<float>? pays = null, bool repeats = false)
        : base(new RewardSpec(name, annotator.Reads, Scope: ScoreScope.Episode))
    {
        int subgoals = annotator.Subgoals.Count;
        if (subgoals is < 1 or > SubgoalTerminationOptions.Most)
            throw new SettingsException($"reward '{name}'",
                [$"subgoals: expected 1 to {SubgoalTerminationOptions.Most}, found {subgoals}."]);
        _pays = pays is { Count: > 0 } ? [.. pays] : [.. Enumerable.Repeat(1f, subgoals)];
        if (_pays.Length != subgoals)
            throw new SettingsException($"reward '{name}'", [$"pays: expected {subgoals} numbers, found {_pays.Length}."]);
        (_annotator, _repeats) = (annotator, repeats);
    }

    /// <inheritdoc/>
    public override async ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
    {
        Check(batch, scores);
        var steps = batch.As<TrajectoryBatch>();
        bool[] achieved = new bool[batch.Rows * _pays.Length];
        await _annotator.AnnotateAsync(steps, achieved, context);
        Pay(steps, achieved, scores.Span, context);
    }

    /// <inheritdoc/>
    public override void Save(Snapshot into)
    {
        _annotator.Save(into.Section("annotator"));
        into.Put<long>("episodes", [.. _paid.Keys]);
        into.Put<ulong>("paid", [.. _paid.Values]);
    }

    /// <inheritdoc/>
    public override void Load(Snapshot from)
    {
        _annotator.Load(from.Section("annotator"));
        long[] episodes = from.GetAll<long>("episodes");
        ulong[] paid = from.GetAll<ulong>("paid");
        SpecMismatchException.ThrowIfLength("subgoals paid for", paid.Length, episodes.Length);
        _paid.Clear();
        for (int i = 0; i < episodes.Length; i++) _paid[episodes[i]] = paid[i];
    }

    /// <summary>Disposes the annotator.</summary>
    protected override void Dispose(bool disposing)
    {
        _annotator.Dispose();
        base.Dispose(disposing);
    }

    private void Pay(TrajectoryBatch steps, bool[] achieved, Span<float> scores, ScoreContext context)
    {
        SortedDictionary<long, ulong> paid = context.Frozen ? [] : _paid;
        int[] times = new int[_pays.Length];
        for (int row = 0; row < steps.Rows; row++)
        {
            long episode = steps.Episode[row];
            ulong before = paid.GetValueOrDefault(episode), now = before;
            float sum = 0;
            for (int k = 0; k < _pays.Length; k++)
            {
                if (!achieved[(row * _pays.Length) + k] || (!_repeats && (before >> k & 1) != 0)) continue;
                sum += _pays[k];
                now |= 1UL << k;
                times[k]++;
            }

            scores[row] = sum;
            if (steps.EndsEpisode(row)) paid.Remove(episode);
            else if (now != before) paid[episode] = now;
        }

        for (int k = 0; k < times.Length; k++) context.Metrics.Write($"reward/{Spec.Name}/subgoal/{k}", (double)times[k] / steps.Rows);
    }
}
