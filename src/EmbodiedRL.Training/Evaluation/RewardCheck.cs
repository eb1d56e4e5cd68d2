using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rewards;
using EmbodiedRL.Rewards.Diagnostics;
using EmbodiedRL.Training.Captioning;
using EmbodiedRL.Training.Loop;

namespace EmbodiedRL.Training.Evaluation;

/// <summary>Judges a whole reward on sampled states before anybody trains on it.</summary>
/// <remarks>
/// States are drawn over the whole range, near keyframes and among look-alikes; each is advanced by one step, so that hand-built terms
/// have their say. Every state is an episode of its own: where a transform or the combinator reads how an episode went on, the weighted sum
/// of the sources is judged instead. Terms that learn in the run or pay for novelty say nothing of the goal yet: they are left out, named,
/// and the weighted sum of the others is judged.
/// </remarks>
public static class RewardCheck
{
    /// <summary>Environments that states are drawn in.</summary>
    public const int Rows = 16;

    private const int Draws = 32;           // half over the whole range, a quarter each near keyframes and among look-alikes
    private const int Scenes = 64;          // drawn to see whether the best state of each is inside the measures
    private const int StatesOfScene = 128;  // an agent seeks the best of very many states
    private const double LeastTruth = 0.5;  // from here on a sentence is more true than not

    private static readonly StateSource[] Sources =
        [StateSource.Uniform, StateSource.Uniform, StateSource.Keyframes, StateSource.HardNegatives];

    /// <summary>Judges a reward.</summary>
    /// <param name="environment">Of <see cref="Rows"/> rows, as the run looks; its episodes end here. Lent.</param>
    /// <param name="renderers">Lent.</param>
    /// <param name="camera">Stands for the empty camera of a term; empty takes the task's own.</param>
    /// <param name="reward">A reward that nobody else uses: it remembers what it has seen. Lent.</param>
    /// <param name="goal">The sentence.</param>
    /// <param name="measures">Success measures that the goal is judged by; empty if none fits.</param>
    /// <param name="seed">Of the states.</param>
    /// <param name="cancel">Asked before every call of a model.</param>
    public static async Task<RewardVerdict> JudgeAsync(IVectorEnvironment environment, RendererPool renderers, string camera,
        RewardStack reward, string goal, IReadOnlyList<string> measures, ulong seed, CancellationToken cancel)
    {
        string[] silent = [.. reward.Terms.Where(term => !term.Source.IsCheckable).Select(term => $"'{term.Name}'")];
        if (silent.Length == reward.Terms.Count)
            return new RewardVerdict(RewardTrust.Doubt, null, null, null, null,
                [$"Nothing can be said before the run: {string.Join(" and ", silent)} learn in it or pay for novelty."]);
        (double[] rewards, float[] states) = await ScoreAsync(environment, renderers, camera, reward, seed, cancel);
        RewardVerdict verdict = Judge(environment.Info, goal, measures, rewards, states, seed);
        return silent.Length == 0
            ? verdict
            : verdict with
            {
                Reasons = [.. verdict.Reasons,
                    $"Left out, since it learns in the run or pays for novelty: {string.Join(" and ", silent)}."],
            };
    }

