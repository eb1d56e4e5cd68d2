using System.Globalization;
using System.Numerics;
using System.Reflection;
using System.Text.Json;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;

namespace EmbodiedRL.Training.Settings;

/// <summary>From merged settings to records, by their properties. Strict: what is not understood is a violation, never ignored.</summary>
/// <param name="violations">Takes what is wrong.</param>
/// <param name="registries">Parts that settings name, whose options stand flat beside the name.</param>
internal sealed class SettingsBinder(List<string> violations, IRegistries registries)
{
    /// <summary>Makes a record of the type; keys that are absent keep its defaults.</summary>
    /// <param name="type">A record with a constructor without arguments.</param>
    /// <param name="node">What was said.</param>
    /// <param name="path">Of the node, for people.</param>
    /// <param name="defaults">A record of the type to write into, whose values hold where nothing is
    /// said; null takes the type's own.</param>
    public object Record(Type type, SettingsNode node, string path, object? defaults = null)
    {
        object record = defaults ?? Activator.CreateInstance(type)!;
        if (node.Kind != JsonValueKind.Object)
        {
            Refuse(node, path, "an object");
            return record;
        }

        var properties = SettingsMap.Properties(type).ToDictionary(SettingsMap.KeyOf, StringComparer.OrdinalIgnoreCase);
        var others = new Dictionary<string, SettingsNode>(StringComparer.OrdinalIgnoreCase);
        foreach ((string key, SettingsNode value) in node.Members)
        {
            if (properties.TryGetValue(key, out PropertyInfo? property))
            {
                if (value.Kind == JsonValueKind.Null && property.GetValue(record) is null) continue; // said to be left out
                if (Value(property.PropertyType, value, SettingsNode.Join(path, SettingsMap.KeyOf(property)),
                    property.GetValue(record)) is { } bound) property.SetValue(record, bound);
            }
            else others.Add(key, value);
        }

        if (PartSlot.Of(type) is { } slot) BindOptions(slot, record, others, path, [.. properties.Keys]);
        else Refuse(others, path, [.. properties.Keys]);
        return record;
    }

    /// <summary>Binds the options of the part that a record names; they stand flat beside the record's own keys.</summary>
    private void BindOptions(PartSlot slot, object record, Dictionary<string, SettingsNode> others, string path, string[] known)
    {
        string name = (string)slot.Name.GetValue(record)!;
        IRegistry registry = registries.Of(slot.Kind);
        if (!registry.Contains(name)) // told by the rules; which keys would be right is not known
        {
            slot.Options.SetValue(record, null);
            if (name.Length == 0 || slot.Kind == PartKinds.Environment) Refuse(others, path, known);
            return;
        }

        RegistryEntry entry = registry.Find(name);
        Options options = slot.Options.GetValue(record) is Options said && said.GetType() == entry.Options ? said.Copy() : entry.Defaults();
        var properties = SettingsMap.Properties(entry.Options).ToDictionary(SettingsMap.KeyOf, StringComparer.OrdinalIgnoreCase);
        foreach ((string key, SettingsNode value) in others.ToArray())
        {
            if (!properties.TryGetValue(key, out PropertyInfo? property)) continue;
            others.Remove(key);
            if (Value(property.PropertyType, value, SettingsNode.Join(path, SettingsMap.KeyOf(property)),
                property.GetValue(options)) is { } bound) property.SetValue(options, bound);
        }

        slot.Options.SetValue(record, options);
        Refuse(others, path, [.. known, .. properties.Keys]);
    }

    private void Refuse(Dictionary<string, SettingsNode> strays, string path, string[] known)
    {
        foreach ((string key, SettingsNode value) in strays) violations.Add(Unknown(key, path, known, value.Origin));
    }

    /// <summary>The value, or null after a violation.</summary>
    private object? Value(Type type, SettingsNode node, string path, object? defaults = null)
    {
        if (type.IsArray) return List(type.GetElementType()!, node, path, defaults as Array);
        if ((node.Kind == JsonValueKind.String || node.IsPlain) && type.GetCustomAttribute<ShorthandAttribute>() is { } shorthand)
        {
            SettingsNode whole = SettingsNode.Empty(node.Origin);
            whole.Members[JsonNamingPolicy.CamelCase.ConvertName(shorthand.Property)] = node;
            return Record(type, whole, path);
        }

        return SettingsMap.IsSimple(type) ? Simple(type, node, path) : Record(type, node, path, defaults);
    }

