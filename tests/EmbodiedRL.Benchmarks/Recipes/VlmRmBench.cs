using System.CommandLine;
using System.Globalization;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Hub;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Benchmarks.Recipes;

/// <summary><c>bench vlm-rm</c>: trains the humanoid tasks of VLM-RM by the paper's settings and fills its table.</summary>
/// <param name="runServices">Environments and models.</param>
internal sealed class VlmRmBench(RunServices runServices) : ICommand
{
    private const int Most = 1000;

    public Command Build(CommandServices services)
    {
        var tasks = new Option<string[]>("--tasks")
        {
            Description = $"Which, with commas or spaces between. Default: {string.Join(',', VlmRmTask.All.Select(task => task.Name))}.",
            AllowMultipleArgumentsPerToken = true,
        };
        var model = new Option<string>("--model")
        {
            Description = "Another image-text model than the settings': a name of ./embodied models list, OWNER/NAME, or a folder.",
            HelpName = "NAME|FOLDER",
        };
        var steps = new Option<long?>("--steps") { Description = "Environment steps of a run, instead of the settings' 10 million." };
        var seeds = new Option<int>("--seeds") { Description = "K: seeds 1 to K of each task.", DefaultValueFactory = _ => 4 };
        var pairs = new Option<string[]>("--set") { Description = "Any other setting, KEY=VALUE; short: --env:count 8." };
        var into = new Option<string>("--out")
        {
            Description = "Folder of the runs and of table.md and table.csv; what has ended there is not run again.",
            HelpName = "FOLDER",
            DefaultValueFactory = _ => Path.Combine("runs", "vlm-rm"),
        };
        var command = new Command("vlm-rm",
            "Train the humanoid tasks of VLM-RM (arXiv 2310.12921) by the paper's settings, and put success beside the paper's.\n\n"
            + "Reads assets/settings/vlm-rm/TASK.json. The same command goes on after an interruption. The paper's learner is SAC; the "
            + "settings say ppo. Tasks that no measure of the humanoid can judge name the film to be judged.\n\n"
            + "Exit code 2 if a model is missing: its rows say so, and nothing stands in for it.\n\n"
            + "Example: ./embodied bench vlm-rm --tasks kneeling,splits --seeds 1 --out runs/vlm-rm")
        { tasks, model, steps, seeds, pairs, into };
        command.SetAction(async (parsed, _) =>
        {
            int count = parsed.GetValue(seeds);
            if (count is < 1 or > Most) throw new SettingsException("--seeds", [$"expected 1 to {Most}, found {count}."]);
            VlmRmTask[] asked = Asked(parsed.GetValue(tasks) ?? []);
            (VlmRmTask, RunSettings)[] plans =
                [.. asked.Select(task => (task, Read(task, parsed.GetValue(pairs) ?? [], parsed.GetValue(model), parsed.GetValue(steps))))];
            string root = parsed.GetRequiredValue(into);
            try
            {
                (VlmRmTable table, IReadOnlyCollection<string> absent) =
                    await new VlmRmRuns(services, runServices, root).RunAsync(plans, count);
                services.Output.Write(table.Markdown(root));
                foreach (string reason in absent) services.Error.WriteLine($"Error: {reason}");
                return absent.Count > 0 ? ExitCode.BadInput : ExitCode.Done;
            }
            catch (OperationCanceledException)
            {
                services.Error.WriteLine($"The table so far: {Path.Combine(root, VlmRmTable.MarkdownFile)}. Go on with the same "
                    + "./embodied bench vlm-rm.");
                throw;
            }
        });
        return command;
    }

    private static VlmRmTask[] Asked(string[] said)
    {
        string[] known = [.. VlmRmTask.All.Select(task => task.Name)];
        string[] names =
            [.. said.SelectMany(part => part.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
        foreach (string name in names) KnownNames.Require("task of VLM-RM", name, known);
        return [.. VlmRmTask.All.Where(task => names.Length == 0 || names.Contains(task.Name))];
    }

    /// <summary>A task's settings: its file, variables, then what was said here.</summary>
    /// <exception cref="SettingsException">Lists every violation.</exception>
    private RunSettings Read(VlmRmTask task, string[] said, string? model, long? steps)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        foreach (string pair in said)
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1) throw new SettingsException("--set", [$"expected KEY=VALUE, found '{pair}'."]);
            pairs.Add(new(pair[..equals], pair[(equals + 1)..]));
        }

        pairs.Add(new("goal:untrusted", "true")); // the table shows what a model is worth, not only what is sure beforehand
        if (steps is { } count) pairs.Add(new("agent:steps", count.ToString(CultureInfo.InvariantCulture)));
        // whole, so that a run goes on from wherever the command is typed
        if (model is not null)
            pairs.Add(new("reward:terms:0:model",
                new ModelLocator(runServices.Hub).Find(model) is { Origin: ModelOrigin.Folder } place ? place.Folder : model));
        return SettingsReader.Read(new SettingsSources
        {
            File = task.File,
            Variables = SettingsSources.VariablesOfProcess(),
            CommandLine = pairs,
        }, runServices);
    }
}
