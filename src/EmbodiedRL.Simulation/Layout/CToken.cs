using EmbodiedRL.Core;

namespace EmbodiedRL.Simulation.Layout;

/// <summary>Token of C: a word, number or sign.</summary>
internal sealed class CToken(string text, string file, int line, int start, bool startsLine)
{
    public string Text { get; } = text;

    /// <summary>Characters from the start of the file: tells <c>F(x)</c> from <c>F (x)</c> in a #define.</summary>
    public int Start { get; } = start;

    /// <summary>Whether nothing comes before it on its line.</summary>
    public bool StartsLine { get; } = startsLine;

    /// <summary>What the comment that trails it says: MuJoCo keeps the dimensions of a field there.</summary>
    public string Comment { get; set; } = "";

    public bool IsName => char.IsAsciiLetter(Text[0]) || Text[0] == '_';

    /// <summary>The same place with another text.</summary>
    public CToken As(string other) => new(other, file, line, Start, StartsLine);

    /// <summary>What to throw when something else should be here.</summary>
    public CorruptFileException Error(string expected, string? found = null) =>
        new($"{file}:{line}", expected, found ?? $"'{Text}'", "Layouts are made from MuJoCo's own headers only.");
}
