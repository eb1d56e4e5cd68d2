using System.Text;
using System.Text.Json;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Tokenizers.Components;
using EmbodiedRL.Models.Tokenizers.Unicode;

namespace EmbodiedRL.Models.Tokenizers;

/// <summary>Tokenizer choices that override what a folder's files say.</summary>
public sealed record TokenizerOptions
{
    /// <summary>Whether text is lower-cased first; null for what the files say.</summary>
    public bool? LowerCase { get; init; }

    /// <summary>Whether a CLIP vocabulary is used as open_clip does; null for yes where a folder has open_clip's config only.</summary>
    public bool? OpenClip { get; init; }
}

/// <summary>Tokenizer folder: makes the tokenizer of a published model from the files that lie beside its weights.</summary>
/// <remarks>
/// In this order: what open_clip, CLIPTokenizer and SiglipTokenizer read where these files are there, then
/// <c>tokenizer.json</c>, <c>vocab.json</c> with <c>merges.txt</c>, <c>vocab.txt</c>, <c>spiece.model</c> or <c>tokenizer.model</c>.
/// </remarks>
public static class TokenizerFolder
{
    private const string Json = "tokenizer.json", Vocabulary = "vocab.json", Merges = "merges.txt", Words = "vocab.txt",
        OpenClipConfig = "open_clip_config.json";

    /// <summary>Reads the tokenizer of a folder.</summary>
    /// <exception cref="AssetMissingException">The folder holds no tokenizer.</exception>
    /// <exception cref="CorruptFileException">A file is altered, of another form, or names a component that is not supported.</exception>
    public static ITextTokenizer Load(string folder, TokenizerOptions? options = null)
    {
        options ??= new TokenizerOptions();
        TokenizerConfig config = TokenizerConfig.Read(folder);
        string? pieces = Find(folder, "spiece.model") ?? Find(folder, "tokenizer.model");
        bool pairs = Has(folder, Vocabulary) && Has(folder, Merges);
        bool clip = config.Class is "CLIP" or null && IsClip(folder, pairs);
        if (options.OpenClip ?? (Has(folder, OpenClipConfig) && !Has(folder, "config.json")))
            if (OpenClip(folder, config, options, clip) is { } openClip) return openClip;

        int context = config.Length ?? ClipTokenizer.Context;
        if (clip) return ClipTokenizer.Read(Path.Combine(folder, Vocabulary), Path.Combine(folder, Merges), config.Padding, context);
        if (config.Class == "Siglip" && pieces is not null) return SigLip(pieces, config);
        if (Has(folder, Json)) return FromJson(Path.Combine(folder, Json), config, options);
        if (pairs) return Gpt2(folder, config, options);
        if (Has(folder, Words)) return Bert(Path.Combine(folder, Words), config, options);
        if (pieces is not null)
            return SentencePieceTokenizer.Read(pieces, new SentencePieceSettings
            {
                Padding = config.Padding,
                ContextLength = config.Length,
                End = config.AddsEnd ? config.End : null,
            });
        throw new AssetMissingException("The tokenizer of a model",
            $"{Json}, {Vocabulary} with {Merges}, {Words}, spiece.model and tokenizer.model in {folder}",
            "Fetch the model's folder again, with its tokenizer files.");
    }

    /// <summary>The tokenizer that open_clip's config asks for; null if the folder lacks its files.</summary>
    private static TextTokenizer? OpenClip(string folder, TokenizerConfig config, TokenizerOptions options, bool clip)
    {
        OpenClipText? text = Find(folder, OpenClipConfig) is { } path ? OpenClipText.Read(path) : null;
        int context = text?.ContextLength ?? config.Length ?? ClipTokenizer.Context;
        if (text?.IsHuggingFace == true)
            return Has(folder, Json)
                ? FromJson(Path.Combine(folder, Json), config with { Length = context }, options, text.Clean)
                : null;
        if (clip) return ClipTokenizer.ReadOpenClip(Path.Combine(folder, Vocabulary), Path.Combine(folder, Merges), context);
        return Find(folder, Json) is { } json && TokenizerFile.Read(json).Model is BytePairModel model
            && model.Vocabulary.IdOf("a</w>") is not null
                ? ClipTokenizer.OpenClip(model, json, context)
                : null;
    }

    private static TextTokenizer FromJson(
        string path, TokenizerConfig config, TokenizerOptions options, Func<string, string>? prepare = null)
    {
        TokenizerParts parts = TokenizerFile.Read(path) with { Prepare = prepare };
        if (options.LowerCase ?? config.LowerCases)
        {
            INormalizer lower = new FunctionNormalizer(Characters.Lower);
            parts = parts with { Normalizer = parts.Normalizer is null ? lower : new SequenceNormalizer([lower, parts.Normalizer]) };
        }

        if (config.Class == "CLIP")
            parts = parts with { Decoder = new SequenceDecoder([new ByteLevelDecoder(), EndsAsSpaces()]), TrimDecoded = true };
        return Finish(parts, config);
    }

