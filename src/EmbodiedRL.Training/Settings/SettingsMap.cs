using System.Reflection;
using System.Text.Json;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;

namespace EmbodiedRL.Training.Settings;

/// <summary>Which settings there are, read off the records.</summary>
internal static class SettingsMap
{
    /// <summary>The properties that a file can set, without the options of registered parts.</summary>
    public static IEnumerable<PropertyInfo> Properties(Type type) => SettingRanges.Properties(type);

    /// <summary>A property's key in the file.</summary>
    public static string KeyOf(PropertyInfo property) => JsonNamingPolicy.CamelCase.ConvertName(property.Name);

    /// <summary>Whether a setting of this type is one value.</summary>
    public static bool IsSimple(Type type) => type.IsPrimitive || type.IsEnum || type == typeof(string);

    /// <summary>The path of the setting of nearly this key, wherever it stands; null if there is none.</summary>
    public static string? Elsewhere(string key, IRegistries registries)
    {
        string[] all = [.. Paths(typeof(RunSettings), "", registries)];
        string? near = NearestNames.Of(key, all.Select(Last), 1).FirstOrDefault();
        return near is null ? null : all.Where(path => Last(path) == near).MinBy(path => path.Length);
    }

    private static IEnumerable<string> Paths(Type type, string path, IRegistries registries)
    {
        IEnumerable<PropertyInfo> properties = Properties(type);
        if (PartSlot.Of(type) is { } slot)
            properties = properties.Concat(registries.Of(slot.Kind).Entries.SelectMany(entry => Properties(entry.Options)));
        foreach (PropertyInfo property in properties)
        {
            string at = SettingsNode.Join(path, KeyOf(property));
            Type inner = property.PropertyType.IsArray ? property.PropertyType.GetElementType()! : property.PropertyType;
            yield return at;
            if (IsSimple(inner) || inner.IsGenericType) continue;
            foreach (string deeper in Paths(inner, property.PropertyType.IsArray ? $"{at}:0" : at, registries)) yield return deeper;
        }
    }

    private static string Last(string path) => path[(path.LastIndexOf(':') + 1)..];
}
