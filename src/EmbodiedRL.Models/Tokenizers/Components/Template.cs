namespace EmbodiedRL.Models.Tokenizers.Components;

/// <summary>Part of a template: a special token, or a text's ids.</summary>
/// <param name="Ids">Of special tokens; null stands for a text.</param>
/// <param name="Second">Whether the text is the second of a pair.</param>
/// <param name="TypeId">Token type.</param>
internal readonly record struct TemplatePart(int[]? Ids, bool Second, int TypeId);

/// <summary>Template: where special tokens stand around one text, and around a pair.</summary>
internal sealed record Template(IReadOnlyList<TemplatePart> Single, IReadOnlyList<TemplatePart> Pair)
{
    /// <summary>No special tokens at all.</summary>
    public static readonly Template Plain = new(
        [new TemplatePart(null, false, 0)], [new TemplatePart(null, false, 0), new TemplatePart(null, true, 1)]);

    /// <summary>A token before and one after.</summary>
    public static Template Around(int? before, int? after) => new(
        [.. Special(before, 0), new TemplatePart(null, false, 0), .. Special(after, 0)],
        [
            .. Special(before, 0), new TemplatePart(null, false, 0), .. Special(after, 0),
            new TemplatePart(null, true, 1), .. Special(after, 1),
        ]);

    /// <summary>How many special tokens stand around one text, or around a pair.</summary>
    public int SpecialCount(bool pair) => (pair ? Pair : Single).Sum(part => part.Ids?.Length ?? 0);

    private static TemplatePart[] Special(int? id, int type) => id is { } found ? [new TemplatePart([found], false, type)] : [];
}
