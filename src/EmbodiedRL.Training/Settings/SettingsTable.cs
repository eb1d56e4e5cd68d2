using System.Reflection;
using System.Text.Json;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Settings;

/// <summary>All settings there are: keys, ranges, defaults and comments, read off the records that they are bound to.</summary>
internal sealed class SettingsTable
{
    private static readonly JsonSerializerOptions Compact = new(RunJson.Options) { WriteIndented = false };

    private readonly DocumentationFiles _documentation;

    private readonly IRegistries _registries;

    private SettingsTable(DocumentationFiles documentation, IRegistries registries) =>
        (_documentation, _registries) = (documentation, registries);

    /// <summary>Every option of a registered part.</summary>
    public static IReadOnlyList<SettingRow> Rows(RegistryEntry entry, DocumentationFiles documentation, IRegistries registries) =>
        [.. new SettingsTable(documentation, registries).OfPart(entry, "")];

    /// <summary>Every setting, in the order of the records.</summary>
    public static IReadOnlyList<SettingRow> Rows(DocumentationFiles documentation, IRegistries registries) =>
        [.. new SettingsTable(documentation, registries).Of(typeof(RunSettings), new RunSettings(), "")];

    private IEnumerable<SettingRow> Of(Type type, object defaults, string path)
    {
        foreach (PropertyInfo property in SettingsMap.Properties(type))
            foreach (SettingRow row in Of(property, property.GetValue(defaults), SettingsNode.Join(path, SettingsMap.KeyOf(property))))
                yield return row;
        if (PartSlot.Of(type) is not { } slot) yield break;
        foreach (RegistryEntry entry in _registries.Of(slot.Kind).Entries)
            foreach (SettingRow row in OfPart(entry, path)) yield return row with { Meaning = $"{entry.Name}: {row.Meaning}" };
    }

    private IEnumerable<SettingRow> OfPart(RegistryEntry entry, string path) => Of(entry.Options, entry.Defaults(), path);

    private IEnumerable<SettingRow> Of(PropertyInfo property, object? value, string key)
    {
        Type type = property.PropertyType;
        Type element = type.IsArray ? type.GetElementType()! : type;
        bool isRecord = !SettingsMap.IsSimple(element) && !element.IsGenericType;
        if (!isRecord || type.IsArray)
        {
            yield return new SettingRow(key, Values(property, element),
                value is null || property.IsDefined(typeof(RequiredAttribute)) ? "" : JsonSerializer.Serialize(value, type, Compact),
                _documentation.Summary(property));
            if (!isRecord) yield break;
        }

        object inner = type.IsArray || value is null ? Activator.CreateInstance(element)! : value;
        foreach (SettingRow row in Of(element, inner, type.IsArray ? $"{key}:N" : key)) yield return row;
    }

    private static string Values(PropertyInfo property, Type element)
    {
        string one = element switch
        {
            { IsEnum: true } => string.Join(", ", Enum.GetNames(element).Select(JsonNamingPolicy.CamelCase.ConvertName)),
            _ when element == typeof(string) => "text",
            _ when element == typeof(bool) => "true, false",
            _ when element == typeof(float) || element == typeof(double) => "number",
            { IsPrimitive: true } => "whole number",
            _ => "objects",
        };
        string range = string.Join("; ", Ranges(property, element));
        if (property.PropertyType.IsArray) return $"list: {one}{(range.Length > 0 ? $", {range}" : "")}";
        return range.Length == 0 ? one
            : element == typeof(string) ? $"{one}, {range}"
            : element == typeof(float) || element == typeof(double) ? range
            : $"whole, {range}";
    }

    private static IEnumerable<string> Ranges(PropertyInfo property, Type element)
    {
        if (property.GetCustomAttribute<RangeAttribute>() is { } range) yield return $"{range}";
        if (property.GetCustomAttribute<LengthAttribute>() is { } length)
            yield return $"{length} {(property.PropertyType.IsArray || element.IsGenericType ? "elements" : "characters")}";
    }
}
