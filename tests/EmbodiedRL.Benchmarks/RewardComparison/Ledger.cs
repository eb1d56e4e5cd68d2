using System.Text;
using System.Text.Json;
using EmbodiedRL.Core;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Benchmarks.RewardComparison;

/// <summary>A file of records, one JSON object a line, that several processes append to.</summary>
/// <remarks>A line that a killed process left half written is dropped when the next one is appended.</remarks>
/// <param name="path">Made with the first record.</param>
internal sealed class Ledger<T>(string path) where T : class
{
    private const int Tries = 200;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);
    private static readonly JsonSerializerOptions OneLine = new(RunJson.Options) { WriteIndented = false };

    /// <summary>All records, in the order they came.</summary>
    /// <exception cref="CorruptFileException">A whole line is no record.</exception>
    public IReadOnlyList<T> Read()
    {
        if (!File.Exists(path)) return [];
        string text;
        using (FileStream file = Open(FileMode.Open, FileAccess.Read, FileShare.Read))
        using (var reader = new StreamReader(file, Encoding.UTF8)) text = reader.ReadToEnd();
        var records = new List<T>();
        foreach (string line in text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                records.Add(JsonSerializer.Deserialize<T>(line, OneLine)!);
            }
            catch (JsonException error)
            {
                throw new CorruptFileException(path, "a record a line", error.Message, "Remove the line, and its cell is run again.",
                    error);
            }
        }

        return records;
    }

    /// <summary>Appends records, all or none.</summary>
    public void Append(IEnumerable<T> records)
    {
        byte[] lines = Encoding.UTF8.GetBytes(string.Concat(records.Select(record => JsonSerializer.Serialize(record, OneLine) + "\n")));
        using FileStream file = Open(FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        file.SetLength(WholeLines(file));
        file.Seek(0, SeekOrigin.End);
        file.Write(lines);
        file.Flush(flushToDisk: true);
    }

    private FileStream Open(FileMode mode, FileAccess access, FileShare share)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return new FileStream(path, mode, access, share);
            }
            catch (IOException) when (attempt < Tries)
            {
                Thread.Sleep(Pause); // another process appends
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw AtomicFile.Refused(path, error);
            }
        }
    }

    private static long WholeLines(FileStream file)
    {
        for (long end = file.Length; end > 0; end--)
        {
            file.Position = end - 1;
            if (file.ReadByte() == '\n') return end;
        }

        return 0;
    }
}
