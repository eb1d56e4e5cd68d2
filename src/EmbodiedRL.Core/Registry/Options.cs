namespace EmbodiedRL.Core.Registry;

/// <summary>
/// Options of a registered part: a record with a default for every property, whose ranges stand as attributes on its properties.
/// </summary>
/// <remarks>
/// Settings bind it, help lists it, and generated pages print it; a part's constructor may rely on the ranges having been checked.
/// </remarks>
public abstract record Options
{
    /// <summary>
    /// One sentence for each value that cannot be used, as <c>key: expected, found</c>; ranges first, then rules between options.
    /// </summary>
    public virtual IEnumerable<string> Violations() => SettingRanges.Violations(this);

    /// <summary>Checks every value.</summary>
    /// <param name="what">Whose options they are, for the message.</param>
    /// <exception cref="SettingsException">Lists every violation.</exception>
    public void Require(string what)
    {
        string[] violations = [.. Violations()];
        if (violations.Length > 0) throw new SettingsException(what, violations);
    }

    /// <summary>A copy, whose properties may still be set.</summary>
    public Options Copy() => this with { };
}

/// <summary>The options of a part that has none.</summary>
public sealed record NoOptions : Options;
