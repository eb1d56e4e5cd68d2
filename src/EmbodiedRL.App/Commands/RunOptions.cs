using System.CommandLine;
using System.Globalization;
using EmbodiedRL.Core;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.App.Commands;

/// <summary>The options by which <c>demo</c> and <c>train</c> say a run; each is a setting by another name.</summary>
internal sealed class RunOptions
{
    private readonly Option<string> _environment = new("--env") { Description = "Environment, see ./embodied envs list." };
    private readonly Option<string> _goal = new("--goal") { Description = "The sentence: what should become of the scene." };
    private readonly Option<string> _baseline = new("--baseline") { Description = "What every picture shows, whatever the goal." };
    private readonly Option<string> _reward = new(RewardChoice.Option)
    {
        Description = "task: the environment's hand-built reward; vlm: what the image-text model says; FILE: a reward section (.json) or "
            + "a formula (.cs), or a folder of ./embodied rewards train; or TERM[,TERM]: terms of the settings by name.",
    };
    private readonly Option<ulong?> _seed = new("--seed") { Description = "Of all draws; equal seeds give equal runs." };
    private readonly Option<long?> _steps = new("--steps") { Description = "Environment steps to train for." };
    private readonly Option<string> _settings = new("--settings")
    {
        Description = "A JSON file with settings, e.g. the settings.json of another run."
    };
    private readonly Option<string> _device = new("--device") { Description = "auto, cpu or cuda:N." };
    private readonly Option<int?> _threads = new("--threads") { Description = "Threads of one tensor operation; 0 for all cores." };
    private readonly Option<string[]> _pairs = new("--set")
    {
        Description = "Any other setting, KEY=VALUE; short: --agent:learningRate 1e-3."
    };
    private readonly Option<bool> _untrusted = new("--untrusted")
    {
        Description = "Train even on a reward that the check before training refuses."
    };
    private readonly Option<string> _out = new("--out") { Description = "The run folder: new or empty. Default: runs/NAME-DATE." };

    /// <summary>All of them.</summary>
    public IEnumerable<Option> All =>
        [_environment, _goal, _baseline, _reward, _seed, _steps, _settings, _device, _threads, _pairs, _untrusted, _out];

    /// <summary>Those that say a reward and where it is given.</summary>
    public IEnumerable<Option> OfReward => [.. OfGoal, _reward];

    /// <summary>Those that say where a reward is given and for what, and not which.</summary>
    public IEnumerable<Option> OfGoal => [_environment, _goal, _baseline, _seed, _settings, _device, _threads, _pairs];

    /// <summary>The run folder asked for; null for the default.</summary>
    public string? Out(ParseResult parsed) => parsed.GetValue(_out);

    /// <summary>Folder that paths in the settings are relative to.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="otherwise">The settings file where none is named; null for none.</param>
    public string Folder(ParseResult parsed, string? otherwise = null) =>
        (parsed.GetValue(_settings) ?? otherwise) is { } file
            ? Path.GetDirectoryName(Path.GetFullPath(file))!
            : Directory.GetCurrentDirectory();

    /// <summary>The settings, every layer read and checked.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="runServices">Known parts.</param>
    /// <param name="more">Settings that the command itself says.</param>
    /// <param name="otherwise">The settings file where none is named; null for none.</param>
    /// <param name="reward">What stands for <c>--reward</c> where a command has several; null for the option itself.</param>
    /// <exception cref="SettingsException">Lists every violation.</exception>
    public RunSettings Read(ParseResult parsed, RunServices runServices,
        IEnumerable<KeyValuePair<string, string>> more, string? otherwise = null, string? reward = null)
    {
        List<KeyValuePair<string, string>> pairs = SettingPairs.Split(parsed.GetValue(_pairs) ?? []);

        void Say(string key, object? value)
        {
            if (value is not null) pairs.Add(new(key, Convert.ToString(value, CultureInfo.InvariantCulture)!));
        }

        Say("env:name", parsed.GetValue(_environment));
        Say("goal:prompt", parsed.GetValue(_goal));
        Say("goal:baseline", parsed.GetValue(_baseline));
        Say("env:seed", parsed.GetValue(_seed));
        Say("agent:steps", parsed.GetValue(_steps));
        Say("device", parsed.GetValue(_device));
        if (parsed.GetValue(_untrusted)) Say("goal:untrusted", "true");
        Say("threads", parsed.GetValue(_threads));
        RunSettings settings = SettingsReader.Read(new SettingsSources
        {
            File = parsed.GetValue(_settings) ?? otherwise,
            Variables = SettingsSources.VariablesOfProcess(),
            CommandLine = [.. pairs, .. more],
            Reward = reward ?? parsed.GetValue(_reward),
            KnownToModel = ModelRecord.Environments(runServices, new GoalBaselineOptions().Model),
        }, runServices);
        return settings with { Reasoning = null }; // a file may hold both; the settings that a run keeps say which it was
    }
}