    private static TextTokenizer Finish(TokenizerParts parts, TokenizerConfig config)
    {
        int? padding = config.Padding is null ? null
            : parts.Added.FirstOrDefault(token => token.Content == config.Padding)?.Id ?? parts.Model.Vocabulary.IdOf(config.Padding);
        return new TextTokenizer(parts with
        {
            PaddingId = padding ?? parts.PaddingId,
            ContextLength = config.Length,
            CleanUpSpaces = config.CleansUp,
            TruncateLeft = config.TruncatesLeft ?? parts.TruncateLeft,
        });
    }

    private static EachDecoder EndsAsSpaces() => new((text, _, _) => text.Replace("</w>", " ", StringComparison.Ordinal));

    private static SentencePieceTokenizer SigLip(string pieces, TokenizerConfig config) =>
        SentencePieceTokenizer.Read(pieces, SentencePieceSettings.SigLip with
        {
            LowerCase = config.DoLowerCase ?? true,
            Padding = config.Padding ?? "</s>",
            End = config.End ?? "</s>",
            ContextLength = config.Length ?? 64,
        });

    /// <summary>Byte pairs as GPT-2 has them: no suffix, no tokens around a text.</summary>
    private static TextTokenizer Gpt2(string folder, TokenizerConfig config, TokenizerOptions options)
    {
        string path = Path.Combine(folder, Vocabulary);
        BytePairModel model = BytePairFiles.Read(path, Path.Combine(folder, Merges), suffix: "", unknown: null);
        string?[] specials = [config.Start, config.End, config.Padding, config.Unknown];
        string[] names = [.. specials.OfType<string>().Distinct(StringComparer.Ordinal)];
        return Finish(new TokenizerParts(model)
        {
            Normalizer = options.LowerCase ?? config.LowerCases ? new FunctionNormalizer(Characters.Lower) : null,
            PreTokenizer = new ByteLevelPreTokenizer(config.AddsPrefixSpace, useRegex: true),
            Decoder = new ByteLevelDecoder(),
            Added = [.. names.Where(name => model.Vocabulary.IdOf(name) is not null)
                .Select(name => new AddedToken(model.Vocabulary.IdOf(name)!.Value, name))],
        }, config);
    }

    private static TextTokenizer Bert(string path, TokenizerConfig config, TokenizerOptions options)
    {
        string text = Encoding.UTF8.GetString(
            InputFile.ReadBytes(path, "A list of words", "Check the path, or fetch the model's folder again."));
        string[] lines = text.EndsWith('\n') ? text[..^1].Split('\n') : text.Split('\n');
        try
        {
            var vocabulary = new Vocabulary(lines.Select((line, id) => KeyValuePair.Create(line.TrimEnd('\r'), id)));
            bool lower = options.LowerCase ?? config.DoLowerCase ?? true;
            string start = config.Classify ?? "[CLS]", end = config.Separator ?? "[SEP]", unknown = config.Unknown ?? "[UNK]";
            string[] specials = [unknown, start, end, config.Padding ?? "[PAD]", config.Mask ?? "[MASK]"];
            return Finish(new TokenizerParts(new WordPieceModel(vocabulary, unknown, "##", 100))
            {
                Normalizer = new BertNormalizer(cleanText: true, config.SetsIdeographsApart, config.StripsAccents ?? lower, lower),
                PreTokenizer = new BertPreTokenizer(),
                Template = Template.Around(Need(start), Need(end)),
                Decoder = EachDecoder.WordPiece("##", cleanUp: true),
                Added = [.. specials.Distinct(StringComparer.Ordinal).Where(name => vocabulary.IdOf(name) is not null)
                    .Select(name => new AddedToken(Need(name), name))],
                PaddingId = vocabulary.IdOf("[PAD]") ?? 0,
            }, config);

            int Need(string token) => vocabulary.IdOf(token) ?? throw new FormatException($"the token '{token}' is missing");
        }
        catch (FormatException error)
        {
            throw new CorruptFileException(path, "a list of different words with the special tokens of BERT", error.Message,
                "Restore the file, or fetch it again.", error);
        }
    }

    private static bool IsClip(string folder, bool pairs) => pairs && JsonFile.Read(Path.Combine(folder, Vocabulary), "A vocabulary",
        root => root.Find("<|startoftext|>") is not null && root.Find("<|endoftext|>") is not null);

    private static bool Has(string folder, string name) => File.Exists(Path.Combine(folder, name));

    private static string? Find(string folder, string name) => Has(folder, name) ? Path.Combine(folder, name) : null;
}

/// <summary>Tokenizer config: <c>tokenizer_config.json</c>, and where that is silent <c>special_tokens_map.json</c>.</summary>
internal sealed record TokenizerConfig
{
    private const int MostTokens = 1_000_000;

