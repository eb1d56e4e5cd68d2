using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Language.Chat;

/// <summary>Chat template error: a template uses what is not supported, cannot be evaluated, or refuses a conversation.</summary>
public sealed class ChatTemplateException : EmbodiedException
{
    /// <summary>Names the line and what is wrong there.</summary>
    public ChatTemplateException(int line, string what) : base($"chat template, line {line}: {what}") => Line = line;

    /// <summary>From 1.</summary>
    public int Line { get; }
}
