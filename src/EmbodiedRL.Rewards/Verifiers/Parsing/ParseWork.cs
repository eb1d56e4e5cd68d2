namespace EmbodiedRL.Rewards.Verifiers.Parsing;

/// <summary>Work of parsers: characters that they looked at. Tests bound it by the length of the text.</summary>
public sealed class ParseWork
{
    /// <summary>Longest completion that is read, in characters; of a longer one there is no answer.</summary>
    public const int MostCharacters = 2_000_000;

    /// <summary>Characters looked at, each time that one is.</summary>
    public long Characters { get; private set; }

    /// <summary>Adds characters.</summary>
    internal void Add(int characters) => Characters += characters;
}
