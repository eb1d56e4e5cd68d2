using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Reasoning;

/// <summary>
/// Record of a trained scene-reasoner: settings and figures, <c>training.json</c> and <c>README.md</c> beside its weights.
/// </summary>
/// <param name="Command">Makes the same weights.</param>
/// <param name="License">Terms of use.</param>
/// <param name="Origin">Where the weights come from.</param>
/// <param name="Settings">What they depend on.</param>
/// <param name="Parameters">How many numbers they are.</param>
/// <param name="Vocabulary">Tokens.</param>
/// <param name="Seconds">Wall clock by phase.</param>
/// <param name="Versions">Of what they were made with.</param>
/// <param name="Figures">On the test split.</param>
public sealed record ReasonerRecord(string Command, string License, string Origin, SceneReasonerTrainingSettings Settings, long Parameters,
    int Vocabulary, IReadOnlyDictionary<string, double> Seconds, IReadOnlyDictionary<string, string> Versions, ReasonerFigures Figures)
{
    /// <summary>The record's file.</summary>
    public const string FileName = "training.json";

    private const string PageName = "README.md";

    /// <summary>What else is to be known of how the weights were made; null for nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Note { get; init; }

    /// <summary>Reads the record of a model.</summary>
    /// <exception cref="AssetMissingException">There is none.</exception>
    /// <exception cref="CorruptFileException">It is of another form.</exception>
    public static ReasonerRecord Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        const string what = "the record of a scene-reasoner's training", remedy = "Restore the file, or train the model again.";
        try
        {
            return JsonSerializer.Deserialize<ReasonerRecord>(InputFile.ReadBytes(path, "A training's record", remedy), RunJson.Options)
                ?? throw new CorruptFileException(path, what, "null", remedy);
        }
        catch (JsonException error)
        {
            throw new CorruptFileException(path, what, $"something else ({error.Message})", remedy, error);
        }
    }

    /// <summary>Writes record and page.</summary>
    public void Write(string folder)
    {
        AtomicFile.WriteText(Path.Combine(folder, FileName), RunJson.Of(this));
        AtomicFile.WriteText(Path.Combine(folder, PageName), Page());
    }

    private string Page()
    {
        var rows = new StringBuilder();
        foreach (ReasonerKindFigure kind in Figures.Kinds)
            rows.Append(CultureInfo.InvariantCulture,
                $"| {kind.Kind} | {kind.Questions} | {kind.Accuracy:0.000} | {kind.Chance:0.000} |\n");
        SceneReasonerSettings model = Settings.Model;
        string note = Note is null ? "" : $"\n- Note: {Note}";
        return string.Create(CultureInfo.InvariantCulture, $"""
            # {SceneReasoner.CatalogName}

            A small vision-language model ({Parameters:N0} parameters, {Vocabulary} tokens) that answers questions about renders of
            simulated scenes, {model.ImageSize} lines high, in the form
            `<think>...</think><answer>...</answer><confidence>0.7</confidence>`. Its eye is scene-clip's image tower, trained on;
            {model.ImageTokens} image tokens go before the words of the question into a decoder of {model.Layers} layers,
            {model.HiddenSize} wide. It is meant to be fine-tuned with rewards: it sees well, and has read a limited set of worked
            answers. It knows these scenes alone.

            - License: {License}
            - Origin: {Origin}
            - Made by: `{Command}`
            - {Settings.EyeSteps:N0} batches of {Settings.Batch} images for the eye alone, {Settings.ListSteps:N0} of listing what is seen,
              {Settings.AnswerSteps:N0} of {Settings.AnswerBatch} with worked answers to a fixed set of {Settings.Questions:N0} questions
            - Seed {Settings.Seed}, {Seconds.Values.Sum():N0} seconds ({Settings.Threads} threads of libtorch)
            - Made with: {string.Join(", ", Versions.Select(version => $"{version.Key} {version.Value}"))}{note}

            ## Figures

            Greedy answers to {Figures.Questions:N0} questions of the test split, none of which training saw. Constant: what the answer
            that is right most often would score; of states, whose options differ, guessing scores a half. A box is right if it overlaps
            by half or more.

            | kind | questions | accuracy | constant |
            | --- | ---: | ---: | ---: |
            {rows}
            | figure | value |
            | --- | ---: |
            | accuracy, all kinds | {Figures.Accuracy:0.000} |
            | completions of the form | {Figures.WellFormed:0.000} |
            | mean overlap of boxes | {Figures.Overlap:0.000} |
            | Brier score of stated confidence | {Figures.Brier:0.000} |
            | mean stated confidence | {Figures.Confidence:0.000} |
            | mean tokens of a completion | {Figures.Tokens:0.0} |

            Stated confidence is not calibrated: worked answers are right, and mostly say so.
            """).ReplaceLineEndings("\n").TrimEnd('\n') + "\n";
    }
}
