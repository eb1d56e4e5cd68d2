using System.Text;
using System.Text.Json;
using EmbodiedRL.Core;

namespace EmbodiedRL.Rewards.Learned;

/// <summary>First line of a file of preferences: what the pairs are made of.</summary>
public sealed record PreferenceHeader
{
    /// <summary>The layout that this program writes and reads.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The layout of this file.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>Where the segments were played, by name.</summary>
    public required string Environment { get; init; }

    /// <summary>What each number of a state is, in order.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>L: steps of a segment.</summary>
    public required int Segment { get; init; }

    /// <summary>Who acted.</summary>
    public required string Policy { get; init; }

    /// <summary>Of all draws: with the pair's number it says which pair is shown.</summary>
    public required ulong Seed { get; init; }
}

/// <summary>One answer about a pair of segments.</summary>
public sealed record PreferenceAnswer
{
    /// <summary>Answers there are: the left one is better, the right one, neither, or nothing can be said.</summary>
    public static readonly string[] Answers = ["left", "right", "equal", "skip"];

    /// <summary>Number of the pair.</summary>
    public required long Pair { get; init; }

    /// <summary>One of <see cref="Answers"/>.</summary>
    public required string Answer { get; init; }

    /// <summary>[L][S], the states of the left segment.</summary>
    public required float[][] Left { get; init; }

    /// <summary>[L][S], the states of the right segment.</summary>
    public required float[][] Right { get; init; }

    /// <summary>Probability that the left one is better; null where nothing was said.</summary>
    public float? Label() => Answer switch
    {
        "left" => 1,
        "right" => 0,
        "equal" => 0.5f,
        _ => null,
    };
}

/// <summary>File of preferences: a JSON line each, the header first, then the answers, which hold the states themselves.</summary>
/// <remarks>
/// So the file stands for itself: no environment is needed to learn from it. An answer is on the disk before <see cref="Append"/>
/// returns; a line that a crash cut off is dropped when the file is opened again. One process writes at a time.
/// </remarks>
public sealed class PreferenceFile : IDisposable
{
    private const string Remedy = "Only files of ./embodied rewards label hold preferences.";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly FileStream _stream, _lock;
    private readonly string _path;
    private readonly HashSet<long> _answered;

    private PreferenceFile(
        string path, FileStream stream, FileStream held, PreferenceHeader header, IEnumerable<PreferenceAnswer> answers)
    {
        (_path, _stream, _lock, Header) = (path, stream, held, header);
        PreferenceAnswer[] all = [.. answers];
        (_answered, Skipped) = ([.. all.Select(answer => answer.Pair)], all.Count(answer => answer.Label() is null));
    }

    /// <summary>The first line.</summary>
    public PreferenceHeader Header { get; }

    /// <summary>Pairs that have an answer, skipped ones included.</summary>
    public int Answered => _answered.Count;

    /// <summary>Pairs of which nothing could be said.</summary>
    public int Skipped { get; private set; }

    /// <summary>The least number of a pair that has no answer.</summary>
    public long Next
    {
        get
        {
            long next = 0;
            while (_answered.Contains(next)) next++;
            return next;
        }
    }

    /// <summary>Reads all answers.</summary>
    /// <param name="path">The file; a cut-off last line is left out.</param>
    /// <exception cref="AssetMissingException">There is no such file.</exception>
    /// <exception cref="CorruptFileException">A line is no preference; says which.</exception>
    public static (PreferenceHeader Header, IReadOnlyList<PreferenceAnswer> Answers) Read(string path)
    {
        (PreferenceHeader header, List<PreferenceAnswer> answers, _) =
            Parse(path, InputFile.ReadBytes(path, "The file of preferences", "Make one: ./embodied rewards label --env E --out FILE.jsonl",
                long.MaxValue));
        return (header, answers);
    }

    /// <summary>Opens a file to go on with, or begins it.</summary>
    /// <param name="path">Its folder is made if it is missing.</param>
    /// <param name="header">Must be that of the file if there is one.</param>
    /// <returns>The caller disposes it.</returns>
    /// <exception cref="SpecMismatchException">The file holds pairs of something else.</exception>
    /// <exception cref="CorruptFileException">A line is no preference; says which.</exception>
    /// <exception cref="EmbodiedException">The disk refuses, or somebody else writes the file.</exception>
    public static PreferenceFile Open(string path, PreferenceHeader header)
    {
        (FileStream stream, FileStream held) = OpenStreams(path);
        try
        {
            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            if (!bytes.Contains((byte)'\n'))
            {
                stream.SetLength(0); // nothing was ever whole in it
                var begun = new PreferenceFile(path, stream, held, header, []);
                begun.Put(header);
                return begun;
            }

            (PreferenceHeader found, List<PreferenceAnswer> answers, int whole) = Parse(path, bytes);
            Require(path, header, found);
            stream.SetLength(whole);
            stream.Position = whole;
            return new PreferenceFile(path, stream, held, found, answers);
        }
        catch
        {
            stream.Dispose();
            held.Dispose();
            throw;
        }
    }

