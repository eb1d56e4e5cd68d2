using System.Text.Json;

namespace EmbodiedRL.Training.Metrics;

/// <summary>Metrics table: columns of a <see cref="MetricsLog"/>, for plots and reports.</summary>
public sealed class MetricsTable
{
    private readonly SortedDictionary<string, MetricSeries> _series = new(StringComparer.Ordinal);

    private MetricsTable()
    {
    }

    /// <summary>In order of the alphabet.</summary>
    public IReadOnlyCollection<string> Names => _series.Keys;

    /// <summary>One metric over the run; empty if it was never written.</summary>
    public MetricSeries this[string name] => _series.TryGetValue(name, out MetricSeries? series) ? series : new MetricSeries([], []);

    /// <summary>All metrics whose name begins so, by the rest of their name.</summary>
    public IEnumerable<KeyValuePair<string, MetricSeries>> Under(string prefix) => _series
        .Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))
        .Select(pair => KeyValuePair.Create(pair.Key[prefix.Length..], pair.Value));

    /// <summary>Reads the file; no file is an empty table, and a last line cut off by a crash is left out.</summary>
    public static MetricsTable Read(string path)
    {
        var table = new MetricsTable();
        if (!File.Exists(path)) return table;
        foreach (string line in File.ReadLines(path))
        {
            try
            {
                using JsonDocument row = JsonDocument.Parse(line);
                table.Add(row.RootElement);
            }
            catch (JsonException)
            {
                break;
            }
        }

        return table;
    }

    private void Add(JsonElement row)
    {
        double step = row.GetProperty("step").GetDouble();
        foreach (JsonProperty field in row.EnumerateObject())
        {
            if (field.Name is "update" or "step" || field.Value.ValueKind != JsonValueKind.Number) continue;
            if (!_series.TryGetValue(field.Name, out MetricSeries? series)) _series[field.Name] = series = new MetricSeries([], []);
            series.Steps.Add(step);
            series.Values.Add(field.Value.GetDouble());
        }
    }
}

/// <summary>One metric over a run.</summary>
/// <param name="Steps">Environment steps at which it was written.</param>
/// <param name="Values">As many as steps; all finite.</param>
public sealed record MetricSeries(List<double> Steps, List<double> Values);
