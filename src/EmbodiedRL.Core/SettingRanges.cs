using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using EmbodiedRL.Core.Registry;

namespace EmbodiedRL.Core;

/// <summary>
/// Checks settings records against what their properties declare by <see cref="RangeAttribute"/> and <see cref="LengthAttribute"/>.
/// </summary>
public static class SettingRanges
{
    /// <summary>
    /// Everything that lies outside of its range, in the record and in the records it holds, as <c>key: expected, found</c>.
    /// </summary>
    /// <param name="record">A settings record.</param>
    /// <param name="path">Of the record, for people; empty for the root.</param>
    public static IEnumerable<string> Violations(object record, string path = "")
    {
        foreach (PropertyInfo property in Properties(record.GetType()))
        {
            if (property.GetValue(record) is not { } value) continue;
            string key = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            foreach (string violation in Of(property, value, Join(path, key))) yield return violation;
        }

        if (PartSlot.Of(record.GetType())?.Options.GetValue(record) is not Options options) yield break;
        foreach (string violation in options.Violations()) yield return Join(path, violation);
    }

    /// <summary>
    /// The properties of a settings record that can be set; options of a registered part are not among them, since they stand flat beside
    /// these (see <see cref="PartSlot"/>).
    /// </summary>
    public static IEnumerable<PropertyInfo> Properties(Type type) =>
        type.GetProperties().Where(property => property.CanWrite && property.PropertyType != typeof(Options));

    /// <summary>Whether a type is a settings record, whose own properties are checked.</summary>
    public static bool IsRecord(Type type) => type.IsClass && type != typeof(string) && !typeof(IEnumerable).IsAssignableFrom(type);

    private static IEnumerable<string> Of(PropertyInfo property, object value, string at)
    {
        if (property.GetCustomAttribute<RequiredAttribute>() is { } required && RequiredAttribute.IsUnsaid(value))
        {
            yield return $"{at}: expected "
                + $"{required.What}{(property.GetCustomAttribute<RangeAttribute>() is { } allowed ? $", {allowed}" : "")}, found nothing.";
            yield break;
        }

        if (property.GetCustomAttribute<LengthAttribute>()?.Violation(value) is { } wrong)
        {
            yield return $"{at}: {wrong}";
            yield break; // a list that is too long is not told element by element
        }

        if (value is string or IDictionary) yield break;
        RangeAttribute? range = property.GetCustomAttribute<RangeAttribute>();
        if (value is not IEnumerable list)
        {
            foreach (string violation in OfOne(range, value, at)) yield return violation;
            yield break;
        }

        int index = 0;
        foreach (object item in list)
            foreach (string violation in OfOne(range, item, $"{at}:{index++}")) yield return violation;
    }

    private static string Join(string path, string key) => path.Length == 0 ? key : $"{path}:{key}";

    private static IEnumerable<string> OfOne(RangeAttribute? range, object value, string at)
    {
        if (IsRecord(value.GetType())) return Violations(value, at);
        return range is null || range.Allows(Convert.ToDouble(value, CultureInfo.InvariantCulture)) ? []
            : [FormattableString.Invariant($"{at}: expected {range}, found {value}.")];
    }
}
