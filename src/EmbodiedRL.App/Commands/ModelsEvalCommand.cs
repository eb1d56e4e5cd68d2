using System.CommandLine;
using EmbodiedRL.Core;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Rendering;
using EmbodiedRL.Training.Captioning;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Commands;

/// <summary><c>models eval</c>: measures an image-text model as a reward, by the figures that the card of scene-clip holds.</summary>
/// <param name="runServices">Environments and models.</param>
internal sealed class ModelsEvalCommand(RunServices runServices)
{
    private const string Verb = "models eval";

    private readonly Argument<string> _model = new("model")
    {
        Description = "A name of ./embodied models list, a repository OWNER/NAME, or a folder."
    };
    private readonly Option<string?> _environments = new("--envs")
    {
        Description = "Environments to measure it on, by commas. Default: all of which something can be said."
    };
    private readonly Option<int> _images = new("--images")
    {
        Description = "Images of each environment and condition, a fifth from each source of states.",
        DefaultValueFactory = _ => new MeasurementSettings().Images
    };
    private readonly Option<string?> _sentences = SentencesOption();
    private readonly Option<string> _device = new("--device") { Description = "auto, cpu or cuda:N.", DefaultValueFactory = _ => "auto" };
    private readonly Option<string> _precision = new("--precision")
    {
        Description = "What a published model computes in: auto, fp32 or bf16.",
        DefaultValueFactory = _ => "auto"
    };
    private readonly Option<bool> _card = new("--card")
    {
        Description = "Write the figures into the model's own card as well; the model keeps one if it was made by models train."
    };
    private readonly Option<string[]> _leftOut = new("--left-out")
    {
        Description = "Folder of a model that was trained without some environments (--envs) or facts (--without): what it makes of those "
            + "goes into the card. Needs --card.",
        HelpName = "FOLDER",
        DefaultValueFactory = _ => []
    };
    private readonly Option<string?> _json = new("--json") { Description = "Write all figures to this file as well.", HelpName = "FILE" };

    public Command Build(CommandServices services)
    {
        var command = new Command("eval",
            "Measure any image-text model as a reward on the states of the environments: rank correlation with the truth of every "
                + "sentence, agreement with success measures, robustness, pictures of something else, sentences of people.\n\n"
                + "Example: ./embodied models eval scene-clip --envs cartpole --sentences tests/fixtures/sentences --json figures.json")
        {
            _model, _environments, _images, _sentences, _device, _precision, _card, _leftOut, _json,
        };
        command.SetAction(parsed =>
        {
            string[] environments = [.. SpokenEnvironments.Of(runServices, parsed.GetValue(_environments)).Distinct()];
            var settings = new MeasurementSettings { Images = parsed.GetValue(_images) };
            Check(settings, environments, parsed.GetRequiredValue(_precision));
            IReadOnlyList<SentenceFile> files = FilesOf(parsed.GetValue(_sentences));
            ModelCardUpdate? update = ModelCardUpdate.Of(runServices.Weights, parsed.GetValue(_card),
                parsed.GetRequiredValue(_model), environments, parsed.GetRequiredValue(_leftOut), files.Count > 0);
            using IImageTextModel model = runServices.Model(parsed.GetRequiredValue(_model),
                TorchRuntime.ParseDevice(parsed.GetRequiredValue(_device)),
                Precisions.Parse(parsed.GetRequiredValue(_precision), "--precision"));
            var measurement = new CaptionMeasurement(settings, runServices);
            ModelFigures figures = measurement.Measure(model, environments, files, Tell, services.Cancel);
            update?.Write(figures, measurement, environments, Tell, services.Cancel);
            ModelFiguresAnswer.Write(services.Output, model.Name, figures);
            if (parsed.GetValue(_json) is { } path)
                AtomicFile.WriteText(path, RunJson.Of(new
                {
                    Model = model.Name,
                    figures.Environments[0].Images,
                    settings.Seed,
                    figures.Kinds,
                    figures.Sentences,
                    figures.Environments,
                    figures.Written,
                    figures.WrittenCounts,
                }));
            return ExitCode.Done;

            void Tell(string what)
            {
                services.TellDrawing(DrawingDevice.Find());
                services.Error.WriteLine(what);
            }
        });
        return command;
    }

    /// <summary><c>--sentences FOLDER</c>.</summary>
    public static Option<string?> SentencesOption() => new("--sentences")
    {
        Description = "A folder of *.json files of sentences that people wrote, with the facts they mean, to count how many are obeyed.",
        HelpName = "FOLDER"
    };

    /// <summary>The files of a folder; none without one.</summary>
    /// <exception cref="EmbodiedException">There is no such folder, or a file of another shape in it.</exception>
    public static IReadOnlyList<SentenceFile> FilesOf(string? folder) => folder is null ? [] : SentenceFile.ReadFolder(folder);

    /// <summary>What can be refused before a model is loaded.</summary>
    private void Check(MeasurementSettings settings, string[] environments, string precision)
    {
        if (environments.Length == 0) throw new SettingsException(Verb, ["--envs: expected one environment or more, found none."]);
        foreach (string name in environments) KnownNames.Require("environment", name, runServices.Environments.Names);
        settings.Validate();
        if (PrecisionName.Violation("--precision", precision) is { } violation) throw new SettingsException(Verb, [violation]);
    }
}
