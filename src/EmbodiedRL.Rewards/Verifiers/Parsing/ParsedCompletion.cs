namespace EmbodiedRL.Rewards.Verifiers.Parsing;

/// <summary>Block of a completion: what stands between a tag and its end.</summary>
/// <param name="Tag">Without brackets.</param>
/// <param name="Start">First character of the opening tag.</param>
/// <param name="End">Character after the closing tag.</param>
/// <param name="Content">Between the tags, as it stands there.</param>
public readonly record struct TagBlock(string Tag, int Start, int End, string Content);

/// <summary>Parsed completion: the blocks between its tags, and its answer. The only parser of completions.</summary>
/// <remarks>
/// <para>A tag is <c>&lt;name&gt;</c> exactly, in the case it is asked for, without attributes. A block runs from a tag to its next end
/// tag, with no second tag of that name between. One pass; no tag makes it go back.</para>
/// <para>A completion has an answer only if it has exactly one answer block and no stray answer tag: one that gives several answers has
/// not decided, and paying its best one would pay for guessing.</para>
/// </remarks>
public sealed class ParsedCompletion
{
    private readonly Dictionary<string, List<TagBlock>> _blocks = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _tags = new(StringComparer.Ordinal);
    private readonly string _answerTag;
    private readonly string _thinkTag;

    /// <summary>Parses a completion.</summary>
    /// <param name="text">Any text, also one cut off, with lone surrogates or of any length.</param>
    /// <param name="answerTag">Tag of the answer; empty takes the whole text as the answer.</param>
    /// <param name="thinkTag">Tag of the reasoning.</param>
    /// <param name="others">Other tags that are read.</param>
    public ParsedCompletion(string text, string answerTag = "answer", string thinkTag = "think", params IReadOnlyList<string> others)
    {
        (IsTooLong, _answerTag, _thinkTag) = (text.Length > ParseWork.MostCharacters, answerTag, thinkTag);
        Text = IsTooLong ? "" : text;
        foreach (string tag in others.Append(answerTag).Append(thinkTag))
            if (tag.Length > 0 && _blocks.TryAdd(tag, [])) _tags.Add(tag, 0);
        Scan();
    }

    /// <summary>The completion; empty where it is longer than <see cref="ParseWork.MostCharacters"/>.</summary>
    public string Text { get; }

    /// <summary>Whether it is too long to be read.</summary>
    public bool IsTooLong { get; }

    /// <summary>Counts the characters that parsers of this completion look at.</summary>
    public ParseWork Work { get; } = new();

    /// <summary>The answer, trimmed; may be empty only if the block is.</summary>
    public Parsed<string> Answer => IsTooLong ? Parsed<string>.None("longer than is read")
        : _answerTag.Length == 0 ? NonEmpty(Text)
        : Only(_answerTag);

    /// <summary>The reasoning, trimmed.</summary>
    public Parsed<string> Thought => Only(_thinkTag);

    /// <summary>
    /// Whether it is reasoning and then an answer, each once and neither empty, with nothing but white space around them.
    /// </summary>
    public bool IsWellFormed => IsSequence(_thinkTag, _answerTag);

    /// <summary>Blocks of a tag that was asked for, in order.</summary>
    public IReadOnlyList<TagBlock> Blocks(string tag) => _blocks.TryGetValue(tag, out List<TagBlock>? blocks) ? blocks : [];

    /// <summary>How many tags of a name there are, opening and closing ones alike.</summary>
    public int Tags(string tag) => _tags.GetValueOrDefault(tag);

    /// <summary>What stands in the only block of a tag, trimmed.</summary>
    public Parsed<string> Only(string tag)
    {
        if (IsTooLong) return Parsed<string>.None("longer than is read");
        IReadOnlyList<TagBlock> blocks = Blocks(tag);
        return blocks.Count switch
        {
            0 => Parsed<string>.None(Tags(tag) == 0 ? $"no <{tag}>" : $"<{tag}> is not closed"),
            1 when Tags(tag) == 2 => NonEmpty(blocks[0].Content),
            _ => Parsed<string>.None($"several <{tag}>"),
        };
    }

    /// <summary>
    /// Whether it consists of one block of each tag, in that order, none empty, with nothing but white space around them.
    /// </summary>
    public bool IsSequence(params ReadOnlySpan<string> tags)
    {
        int at = 0;
        foreach (string tag in tags)
        {
            if (!Only(tag).IsFound) return false;
            TagBlock block = Blocks(tag)[0];
            if (block.Start < at || !string.IsNullOrWhiteSpace(Text[at..block.Start])) return false;
            at = block.End;
        }

        return string.IsNullOrWhiteSpace(Text[at..]);
    }

    /// <summary>The completion without the blocks of a tag; a block that is not closed runs to the end.</summary>
    public string Without(string tag)
    {
        var kept = new System.Text.StringBuilder();
        int at = 0;
        foreach (TagBlock block in Blocks(tag))
        {
            kept.Append(Text, at, block.Start - at);
            at = block.End;
        }

        int open = Text.IndexOf($"<{tag}>", at, StringComparison.Ordinal);
        Work.Add(Text.Length);
        return kept.Append(Text, at, (open < 0 ? Text.Length : open) - at).ToString();
    }

    private static Parsed<string> NonEmpty(string text) =>
        text.Trim() is { Length: > 0 } trimmed ? Parsed<string>.Of(trimmed) : Parsed<string>.None("empty");

    private void Scan()
    {
        Work.Add(Text.Length);
        var open = new Dictionary<string, (int Start, int Inside)>(StringComparer.Ordinal);
        for (int at = 0; (at = Text.IndexOf('<', at)) >= 0; at++)
        {
            bool isEnd = at + 1 < Text.Length && Text[at + 1] == '/';
            int name = at + (isEnd ? 2 : 1);
            if (TagAt(name) is not { } tag) continue;
            _tags[tag]++;
            int after = name + tag.Length + 1;
            if (!isEnd) open[tag] = (at, after);
            else if (open.Remove(tag, out (int Start, int Inside) from))
                _blocks[tag].Add(new TagBlock(tag, from.Start, after, Text[from.Inside..at]));
        }
    }

    /// <summary>The tag whose name and bracket stand here; null if there is none that is read.</summary>
    private string? TagAt(int name)
    {
        foreach (string tag in _blocks.Keys)
        {
            Work.Add(1);
            if (name + tag.Length < Text.Length && Text[name + tag.Length] == '>'
                && string.CompareOrdinal(Text, name, tag, 0, tag.Length) == 0)
                return tag;
        }

        return null;
    }
}
