using System.CommandLine;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Hub;
using EmbodiedRL.Training.Captioning;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Reasoning;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Commands;

/// <summary><c>models card</c>: the card of a model.</summary>
/// <param name="runServices">The hub, and the models that ship.</param>
internal sealed class ModelsCardCommand(RunServices runServices)
{
    public Command Build(CommandServices services)
    {
        var name = new Argument<string>("name") { Description = "A name of ./embodied models list, a repository OWNER/NAME, or a folder." };
        Option<bool> json = SharedOptions.Json();
        var command = new Command("card",
            "Show a model's card: what an embedded one was measured to be worth; of others repository, revision, license, sizes and "
                + "hashes.\n\nExample: ./embodied models card scene-clip\nExample: ./embodied models card clip-vit-b-32 --json")
        {
            name, json
        };
        command.SetAction(parsed =>
        {
            string asked = parsed.GetRequiredValue(name);
            bool asJson = parsed.GetValue(json);
            if (KnownModels.Find(asked) is null && runServices.Models.Contains(asked)) WriteShipped(services, asked, asJson);
            else if (runServices.VisualAnswerers.Contains(asked)) WriteAnswerer(services.Output, asked, asJson);
            else WriteOther(services.Output, asked, asJson);
            return ExitCode.Done;
        });
        return command;
    }

    private void WriteShipped(CommandServices services, string name, bool asJson)
    {
        string folder = Path.Combine(runServices.Weights, name), page = Path.Combine(folder, ModelCardPage.FileName),
            file = Path.Combine(folder, ModelCard.FileName);
        ModelCard? card = ModelCard.Read(folder);
        if (card is null && (asJson || !File.Exists(page)))
            throw new AssetMissingException($"The card of {name}", file,
                $"Make the model with ./embodied models train {name}.");
        if (card?.Outdated is { } outdated) services.Error.WriteLine(outdated);
        if (asJson) services.Output.Write(card!.IsLatest ? RunJson.Of(card) : InputFile.ReadText(file, "A model's card", "Restore it."));
        else services.Output.Write(File.Exists(page) ? InputFile.ReadText(page, "A model's card", "Restore it.") : ModelCardPage.Of(card!));
    }

    /// <summary>The record of a vision-language model that ships, and its page.</summary>
    private void WriteAnswerer(TextWriter output, string name, bool asJson)
    {
        string folder = Path.Combine(runServices.Weights, name);
        if (asJson) output.Write(RunJson.Of(ReasonerRecord.Read(folder)));
        else
            output.Write(InputFile.ReadText(Path.Combine(folder, ModelCardPage.FileName), $"The card of {name}",
                $"Make the model with ./embodied models train {name}."));
    }

    private void WriteOther(TextWriter output, string name, bool asJson)
    {
        HubSettings hub = runServices.Hub;
        var locator = new ModelLocator(hub);
        KnownModel? known = KnownModels.Find(name);
        ModelPlace? place = locator.Find(name);
        if (place is null && known is null) place = locator.Locate(name); // throws what is wrong with the name
        ModelCardAnswer card = ModelCardAnswer.Of(name, place is { Origin: ModelOrigin.Folder } ? null : known, place, hub);
        if (asJson) output.Write(RunJson.Of(card));
        else card.Write(output);
    }
}
