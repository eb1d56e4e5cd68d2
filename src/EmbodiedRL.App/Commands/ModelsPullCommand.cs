using System.CommandLine;
using System.Globalization;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Hub;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Commands;

/// <summary><c>models pull</c>: brings models from the hub into the Hugging Face cache and records what they are.</summary>
/// <param name="runServices">The hub, and the models that ship.</param>
internal sealed class ModelsPullCommand(RunServices runServices)
{
    private const double Megabyte = 1e6;

    public Command Build(CommandServices services)
    {
        var names = new Argument<string[]>("names")
        {
            Description = "Names of ./embodied models list, or repositories OWNER/NAME of the hub.",
            Arity = ArgumentArity.OneOrMore
        };
        var revision = new Option<string>("--revision")
        {
            Description = "A branch, a tag, a commit or refs/pr/N. Default: the commit that the lock file records, else the newest of main."
        };
        var update = new Option<bool>("--update")
        {
            Description = "Take the newest (or --revision) and record it over what the lock file says."
        };
        var offline = new Option<bool>("--offline")
        {
            Description = "Use no network: record what the cache holds. HF_HUB_OFFLINE=1 does so too."
        };
        Option<bool> json = SharedOptions.Json();
        var command = new Command("pull",
            "Bring models from the hub into the Hugging Face cache, compare them with their hashes, and record revision, sizes and "
                + "hashes in the lock file.\n\nExample: ./embodied models pull clip-vit-b-32\nExample: ./embodied models pull "
                + "sentence-transformers/all-MiniLM-L6-v2 --revision main")
        {
            names, revision, update, offline, json
        };
        command.SetAction(async (parsed, _) =>
        {
            string[] asked = [.. parsed.GetRequiredValue(names).Distinct()];
            string? which = parsed.GetValue(revision);
            if (which is not null && asked.Length > 1)
                throw new SettingsException("--revision", ["expected one name beside it: a revision is of one repository."]);
            foreach (string name in asked) RequirePullable(name);
            HubSettings hub = runServices.Hub;
            if (parsed.GetValue(offline)) hub = hub with { Offline = true };
            PulledModel[] pulled = await PullAsync(asked, new PullRequest(which, parsed.GetValue(update)), hub, services);
            if (parsed.GetValue(json)) services.Output.Write(RunJson.Of(pulled));
            else foreach (PulledModel model in pulled) Write(services.Output, model, hub);
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<PulledModel[]> PullAsync(string[] names, PullRequest request, HubSettings hub, CommandServices services)
    {
        var line = new PullLine(services.Error, services.Time, services.IsTerminal);
        using var puller = new ModelPuller(hub, services.Time, line);
        var pulled = new List<PulledModel>();
        try
        {
            foreach (string name in names)
            {
                pulled.Add(await puller.PullAsync(name, request, services.Cancel));
                line.Finish();
            }
        }
        finally
        {
            line.Finish();
        }

        return [.. pulled];
    }

    /// <summary>All names are looked at before the first is pulled.</summary>
    private void RequirePullable(string name)
    {
        if (KnownModels.Find(name) is not null) return;
        if (runServices.Models.Contains(name))
            throw new SettingsException(name, ["ships with the project and is not on the hub; ./embodied models list says where it is."]);
        KnownModels.Require(name);
    }

    private static void Write(TextWriter output, PulledModel model, HubSettings hub)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{model.Name}  {model.Bytes / Megabyte:N1} MB in {model.Files.Count} files, ")
            + string.Create(CultureInfo.InvariantCulture, $"{model.Transferred / Megabyte:N1} MB transferred"));
        output.WriteLine($"  repository  {model.Repository}");
        output.WriteLine($"  revision    {model.Revision}");
        output.WriteLine($"  folder      {model.Folder}");
        output.WriteLine($"  recorded    {hub.LockFile}");
    }
}
