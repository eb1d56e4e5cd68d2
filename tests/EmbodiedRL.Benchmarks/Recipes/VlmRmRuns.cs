using System.Globalization;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Hub;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Benchmarks.Recipes;

/// <summary>The runs of a recipe, one after the other: a folder for each task, in it a run folder for each seed.</summary>
/// <remarks>What has ended is read, what was interrupted goes on, and the table is written after each run.</remarks>
/// <param name="services">Output and cancellation.</param>
/// <param name="runServices">Environments and models.</param>
/// <param name="root">The folder of all.</param>
internal sealed class VlmRmRuns(CommandServices services, RunServices runServices, string root)
{
    private const string NotYet = "not run yet", NoModel = "not run: no model";

    /// <summary>Runs what is not there yet.</summary>
    /// <param name="tasks">With settings that were checked.</param>
    /// <param name="seeds">K: seeds 1 to K of each.</param>
    /// <returns>The table, and why models are missing: one sentence for each of them.</returns>
    /// <exception cref="OperationCanceledException">Interrupted; the same command goes on.</exception>
    public async Task<(VlmRmTable Table, IReadOnlyCollection<string> Absent)> RunAsync(
        IReadOnlyList<(VlmRmTask Task, RunSettings Settings)> tasks, int seeds)
    {
        Dictionary<string, string?> absent = tasks.Select(one => RewardTermChoice.Of(one.Settings).Model).Distinct()
            .ToDictionary(model => model, WhyAbsent, StringComparer.Ordinal);
        VlmRmRow[] rows = [.. tasks.Select(one => new VlmRmRow(one.Task, one.Settings, seeds, [], NotYet))];
        VlmRmTable table = new(rows);
        table.Write(root);
        for (int i = 0; i < rows.Length; i++)
        {
            if (absent[rows[i].Model] is not null) rows[i] = rows[i] with { Missing = NoModel };
            for (int seed = 1; seed <= seeds; seed++)
            {
                if (await RunAsync(rows[i], seed) is not { } cell) continue;
                rows[i] = rows[i] with { Cells = [.. rows[i].Cells, cell] };
                table.Write(root);
            }
        }

        table.Write(root);
        return (table, [.. absent.Values.OfType<string>()]);
    }

    /// <summary>A seed of a task; null if it cannot be run.</summary>
    private async Task<VlmRmCell?> RunAsync(VlmRmRow row, int seed)
    {
        string path = Path.Combine(root, row.Task.Name, string.Create(CultureInfo.InvariantCulture, $"seed-{seed}"));
        RunSettings asked = row.Settings with { Env = row.Settings.Env with { Seed = (ulong)seed } };
        var session = new RunSession(services, runServices);
        if (!File.Exists(Path.Combine(path, "settings.json")))
            return row.Missing == NoModel ? null : Cell(await session.BeginAsync(asked, VlmRmTask.Folder, path));

        RunFolder folder = RunFolder.Open(path);
        RunSettings kept = SettingsFile.Read(folder.Settings, runServices);
        RequireSame(path, kept, asked);
        bool isLonger = kept.Agent.Steps < asked.Agent.Steps;
        if (!isLonger && File.Exists(folder.Summary)) return Cell((folder, RunSummary.Read(folder.Summary)));
        if (row.Missing == NoModel) return null;
        return Cell(await session.ResumeAsync(path, new ResumeChoices(isLonger ? asked.Agent.Steps : null)));

        VlmRmCell Cell((RunFolder Folder, RunSummary Summary) run) =>
            VlmRmCell.Of(run.Folder, run.Summary, RewardTermChoice.Of(asked).Name);
    }

    /// <summary>Refuses to put runs of different settings into one table.</summary>
    private static void RequireSame(string path, RunSettings kept, RunSettings asked)
    {
        (string one, string other) = (RewardTermChoice.Of(kept).Model, RewardTermChoice.Of(asked).Model);
        string? difference = one != other ? $"model '{other}', found one of '{one}'"
            : kept.Agent.Steps > asked.Agent.Steps ? $"{asked.Agent.Steps} steps, found one of {kept.Agent.Steps}"
            : Comparable(kept) != Comparable(asked) ? "the settings asked for, found one of others" : null;
        if (difference is null) return;
        throw new SettingsException("--out", [$"expected '{path}' to hold a run of {difference}. Name another folder."]);
    }

    /// <summary>What must be equal; machines may differ.</summary>
    private static string Comparable(RunSettings settings) => SettingsFile.Json(settings with
    {
        Threads = 0,
        Device = "",
        Agent = settings.Agent with { Steps = 1, Device = "" },
        Reward = settings.Reward with { Device = "" },
    });

    private string? WhyAbsent(string model)
    {
        if (runServices.Models.Contains(model)) return null;
        var locator = new ModelLocator(runServices.Hub);
        if (locator.Find(model) is not null) return null;
        try
        {
            locator.Locate(model);
            return null;
        }
        catch (AssetMissingException missing)
        {
            return missing.Message;
        }
    }
}
