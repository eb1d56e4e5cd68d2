using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Training.Loop;

namespace EmbodiedRL.Training.Auditing;

/// <summary>Makes the trajectories of an audit: successes and every way to fail, by setting states and by playing.</summary>
/// <param name="environment">One environment, alone. Lent.</param>
/// <param name="goal">What is asked for.</param>
/// <param name="settings">How many.</param>
internal sealed class GradedTrajectories(IVectorEnvironment environment, AuditGoal goal, AuditSettings settings)
{
    private const double Part = 0.6;       // of the way, where a partial success and a stall end
    private const double Held = 0.8;       // probability that a random action is kept for another step
    private const int Tries = 12;          // paths whose end a simulated step has moved out of place are drawn anew
    private const int PathsOfOther = 2;    // for each other instruction
    private const double LeastTruth = 0.5; // an instruction that no sampled state makes so true is left out

    private readonly StatePath _paths = new(environment, goal, settings.Seed);
    private readonly PlayedEpisodes _played = new(environment, goal, settings.Frames);

    /// <summary>Makes all of them, in the order of their kinds. Equal settings give equal trajectories.</summary>
    /// <param name="cancel">Stops between two.</param>
    /// <exception cref="SettingsException">No state, or every state, fulfills the goal.</exception>
    public IReadOnlyList<AuditTrajectory> Make(CancellationToken cancel)
    {
        var states = new SampledStates(environment, goal, settings.Seed);
        if (states.Violation is { } violation) throw new SettingsException("--goal", [$"{violation} Say another goal or measure."]);
        AuditTrajectory[] successes = [.. Paths(TrajectoryKind.Success, states.FarFrom(0), states.Fulfilling, share => share, true)];
        if (successes.Length == 0)
            throw new SettingsException("--goal", [$"expected a goal that holds for longer than a moment, found that no state of "
                + $"'{environment.Info.Name}' that fulfills it does so a step later. Say another goal or measure."]);
        int last = settings.Frames - 1;
        AuditTrajectory[] made =
        [
            .. successes,
            .. Paths(TrajectoryKind.Partial, states.FarFrom(0), states.Fulfilling, share => Part * share, false),
            .. Paths(TrajectoryKind.Stall, states.FarFrom(0), states.Fulfilling, share => Math.Min(Part, 2 * Part * share), false),
            .. Paths(TrajectoryKind.Reversal, states.FarFrom(0), states.Fulfilling, share => 1 - Math.Abs(1 - (2 * share)), false),
            .. Paths(TrajectoryKind.NearMiss, states.FarFrom(0), states.Nearest, share => share, false),
            .. Paths(TrajectoryKind.LookAlike, states.FarFrom(0), states.LookAlikes, share => share, false),
            .. Others(states),
            .. Played(cancel),
            .. successes.Select(success =>
                success.Of(TrajectoryKind.TimeReversed, [.. Enumerable.Range(0, settings.Frames).Select(i => last - i)])),
            .. successes.Select((success, i) =>
                success.Of(TrajectoryKind.Frozen, [.. Enumerable.Repeat(i % 3 * last / 2, settings.Frames)])),
        ];
        return made;
    }

    private IEnumerable<AuditTrajectory> Others(SampledStates states)
    {
        for (int i = 1; i < goal.Instructions.Count; i++)
        {
            IReadOnlyList<SampledState> ends = [.. states.Of(i).Where(state => state.Truths[i] >= LeastTruth)];
            foreach (AuditTrajectory path in
                Paths(TrajectoryKind.OtherTask, states.FarFrom(i), ends, share => share, false, i, PathsOfOther))
                yield return path;
        }
    }

    private IEnumerable<AuditTrajectory> Played(CancellationToken cancel)
    {
        IReadOnlyList<string> skills = ExpertPolicy.SkillsOf(environment);
        var random = new RandomPolicy(environment.Info.Actions, Held);
        for (int i = 0; i < goal.Instructions.Count; i++)
        {
            if (goal.Instructions[i].Measure is not { } skill || !skills.Contains(skill)) continue;
            var expert = new ExpertPolicy(environment, skill);
            TrajectoryKind kind = i == 0 ? TrajectoryKind.Expert : TrajectoryKind.OtherTask;
            for (int episode = 0; episode < (i == 0 ? settings.Episodes : PathsOfOther); episode++)
                yield return _played.Play(kind, expert, Seed(kind, episode, i), i, untilFulfilled: i == 0, cancel);
            if (i > 0) continue;
            var half = new HalfExpertPolicy(expert, random);
            for (int episode = 0; episode < settings.Episodes; episode++)
                yield return _played.Play(TrajectoryKind.HalfExpert, half, Seed(TrajectoryKind.HalfExpert, episode), 0, true, cancel);
        }

        for (int episode = 0; episode < settings.Episodes; episode++)
            yield return _played.Play(TrajectoryKind.Random, random, Seed(TrajectoryKind.Random, episode), 0, false, cancel);
        var still = new StillPolicy();
        for (int episode = 0; episode < settings.Episodes; episode++)
            yield return _played.Play(TrajectoryKind.Idle, still, Seed(TrajectoryKind.Idle, episode), 0, false, cancel);
    }

    private ulong Seed(TrajectoryKind kind, int episode, int instruction = 0) =>
        Rng.For(settings.Seed, $"audit/{kind}/{instruction}", episode).NextBits();

    /// <summary>Paths between drawn ends that end as they should; fewer than asked for where too few do.</summary>
    private IEnumerable<AuditTrajectory> Paths(TrajectoryKind kind, IReadOnlyList<SampledState> starts, IReadOnlyList<SampledState> ends,
        Func<double, double> way, bool succeeds, int instruction = 0, int? count = null)
    {
        if (ends.Count == 0) yield break;
        double[] shares = [.. Enumerable.Range(0, settings.Frames).Select(i => way((double)i / (settings.Frames - 1)))];
        for (int path = 0; path < (count ?? settings.Episodes); path++)
        {
            var rng = Rng.For(settings.Seed, $"path/{kind}/{instruction}", path);
            for (int tried = 0; tried < Tries; tried++)
            {
                SampledState from = starts[rng.Below(starts.Count)], to = ends[rng.Below(ends.Count)];
                AuditTrajectory walked = _paths.Walk(kind, from, to, shares, instruction);
                if (walked.Succeeds != succeeds || (succeeds && walked.Holds[0])) continue;
                yield return walked;
                break;
            }
        }
    }
}
