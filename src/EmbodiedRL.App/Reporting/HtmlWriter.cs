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

    /// <summary>Adds the style sheet, which is ours and holds nothing to encode.</summary>
    public void AddStyle(string css) => _text.Append(css);

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
