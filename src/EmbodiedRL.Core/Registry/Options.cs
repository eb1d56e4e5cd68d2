namespace EmbodiedRL.Core.Registry;

/// <summary>Options of a registered part: a record with a default for every property, whose ranges stand as attributes on its properties.</summary>
/// <remarks>Settings bind it, help lists it, and generated pages print it; a part's constructor may rely on the ranges having been checked.</remarks>
public abstract record Options
{
    /// <summary>One sentence for each value that cannot be used, as <c>key: expected, found</c>; ranges first, then rules between options.</summary>
    public virtual IEnumerable<string> Violations() => SettingRanges.Violations(this);
}

/// <summary>The options of a part that has none.</summary>
public sealed record NoOptions : Options;
