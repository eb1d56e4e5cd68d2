using EmbodiedRL.Rewards;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Benchmarks.Recipes;

/// <summary>The reward term that asks an image-text model.</summary>
/// <param name="Place">In the list of terms.</param>
/// <param name="Name">Of the term.</param>
/// <param name="Model">Name or folder.</param>
internal readonly record struct RewardTermChoice(int Place, string Name, string Model)
{
    /// <summary>The first one of settings.</summary>
    /// <exception cref="Core.SettingsException">There is none.</exception>
    public static RewardTermChoice Of(RunSettings settings)
    {
        int place = Array.FindIndex(settings.Reward.Terms, term => term.Source == RewardRegistries.GoalBaseline);
        if (place < 0)
            throw new Core.SettingsException("reward:terms",
                [$"expected a term of source {RewardRegistries.GoalBaseline}, found none."]);
        RewardTermSettings term = settings.Reward.Terms[place];
        return new RewardTermChoice(place, term.Name, (term.Options as GoalBaselineOptions ?? new GoalBaselineOptions()).Model);
    }
}
