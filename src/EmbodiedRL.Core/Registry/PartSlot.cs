using System.Collections.Concurrent;
using System.Reflection;

namespace EmbodiedRL.Core.Registry;

/// <summary>
/// Options of a registered part inside a settings record: which registry, and which property says the part's name.
/// In JSON they stand flat beside that name.
/// </summary>
/// <param name="kind">One of <see cref="PartKinds"/>.</param>
/// <param name="name">Property of the same record that holds the part's name.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OptionsOfAttribute(string kind, string name) : Attribute
{
    /// <summary>Kind of the registry.</summary>
    public string Kind { get; } = kind;

    /// <summary>Property that holds the part's name.</summary>
    public string Name { get; } = name;
}

/// <summary>Where a settings record names a registered part and holds its options.</summary>
/// <param name="Kind">Of the registry.</param>
/// <param name="Name">Holds the part's name, a string.</param>
/// <param name="Options">Holds its <see cref="Registry.Options"/>; null stands for the part's defaults.</param>
public sealed record PartSlot(string Kind, PropertyInfo Name, PropertyInfo Options)
{
    private static readonly ConcurrentDictionary<Type, PartSlot?> Known = new();

    /// <summary>The slot of a settings record; null if it names no part.</summary>
    public static PartSlot? Of(Type type) => Known.GetOrAdd(type, Find);

    private static PartSlot? Find(Type type)
    {
        foreach (PropertyInfo property in type.GetProperties())
            if (property.GetCustomAttribute<OptionsOfAttribute>() is { } of)
                return new PartSlot(of.Kind, type.GetProperty(of.Name)!, property);
        return null;
    }
}
