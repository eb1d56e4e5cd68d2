using EmbodiedRL.Models.Language;
using EmbodiedRL.Models.Language.Chat;
using EmbodiedRL.Models.Language.Decoders;
using EmbodiedRL.Models.Tokenizers;

namespace EmbodiedRL.Models.Tests.Language;

/// <summary>A small model of random weights over letters.</summary>
internal static class TinyModel
{
    public const int End = 1;

    public static DecoderSettings Settings { get; } = new()
    {
        VocabularySize = LetterTokenizer.Size,
        HiddenSize = 40,
        Layers = 3,
        Heads = 6,
        KeyValueHeads = 3,
        HeadSize = 12,
        FeedForwardSize = 52,
        QueryBias = true,
        TiedEmbeddings = false,
        ContextLength = 96,
        InitialScale = 0.3,
    };

    public static CausalLanguageModel Create(DecoderSettings? settings = null, ulong seed = 5, ChatTemplate? template = null) =>
        CausalLanguageModel.Create(settings ?? Settings, new LetterTokenizer(), [End], seed, template: template);

    public static EncodedPrompt[] Prompts(params string[] texts) =>
        [.. texts.Select(text => new EncodedPrompt(new LetterTokenizer().Encode(text), null))];
}

/// <summary>A tokenizer of single characters of ASCII; 0 pads, 1 ends.</summary>
internal sealed class LetterTokenizer : ITextTokenizer
{
    public const int Size = 130;

    public int VocabularySize => Size;

    public int PaddingId => 0;

    public int? ContextLength => null;

    public int[] Encode(string text, int maximumLength = int.MaxValue) =>
        [.. text.Take(maximumLength).Select(letter => letter < 128 ? letter + 2 : 2)];

    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true)
    {
        var text = new System.Text.StringBuilder();
        foreach (int id in ids) if (id >= 2) text.Append((char)(id - 2));
        return text.ToString();
    }
}
