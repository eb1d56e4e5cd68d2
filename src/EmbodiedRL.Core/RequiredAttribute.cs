namespace EmbodiedRL.Core;

/// <summary>
/// Required option: it has no default, so settings must say it. Read by <see cref="SettingRanges"/>, and by whatever lists settings.
/// </summary>
/// <param name="what">What it is, e.g. "the file that holds the formula".</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class RequiredAttribute(string what) : Attribute
{
    /// <summary>What it is, for the message where it is not said.</summary>
    public string What { get; } = what;

    /// <summary>Whether a value is that of an option that nobody said: 0, or an empty text or list.</summary>
    internal static bool IsUnsaid(object value) => value switch
    {
        string text => text.Length == 0,
        System.Collections.ICollection list => list.Count == 0,
        _ => value.Equals(Activator.CreateInstance(value.GetType())),
    };
}
