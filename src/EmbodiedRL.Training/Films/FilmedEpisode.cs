using System.Globalization;
using System.Text.Json;
using EmbodiedRL.Core;
using EmbodiedRL.Rendering.Images;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Films;

/// <summary>Filmed episode, step by step: the file beside its video.</summary>
/// <param name="Title">For the report.</param>
/// <param name="Reward">Name of the reward that gave the scores; empty if none did.</param>
/// <param name="Shown">Steps of the film strip, counted from 1.</param>
public sealed record FilmedEpisode(string Title, string Reward, int[] Shown)
{
    /// <summary>Of every step; empty without a judge. NaN ("not applicable") is null in the file.</summary>
    public float?[] Scores { get; init; } = [];

    /// <summary>By measure: whether its condition held in every step.</summary>
    public IReadOnlyDictionary<string, bool[]> Holds { get; init; } = new Dictionary<string, bool[]>();

    /// <summary>Reads the file beside a video.</summary>
    /// <exception cref="CorruptFileException">It is cut off or of another layout.</exception>
    public static FilmedEpisode Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<FilmedEpisode>(File.ReadAllBytes(path), RunJson.Options)!;
        }
        catch (JsonException error)
        {
            throw new CorruptFileException(path, "what was seen in an episode", error.Message, inner: error);
        }
    }

    internal IReadOnlyList<FilmFrame> Captions(Film film) =>
        [.. Shown.Select((step, i) => new FilmFrame(film.Frames[i], [.. Lines(step)]))];

    private IEnumerable<string> Lines(int step)
    {
        yield return $"step {step}";
        if (Scores.Length > 0)
            yield return $"{Reward}: {Scores[step - 1]?.ToString("0.000", CultureInfo.InvariantCulture) ?? "none"}";
        foreach ((string measure, bool[] holds) in Holds) yield return $"{measure}: {(holds[step - 1] ? "yes" : "no")}";
    }
}