    private Array? List(Type element, SettingsNode node, string path, Array? defaults)
    {
        SettingsNode[] items = [.. node.Items];
        if (node.IsPlain && SettingsMap.IsSimple(element)) // 64,64 as the environment and the command line can say it
        {
            items = [.. node.Text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(text => SettingsNode.Plain(text, node.Origin))];
        }
        else if (node is { Kind: JsonValueKind.Object, Members.Count: > 0 }
            && node.Members.Keys.All(key => int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
        {
            return Elements(element, node, path, defaults ?? Array.CreateInstance(element, 0));
        }
        else if (node.Kind != JsonValueKind.Array)
        {
            Refuse(node, path, "a list");
            return null;
        }

        foreach (string stray in node.Members.Keys)
            violations.Add($"{SettingsNode.Join(path, stray)}: there is no such element; the list has {items.Length}, counted from 0.");

        object?[] values = [.. items.Select((item, i) => Value(element, item, SettingsNode.Join(path, $"{i}")))];
        if (values.Contains(null)) return null;
        var list = Array.CreateInstance(element, values.Length);
        values.CopyTo(list, 0);
        return list;
    }

    /// <summary>Elements said one by one, where no file says the list: they change those of the default list, or follow them.</summary>
    private Array? Elements(Type element, SettingsNode node, string path, Array defaults)
    {
        object?[] values = [.. defaults.Cast<object?>()];
        foreach ((string key, SettingsNode value) in node.Members.OrderBy(member => int.Parse(member.Key, CultureInfo.InvariantCulture)))
        {
            int index = int.Parse(key, CultureInfo.InvariantCulture);
            if (index > values.Length)
            {
                violations.Add($"{SettingsNode.Join(path, key)}: there is no such element; the list has {values.Length}, counted from 0, "
                    + $"and the next one would be {values.Length} (from {value.Origin}).");
                return null;
            }

            if (index == values.Length) values = [.. values, null];
            values[index] = Value(element, value, SettingsNode.Join(path, key), values[index]);
        }

        if (values.Contains(null)) return null;
        var list = Array.CreateInstance(element, values.Length);
        values.CopyTo(list, 0);
        return list;
    }

    private object? Simple(Type type, SettingsNode node, string path)
    {
        (object? value, string expected) = Type.GetTypeCode(type) switch
        {
            _ when type.IsEnum =>
                (Choice(type, node), $"one of {string.Join(", ", Enum.GetNames(type).Select(JsonNamingPolicy.CamelCase.ConvertName))}"),
            TypeCode.String => (node.Kind == JsonValueKind.String || node.IsPlain ? node.Text : null, "text"),
            TypeCode.Boolean => (Flag(node), "true or false"),
            TypeCode.Int32 => (Number<int>(node), "a whole number"),
            TypeCode.Int64 => (Number<long>(node), "a whole number"),
            TypeCode.UInt64 => (Number<ulong>(node), "a whole number of at least 0"),
            TypeCode.Single => (Number<float>(node), "a finite number"),
            TypeCode.Double => (Number<double>(node), "a finite number"),
            _ => throw new NotSupportedException($"Settings of type {type} cannot be bound ({path})."),
        };
        if (value is null) Refuse(node, path, expected);
        return value;
    }

    private static object? Number<T>(SettingsNode node) where T : INumberBase<T>
    {
        if (node.Kind != JsonValueKind.Number && !node.IsPlain) return null;
        NumberStyles style = T.IsInteger(T.One / (T.One + T.One)) ? NumberStyles.AllowLeadingSign : NumberStyles.Float;
        return T.TryParse(node.Text, style, CultureInfo.InvariantCulture, out T? number) && T.IsFinite(number) ? number : null;
    }

    private static bool? Flag(SettingsNode node) =>
        (node.Kind is JsonValueKind.True or JsonValueKind.False || node.IsPlain) && bool.TryParse(node.Text, out bool flag) ? flag : null;

    private static object? Choice(Type type, SettingsNode node)
    {
        if (node.Kind != JsonValueKind.String && !node.IsPlain) return null;
        string? name = Enum.GetNames(type).FirstOrDefault(name => name.Equals(node.Text, StringComparison.OrdinalIgnoreCase));
        return name is null ? null : Enum.Parse(type, name);
    }

    private void Refuse(SettingsNode node, string path, string expected) =>
        violations.Add($"{path}: expected {expected}, found {node} (from {node.Origin}).");

    private string Unknown(string key, string path, string[] known, string origin)
    {
        string advice = RenamedWords.AdviceOn(key) is { } moved ? $" {moved}" : "";
        string? near = NearestNames.Of(key, known, 1) is [var sibling]
            ? SettingsNode.Join(path, sibling)
            : SettingsMap.Elsewhere(key, registries);
        string offer = near is null ? "" : $" Did you mean '{near}'?";
        string place = path.Length == 0 ? "" : $" in {path}";
        return $"{SettingsNode.Join(path, key)}: there is no such setting (from {origin}).{advice}{offer} Known{place}: "
            + $"{string.Join(", ", known.Order(StringComparer.Ordinal))}.";
    }
}