    /// <summary>Judges rewards of states.</summary>
    /// <param name="info">Whose states.</param>
    /// <param name="goal">The sentence.</param>
    /// <param name="measures">Success measures that the goal is judged by; empty if none fits.</param>
    /// <param name="rewards">[B].</param>
    /// <param name="states">[B, S].</param>
    /// <param name="seed">Of the scenes that are drawn from them.</param>
    public static RewardVerdict Judge(EnvironmentInfo info, string goal, IReadOnlyList<string> measures, double[] rewards,
        float[] states, ulong seed)
    {
        var grammar = new CaptionGrammar(info);
        Caption? caption = grammar.Parse(goal);
        bool[]? outcomes = Outcomes(info, measures, states);
        double[]? truths = caption is { Claims.IsEmpty: false } ? GoalCheck.Truths(caption, info, states)
            : outcomes is not null ? Array.ConvertAll(outcomes, holds => holds ? 1.0 : 0)
            : null;
        double? agreement = truths is null ? null : SentenceStatistics.Agreement(rewards, truths);
        double? inside = outcomes is null ? null : BestInside(rewards, outcomes, i => outcomes[i] || truths![i] >= LeastTruth, seed);
        (string? follows, double? by) = Follows(info, rewards, states);
        var reasons = new List<string>();
        RewardTrust trust = RewardTrust.Trust;
        void Say(RewardTrust verdict, string reason)
        {
            if (verdict > trust) trust = verdict;
            reasons.Add(reason);
        }

        string best = follows is null ? "" : $" It follows '{follows}' best (agreement {by:F2}).";
        bool isKnown = truths is not null;
        if (caption is { IsFalsehood: true }) Say(RewardTrust.Refuse, $"No state of '{info.Name}' makes this sentence true.");
        else if (outcomes is not null && !outcomes.Contains(true))
            Say(RewardTrust.Refuse, $"None of {outcomes.Length} sampled states is inside {Names(measures)}: the goal may be out of reach.");
        else if (outcomes is null && isKnown && truths!.Max() < LeastTruth)
            Say(RewardTrust.Refuse, $"None of {truths!.Length} sampled states makes this sentence true by half.");
        if (rewards.Distinct().Take(2).Count() < 2) Say(RewardTrust.Refuse, "The reward is the same in all sampled states.");
        else if (agreement <= RewardVerdict.InvertedTo)
            Say(RewardTrust.Refuse, $"The reward is inverted: it falls where the goal comes true (agreement {agreement:F2}).{best}");
        else if (agreement < RewardVerdict.LeastAgreement)
            Say(RewardTrust.Refuse, $"The reward follows the goal too loosely over sampled states: agreement {agreement:F2}, where "
                + $"{RewardVerdict.LeastAgreement:F2} is asked for.{best}");
        if (inside < RewardVerdict.LeastInside && !(agreement <= RewardVerdict.InvertedTo))
            Say(RewardTrust.Refuse, $"The best-rewarded of {StatesOfScene} states is outside of {Names(measures)}, and not near it, in "
                + $"{1 - inside:P0} of drawn scenes, where {1 - RewardVerdict.LeastInside:P0} is the most.");
        if (isKnown && agreement is null) Say(RewardTrust.Doubt, "How true the goal is hardly varies over sampled states.");
        if (!isKnown && caption is not { IsFalsehood: true }) Guess(info, follows, by, Say);
        return new RewardVerdict(trust, agreement, inside, follows, by, reasons);
    }

    private static void Guess(EnvironmentInfo info, string? follows, double? by, Action<RewardTrust, string> say)
    {
        if (info.Facts.IsEmpty)
            say(RewardTrust.Doubt, $"Nothing is known that can be said of '{info.Name}', so what the reward follows is not known.");
        else if (by >= RewardVerdict.LeastAgreement)
            say(RewardTrust.Doubt, $"The agent will learn '{follows}': the reward follows it (agreement {by:F2}). Whether the "
                + "sentence means that is a guess, since its wording is not known.");
        else
            say(RewardTrust.Refuse, "The sentence's wording is not known, and the reward follows nothing that is"
                + (follows is null ? "." : $", '{follows}' best (agreement {by:F2})."));
    }

    private static string Names(IReadOnlyList<string> measures) => string.Join(" and ", measures.Select(name => $"'{name}'"));

    private static bool[]? Outcomes(EnvironmentInfo info, IReadOnlyList<string> names, float[] states)
    {
        SuccessMeasure[] measures = [.. info.Measures.Where(measure => names.Contains(measure.Name))];
        if (measures.Length == 0) return null;
        int length = info.State.Length;
        bool[] outcomes = new bool[states.Length / length];
        for (int i = 0; i < outcomes.Length; i++)
            outcomes[i] = Array.TrueForAll(measures, measure => measure.Holds(states.AsSpan(i * length, length)) > 0.5f);
        return outcomes;
    }

