using System.Text.RegularExpressions;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Tokenizers.Components;
using EmbodiedRL.Models.Tokenizers.Unicode;

namespace EmbodiedRL.Models.Tokenizers;

/// <summary>CLIP tokenizers: byte pairs that end words with <c>&lt;/w&gt;</c>, in the two variants in use.</summary>
public static partial class ClipTokenizer
{
    /// <summary>Tokens of a text that every published CLIP was made for.</summary>
    public const int Context = 77;

    private const string Suffix = "</w>", Start = "<|startoftext|>", End = "<|endoftext|>";

    /// <summary>The variant of transformers, from <c>vocab.json</c> and <c>merges.txt</c>.</summary>
    /// <param name="vocabulary">Path of <c>vocab.json</c>.</param>
    /// <param name="merges">Path of <c>merges.txt</c>.</param>
    /// <param name="padding">Token of padding; null for the end token.</param>
    /// <param name="contextLength">The most tokens of a text.</param>
    /// <exception cref="AssetMissingException">A file is missing.</exception>
    /// <exception cref="CorruptFileException">A file is altered, or no vocabulary of CLIP.</exception>
    public static TextTokenizer Read(string vocabulary, string merges, string? padding = null, int contextLength = Context)
    {
        BytePairModel model = BytePairFiles.Read(vocabulary, merges, Suffix, End);
        int start = BytePairFiles.Require(model, Start, vocabulary), end = BytePairFiles.Require(model, End, vocabulary);
        return new TextTokenizer(new TokenizerParts(model)
        {
            Normalizer = new SequenceNormalizer(
            [
                new FunctionNormalizer(UnicodeNormalization.Nfc),
                new ReplaceNormalizer(null, new CodePointPattern(Spaces()), " "),
                new FunctionNormalizer(Characters.Lower),
            ]),
            PreTokenizer = new SequencePreTokenizer(
            [
                new SplitPreTokenizer(new CodePointPattern(Words()).Matches, SplitBehavior.Removed, invert: true),
                new ByteLevelPreTokenizer(addPrefixSpace: false, useRegex: false),
            ]),
            Template = Template.Around(start, end),
            Decoder = Decoder(),
            TrimDecoded = true,
            Added = [new AddedToken(start, Start), new AddedToken(end, End)],
            PaddingId = padding is null ? end : BytePairFiles.Require(model, padding, vocabulary),
            ContextLength = contextLength,
        });
    }

    /// <summary>
    /// The variant of open_clip: text is repaired first (as ftfy does), entities are resolved, spaces collapsed; lower case is Python's.
    /// </summary>
    /// <param name="vocabulary">Path of <c>vocab.json</c>.</param>
    /// <param name="merges">Path of <c>merges.txt</c>.</param>
    /// <param name="contextLength">The most tokens of a text.</param>
    /// <exception cref="AssetMissingException">A file is missing.</exception>
    /// <exception cref="CorruptFileException">A file is altered, or no vocabulary of CLIP.</exception>
    public static TextTokenizer ReadOpenClip(string vocabulary, string merges, int contextLength = Context) =>
        OpenClip(BytePairFiles.Read(vocabulary, merges, Suffix, End), vocabulary, contextLength);

    /// <summary>The variant of open_clip, of a model read before.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">The file it comes from, for people.</param>
    /// <param name="contextLength">The most tokens of a text.</param>
    /// <exception cref="CorruptFileException">It is no vocabulary of CLIP.</exception>
    internal static TextTokenizer OpenClip(ITokenModel model, string path, int contextLength)
    {
        int start = BytePairFiles.Require(model, Start, path), end = BytePairFiles.Require(model, End, path);
        return new TextTokenizer(new TokenizerParts(new OpenClipModel(model, start, end))
        {
            Normalizer = new FunctionNormalizer(OpenClipText.Lower),
            PreTokenizer = new SplitPreTokenizer(new CodePointPattern(OpenClipWords()).Matches, SplitBehavior.Removed, invert: true),
            Template = Template.Around(start, end),
            Decoder = Decoder(),
            TrimDecoded = true,
            ContextLength = contextLength,
        });
    }

    /// <summary>Byte-level, then every word's end is a space.</summary>
    private static SequenceDecoder Decoder() => new([new ByteLevelDecoder(), new EachDecoder((text, _, _) =>
        text.Replace(Suffix, " ", StringComparison.Ordinal))]);

    /// <summary>Model of open_clip: its special tokens are words of the pattern; the spellings of transformers are ordinary text.</summary>
    private sealed class OpenClipModel(ITokenModel model, int start, int end) : ITokenModel
    {
        /// <inheritdoc/>
        public Vocabulary Vocabulary => model.Vocabulary;

        /// <inheritdoc/>
        public void Encode(string piece, List<int> into)
        {
            if (piece == "<start_of_text>") into.Add(start);
            else if (piece == "<end_of_text>") into.Add(end);
            else model.Encode(ByteAlphabet.Encode(piece), into);
        }
    }

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Spaces();

    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+", RegexOptions.CultureInvariant)]
    private static partial Regex Words();

    /// <summary>
    /// Case does not matter: of what lower case leaves, the long s is an s; and the combining iota below, whose upper case is a letter,
    /// is neither a letter nor anything else, so that it is left out.
    /// </summary>
    [GeneratedRegex(@"<[sſ]tart_of_text>|<end_of_text>|'[sſ]|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}\u0345]+",
        RegexOptions.CultureInvariant)]
    private static partial Regex OpenClipWords();
}
