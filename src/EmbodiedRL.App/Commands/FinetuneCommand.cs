using System.CommandLine;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.App.Commands;

/// <summary><c>finetune</c>: a language model learns from what the reward says of its completions.</summary>
/// <param name="runServices">Models, environments and rewards.</param>
public sealed class FinetuneCommand(RunServices runServices) : ICommand
{
    /// <inheritdoc/>
    public Command Build(CommandServices services)
    {
        var settings = new Argument<string?>("settings")
        {
            Description = "A JSON file with settings: the sections reasoning and reward.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var model = new Option<string>("--model")
        {
            Description = "A model that ships or was pulled, or a folder in Hugging Face's layout.",
        };
        var reward = new Option<string>(RewardChoice.Option)
        {
            Description = "A file with a reward section, or terms of the settings by name.",
        };
        var steps = new Option<long?>("--steps") { Description = "Completions to train for." };
        var seed = new Option<ulong?>("--seed") { Description = "Of all draws; equal seeds give equal runs." };
        var device = new Option<string>("--device") { Description = "auto, cpu or cuda:N." };
        var threads = new Option<int?>("--threads") { Description = "Threads of one tensor operation; 0 for all cores." };
        var pairs = new Option<string[]>("--set") { Description = "Any other setting, KEY=VALUE; short: --reasoning:learningRate 1e-4." };
        var output = new Option<string>("--out") { Description = "The run folder: new or empty. Default: runs/finetune-DATE." };
        Option<int?> seeds = SharedOptions.Seeds();
        Option<bool> json = SharedOptions.Json();
        var command = new Command("finetune",
            "Fine-tune a language model, with eyes or without, by the reward's terms for completions.\n\n"
            + "Questions come from a generator of made scenes and bodies with exact truth, or from a file of your own. The folder holds "
            + "what was learned (model/), completions before and after with their rewards by term, and a report.\n\n"
            + "Example: ./embodied finetune --out runs/reasoner\n"
            + "Example: ./embodied finetune examples/settings/one-reward.json --steps 8192\n"
            + "Example: ./embodied finetune --model ~/models/SmolVLM --reasoning:questions:file mine.jsonl --reasoning:adapter:rank 16");
        command.Add(settings);
        foreach (Option option in new Option[] { model, reward, steps, seed, device, threads, pairs, output, seeds, json })
            command.Add(option);
        command.SetAction(async (parsed, _) =>
        {
            string? file = parsed.GetValue(settings);
            List<KeyValuePair<string, string>> said = SettingPairs.Split(parsed.GetValue(pairs) ?? []);
            (string Key, object? Value)[] options =
            [
                ("reasoning:model", parsed.GetValue(model)), ("reasoning:steps", parsed.GetValue(steps)),
                ("env:seed", parsed.GetValue(seed)), ("device", parsed.GetValue(device)), ("threads", parsed.GetValue(threads)),
            ];
            foreach ((string key, object? value) in options)
                if (value is not null) said.Add(new(key, FormattableString.Invariant($"{value}")));
            RunSettings read = SettingsReader.Read(new SettingsSources
            {
                File = file,
                Variables = SettingsSources.VariablesOfProcess(),
                CommandLine = said,
                Reward = parsed.GetValue(reward),
                IsReasoning = true,
            }, runServices);
            string folder = file is null ? Directory.GetCurrentDirectory() : Path.GetDirectoryName(Path.GetFullPath(file))!;
            if (parsed.GetValue(seeds) is { } count)
                return await new SeedRuns(services, runServices).BeginAsync(read, folder, parsed.GetValue(output), count,
                    parsed.GetValue(json));
            (RunFolder run, RunSummary summary) =
                await new ReasoningSession(services, runServices).BeginAsync(read, folder, parsed.GetValue(output));
            RunAnswer.Write(services.Output, run, summary, parsed.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }
}
