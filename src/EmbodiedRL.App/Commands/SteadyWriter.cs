using System.Text;

namespace EmbodiedRL.App.Commands;

/// <summary>Fault-tolerant text writer: output that a terminal, pipe or log cannot take is dropped and counted.</summary>
/// <remarks>Every later text is tried anew, since a full disk may be emptied.</remarks>
/// <param name="inner">Lent.</param>
internal sealed class SteadyWriter(TextWriter inner) : TextWriter
{
    /// <summary>Texts that were dropped.</summary>
    public long Dropped { get; private set; }

    /// <summary>Why the first one was.</summary>
    public string Reason { get; private set; } = "";

    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Try(() => inner.Write(value));

    public override void Write(string? value) => Try(() => inner.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

    public override void WriteLine() => Try(inner.WriteLine);

    public override void WriteLine(string? value) => Try(() => inner.WriteLine(value));

    public override void Flush() => Try(inner.Flush);

    private void Try(Action write)
    {
        try
        {
            write();
        }
        // a closed stream is "access denied"
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            if (Dropped++ == 0) Reason = error.Message.TrimEnd('.');
        }
    }
}
