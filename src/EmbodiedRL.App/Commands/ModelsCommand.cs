using System.CommandLine;
using System.Globalization;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Models.Hub;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Training.Captioning;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Reasoning;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Commands;

/// <summary><c>models</c>: which models there are, how others are pulled and verified, and how the embedded ones are made.</summary>
/// <param name="runServices">Environments, the folder of weights and the hub.</param>
public sealed class ModelsCommand(RunServices runServices) : ICommand
{
    /// <inheritdoc/>
    public Command Build(CommandServices services) => new("models",
        "List the models there are, pull and verify others, show their cards, measure any, describe or train an embedded one.\n\n"
            + "Examples: ./embodied models list\n          ./embodied models pull clip-vit-b-32\n"
            + "          ./embodied models card scene-clip\n          ./embodied models eval scene-clip\n"
            + "          ./embodied models train scene-clip")
    {
        BuildList(services),
        new ModelsPullCommand(runServices).Build(services),
        new ModelsVerifyCommand(runServices).Build(services),
        new ModelsCardCommand(runServices).Build(services),
        new ModelsEvalCommand(runServices).Build(services),
        new PartsCommand(runServices, "models", "models", SceneClip.CatalogName, PartKinds.ImageTextModel).BuildDescribe(services),
        BuildTrain(services),
    };

