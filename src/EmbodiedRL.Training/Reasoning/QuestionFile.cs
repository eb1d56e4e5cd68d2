using System.Text.Json;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rendering.Images;

namespace EmbodiedRL.Training.Reasoning;

/// <summary>Questions of one's own: a JSONL file, a question on each line, with images beside it.</summary>
/// <remarks>
/// A line is <c>{"prompt": TEXT, "answer": TEXT, "form": FORM, "images": [PATH, ...], "kind": WORD, "options": [TEXT, ...],
/// "difficulty": NUMBER, "worked": TEXT}</c>; prompt, answer and form must be there. Forms: text, number, option, boxes, points, mask,
/// trace. Paths are relative to the file's folder and stay in it, links followed. Everything is read and checked at once. Blank lines are
/// skipped.
/// Not thread-safe.
/// </remarks>
public sealed class QuestionFile : IQuestionSource
{
    /// <summary>The most bytes of all images in memory.</summary>
    public const long MostImageBytes = 2L << 30;

    private const string Remedy = "Mend the line.";

    private static readonly string[] Keys = ["prompt", "answer", "form", "images", "kind", "options", "difficulty", "worked"];

    private readonly ulong _seed;
    private readonly Dictionary<string, RgbImage> _images = new(StringComparer.Ordinal);
    private int[] _order = [];
    private long _next, _round = -1;

    /// <summary>Reads a file.</summary>
    /// <param name="path">Of the file.</param>
    /// <param name="seed">Of the orders in which its questions are asked.</param>
    /// <exception cref="AssetMissingException">There is no such file.</exception>
    /// <exception cref="CorruptFileException">A line is of another form; names file and line.</exception>
    public QuestionFile(string path, ulong seed = 1)
    {
        (Path, _seed) = (System.IO.Path.GetFullPath(path), seed);
        var questions = new List<Question>();
        string[] lines = InputFile.ReadText(path, "A file of questions", "Check the path.").Split('\n');
        for (int line = 0; line < lines.Length; line++)
            if (!string.IsNullOrWhiteSpace(lines[line])) questions.Add(Read(lines[line], line + 1));
        if (questions.Count == 0) throw new CorruptFileException(Path, "at least one question", "none");
        Questions = questions;
    }

    private QuestionFile(string path, ulong seed, IReadOnlyList<Question> questions) =>
        (Path, _seed, Questions) = (path, seed, questions);

