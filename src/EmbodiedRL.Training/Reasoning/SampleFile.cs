using System.Globalization;
using System.Text;
using System.Text.Json;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Rendering.Images;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Reasoning;

/// <summary>Completions of a few held-out questions in a run folder, with their rewards by term and images as PNG beside.</summary>
public static class SampleFile
{
    /// <summary>The names of the two files.</summary>
    public const string Before = "before", After = "after";

    private static readonly JsonSerializerOptions Compact = new(RunJson.Options) { WriteIndented = false };

    /// <summary>Path of a file, JSON lines.</summary>
    public static string PathOf(RunFolder folder, string name) => Path.Combine(folder.Samples, $"{name}.jsonl");

    /// <summary>Writes completions.</summary>
    public static void Write(RunFolder folder, string name, IReadOnlyList<SampleCompletion> samples)
    {
        Directory.CreateDirectory(folder.Samples);
        var text = new StringBuilder();
        for (int i = 0; i < samples.Count; i++)
        {
            Question question = samples[i].Question;
            var images = new List<string>();
            for (int k = 0; k < question.Images.Count; k++)
            {
                string image = string.Create(CultureInfo.InvariantCulture, $"{i}-{k}.png");
                ImageFile.WritePng(Path.Combine(folder.Samples, image), question.Images[k]);
                images.Add(image);
            }

            text.Append(JsonSerializer.Serialize(new SampleLine(question.Kind, question.Prompt, question.Reference, samples[i].Text,
                samples[i].Reward, samples[i].Terms, images), Compact)).Append('\n');
        }

        AtomicFile.WriteText(PathOf(folder, name), text.ToString());
    }

    /// <summary>Reads what <see cref="Write"/> wrote; empty where there is no such file.</summary>
    /// <exception cref="CorruptFileException">It is cut off or of another layout.</exception>
    public static IReadOnlyList<SampleLine> Read(RunFolder folder, string name)
    {
        string path = PathOf(folder, name);
        if (!File.Exists(path)) return [];
        try
        {
            return [.. File.ReadAllLines(path).Where(line => line.Length > 0)
                .Select(line => JsonSerializer.Deserialize<SampleLine>(line, Compact)!)];
        }
        catch (JsonException error)
        {
            throw new CorruptFileException(path, "completions of a run", error.Message, "Write it anew with ./embodied resume.", error);
        }
    }

    /// <summary>A completion in a line for people.</summary>
    public static string Line(SampleCompletion sample) => string.Create(CultureInfo.InvariantCulture,
        $"{sample.Question.Prompt} [{sample.Question.Reference}] {sample.Text} "
            + $"({string.Join(", ", sample.Terms.Select(term => FormattableString.Invariant($"{term.Key} {term.Value:0.00}")))})");
}

/// <summary>A line of the file.</summary>
/// <param name="Kind">Of the question.</param>
/// <param name="Prompt">The question.</param>
/// <param name="Reference">The right answer.</param>
/// <param name="Completion">What the model wrote.</param>
/// <param name="Reward">The terms, joined.</param>
/// <param name="Terms">Scores by term.</param>
/// <param name="Images">File names beside it.</param>
public sealed record SampleLine(string Kind, string Prompt, string Reference, string Completion, float Reward,
    IReadOnlyDictionary<string, float> Terms, IReadOnlyList<string> Images);
