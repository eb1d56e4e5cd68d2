using System.Buffers;
using System.Text.Json;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Metrics;

/// <summary>Metrics log: one JSON object per update, <c>{"update":3,"step":12288,"train/kl":0.01,...}</c>.</summary>
/// <remarks>
/// Fields that depend on the clock are named <c>time/...</c>; all others are the same whenever a run is repeated. NaN and infinities, which
/// JSON has not, become null. Not thread-safe.
/// </remarks>
public sealed class MetricsLog : IMetricSink, IDisposable
{
    private static readonly JsonWriterOptions Lenient = new() { SkipValidation = true };

    private readonly string _path;
    private FileStream _file;
    private readonly ArrayBufferWriter<byte> _line = new(4096);
    private readonly List<string> _order = [];
    private readonly Dictionary<string, double> _values = new(StringComparer.Ordinal);
    private (long Update, long Step)? _current;

    /// <summary>Opens the file and writes after what it holds.</summary>
    public MetricsLog(string path)
    {
        _path = path;
        _file = Open();
    }

    /// <summary>Begins the line of an update.</summary>
    /// <param name="update">Counted from 1.</param>
    /// <param name="step">Environment steps taken so far.</param>
    public void Begin(long update, long step)
    {
        _current = (update, step);
        _order.Clear();
        _values.Clear();
    }

    /// <inheritdoc/>
    /// <remarks>A name written twice in one update keeps its last value.</remarks>
    public void Write(string name, double value)
    {
        if (_current is null) throw new InvalidOperationException($"Metric '{name}' was written before an update began.");
        if (!_values.ContainsKey(name)) _order.Add(name);
        _values[name] = value;
    }

    /// <summary>Ends the line and hands it to the operating system.</summary>
    /// <exception cref="EmbodiedException">The disk is full or refuses.</exception>
    public void Flush()
    {
        if (_current is not { } current) return;
        Compose(current);
        long start = _file.Position;
        try
        {
            _file.Write(_line.WrittenSpan);
            _file.Flush();
        }
        catch (IOException error)
        {
            _file.SetLength(start);
            throw AtomicFile.Refused(_path, error);
        }

        _current = null;
    }

    /// <summary>
    /// Cuts the file back to the end of an update, as if the run had stopped there; lines that are cut off or damaged go too.
    /// </summary>
    /// <param name="update">The last update to keep; -1 keeps none.</param>
    /// <param name="beginning">Writes what is known of update 0, if its line is gone; null where nothing is.</param>
    /// <returns>What was found; the metrics of lines that are gone cannot be had again.</returns>
    public MetricsRepair TruncateTo(long update, Action<IMetricSink>? beginning = null)
    {
        byte[] bytes = new byte[_file.Length];
        _file.Seek(0, SeekOrigin.Begin);
        _file.ReadExactly(bytes);
        var lines = MetricsLines.Of(bytes, update);
        if (lines.Missing.Count > 0 && lines.Missing[0] == 0 && beginning is not null)
        {
            Begin(0, 0);
            beginning(this);
            Compose((0, 0));
            Replace([.. _line.WrittenSpan, .. lines.Kept]);
        }
        else if (bytes.AsSpan().StartsWith(lines.Kept))
        {
            _file.SetLength(lines.Kept.Length);
            _file.Seek(0, SeekOrigin.End);
        }
        else Replace(lines.Kept);

        _current = null;
        return new MetricsRepair(lines.Later, lines.Damaged, lines.Missing);
    }

    /// <summary>Closes the file; a line that was not flushed is dropped.</summary>
    public void Dispose() => _file.Dispose();

    private FileStream Open()
    {
        var file = new FileStream(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        file.Seek(0, SeekOrigin.End);
        return file;
    }

    private void Replace(byte[] content)
    {
        _file.Dispose();
        AtomicFile.Write(_path, stream => stream.Write(content));
        _file = Open();
    }

    private void Compose((long Update, long Step) current)
    {
        _line.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_line, Lenient))
        {
            json.WriteStartObject();
            json.WriteNumber("update", current.Update);
            json.WriteNumber("step", current.Step);
            foreach (string name in _order)
            {
                if (double.IsFinite(_values[name])) json.WriteNumber(name, _values[name]);
                else json.WriteNull(name);
            }

            json.WriteEndObject();
        }

        _line.Write("\n"u8);
    }
}