    /// <summary>The same file without its last questions, which are held out.</summary>
    /// <param name="held">How many; fewer than there are.</param>
    public QuestionFile Without(int held)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(held, Questions.Count);
        return new QuestionFile(Path, _seed, [.. Questions.SkipLast(held)]);
    }

    /// <summary>Of the file, in full.</summary>
    public string Path { get; }

    /// <summary>In the file's order.</summary>
    public IReadOnlyList<Question> Questions { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Question> Next(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        var questions = new Question[count];
        for (int i = 0; i < count; i++, _next++)
        {
            (long round, int place) = (_next / Questions.Count, (int)(_next % Questions.Count));
            if (round != _round)
            {
                _order = [.. Enumerable.Range(0, Questions.Count)];
                Rng rng = Rng.For(_seed, "questions of a file", round);
                rng.Shuffle(_order);
                _round = round;
            }

            questions[i] = Questions[_order[place]];
        }

        return questions;
    }

    /// <inheritdoc/>
    public void Save(Snapshot into) => into.Put("next", _next);

    /// <inheritdoc/>
    public void Load(Snapshot from) => _next = from.Get<long>("next");

    private Question Read(string text, int line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) throw new FormatException($"a JSON {root.ValueKind} instead of an object");
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (JsonProperty property in root.EnumerateObject())
            {
                if (!Keys.Contains(property.Name))
                    throw new FormatException($"the unknown key '{property.Name}'; known are {string.Join(", ", Keys)}");
                if (!seen.Add(property.Name)) throw new FormatException($"the key '{property.Name}' twice");
            }

            string form = Text(root, "form") ?? throw new FormatException("no form");
            if (!Enum.TryParse(form, ignoreCase: true, out AnswerForm parsed) || !Enum.GetNames<AnswerForm>()
                .Any(name => string.Equals(name, form, StringComparison.OrdinalIgnoreCase)))
                throw new FormatException(
                    $"the form '{form}'; forms are {string.Join(", ", Enum.GetNames<AnswerForm>()).ToLowerInvariant()}");
            var question = new Question(Filled(root, "prompt"), Filled(root, "answer"), parsed)
            {
                Kind = Text(root, "kind") ?? "",
                Options = Texts(root, "options"),
                Difficulty = root.TryGetProperty("difficulty", out JsonElement hard) ? Share(hard) : double.NaN,
                WorkedAnswer = Text(root, "worked"),
                Images = [.. Texts(root, "images").Select(ImageOf)],
            };
            if (ReferenceForms.Violation(question) is { } violation) throw new FormatException(violation);
            return question;
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException or ArgumentException
            or IOException or EmbodiedException)
        {
            string found = error is JsonException ? "no JSON" : error.Message.TrimEnd('.');
            throw new CorruptFileException($"{Path}, line {line}", "a question", found, Remedy, error);
        }
    }

    private static string Filled(JsonElement root, string key) =>
        Text(root, key) is { } text && !string.IsNullOrWhiteSpace(text) ? text : throw new FormatException($"no {key}");

    private static string? Text(JsonElement root, string key) => !root.TryGetProperty(key, out JsonElement found) ? null
        : found.ValueKind == JsonValueKind.String ? found.GetString() : throw new FormatException($"a {key} that is no text");

    private static string[] Texts(JsonElement root, string key) => !root.TryGetProperty(key, out JsonElement found) ? []
        : found.ValueKind == JsonValueKind.Array && found.EnumerateArray().All(one => one.ValueKind == JsonValueKind.String)
            ? [.. found.EnumerateArray().Select(one => one.GetString()!)]
            : throw new FormatException($"{key} that are no array of texts");

    private static double Share(JsonElement found) =>
        found.ValueKind == JsonValueKind.Number && found.GetDouble() is >= 0 and <= 1 and var share
            ? share
            : throw new FormatException("a difficulty outside of [0, 1]");

    /// <summary>An image below the file's folder.</summary>
    private RgbImage ImageOf(string relative)
    {
        if (_images.TryGetValue(relative, out RgbImage? known)) return known;
        string folder = Real(System.IO.Path.GetDirectoryName(Path)!);
        string file = System.IO.Path.GetFullPath(System.IO.Path.Combine(folder, relative));
        if (relative.Length == 0 || System.IO.Path.IsPathRooted(relative) || !IsBelow(folder, file))
            throw new FormatException($"the image '{relative}', which is not below the file's folder");
        if (!File.Exists(file)) throw new FormatException($"the image '{relative}', which is not there");
        if (!IsBelow(folder, Real(file))) throw new FormatException($"the image '{relative}', a link out of the file's folder");
        RgbImage image = ImageFile.ReadRgb(file);
        if (_images.Values.Sum(other => (long)other.Rgb.Length) + image.Rgb.Length > MostImageBytes)
            throw new FormatException($"more than {MostImageBytes} bytes of images; make them smaller, or split the file");
        _images.Add(relative, image);
        return image;
    }

    private static bool IsBelow(string folder, string file) => file.StartsWith(
        System.IO.Path.TrimEndingDirectorySeparator(folder) + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>A path without links, part by part.</summary>
    private static string Real(string path)
    {
        string real = System.IO.Path.GetPathRoot(path)!;
        foreach (string part in path[real.Length..].Split(System.IO.Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            real = System.IO.Path.Combine(real, part);
            FileSystemInfo info = Directory.Exists(real) ? new DirectoryInfo(real) : new FileInfo(real);
            if (info.ResolveLinkTarget(returnFinalTarget: true) is { } target) real = Real(target.FullName);
        }

        return real;
    }
}