    /// <summary>Writes an answer to the disk.</summary>
    /// <exception cref="SettingsException">The pair has an answer, or it is none there is.</exception>
    /// <exception cref="EmbodiedException">The disk is full or refuses; the answer counts as not given.</exception>
    public void Append(PreferenceAnswer answer)
    {
        if (!PreferenceAnswer.Answers.Contains(answer.Answer))
            throw new SettingsException("label",
                [$"answer: expected {string.Join(", ", PreferenceAnswer.Answers)}, found '{answer.Answer}'."]);
        if (_answered.Contains(answer.Pair))
            throw new SettingsException("label", [$"pair: expected one without an answer, found {answer.Pair}, which has one."]);
        Put(answer);
        _answered.Add(answer.Pair);
        if (answer.Label() is null) Skipped++;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _stream.Dispose();
        _lock.Dispose();
    }

    /// <summary>The file, and a lock beside it: a lock of the file itself would keep its readers out.</summary>
    private static (FileStream Stream, FileStream Held) OpenStreams(string path)
    {
        FileStream? held = null;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            held = new FileStream(
                $"{path}.lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
            return (new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite), held);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            held?.Dispose();
            throw new EmbodiedException($"{path} could not be opened for writing: {error.Message.TrimEnd('.')}. "
                + "Close what else writes it, or name another file by --out.", error);
        }
    }

    private static (PreferenceHeader Header, List<PreferenceAnswer> Answers, int Whole) Parse(string path, byte[] bytes)
    {
        int whole = Array.LastIndexOf(bytes, (byte)'\n') + 1;
        string[] lines = Encoding.UTF8.GetString(InputFile.WithoutMark(bytes.AsSpan(0, whole)))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length == 0) throw new CorruptFileException(path, "a header in the first line", "no whole line", Remedy);
        PreferenceHeader header = Line<PreferenceHeader>(path, lines, 0);
        if (header.Format != PreferenceHeader.CurrentFormat)
            throw new CorruptFileException(path, $"layout {PreferenceHeader.CurrentFormat}", $"layout {header.Format}",
                "It was written by another version of this program.");
        if (header.Names is not { Count: > 0 } || header.Segment < 1 || header.Environment is null)
            throw new CorruptFileException(path, "a header in the first line", "one that lacks a part", Remedy);
        var answers = new List<PreferenceAnswer>();
        for (int i = 1; i < lines.Length; i++)
        {
            PreferenceAnswer answer = Line<PreferenceAnswer>(path, lines, i);
            if (!PreferenceAnswer.Answers.Contains(answer.Answer) || !Fits(answer.Left, header) || !Fits(answer.Right, header))
                throw new CorruptFileException(path,
                    $"one of {string.Join(", ", PreferenceAnswer.Answers)} with two segments of {header.Segment} states of "
                        + $"{header.Names.Count} finite numbers in line {i + 1}",
                    "something else", "Remove the line, or restore the file.");
            answers.Add(answer);
        }

        return (header, answers, whole);
    }

    private static bool Fits(float[][]? segment, PreferenceHeader header) => segment is not null && segment.Length == header.Segment
        && Array.TrueForAll(segment, state => state?.Length == header.Names.Count && Array.TrueForAll(state, float.IsFinite));

    private static T Line<T>(string path, string[] lines, int index)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(lines[index], Json) ?? throw new JsonException("it is null");
        }
        catch (JsonException error)
        {
            throw new CorruptFileException(path, index == 0 ? "a header in the first line" : $"an answer in line {index + 1}",
                error.Message.ReplaceLineEndings(" ").TrimEnd('.'), Remedy, error);
        }
    }

    private static void Require(string path, PreferenceHeader asked, PreferenceHeader found)
    {
        (string What, string Asked, string Found)[] parts =
        [
            ("environment", asked.Environment, found.Environment),
            ("state", string.Join(", ", asked.Names), string.Join(", ", found.Names)),
            ("--segment", $"{asked.Segment}", $"{found.Segment}"),
            ("--policy", asked.Policy, found.Policy),
            ("--seed", $"{asked.Seed}", $"{found.Seed}"),
        ];
        foreach ((string what, string wanted, string there) in parts)
            if (wanted != there)
                throw new SpecMismatchException($"{what} of the preferences in {path}",
                    $"{wanted} (to begin with others, name another file by --out)", there);
    }

    private void Put<T>(T line)
    {
        long before = _stream.Length;
        try
        {
            _stream.Position = before;
            _stream.Write(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(line, Json) + "\n"));
            _stream.Flush(flushToDisk: true);
        }
        catch (IOException error)
        {
            throw AtomicFile.Refused(_path, error, "the answer was not kept");
        }
    }
}
