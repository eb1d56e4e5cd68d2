using System.Text.Json;

namespace EmbodiedRL.Training.Metrics;

/// <summary>Lines of a metrics file, split into those that belong to a checkpoint and the others.</summary>
/// <param name="Kept">Whole lines up to the update, as bytes.</param>
/// <param name="Later">How many lines go on beyond it.</param>
/// <param name="Damaged">How many are cut off, or are no lines of metrics.</param>
/// <param name="Missing">Updates up to it that have no line, ascending.</param>
internal sealed record MetricsLines(byte[] Kept, int Later, int Damaged, IReadOnlyList<long> Missing)
{
    public static MetricsLines Of(byte[] bytes, long update)
    {
        var kept = new MemoryStream(bytes.Length);
        var missing = new List<long>();
        int later = 0, damaged = 0;
        long next = 0;
        for (int start = 0, length; start < bytes.Length; start += length)
        {
            int end = bytes.AsSpan(start).IndexOf((byte)'\n');
            length = end < 0 ? bytes.Length - start : end + 1;
            long found = end < 0 ? -1 : UpdateOf(bytes.AsMemory(start, end));
            if (found < next) damaged++; // a line that comes twice is no better than one that cannot be read
            else if (found > update) later++;
            else
            {
                for (; next < found; next++) missing.Add(next);
                next++;
                kept.Write(bytes, start, length);
            }
        }

        for (; next <= update; next++) missing.Add(next);
        return new MetricsLines(kept.ToArray(), later, damaged, missing);
    }

    /// <summary>-1 for what is no line of metrics.</summary>
    private static long UpdateOf(ReadOnlyMemory<byte> line)
    {
        try
        {
            using JsonDocument row = JsonDocument.Parse(line);
            JsonElement root = row.RootElement;
            return root.ValueKind == JsonValueKind.Object && root.TryGetProperty("update", out JsonElement update)
                && update.TryGetInt64(out long number)
                && root.TryGetProperty("step", out JsonElement step) && step.TryGetInt64(out _) ? number : -1;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return -1;
        }
    }
}
