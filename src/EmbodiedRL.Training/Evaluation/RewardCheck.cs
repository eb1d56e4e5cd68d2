using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Specs;
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

    private const int Scenes = 64;          // drawn to see whether the best state of each is inside the measures
    private const int StatesOfScene = 128;  // an agent seeks the best of very many states
    private const double LeastTruth = 0.5;  // from here on a sentence is more true than not

    /// <summary>The seed of a run's check.</summary>
    /// <param name="seed">Of the run.</param>
    public static ulong SeedOf(ulong seed) => Rng.For(seed, "check").NextBits();

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
        if (!CanJudge(reward)) return Unknown(reward);
        return Judge(reward, await ScoreAsync(environment, renderers, camera, reward, seed, cancel), goal, measures, seed);
    }

    /// <summary>Whether a term of a reward says something of the goal before a run.</summary>
    internal static bool CanJudge(RewardStack reward) => reward.Terms.Any(term => term.Source.IsCheckable);

    /// <summary>The verdict on a reward of which nothing can be said.</summary>
    internal static RewardVerdict Unknown(RewardStack reward) => new(RewardTrust.Doubt, null, null, null, null,
        [$"Nothing can be said before the run: {string.Join(" and ", Silent(reward))} learn in it or pay for novelty."]);

    /// <summary>Judges a reward by what it said of drawn states.</summary>
    internal static RewardVerdict Judge(RewardStack reward, ScoredStates scored, string goal, IReadOnlyList<string> measures, ulong seed)
    {
        RewardVerdict verdict = Judge(scored.Info, goal, measures, scored.Rewards, scored.States, seed);
        string[] silent = Silent(reward);
        return silent.Length == 0
            ? verdict
            : verdict with
            {
                Reasons = [.. verdict.Reasons,
                    $"Left out, since it learns in the run or pays for novelty: {string.Join(" and ", silent)}."],
            };
    }

    /// <summary>
    /// Scores the states of <see cref="JudgeAsync"/> by all terms that can be judged, or in any case by the weighted sum of their sources.
    /// </summary>
    internal static async Task<ScoredStates> ScoreAsync(IVectorEnvironment environment, RendererPool renderers, string camera,
        RewardStack reward, ulong seed, CancellationToken cancel, bool sourcesOnly = false)
    {
        DrawnStates drawn = await DrawnStates.DrawAsync(environment, renderers, camera, reward.Frames, seed, cancel);
        float[] scores = new float[drawn.Batch.Rows];
        if (sourcesOnly || reward.Spec.Scope.HasFlag(ScoreScope.Episode) || Silent(reward).Length > 0)
            await reward.SumSourcesAsync(drawn.Batch, scores, cancel, checkableOnly: true);
        else await reward.ScoreAsync(drawn.Batch, scores, ScoreContext.Preview(cancel));
        return drawn.With(scores);
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

    private static string[] Silent(RewardStack reward) =>
        [.. reward.Terms.Where(term => !term.Source.IsCheckable).Select(term => $"'{term.Name}'")];

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
}