    /// <summary>Name of the tokenizer class, without <c>Tokenizer</c> and <c>Fast</c>; null if none is named.</summary>
    public string? Class { get; private init; }

    /// <summary>Token of padding.</summary>
    public string? Padding { get; private init; }

    /// <summary>Token that begins a text.</summary>
    public string? Start { get; private init; }

    /// <summary>Token that ends a text.</summary>
    public string? End { get; private init; }

    /// <summary>Token of what is unknown.</summary>
    public string? Unknown { get; private init; }

    /// <summary>Token that begins a text of BERT.</summary>
    public string? Classify { get; private init; }

    /// <summary>Token that ends a text of BERT.</summary>
    public string? Separator { get; private init; }

    /// <summary>Token of a hidden word.</summary>
    public string? Mask { get; private init; }

    /// <summary>The most tokens of a text; null if unlimited or unknown.</summary>
    public int? Length { get; init; }

    /// <summary>Whether <c>do_lower_case</c> is set; null if it is not said.</summary>
    public bool? DoLowerCase { get; private init; }

    /// <summary>Whether text is lower-cased although the tokenizer's own file does not say so: SigLIP 2.</summary>
    public bool LowerCases { get; private init; }

    /// <summary>Whether accents are stripped; null if it is not said.</summary>
    public bool? StripsAccents { get; private init; }

    /// <summary>Whether ideographs are words of their own.</summary>
    public bool SetsIdeographsApart { get; private init; } = true;

    /// <summary>Whether decoded text is cleaned of spaces before punctuation.</summary>
    public bool CleansUp { get; private init; }

    /// <summary>Whether a space is put before a text.</summary>
    public bool AddsPrefixSpace { get; private init; }

    /// <summary>Whether the end token is added.</summary>
    public bool AddsEnd { get; private init; }

    /// <summary>Whether text that is too long loses its beginning; null if it is not said.</summary>
    public bool? TruncatesLeft { get; private init; }

    /// <summary>Reads a folder's files; all may be missing.</summary>
    /// <exception cref="CorruptFileException">A file is altered.</exception>
    public static TokenizerConfig Read(string folder)
    {
        string path = Path.Combine(folder, "tokenizer_config.json"), map = Path.Combine(folder, "special_tokens_map.json");
        TokenizerConfig config = File.Exists(path) ? JsonFile.Read(path, "A tokenizer config", ReadConfig) : new TokenizerConfig();
        if (File.Exists(map)) config = JsonFile.Read(map, "A map of special tokens", root => config.WithTokens(root));
        string model = Path.Combine(folder, "config.json");
        string? kind = File.Exists(model) ? JsonFile.Read(model, "A model config", root => root.Text("model_type")) : null;
        bool second = kind?.StartsWith("siglip2", StringComparison.Ordinal) == true || config.Class == "Siglip2";
        return config with
        {
            LowerCases = second || (config.DoLowerCase == true && config.Class is "Gemma" or "GPT2"),
            Class = config.Class ?? (kind switch { "clip" => "CLIP", "siglip" => "Siglip", _ => null }),
            Length = config.Length ?? (second ? 64 : null),
        };
    }

    private static TokenizerConfig ReadConfig(JsonElement root)
    {
        string? name = root.Text("tokenizer_class");
        foreach (string ending in (string[])["Fast", "Tokenizer"])
            if (name?.EndsWith(ending, StringComparison.Ordinal) == true) name = name[..^ending.Length];
        double length = root.Find("model_max_length")?.GetDouble() ?? double.MaxValue;
        return new TokenizerConfig
        {
            Class = name,
            Length = length is > 0 and < MostTokens ? (int)length : null,
            DoLowerCase = root.Find("do_lower_case")?.GetBoolean(),
            StripsAccents = root.Find("strip_accents")?.GetBoolean(),
            SetsIdeographsApart = root.Flag("tokenize_chinese_chars", true),
            CleansUp = root.Flag("clean_up_tokenization_spaces"),
            AddsPrefixSpace = root.Flag("add_prefix_space"),
            AddsEnd = root.Flag("add_eos_token"),
            TruncatesLeft = root.Text("truncation_side") is { } side ? side == "left" : null,
        }.WithTokens(root);
    }

    private TokenizerConfig WithTokens(JsonElement root) => this with
    {
        Padding = Padding ?? Token(root, "pad_token"),
        Start = Start ?? Token(root, "bos_token"),
        End = End ?? Token(root, "eos_token"),
        Unknown = Unknown ?? Token(root, "unk_token"),
        Classify = Classify ?? Token(root, "cls_token"),
        Separator = Separator ?? Token(root, "sep_token"),
        Mask = Mask ?? Token(root, "mask_token"),
    };

    /// <summary>Two spellings: a text, or an object with its content.</summary>
    private static string? Token(JsonElement root, string name) => root.Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } token => token.Text("content"),
        { } token => token.GetString(),
    };
}
