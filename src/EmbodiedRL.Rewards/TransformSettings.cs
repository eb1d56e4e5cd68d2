using System.ComponentModel;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using EmbodiedRL.Core;

namespace EmbodiedRL.Rewards;

/// <summary>A transform of a term's scores: <c>"standardize"</c>, or <c>{ "name": "clip", "args": { "minimum": -1, "maximum": 1 } }</c>.</summary>
[TypeConverter(typeof(FromName)), JsonConverter(typeof(ToJson))]
public sealed record TransformSettings
{
    /// <summary>Its name in the catalog.</summary>
    [Length(1, LengthAttribute.Name)]
    public string Name { get; init; } = "";

    /// <summary>Its arguments by name; empty takes the defaults.</summary>
    [Length(0, 64)]
    public Dictionary<string, float> Args { get; init; } = [];

    /// <summary>Lets a configuration give the bare name.</summary>
    internal sealed class FromName : TypeConverter
    {
        public override bool CanConvertFrom(ITypeDescriptorContext? context, Type sourceType) => sourceType == typeof(string);

        public override object? ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value) =>
            new TransformSettings { Name = (string)value };
    }

    /// <summary>Writes the bare name where there are no arguments, and reads both forms.</summary>
    internal sealed class ToJson : JsonConverter<TransformSettings>
    {
        public override TransformSettings Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType == JsonTokenType.String) return new TransformSettings { Name = reader.GetString()! };
            using var document = JsonDocument.ParseValue(ref reader);
            JsonElement root = document.RootElement;
            return new TransformSettings
            {
                Name = root.GetProperty("name").GetString()!,
                Args = root.TryGetProperty("args", out JsonElement args) ? args.Deserialize<Dictionary<string, float>>()! : [],
            };
        }

        public override void Write(Utf8JsonWriter writer, TransformSettings value, JsonSerializerOptions options)
        {
            if (value.Args.Count == 0)
            {
                writer.WriteStringValue(value.Name);
                return;
            }

            writer.WriteStartObject();
            writer.WriteString("name", value.Name);
            writer.WritePropertyName("args");
            JsonSerializer.Serialize(writer, new SortedDictionary<string, float>(value.Args, StringComparer.Ordinal));
            writer.WriteEndObject();
        }
    }
}
