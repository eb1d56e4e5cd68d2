using System.Reflection;
using System.Text.Json;
using EmbodiedRL.Core;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Settings;

/// <summary>All settings there are: keys, ranges, defaults and comments, read off the records that they are bound to.</summary>
internal sealed class SettingsTable
{
    private static readonly JsonSerializerOptions Compact = new(RunJson.Options) { WriteIndented = false };

    private readonly DocumentationFiles _documentation;

    private SettingsTable(DocumentationFiles documentation) => _documentation = documentation;

    /// <summary>Every setting, in the order of the records.</summary>
    public static IReadOnlyList<SettingRow> Rows(DocumentationFiles documentation) => [.. new SettingsTable(documentation).Of(typeof(RunSettings), new RunSettings(), "")];

    private IEnumerable<SettingRow> Of(Type type, object defaults, string path)
    {
        foreach (PropertyInfo property in SettingsMap.Properties(type))
            foreach (SettingRow row in Of(property, property.GetValue(defaults), SettingsNode.Join(path, SettingsMap.KeyOf(property)))) yield return row;
        if (type != typeof(AgentSettings)) yield break;
        foreach (string algorithm in Algorithms.AlgorithmCatalog.Names)
        {
            Type own = Algorithms.AlgorithmCatalog.SettingsOf(algorithm);
            foreach (SettingRow row in Of(own, Activator.CreateInstance(own)!, path)) yield return row with { Meaning = $"{algorithm}: {row.Meaning}" };
        }
    }

    private IEnumerable<SettingRow> Of(PropertyInfo property, object? value, string key)
    {
        Type type = property.PropertyType;
        Type element = type.IsArray ? type.GetElementType()! : type;
        bool isRecord = !SettingsMap.IsSimple(element) && !element.IsGenericType;
        if (!isRecord || type.IsArray)
        {
            yield return new SettingRow(key, Values(property, element), value is null ? "" : JsonSerializer.Serialize(value, type, Compact), _documentation.Summary(property));
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
            { IsGenericType: true } => "numbers by name",
            _ when element == typeof(string) => "text",
            _ when element == typeof(bool) => "true, false",
            _ when element == typeof(float) || element == typeof(double) => "number",
            { IsPrimitive: true } => "whole number",
            _ => "objects",
        };
        string range = string.Join("; ", Ranges(property, element));
        if (property.PropertyType.IsArray) return $"list: {one}{(range.Length > 0 ? $", {range}" : "")}";
        return range.Length == 0 ? one : element == typeof(string) ? $"{one}, {range}" : element == typeof(float) || element == typeof(double) ? range : $"whole, {range}";
    }

    private static IEnumerable<string> Ranges(PropertyInfo property, Type element)
    {
        if (property.GetCustomAttribute<RangeAttribute>() is { } range) yield return $"{range}";
        if (property.GetCustomAttribute<LengthAttribute>() is { } length) yield return $"{length} {(property.PropertyType.IsArray || element.IsGenericType ? "elements" : "characters")}";
    }
}
