using System.CommandLine;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Models.Language.Generation;
using EmbodiedRL.Rendering.Images;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Commands;

/// <summary><c>ask</c>: a question about pictures, answered by a vision-language model.</summary>
/// <param name="runServices">Models.</param>
public sealed class AskCommand(RunServices runServices) : ICommand
{
    /// <inheritdoc/>
    public Command Build(CommandServices services)
    {
        var question = new Argument<string>("question") { Description = "In words." };
        var images = new Option<string[]>("--image")
        {
            Description = "A picture (PNG, JPEG or WebP); given several times, all are shown in order.",
        };
        var model = new Option<string>("--model")
        {
            Description = "A model that ships or was pulled, or a folder in Hugging Face's layout.",
            DefaultValueFactory = _ => SceneReasoner.CatalogName,
        };
        var samples = new Option<int>("--samples")
        {
            Description = "Answers to draw; 1 takes the likeliest words.",
            DefaultValueFactory = _ => 1,
        };
        var temperature = new Option<double>("--temperature")
        {
            Description = "Of several answers; higher ones differ more.",
            DefaultValueFactory = _ => 1,
        };
        var tokens = new Option<int>("--tokens") { Description = "The most tokens of an answer.", DefaultValueFactory = _ => 256 };
        Option<ulong> seed = SharedOptions.Seed();
        var device = new Option<string>("--device") { Description = "auto, cpu or cuda:N.", DefaultValueFactory = _ => "auto" };
        Option<bool> json = SharedOptions.Json();
        var command = new Command("ask",
            "Ask a vision-language model about pictures.\n\n"
            + "The shipped scene-reasoner knows renders of its own scenes and environments, and questions as it was trained on; words "
            + "outside its vocabulary are named. Other models are given as folders (Llama, Qwen2, SmolVLM, Qwen2.5-VL).\n\n"
            + "Example: ./embodied ask --image frame.png \"How many things are there?\"\n"
            + "Example: ./embodied ask --image frame.png --samples 4 \"What color is the largest thing?\"");
        command.Add(question);
        foreach (Option option in new Option[] { images, model, samples, temperature, tokens, seed, device, json }) command.Add(option);
        command.SetAction((parsed, _) =>
        {
            string asked = parsed.GetValue(question)!.Trim();
            int count = parsed.GetValue(samples);
            if (count is < 1 or > 256) throw new SettingsException("ask", [$"--samples: expected 1 to 256, found {count}."]);
            RgbImage[] shown = [.. (parsed.GetValue(images) ?? []).Select(ImageFile.ReadRgb)];
            using ILanguageModel answerer =
                runServices.Reasoner(parsed.GetValue(model)!, TorchRuntime.ParseDevice(parsed.GetValue(device)!), Precision.Fp32);
            if (answerer is SceneReasoner && shown.Length != 1)
                throw new SettingsException("ask",
                    [$"--image: expected one picture, which is what {SceneReasoner.CatalogName} reads, found {shown.Length}."]);
            if (answerer is SceneReasoner scenes && scenes.UnknownWords(asked) is { Count: > 0 } unknown)
                services.Error.WriteLine($"Warning: {SceneReasoner.CatalogName} does not know {string.Join(", ", unknown.Select(word =>
                    $"'{word}'"))}; it answers as if the question said something else.");
            using EncodedPrompt prompt = answerer.Encode(new Question(asked, "", AnswerForm.Text) { Images = shown });
            Completions replies = new TextGenerator(answerer).Generate([prompt], count, new SamplingSettings
            {
                MaximumTokens = parsed.GetValue(tokens),
                Greedy = count == 1,
                Temperature = parsed.GetValue(temperature),
            }, parsed.GetValue(seed), cancellation: services.Cancel);
            if (parsed.GetValue(json))
                services.Output.Write(RunJson.Of(new
                {
                    Model = answerer.Spec.Name,
                    Question = asked,
                    Answers = replies.Texts.Select((text, i) => new
                    {
                        Text = text,
                        Tokens = replies.Tokens[i].Length,
                        LogProbability = replies.LogProbabilities[i].Sum(),
                        Truncated = replies.Truncated[i],
                    }),
                }));
            else
                for (int i = 0; i < count; i++)
                    services.Output.WriteLine(replies.Truncated[i] ? $"{replies.Texts[i]} (cut off at --tokens)" : replies.Texts[i]);
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }
}
