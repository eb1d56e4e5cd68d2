namespace EmbodiedRL.Core.Registry;

/// <summary>What is known of a registered part without making it.</summary>
/// <param name="Name">What settings call it.</param>
/// <param name="Summary">One sentence for people.</param>
/// <param name="Options">The record that its options are bound to; derives from <see cref="Registry.Options"/>.</param>
/// <param name="Part">The type that is made, which carries the citation of its paper.</param>
public sealed record RegistryEntry(string Name, string Summary, Type Options, Type Part)
{
    /// <summary>Options with their defaults.</summary>
    public Options Defaults() => (Options)Activator.CreateInstance(Options)!;
}

/// <summary>A registry as help, settings and generated pages see it: names, summaries and options.</summary>
public interface IRegistry
{
    /// <summary>What its parts are called in messages, e.g. "reward source".</summary>
    string Kind { get; }

    /// <summary>In ordinal order of names.</summary>
    IReadOnlyCollection<RegistryEntry> Entries { get; }

    /// <summary>In ordinal order.</summary>
    IReadOnlyCollection<string> Names { get; }

    /// <summary>Whether there is a part of this name.</summary>
    bool Contains(string name);

    /// <summary>The entry of a name.</summary>
    /// <exception cref="UnknownNameException">There is none; offers the nearest names.</exception>
    RegistryEntry Find(string name);
}
