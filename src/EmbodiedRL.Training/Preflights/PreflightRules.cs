using EmbodiedRL.Training.Evaluation;

namespace EmbodiedRL.Training.Preflights;

/// <summary>The rules by which figures become a verdict; the worst that applies counts, and all that apply are given as reasons.</summary>
/// <remarks>
/// <para><c>no-go</c>: the check refuses the reward; or success does not pay more than the starts do; or walking to success does not raise
/// the reward at all. Each says that the reward's best policy is another than the goal's.</para>
/// <para><c>doubtful</c>: the check doubts; the goal's truth is not known or no way to success could be made; success pays little beside
/// what else moves the reward; most of its variance is not about the goal, where its truth is graded; a part of the way is uphill no more
/// often than by chance; the look of the scene moves it more than the state does, in a run whose looks are drawn; or random actions never
/// meet success and the reward does not follow the truth where they go, so that nothing leads a beginner.</para>
/// <para>The thresholds are those of the reasons given at each and were written before any figure was seen. It was known that cartpole's
/// default goal and the colors of color-reacher are learned, and that no pose of gym/humanoid is in 400,000 steps. Two rules were
/// narrowed after a look at figures of these, neither by an outcome: steps count until the goal is reached, since a truth of 1 cannot rise,
/// and noise counts only where truth is graded. With that, standing upright goes, though such a run does not reach it: what is not asked is
/// how long a body must learn to move, and whether it can hold what it has reached.</para>
/// </remarks>
public static class PreflightRules
{
    /// <summary>
    /// The least share of the reward's spread by which success must pay more than starts: with less, other things move the reward four
    /// times as much as reaching the goal does.
    /// </summary>
    public const double LeastRange = 0.25;

    /// <summary>The least share of the variance that the truth must explain: with less there is more noise than signal.</summary>
    public const double LeastExplained = 0.5;

    /// <summary>
    /// From this share of states on in which nothing of the goal is true the variance says nothing: such states are equally untrue and not
    /// equally far from the goal, so what differs among them may well lead there.
    /// </summary>
    public const double MostUntrue = 0.5;

    /// <summary>The least share of steps, in each third of the way, at which the reward must rise: by chance half would.</summary>
    public const double LeastRises = 0.5;

    /// <summary>The least agreement over what a beginner visits where it never meets success: half of a perfect order.</summary>
    public const double LeastPlayed = 0.5;

    /// <summary>The most variance among looks as a share of that over states, where looks are drawn: equal parts.</summary>
    public const double MostLooks = 0.5;

    /// <summary>Judges figures.</summary>
    /// <param name="check">The check of the whole reward.</param>
    /// <param name="readsGoal">Whether a term of the reward reads the sentence.</param>
    /// <param name="figures">Measured.</param>
    /// <param name="drawsLooks">Whether the run's scenes look otherwise from episode to episode.</param>
    /// <returns>The verdict, and why; never without a reason.</returns>
    public static (PreflightVerdict Verdict, IReadOnlyList<string> Reasons) Judge(RewardVerdict check, bool readsGoal,
        PreflightFigures figures, bool drawsLooks)
    {
        PreflightVerdict verdict = PreflightVerdict.Go;
        var reasons = new List<string>();
        void Say(PreflightVerdict worst, string reason)
        {
            if (worst > verdict) verdict = worst;
            reasons.Add(reason);
        }

        OfCheck(check, readsGoal, Say);
        if (figures.Range <= 0) Say(PreflightVerdict.NoGo, $"Success pays no more than the starts do ({figures.Range:P0} of the spread).");
        else if (figures.Range < LeastRange)
            Say(PreflightVerdict.Doubtful, $"From start to success the reward moves {figures.Range:P0} of its spread over sampled states; "
                + $"below {LeastRange:P0} other things outweigh the goal.");
        if (figures.Order <= 0)
            Say(PreflightVerdict.NoGo, $"The way to success does not raise the reward (rank correlation {figures.Order:F2}).");
        if (figures.Order is null) Say(PreflightVerdict.Doubtful, "No way to success could be scored.");
        if (figures.Explained < LeastExplained && figures.Untrue < MostUntrue)
            Say(PreflightVerdict.Doubtful,
                $"The goal's truth explains {figures.Explained:P0} of the reward's variance: more noise than signal.");
        OfWay(figures, Say);
        if (drawsLooks && figures.LookVariance > MostLooks)
            Say(PreflightVerdict.Doubtful, $"The look of the scene, which the run draws, makes {figures.LookVariance:P0} of the reward's "
                + "variance: more than its states.");
        if (figures is { PlayedSuccess: 0, PlayedAgreement: null or < LeastPlayed })
            Say(PreflightVerdict.Doubtful, $"Random actions never meet success, and where they go the reward hardly follows the goal "
                + $"(agreement {Known(figures.PlayedAgreement)}; {LeastPlayed:F2} is asked for): nothing leads a beginner.");
        if (reasons.Count == 0) Say(PreflightVerdict.Go, "The reward follows the goal, rises all the way to it, and success pays most.");
        return (verdict, reasons);
    }

    /// <summary>
    /// What the check refuses cannot go. Of a reward that reads no sentence, a sentence of unknown truth says nothing.
    /// </summary>
    private static void OfCheck(RewardVerdict check, bool readsGoal, Action<PreflightVerdict, string> say)
    {
        bool isKnown = check.Agreement is not null || check.BestInside is not null;
        PreflightVerdict verdict = check.Trust switch
        {
            RewardTrust.Refuse when readsGoal || isKnown => PreflightVerdict.NoGo,
            RewardTrust.Trust => PreflightVerdict.Go,
            _ => PreflightVerdict.Doubtful,
        };
        if (verdict == PreflightVerdict.Go) return;
        foreach (string reason in check.Reasons) say(verdict, reason);
    }

    private static void OfWay(PreflightFigures figures, Action<PreflightVerdict, string> say)
    {
        if (figures.Rises is not { } rises) return;
        (string, double)[] thirds =
            [("In the first third", rises.Start), ("In the middle third", rises.Middle), ("In the last third", rises.Goal)];
        foreach ((string where, double share) in thirds)
            if (share < LeastRises)
                say(PreflightVerdict.Doubtful,
                    $"{where} of the way to success only {share:P0} of small steps raise the reward, by chance half would.");
    }

    private static string Known(double? value) => value is { } known ? $"{known:F2}" : "unknown";
}
