using System.Text.Json;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;

namespace EmbodiedRL.Models.Language.Chat;

/// <summary>Part of a message: words, or the place of an image.</summary>
/// <param name="Text">Words; null for an image.</param>
public sealed record ChatPart(string? Text)
{
    /// <summary>The place of an image.</summary>
    public static ChatPart Image { get; } = new((string?)null);
}

/// <summary>Message of a conversation.</summary>
/// <param name="Role">Who speaks: system, user or assistant.</param>
/// <param name="Parts">Words and images, in order.</param>
public sealed record ChatTurn(string Role, IReadOnlyList<ChatPart> Parts)
{
    /// <summary>A message of words.</summary>
    public ChatTurn(string role, string text) : this(role, [new ChatPart(text)])
    {
    }
}

/// <summary>Chat template: writes a conversation as the text that a model was trained to read, as its own template says.</summary>
/// <remarks>
/// Templates are those of Hugging Face, in the part of Jinja's language that they use. They reach no file, no type and no network, and end
/// after a number of steps. Thread-safe.
/// </remarks>
public sealed class ChatTemplate
{
    private const int MostLetters = 1 << 20;

    private readonly IReadOnlyList<TemplateNode> _nodes;
    private readonly IReadOnlyDictionary<string, string> _tokens;

    /// <summary>Reads a template.</summary>
    /// <param name="text">In Jinja's language.</param>
    /// <param name="tokens">Special tokens by name, e.g. <c>bos_token</c>; null for none.</param>
    /// <exception cref="ChatTemplateException">Names what is not supported, and its line.</exception>
    public ChatTemplate(string text, IReadOnlyDictionary<string, string>? tokens = null)
    {
        if (text.Length > MostLetters) throw new ChatTemplateException(1, $"the template is longer than {MostLetters} characters.");
        _nodes = TemplateParser.Read(text);
        _tokens = tokens ?? new Dictionary<string, string>();
        Text = text;
    }

    /// <summary>The template.</summary>
    public string Text { get; }

    /// <summary>The plainest template: each message after its role, between ChatML's marks.</summary>
    public static ChatTemplate ChatMl { get; } = new("{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + "
        + "message['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
        + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}");

    /// <summary>The template of a model's folder: <c>chat_template.jinja</c>, or what <c>tokenizer_config.json</c> or
    /// <c>chat_template.json</c> holds.</summary>
    /// <returns>Null if the folder has none.</returns>
    /// <exception cref="CorruptFileException">A file is altered.</exception>
    /// <exception cref="ChatTemplateException">The template uses what is not supported.</exception>
    public static ChatTemplate? Load(string folder)
    {
        string config = Path.Combine(folder, "tokenizer_config.json"), own = Path.Combine(folder, "chat_template.jinja"),
            processor = Path.Combine(folder, "chat_template.json");
        var tokens = new Dictionary<string, string>(StringComparer.Ordinal);
        string? text = null;
        if (File.Exists(config)) text = JsonFile.Read(config, "A tokenizer config", root => Read(root, tokens));
        if (File.Exists(processor)) text = JsonFile.Read(processor, "A chat template", root => Read(root, tokens)) ?? text;
        if (File.Exists(own)) text = File.ReadAllText(own);
        return text is null ? null : new ChatTemplate(text, tokens);
    }

    /// <summary>Writes a conversation.</summary>
    /// <param name="turns">In order.</param>
    /// <param name="addsPrompt">Whether the beginning of the assistant's answer is added.</param>
    /// <param name="time">For templates that name the day; the system's if null.</param>
    /// <exception cref="ChatTemplateException">The template refuses the conversation.</exception>
    public string Render(IReadOnlyList<ChatTurn> turns, bool addsPrompt, TimeProvider? time = null)
    {
        var variables = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["messages"] = new List<object?>(turns.Select(Message)),
            ["add_generation_prompt"] = addsPrompt,
            ["tools"] = null,
            ["documents"] = null,
        };
        foreach ((string name, string token) in _tokens) variables[name] = token;
        return TemplateRunner.Run(_nodes, variables, time ?? TimeProvider.System);
    }

    /// <summary>A question as a conversation of one message, its images before its words.</summary>
    public static IReadOnlyList<ChatTurn> TurnsOf(Question question) =>
        [new ChatTurn("user", [.. question.Images.Select(_ => ChatPart.Image), new ChatPart(question.Prompt)])];

    /// <summary>Words alone are a string; with images they are a list of parts.</summary>
    private static TemplateMap Message(ChatTurn turn)
    {
        object content = turn.Parts.All(part => part.Text is not null)
            ? string.Concat(turn.Parts.Select(part => part.Text))
            : new List<object?>(turn.Parts.Select(part => part.Text is null
                ? new TemplateMap { ["type"] = "image" }
                : new TemplateMap { ["type"] = "text", ["text"] = part.Text }));
        return new TemplateMap { ["role"] = turn.Role, ["content"] = content };
    }

    private static string? Read(JsonElement root, Dictionary<string, string> tokens)
    {
        foreach (JsonProperty property in root.EnumerateObject())
        {
            if (!property.Name.EndsWith("_token", StringComparison.Ordinal)) continue;
            string? token = property.Value.ValueKind switch
            {
                JsonValueKind.String => property.Value.GetString(),
                JsonValueKind.Object => property.Value.Text("content"),
                _ => null,
            };
            if (token is not null) tokens[property.Name] = token;
        }

        if (root.Find("chat_template") is not { } template) return null;
        if (template.ValueKind == JsonValueKind.String) return template.GetString();
        // several by name: the usual one
        foreach (JsonElement one in template.EnumerateArray())
            if (one.Text("name") == "default") return one.Text("template");
        return null;
    }
}
