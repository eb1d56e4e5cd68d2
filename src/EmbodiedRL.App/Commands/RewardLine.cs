using EmbodiedRL.Rewards;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.App.Commands;

/// <summary>What a run is rewarded by, in a line for people.</summary>
internal static class RewardLine
{
    /// <summary>Names the terms; where a model could have been asked and is not, says whether it has ever seen the environment.</summary>
    public static string Of(RunSettings settings, RunServices runServices)
    {
        string terms = string.Join(", ", runServices.Rewards.TermsOf(settings.Reward, ofCompletions: false)
            .Select(term => $"{term.Name} ({Meaning(term, runServices)})"));
        RewardTermSettings model = RunSettings.Vision;
        string asked = ((GoalBaselineOptions)model.Options!).Model;
        bool isAsked = settings.Reward.Terms.Any(term => runServices.Rewards.ReadsGoal(term.Source));
        bool isUnknown = ModelRecord.Environments(runServices, asked) is { } known && !known.Contains(settings.Env.Name);
        if (isAsked || !isUnknown) return $"Reward: {terms}.";
        return $"Reward: {terms}. {asked} has never seen '{settings.Env.Name}'; --reward {RewardChoice.Vision} asks it all the same.";
    }

    /// <summary>Names the terms that score what a run of the other kind collects, if there are any.</summary>
    public static void TellLeftOut(RunSettings settings, RunServices runServices, TextWriter to, bool ofCompletions)
    {
        string[] left = [.. settings.Reward.Terms.Except(runServices.Rewards.TermsOf(settings.Reward, ofCompletions))
            .Select(term => term.Name)];
        if (left.Length == 0) return;
        to.WriteLine($"Left out, as {(left.Length == 1 ? "it scores" : "they score")} "
            + $"{(ofCompletions ? "trajectories of bodies" : "completions of a language model")}: {string.Join(", ", left)}.");
    }

    private static string Meaning(RewardTermSettings term, RunServices runServices) => term.Options switch
    {
        ProgramOptions program => $"the formula in {Path.GetFileName(program.File)}",
        GoalAnswerOptions asked => $"whether the goal is reached, as {asked.Model} answers of the pixels",
        FrameOptions seen => $"what {seen.Model} says of the pixels",
        _ => runServices.Rewards.Sources.Find(term.Source).Summary,
    };
}
