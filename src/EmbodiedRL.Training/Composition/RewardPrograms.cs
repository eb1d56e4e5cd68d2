using EmbodiedRL.Core;
using EmbodiedRL.Rewards;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Composition;

/// <summary>Reward programs are files of the user's; a run keeps its own copy, so that it can go on after they change.</summary>
internal static class RewardPrograms
{
    internal const string Ending = ".reward.cs";

    /// <summary>Copies every program that the reward names into the run folder.</summary>
    /// <returns>The settings with the names of the copies.</returns>
    public static RunSettings CopyInto(RunFolder folder, RunSettings settings, string from)
    {
        RewardTermSettings Keep(RewardTermSettings term)
        {
            if (term.File.Length == 0) return term;
            string name = $"{term.Name}{Ending}", source = Path.Combine(from, term.File);
            InputFile.Require(source, $"The reward program of term '{term.Name}'", "Paths are relative to the settings file.");
            File.Copy(source, Path.Combine(folder.Root, name), overwrite: true);
            return term with { File = name };
        }

        return settings with { Reward = settings.Reward with { Terms = Array.ConvertAll(settings.Reward.Terms, Keep) } };
    }
}
