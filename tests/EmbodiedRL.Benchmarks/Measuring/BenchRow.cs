using System.Text.Json.Serialization;

namespace EmbodiedRL.Benchmarks.Measuring;

/// <summary>One line of a report: a figure beside its reference's.</summary>
/// <param name="Name">Fixed: scripts look for it.</param>
/// <param name="Value">Ours.</param>
/// <param name="Unit">Of both figures.</param>
/// <param name="Reference">What it is compared with.</param>
/// <param name="ReferenceValue">The reference's figure from the same run.</param>
internal sealed record BenchRow(string Name, double Value, string Unit, string Reference, double ReferenceValue)
{
    /// <summary>Ours as a multiple of the reference's; null if that is zero.</summary>
    public double? Ratio => ReferenceValue != 0 ? Value / ReferenceValue : null;

    /// <summary>Whether a proof went the paper's way; null if the row only measures.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Holds { get; init; }

    /// <summary>Further figures of this row, by name.</summary>
    [JsonExtensionData]
    public Dictionary<string, object> More { get; init; } = [];

    /// <summary>A row of a comparison, with its spread.</summary>
    public static BenchRow Of(string name, string unit, string reference, Comparison measured,
        params ReadOnlySpan<(string Name, object Value)> more)
    {
        (double least, double most) = measured.Spread;
        var row = new BenchRow(name, measured.Value, unit, reference, measured.Reference)
        {
            More = { ["alternations"] = measured.Values.Count, ["leastRatio"] = least, ["mostRatio"] = most },
        };
        foreach ((string key, object value) in more) row.More[key] = value;
        return row;
    }
}