    /// <summary>
    /// Share of scenes whose best state is right; null if there is no scene with states on both sides of the measures.
    /// </summary>
    /// <remarks>A near miss is right enough: how exactly an agent will reach the goal is not asked here.</remarks>
    private static double? BestInside(double[] rewards, bool[] outcomes, Func<int, bool> isRight, ulong seed)
    {
        int counted = 0;
        double inside = 0;
        for (int scene = 0; scene < Scenes; scene++)
        {
            var rng = Rng.For(seed, "scenes", scene);
            int best = -1, held = 0;
            for (int i = 0; i < StatesOfScene; i++)
            {
                int state = rng.Below(rewards.Length);
                if (outcomes[state]) held++;
                if (best < 0 || rewards[state] > rewards[best]) best = state;
            }

            if (held is 0 or StatesOfScene) continue;
            counted++;
            if (isRight(best)) inside++;
        }

        return counted == 0 ? null : inside / counted;
    }

    private static (string? Name, double? Agreement) Follows(EnvironmentInfo info, double[] rewards, float[] states)
    {
        (string? best, double? highest) = (null, null);
        foreach (Fact fact in info.Facts)
        {
            double[] truths = GoalCheck.Truths(new Caption("", CaptionKind.Trained, [new Claim(fact, false)]), info, states);
            if (SentenceStatistics.Agreement(rewards, truths) is { } agreement && agreement > (highest ?? 0))
                (best, highest) = (fact.Measure ?? fact.Name, agreement);
        }

        return (best, highest);
    }

    /// <summary>The reward of each drawn state, [B], and the states, [B, S]. Rows that no frame was drawn of are left out.</summary>
    private static async Task<(double[] Rewards, float[] States)> ScoreAsync(IVectorEnvironment environment, RendererPool renderers,
        string camera, RewardStack reward, ulong seed, CancellationToken cancel)
    {
        EnvironmentInfo info = environment.Info;
        int every = reward.Frames.Aggregate(1, (all, spec) => LeastCommonMultiple(all, spec.Every)), count = environment.Count;
        var buffer = new StepBuffer(count, info);
        float[] actions = new float[count * info.Actions.Length], zeros = new float[count];
        var batch = new TrajectoryBatch(Draws * every, count, info, reward.Frames);
        var frames = new FrameRecorder(environment, batch, camera, renderers);
        for (int draw = 0; draw < Draws; draw++)
        {
            cancel.ThrowIfCancellationRequested();
            environment.SampleStates(seed, draw, Sources[draw % Sources.Length], buffer);
            environment.Step(actions, buffer);
            EndAll(buffer, info.Observations);
            for (int step = draw * every; step < (draw + 1) * every; step++)
            {
                batch.Record(step, new ObservationRows(buffer.Observations, buffer.Images), actions, zeros, buffer);
                frames.Take(step, buffer);
            }
        }

        await frames.FinishAsync();
        float[] scores = new float[batch.Rows];
        if (reward.Spec.Scope.HasFlag(ScoreScope.Episode) || reward.Terms.Any(term => !term.Source.IsCheckable))
            await reward.SumSourcesAsync(batch, scores, cancel, checkableOnly: true);
        else await reward.ScoreAsync(batch, scores, ScoreContext.Preview(cancel));
        var rewards = new List<double>(Draws * count);
        var states = new List<float>(Draws * count * info.State.Length);
        for (int row = 0; row < batch.Rows; row++)
        {
            // only the first of the steps of one draw has the frames of every term
            if (row / count % every != 0 || !float.IsFinite(scores[row])) continue;
            rewards.Add(scores[row]);
            states.AddRange(batch.States.AsSpan(row * info.State.Length, info.State.Length));
        }

        return ([.. rewards], [.. states]);
    }

    /// <summary>Ends every episode, with what was observed last.</summary>
    private static void EndAll(StepBuffer buffer, ObservationSpec observations)
    {
        int width = observations.Length, image = observations.Image?.Length ?? 0;
        for (int row = 0; row < buffer.Count; row++)
        {
            if (buffer.Kinds[row].Ends()) continue;
            buffer.Observations.AsSpan(row * width, width).CopyTo(buffer.FinalObservations.AsSpan(row * width));
            buffer.Images.AsSpan(row * image, image).CopyTo(buffer.FinalImages.AsSpan(row * image));
            buffer.Kinds[row] = StepKind.Truncated;
        }
    }

    private static int LeastCommonMultiple(int a, int b)
    {
        (int x, int y) = (a, b);
        while (y > 0) (x, y) = (y, x % y);
        return a / x * b;
    }
}
