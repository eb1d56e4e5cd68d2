using EmbodiedRL.Core;

namespace EmbodiedRL.Rewards.Verifiers;

/// <summary>Corrupted caption.</summary>
/// <param name="Caption">With one span changed.</param>
/// <param name="Span">What was put in.</param>
/// <param name="Original">What stood there.</param>
/// <param name="Kind">Kind of error, e.g. <c>color</c>.</param>
public sealed record CorruptedCaption(string Caption, string Span, string Original, string Kind);

/// <summary>Caption corruptor of ViCrit: changes one span of a true caption into something that the picture does not show.</summary>
/// <remarks>
/// Eight kinds of errors; a word is exchanged for another of its kind. Texts are what stands in double quotes, and are spelled backward.
/// The words are the project's own.
/// </remarks>
[Paper("2506.10128", "ViCrit: A Verifiable Reinforcement Learning Proxy Task for Visual Perception in VLMs", Year = 2025, Method = "S11")]
public static class CaptionCorruptor
{
    private const string Text = "text";

    private static readonly (string Kind, string[] Words)[] Exchanges =
    [
        ("count", ["one", "two", "three", "four", "five", "six", "seven", "eight"]),
        ("material", ["wooden", "metal", "plastic", "glass", "rubber", "stone"]),
        ("spatial", ["left", "right"]),
        ("spatial", ["above", "below"]),
        ("spatial", ["behind", "in front of"]),
        ("color", ["red", "green", "blue", "yellow", "purple", "orange", "white", "black", "gray", "cyan"]),
        ("object", ["cube", "ball", "cylinder", "cone", "table", "drawer", "cup", "box", "robot", "lamp"]),
        ("condition", ["open", "closed"]),
        ("condition", ["full", "empty"]),
        ("condition", ["lit", "dark"]),
        ("shape", ["round", "square", "triangular", "flat", "tall"]),
    ];

    /// <summary>Kinds of errors.</summary>
    public static IReadOnlyList<string> Kinds { get; } = [.. Exchanges.Select(one => one.Kind).Append(Text).Distinct()];

    /// <summary>Changes one span.</summary>
    /// <param name="caption">A true one.</param>
    /// <param name="rng">Draws the place and the new word.</param>
    /// <param name="kind">One of <see cref="Kinds"/>; empty takes any.</param>
    /// <returns>Null where the caption has no word of the kind.</returns>
    public static CorruptedCaption? Corrupt(string caption, ref Rng rng, string kind = "")
    {
        var places = new List<(int At, string Word, string Kind, string[] Others)>();
        foreach ((string name, string[] words) in Exchanges)
            if (kind.Length == 0 || kind == name)
                foreach (string word in words)
                    for (int at = -1; (at = caption.IndexOf(word, at + 1, StringComparison.OrdinalIgnoreCase)) >= 0;)
                        if (IsWhole(caption, at, word.Length)) places.Add((at, word, name, [.. words.Where(other => other != word)]));
        if (kind.Length == 0 || kind == Text)
            foreach ((int at, string quoted) in Quoted(caption)) places.Add((at, quoted, Text, [Reversed(quoted)]));
        places.RemoveAll(place => place.Others is [var other] && other == place.Word);
        if (places.Count == 0) return null;
        (int start, string original, string found, string[] choices) = places[rng.Below(places.Count)];
        string span = choices[rng.Below(choices.Length)];
        return new CorruptedCaption(caption[..start] + span + caption[(start + original.Length)..], span,
            caption.Substring(start, original.Length), found);
    }

    private static bool IsWhole(string text, int at, int length) => (at == 0 || !char.IsLetterOrDigit(text[at - 1]))
        && (at + length == text.Length || !char.IsLetterOrDigit(text[at + length]));

    private static IEnumerable<(int At, string Text)> Quoted(string caption)
    {
        for (int open = caption.IndexOf('"', StringComparison.Ordinal); open >= 0;)
        {
            int close = caption.IndexOf('"', open + 1);
            if (close < 0) yield break;
            if (close > open + 1) yield return (open + 1, caption[(open + 1)..close]);
            open = caption.IndexOf('"', close + 1);
        }
    }

    private static string Reversed(string text) => new([.. text.Reverse()]);
}
