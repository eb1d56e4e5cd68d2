using EmbodiedRL.Rewards;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.App.Commands;

/// <summary>What a run is rewarded by, in a line for people.</summary>
internal static class RewardLine
{
    /// <summary>Names the terms; where a model could have been asked and is not, says whether it has ever seen the environment.</summary>
    public static string Of(RunSettings settings, RunServices stations)
    {
        string terms = string.Join(", ", settings.Reward.Terms.Select(Term));
        RewardTermSettings model = RunSettings.Vision;
        bool isAsked = settings.Reward.Terms.Any(term => term.Source == model.Source);
        bool isUnknown = ModelRecord.Environments(stations, model.Model) is { } known && !known.Contains(settings.Env.Name);
        return $"Reward: {terms}.{(isAsked || !isUnknown ? "" : $" {model.Model} has never seen '{settings.Env.Name}'; --reward {RewardChoice.Vision} asks it all the same.")}";
    }

    private static string Term(RewardTermSettings term) => $"{term.Name} ({term.Source switch
    {
        "task" => "hand-built",
        "program" => $"the formula in {Path.GetFileName(term.File)}",
        _ => $"what {term.Model} says of the pixels",
    }})";
}
