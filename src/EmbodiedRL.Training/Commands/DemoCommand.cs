using System.CommandLine;
using System.Globalization;
using EmbodiedRL.Core;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Commands;

/// <summary><c>demo</c>: a sentence in, a trained behaviour out, with a film and the figures that prove it.</summary>
/// <param name="stations">Environments and models.</param>
public sealed class DemoCommand(Stations stations) : ICommand
{
    /// <inheritdoc/>
    public Command Build(CommandServices services)
    {
        var options = new RunOptions();
        var seeds = new Option<int?>("--seeds") { Description = "Train seeds 1 to K one after the other, into DIR/seed-1 and so on, and DIR/seeds.json." };
        var shuffle = new Option<bool>("--shuffle-weights") { Description = "The negative control: the image-text model forgets everything first." };
        Option<bool> json = SharedOptions.Json();
        var command = new Command("demo",
            "Train an agent on nothing but what an image-text model says of its pixels, and show by a hidden measure what it learned.\n\n"
            + "Example: ./embodied demo --goal \"a pole standing upright on a cart\"\nExample: ./embodied demo --env colour-reacher --goal \"the arm touching the red ball\"");
        foreach (Option option in options.All) command.Add(option);
        command.Add(seeds);
        command.Add(shuffle);
        command.Add(json);
        command.SetAction(async (parsed, _) =>
        {
            KeyValuePair<string, string>[] more = parsed.GetValue(shuffle) ? [new("shuffleWeights", "true")] : [];
            RunSettings settings = options.Read(parsed, stations, more);
            var session = new RunSession(services, stations);
            if (parsed.GetValue(seeds) is { } count) return await ManyAsync(session, settings, options.Folder(parsed), options.Out(parsed), count, services, parsed.GetValue(json));
            (RunFolder folder, RunSummary summary) = await session.BeginAsync(settings, options.Folder(parsed), options.Out(parsed));
            RunAnswer.Write(services.Output, folder, summary, parsed.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<int> ManyAsync(RunSession session, RunSettings settings, string from, string? into, int count, CommandServices services, bool asJson)
    {
        if (count is < 1 or > 1000) throw new SettingsException("--seeds", [$"expected 1 to 1000, found {count}."]);
        RunFolder all = RunFolder.Create(into, $"{settings.Env.Name}-seeds", services.Time);
        var outcomes = new List<SeedOutcome>();
        for (ulong seed = 1; seed <= (ulong)count; seed++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"seed-{seed}");
            RunSettings one = settings with { Env = settings.Env with { Seed = seed } };
            (RunFolder folder, RunSummary summary) = await session.BeginAsync(one, from, Path.Combine(all.Root, name));
            outcomes.Add(new SeedOutcome(seed, summary.Success, summary.SuccessInterval, summary.SuccessBefore, summary.Measures, name));
            AtomicFile.WriteText(Path.Combine(all.Root, "seeds.json"), RunJson.Of(outcomes));
            if (!asJson) services.Output.WriteLine($"Seed {seed}: {RunAnswer.Line(summary)} {folder.Report}");
        }

        if (asJson) services.Output.Write(RunJson.Of(outcomes));
        return ExitCode.Done;
    }

    private sealed record SeedOutcome(
        ulong Seed, double? Success, double[]? SuccessInterval, double? SuccessBefore, IReadOnlyDictionary<string, double> Measures, string Folder);
}
