using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;

namespace EmbodiedRL.Training.Settings;

/// <summary>
/// Writes records that name a registered part: its options stand flat beside its name; a record that can be said by its
/// name alone and has no options is that name.
/// </summary>
internal sealed class PartSettingsConverter : JsonConverterFactory
{
    /// <inheritdoc/>
    public override bool CanConvert(Type typeToConvert) => PartSlot.Of(typeToConvert) is not null;

    /// <inheritdoc/>
    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Writer<>).MakeGenericType(typeToConvert))!;

    private sealed class Writer<T> : JsonConverter<T> where T : class
    {
        private static readonly PartSlot Slot = PartSlot.Of(typeof(T))!;
        private static readonly string? Short = typeof(T).GetCustomAttribute<ShorthandAttribute>()?.Property;

        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException($"Settings are read by {nameof(SettingsReader)}, which knows the registries.");

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
        {
            object? part = Slot.Options.GetValue(value);
            PropertyInfo[] own = part is null ? [] : [.. SettingRanges.Properties(part.GetType())];
            if (own.Length == 0 && Short is not null)
            {
                writer.WriteStringValue((string)typeof(T).GetProperty(Short)!.GetValue(value)!);
                return;
            }

            writer.WriteStartObject();
            foreach (PropertyInfo property in typeof(T).GetProperties().Where(property => property.CanWrite))
            {
                if (property.Name != Slot.Options.Name) WriteOne(writer, property, value, options);
                else foreach (PropertyInfo option in own) WriteOne(writer, option, part!, options);
            }

            writer.WriteEndObject();
        }

        private static void WriteOne(Utf8JsonWriter writer, PropertyInfo property, object of, JsonSerializerOptions options)
        {
            object? value = property.GetValue(of);
            if (value is null && property.GetCustomAttribute<JsonIgnoreAttribute>() is { Condition: JsonIgnoreCondition.WhenWritingNull })
                return;
            writer.WritePropertyName(SettingsMap.KeyOf(property));
            JsonSerializer.Serialize(writer, value, property.PropertyType, options);
        }
    }
}
