using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace EmbodiedRL.App.Reporting;

/// <summary>Markup as interpolated text: what stands in the literal is markup, what stands in a hole is text and is encoded.</summary>
internal sealed class HtmlWriter
{
    private readonly StringBuilder _text = new();

    /// <summary>Adds a piece of markup.</summary>
    public void Add([InterpolatedStringHandlerArgument("")] Encoded markup) => _text.Append('\n');

    /// <summary>Begins a page of its own that needs no other file.</summary>
    public void Begin(string title)
    {
        Add($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{title}</title>
            <style>
            """);
        using var css = new StreamReader(typeof(HtmlWriter).Assembly.GetManifestResourceStream("report.css")!);
        _text.Append(css.ReadToEnd()); // ours: it holds nothing to encode
        Add($"</style></head><body>");
    }

    /// <summary>Ends it.</summary>
    public void End() => Add($"</body></html>");

    /// <summary>Adds a file's bytes where an address is expected, so that the page needs no other file.</summary>
    public void AddData(string before, string mediaType, byte[] bytes, string after) =>
        _text.Append(before)
            .Append("data:")
            .Append(mediaType)
            .Append(";base64,")
            .Append(Convert.ToBase64String(bytes))
            .Append(after)
            .Append('\n');

    public override string ToString() => _text.ToString();

    /// <summary>Writes literals as they are and holes encoded, in invariant culture.</summary>
    [InterpolatedStringHandler]
    internal readonly ref struct Encoded
    {
        private readonly StringBuilder _text;

        public Encoded(int literalLength, int formattedCount, HtmlWriter writer)
        {
            _text = writer._text;
            _text.EnsureCapacity(_text.Length + literalLength + (formattedCount * 16));
        }

        public void AppendLiteral(string markup) => _text.Append(markup);

        public void AppendFormatted<T>(T value, string? format = null) => _text.Append(WebUtility.HtmlEncode(value is IFormattable number
            ? number.ToString(format, CultureInfo.InvariantCulture)
            : value?.ToString()));
    }
}
