using EmbodiedRL.Core.Steps;
using EmbodiedRL.Training.Demonstrations;

namespace EmbodiedRL.Training.Tests;

internal static class RecordedEpisodes
{
    public static async Task<DemonstrationEpisode[]> ReadAsync(string path)
    {
        var episodes = new List<DemonstrationEpisode>();
        await foreach (DemonstrationEpisode episode in DemonstrationFile.ReadAsync(path)) episodes.Add(episode);
        return [.. episodes];
    }
}
