using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Metrics;

/// <summary>TensorBoard log: the metrics as an event file; point TensorBoard at the run's folder.</summary>
/// <remarks>One file for the whole run, also when it is resumed. Numbers that are not finite are left out. Not thread-safe.</remarks>
public sealed class TensorBoardLog : IMetricSink, IDisposable
{
    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly FileStream _file;
    private readonly Dictionary<string, double> _values = new(StringComparer.Ordinal);
    private long _step;

    /// <summary>Opens the file and writes after what it holds.</summary>
    public TensorBoardLog(string path, TimeProvider time)
    {
        (_path, _time) = (path, time);
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        _file.Seek(0, SeekOrigin.End);
        if (_file.Length == 0) Append(EventMessage.Version(Now));
    }

    private double Now => (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;

    /// <summary>Begins an update.</summary>
    /// <param name="step">Environment steps taken so far: the horizontal axis.</param>
    public void Begin(long step)
    {
        _step = step;
        _values.Clear();
    }

    /// <inheritdoc/>
    public void Write(string name, double value)
    {
        if (double.IsFinite(value)) _values[name] = value;
    }

    /// <summary>Ends the update and hands it to the operating system.</summary>
    /// <exception cref="EmbodiedException">The disk is full or refuses.</exception>
    public void Flush()
    {
        if (_values.Count > 0) Append(EventMessage.Scalars(Now, _step, _values));
        _values.Clear();
    }

    /// <summary>Cuts the file back as if the run had stopped after this step; a record cut off in the middle goes too.</summary>
    public void TruncateTo(long step)
    {
        byte[] bytes = new byte[_file.Length];
        _file.Seek(0, SeekOrigin.Begin);
        _file.ReadExactly(bytes);
        ReadOnlySpan<byte> left = bytes;
        while (EventRecord.TryRead(left, out ReadOnlySpan<byte> content, out ReadOnlySpan<byte> rest)
            && EventMessage.StepOf(content) <= step) left = rest;
        _file.SetLength(bytes.Length - left.Length);
        _file.Seek(0, SeekOrigin.End);
        if (_file.Length == 0) Append(EventMessage.Version(Now));
        _values.Clear();
    }

    /// <summary>Closes the file; what was not flushed is dropped.</summary>
    public void Dispose() => _file.Dispose();

    private void Append(byte[] message)
    {
        long start = _file.Position;
        try
        {
            EventRecord.Write(_file, message);
            _file.Flush();
        }
        catch (IOException error)
        {
            _file.SetLength(start);
            throw AtomicFile.Refused(_path, error);
        }
    }
}