    private Command BuildList(CommandServices services)
    {
        Option<bool> json = SharedOptions.Json();
        var command = new Command("list",
            "Names, where their weights are, what they were measured to be worth, and which others can be pulled.\n\n"
                + "Example: ./embodied models list --json") { json };
        command.SetAction(parsed =>
        {
            ModelListing[] shipped =
            [
                .. runServices.Models.Names.Where(name => KnownModels.Find(name) is null)
                    .Select(name => ModelListing.Of(name, runServices.Weights)),
                .. runServices.VisualAnswerers.Names.Select(name => ModelListing.OfAnswerer(name, runServices.Weights)),
            ];
            ModelListing[] others = [.. Others(shipped)];
            if (parsed.GetValue(json)) services.Output.Write(RunJson.Of(shipped.Concat(others)));
            else
            {
                foreach (ModelListing listing in shipped) listing.Write(services.Output);
                ModelListing.WriteTable(services.Output, others);
            }

            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>Known models, others that were pulled, and other folders of the user's own.</summary>
    private IEnumerable<ModelListing> Others(ModelListing[] shipped)
    {
        HubSettings hub = runServices.Hub;
        var locator = new ModelLocator(hub);
        ModelLock locks = ModelLock.Read(hub.LockFile);
        string[] unlisted = [.. locks.Models.Keys.Except(KnownModels.All.Select(model => model.Repository))];
        ModelListing[] known = [.. KnownModels.All.Concat(unlisted.Select(KnownModels.Require))
            .Select(model => ModelListing.Of(model, locator, locks))];
        IEnumerable<ModelListing> own = hub.Models is { } folder && Directory.Exists(folder)
            ? Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal)
                .Where(one => !known.Any(model => model.Present && model.Folder == one)
                    && shipped.All(model => model.Name != Path.GetFileName(one)))
                .Select(ModelListing.OfFolder)
            : [];
        return known.Concat(own);
    }

    private Command BuildTrain(CommandServices services)
    {
        var name = new Argument<string>("name") { Description = "The model to make: scene-clip, scene-clip-minilm or scene-reasoner." };
        var environments = new Option<string>("--envs")
        {
            Description = "Environments whose pictures it learns, by commas. Default: all of which something can be said."
        };
        var steps = new Option<long?>("--steps") { Description = "Batches of pictures and sentences." };
        var without = new Option<string?>("--without")
        {
            Description = "Facts that are never spoken of, by commas, to measure what the model makes of goals it was not taught: "
                + "cartpole/upright,gym/humanoid/kneeling."
        };
        Option<ulong> seed = SharedOptions.Seed();
        var threads = new Option<int?>("--threads") { Description = "Threads of one tensor operation; default: all cores." };
        var into = new Option<string>("--out")
        {
            Description = "The model's folder: new, empty or of an older one. Default: where the model is looked for if none is there "
                + "yet, else runs/models-DATE/NAME."
        };
        var replace = new Option<bool>("--replace-shipped")
        {
            Description = "Put it in the place of the one that is there and that every run reads."
        };
        Option<string?> sentences = ModelsEvalCommand.SentencesOption();
        Option<bool> json = SharedOptions.Json();
        var command = new Command("train",
            "Make an embedded model from captioned renders or questions about renders, measure it and write its card.\n\n"
                + "Repeated after an interruption it goes on where it was.\n\n"
                + "Example: ./embodied models train scene-clip --envs cartpole --seed 2 --out mine/scene-clip")
        {
            name, environments, without, steps, seed, threads, into, replace, sentences, json,
        };
        command.SetAction(parsed =>
        {
            string model = parsed.GetRequiredValue(name);
            string folder = FolderOf(model, parsed.GetValue(into), parsed.GetValue(replace), services.Time);
            if (model == SceneReasoner.CatalogName)
            {
                if (parsed.GetValue(environments) is not null || parsed.GetValue(steps) is not null || parsed.GetValue(without) is not null
                    || parsed.GetValue(sentences) is not null)
                    throw new SettingsException("models train",
                        [$"{model} learns from questions: expected neither --envs, --steps, --without nor --sentences."]);
                var reasoner = new SceneReasonerTrainingSettings { Seed = parsed.GetValue(seed) };
                if (parsed.GetValue(threads) is { } cores) reasoner = reasoner with { Threads = cores };
                ReasonerRecord record = new SceneReasonerMaker(services, runServices).Make(reasoner, folder);
                if (parsed.GetValue(json)) services.Output.Write(RunJson.Of(record));
                else
                    services.Output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                        $"Accuracy {record.Figures.Accuracy:0.000} over {record.Figures.Questions} questions. Model: {folder}"));
                return ExitCode.Done;
            }

            IReadOnlyList<SentenceFile> files = ModelsEvalCommand.FilesOf(parsed.GetValue(sentences));
            if (model == SceneClipMinilm.CatalogName)
            {
                if (parsed.GetValue(environments) is not null || parsed.GetValue(steps) is not null || parsed.GetValue(without) is not null)
                    throw new SettingsException("models train",
                        [$"{model} learns the sentences of scene-clip's environments: expected neither --envs, --steps nor --without."]);
                var head = new SentenceHeadSettings { Seed = parsed.GetValue(seed) };
                if (parsed.GetValue(threads) is { } few) head = head with { Threads = few };
                ModelFigures figures = new SceneClipMinilmMaker(services, runServices).Make(head, folder, files);
                if (parsed.GetValue(json)) services.Output.Write(RunJson.Of(figures));
                else ModelFiguresAnswer.Write(services.Output, model, figures);
                return ExitCode.Done;
            }

            var settings = new CaptioningSettings
            {
                Environments = SpokenEnvironments.Of(runServices, parsed.GetValue(environments)),
                Seed = parsed.GetValue(seed),
                Without = parsed.GetValue(without)
                    ?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [],
            };
            if (parsed.GetValue(steps) is { } count) settings = settings with { Steps = count };
            if (parsed.GetValue(threads) is { } some) settings = settings with { Threads = some };
            ModelCard card = new SceneClipMaker(services, runServices).Make(settings, folder, files);
            Answer(services.Output, card, folder, parsed.GetValue(json));
            if (Path.GetFullPath(folder) != Path.GetFullPath(Path.Combine(runServices.Weights, model)))
                services.Error.WriteLine(
                    $"Runs still read the model in {Path.Combine(runServices.Weights, model)}. {UseOf(folder, model)}");
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>A model that runs already read is replaced only on purpose: their rewards would be others from then on.</summary>
    private string FolderOf(string model, string? into, bool replaces, TimeProvider time)
    {
        KnownNames.Require("model that can be trained", model,
            [SceneClip.CatalogName, SceneClipMinilm.CatalogName, SceneReasoner.CatalogName]);
        if (into is not null && replaces)
            throw new SettingsException("--replace-shipped", ["expected no --out beside it: it says the folder itself."]);
        string known = Path.Combine(runServices.Weights, model);
        if (into is not null) return into;
        if (replaces || !Directory.Exists(known) || !Directory.EnumerateFileSystemEntries(known).Any()) return known;
        string date = time.GetLocalNow().ToString("yyyy-MM-dd-HHmmss", CultureInfo.InvariantCulture);
        return Path.Combine("runs", $"models-{date}", model);
    }

    private static string UseOf(string folder, string model) => Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)) == model
        ? $"To use this one: {WeightsFolder.Variable}={Path.GetDirectoryName(Path.GetFullPath(folder))} ./embodied train ..."
        : $"To use this one, put it into a folder called {model} and name that folder's folder in {WeightsFolder.Variable}.";

    private static void Answer(TextWriter output, ModelCard card, string folder, bool asJson)
    {
        if (asJson)
        {
            output.Write(RunJson.Of(card));
            return;
        }

        foreach (KindFigure figure in card.Figures) output.WriteLine(ModelListing.Line(figure));
        output.WriteLine($"Model: {folder}");
        output.WriteLine($"Card:  {Path.Combine(folder, ModelCardPage.FileName)}");
    }
}
