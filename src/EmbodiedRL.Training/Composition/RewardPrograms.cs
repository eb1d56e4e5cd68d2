using System.Reflection;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Rewards;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Composition;

/// <summary>
/// Input files of rewards, e.g. formulas: they are the user's; a run keeps its own copy, so that it can go on after they change.
/// </summary>
internal static class RewardPrograms
{
    internal const string Ending = ProgramOptions.Ending;

    /// <summary>Copies every file that the reward names into the run folder.</summary>
    /// <returns>The settings with the names of the copies.</returns>
    public static RunSettings CopyInto(RunFolder folder, RunSettings settings, string from)
    {
        RewardTermSettings Keep(RewardTermSettings term)
        {
            foreach ((PropertyInfo property, InputFileAttribute input) in FilesOf(term.Options?.GetType()))
            {
                if (property.GetValue(term.Options) is not string { Length: > 0 } file) continue;
                string name = $"{term.Name}{input.Ending}", source = Path.Combine(from, file);
                InputFile.Require(source,
                    $"The file '{SettingsMap.KeyOf(property)}' of reward term '{term.Name}'",
                    "Paths are relative to the settings file.");
                File.Copy(source, Path.Combine(folder.Root, name), overwrite: true);
                Options options = term.Options!.Copy();
                property.SetValue(options, name);
                term = term with { Options = options };
            }

            return term;
        }

        return settings with { Reward = settings.Reward with { Terms = Array.ConvertAll(settings.Reward.Terms, Keep) } };
    }

    /// <summary>The files that a reward names.</summary>
    public static IEnumerable<string> Of(RewardStackSettings reward) => reward.Terms
        .SelectMany(term => FilesOf(term.Options?.GetType()).Select(file => (string)file.Property.GetValue(term.Options)!))
        .Where(file => file.Length > 0);

    /// <summary>The options that hold the path of a file.</summary>
    public static IEnumerable<(PropertyInfo Property, InputFileAttribute Input)> FilesOf(Type? options) =>
        from property in options?.GetProperties() ?? []
        let input = property.GetCustomAttribute<InputFileAttribute>()
        where input is not null
        select (property, input);
}
