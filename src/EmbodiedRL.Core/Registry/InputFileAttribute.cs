namespace EmbodiedRL.Core.Registry;

/// <summary>Input file: an option that holds the path of a file, relative to the settings file; a run keeps its own copy.</summary>
/// <param name="ending">Of the copy's name, e.g. <c>.reward.cs</c>.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class InputFileAttribute(string ending) : Attribute
{
    /// <summary>Of the copy's name.</summary>
    public string Ending { get; } = ending;
}
