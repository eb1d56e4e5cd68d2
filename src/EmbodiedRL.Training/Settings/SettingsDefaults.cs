using System.Collections;
using System.Reflection;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;

namespace EmbodiedRL.Training.Settings;

/// <summary>
/// Default options: fills them in where settings name a part and say nothing of its options, so that saved settings say every value.
/// </summary>
internal static class SettingsDefaults
{
    /// <summary>The same settings with the options of every part that is named.</summary>
    /// <param name="settings">A settings record; it and the records in it stay as they are.</param>
    /// <param name="registries">Parts by name.</param>
    /// <exception cref="UnknownNameException">A part is not known.</exception>
    public static T Fill<T>(T settings, IRegistries registries) where T : class => (T)Filled(settings, registries);

    private static object Filled(object record, IRegistries registries)
    {
        object copy = Clone(record);
        foreach (PropertyInfo property in SettingRanges.Properties(record.GetType()))
        {
            object? value = property.GetValue(record);
            if (value is Array { Length: > 0 } list && SettingRanges.IsRecord(list.GetType().GetElementType()!))
                property.SetValue(copy, FilledAll(list, registries));
            else if (value is not null and not IEnumerable && SettingRanges.IsRecord(value.GetType()))
                property.SetValue(copy, Filled(value, registries));
        }

        if (PartSlot.Of(record.GetType()) is not { } slot || slot.Options.GetValue(record) is not null) return copy;
        string name = (string)slot.Name.GetValue(record)!;
        IRegistry registry = registries.Of(slot.Kind);
        // a model file has a name of its own
        if (slot.Kind != PartKinds.Environment || registry.Contains(name)) slot.Options.SetValue(copy, registry.Find(name).Defaults());
        return copy;
    }

    private static Array FilledAll(Array list, IRegistries registries)
    {
        var copy = Array.CreateInstance(list.GetType().GetElementType()!, list.Length);
        for (int i = 0; i < list.Length; i++) copy.SetValue(Filled(list.GetValue(i)!, registries), i);
        return copy;
    }

    // What the compiler calls the copy that a with expression begins from.
    private static object Clone(object record) => record.GetType().GetMethod("<Clone>$")!.Invoke(record, null)!;
}
