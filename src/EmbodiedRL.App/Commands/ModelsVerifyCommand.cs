using System.CommandLine;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Hub;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Commands;

/// <summary>Verification of one model.</summary>
/// <param name="Name">Of the model.</param>
/// <param name="Folder">Where it is; null if it is not here.</param>
/// <param name="Record">The file that its hashes stand in.</param>
/// <param name="State"><c>ok</c>, <c>differs</c>, <c>absent</c> (recorded, but not pulled here) or <c>unrecorded</c>.</param>
/// <param name="Files">Each that is recorded.</param>
internal sealed record ModelVerification(string Name, string? Folder, string Record, string State, IReadOnlyList<FileComparison> Files);

/// <summary><c>models verify</c>: compares the files of models with the hashes that are recorded of them.</summary>
/// <param name="runServices">The hub, and the models that ship.</param>
internal sealed class ModelsVerifyCommand(RunServices runServices)
{
    private const string Page = ".md";

    public Command Build(CommandServices services)
    {
        var names = new Argument<string[]>("names")
        {
            Description = "Names of ./embodied models list, or repositories. Default: all that ship and all that the lock file records.",
            Arity = ArgumentArity.ZeroOrMore
        };
        Option<bool> json = SharedOptions.Json();
        var command = new Command("verify",
            "Compute the hashes of models anew and compare them with the lock file and the manifest of assets; exit code 3 if one "
                + "differs.\n\nExample: ./embodied models verify") { names, json };
        command.SetAction(parsed =>
        {
            string[] asked = [.. parsed.GetValue(names)?.Distinct() ?? []];
            ModelVerification[] all = asked.Length > 0
                ? [.. asked.Select(name => Verify(name, services.Cancel))]
                : [.. Everything().Select(name => VerifyIfHere(name, services.Cancel))];
            bool holds = all.All(model => model.State != "differs");
            if (parsed.GetValue(json)) services.Output.Write(RunJson.Of(new { Holds = holds, Models = all }));
            else foreach (ModelVerification model in all) Write(services.Output, model);
            return holds ? ExitCode.Done : ExitCode.DidNotHold;
        });
        return command;
    }

    private IEnumerable<string> Everything() => Shipped()
        .Concat(ModelLock.Read(runServices.Hub.LockFile).Models.Keys.Select(repository => KnownModels.Find(repository)!.Name));

    private IEnumerable<string> Shipped() =>
        runServices.Models.Names.Concat(runServices.VisualAnswerers.Names).Where(name => KnownModels.Find(name) is null);

    /// <summary>A model that was named has to be here and to have a record.</summary>
    private ModelVerification Verify(string name, CancellationToken cancel)
    {
        if (KnownModels.Find(name) is null && !Shipped().Contains(name))
            throw new UnknownNameException("model", name, Shipped().Concat(KnownModels.All.Select(model => model.Name)));
        ModelVerification found = VerifyIfHere(name, cancel);
        return found.State switch
        {
            "absent" => throw new AssetMissingException($"The model {name}", found.Folder ?? found.Record,
                KnownModels.Find(name) is { } known
                    ? $"Get it with: {known.PullCommand}"
                    : $"Make it with: ./embodied models train {name}"),
            "unrecorded" => throw new SettingsException(name, KnownModels.Find(name) is { } known
                ? [$"{found.Record} records nothing of it; {known.PullCommand} records what the cache holds."]
                : [$"{found.Record} records nothing of it: it is of your own."]),
            _ => found,
        };
    }

    private ModelVerification VerifyIfHere(string name, CancellationToken cancel) =>
        KnownModels.Find(name) is { } known ? VerifyPulled(known, cancel) : VerifyShipped(name, cancel);

    private ModelVerification VerifyPulled(KnownModel known, CancellationToken cancel)
    {
        HubSettings hub = runServices.Hub;
        if (ModelLock.Read(hub.LockFile).Find(known.Repository) is not { } locked)
            return new ModelVerification(known.Name, new ModelLocator(hub).Find(known.Name)?.Folder, hub.LockFile, "unrecorded", []);
        ModelPlace? place = new ModelLocator(hub).Find(known.Name);
        string folder = place?.Folder ?? Path.Combine(new ModelLocator(hub).CacheFolder(known), "snapshots", locked.Revision);
        if (!Directory.Exists(folder)) return new ModelVerification(known.Name, null, hub.LockFile, "absent", []);
        bool mayLack = place is { Origin: not ModelOrigin.Cache }; // a folder of one's own need not hold every file
        return Of(known.Name, folder, hub.LockFile,
            [.. LockComparison.Compare(folder, locked, cancel).Where(file => !mayLack || file.State != "missing")]);
    }

    private ModelVerification VerifyShipped(string name, CancellationToken cancel)
    {
        string folder = Path.Combine(runServices.Weights, name), assets = Path.GetDirectoryName(Path.GetFullPath(runServices.Weights))!;
        string record = Path.Combine(assets, AssetManifest.FileName), below = $"{Path.GetFileName(runServices.Weights)}/{name}/";
        if (!Directory.Exists(folder)) return new ModelVerification(name, folder, record, "absent", []);
        AssetEntry[] entries = [.. AssetManifest.Read(assets).Where(entry => entry.Path.StartsWith(below, StringComparison.Ordinal)
            && !entry.Path.EndsWith(Page, StringComparison.Ordinal))];
        if (entries.Length == 0) return new ModelVerification(name, folder, record, "unrecorded", []);
        return Of(name, folder, record, [.. entries.Select(entry => Compare(assets, entry, below, cancel))]);
    }

    private static FileComparison Compare(string assets, AssetEntry entry, string below, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        string path = Path.Combine(assets, entry.Path), file = entry.Path[below.Length..], expected = $"sha256 {entry.Sha256}";
        if (!File.Exists(path)) return new FileComparison(file, "missing", expected, "");
        string found = AssetManifest.Sha256Of(path);
        return new FileComparison(file, found == entry.Sha256 ? "ok" : "differs", expected, $"sha256 {found}");
    }

    private static ModelVerification Of(string name, string folder, string record, FileComparison[] files) =>
        new(name, folder, record, files.All(file => file.IsOk) ? "ok" : "differs", files);

    private static void Write(TextWriter output, ModelVerification model)
    {
        output.WriteLine(model.State switch
        {
            "ok" => $"{model.Name}: ok, {model.Files.Count} files are as {model.Record} records",
            "absent" => $"{model.Name}: recorded in {model.Record}, but not here",
            "unrecorded" => $"{model.Name}: not recorded in {model.Record}",
            _ => $"{model.Name}: differs from {model.Record}",
        });
        foreach (FileComparison file in model.Files.Where(file => !file.IsOk))
            output.WriteLine($"  {Path.Combine(model.Folder!, file.File)}: expected {file.Expected}, found "
                + $"{(file.Found.Length > 0 ? file.Found : "no such file")}.");
        if (model.State == "differs")
            output.WriteLine(KnownModels.Find(model.Name) is { } known
                ? $"  Restore it with {known.PullCommand}; if the new one is wanted, record it with {known.PullCommand} --update."
                : $"  Restore it (git checkout, or the package), or make it anew with ./embodied models train {model.Name}.");
    }
}
