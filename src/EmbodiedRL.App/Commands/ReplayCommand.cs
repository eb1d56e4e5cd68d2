using System.CommandLine;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rendering;
using EmbodiedRL.Rendering.Images;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Demonstrations;
using EmbodiedRL.Training.Films;
using EmbodiedRL.Training.Loop;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Commands;

/// <summary><c>replay</c>: plays recorded episodes again and compares them bit by bit.</summary>
/// <param name="runServices">Environments.</param>
public sealed class ReplayCommand(RunServices runServices) : ICommand
{
    private const int DefaultSize = 256;

    /// <inheritdoc/>
    public Command Build(CommandServices services)
    {
        var file = new Argument<string>("file") { Description = "A Parquet file of ./embodied record." };
        var film = new Option<string>("--out") { Description = "Also film what is replayed, into this .mp4." };
        var camera = new Option<string>("--camera") { Description = "Of the film. Default: the recording's, else the environment's own." };
        var size = new Option<int>("--size")
        {
            Description = "Pixels a side of the film, 16 to 1024.",
            DefaultValueFactory = _ => DefaultSize
        };
        var folder = new Option<string>("--model-folder")
        {
            Description = "Where the files of the recorded model are, if the recording does not keep them; they must be the same."
        };
        Option<bool> json = SharedOptions.Json();
        var command = new Command("replay",
            "Play recorded episodes again from their recorded starts and compare every number of every step, bit by bit. Ends with "
                + $"{ExitCode.DidNotHold} at the first that differs.\n\n"
            + "Example: ./embodied replay swing-ups.parquet\nExample: ./embodied replay swing-ups.parquet --out swing-ups.mp4")
        {
            file, film, camera, size, folder, json
        };
        command.SetAction(async (parsed, _) =>
        {
            var asked = new Request(parsed.GetRequiredValue(file), parsed.GetValue(film), parsed.GetValue(camera), parsed.GetValue(size))
            {
                ModelFolder = parsed.GetValue(folder)
            };
            asked.Check();
            Replayed replayed = await ReplayAsync(asked, services.Cancel);
            if (parsed.GetValue(json)) services.Output.Write(RunJson.Of(replayed));
            else Write(services.Output, asked.File, replayed);
            return replayed.Holds ? ExitCode.Done : ExitCode.DidNotHold;
        });
        return command;
    }

    private async Task<Replayed> ReplayAsync(Request asked, CancellationToken cancel)
    {
        DemonstrationHeader header = await DemonstrationFile.ReadHeaderAsync(asked.File, cancel);
        using IVectorEnvironment environment = RecordedEnvironment.Open(header, asked.File, asked.ModelFolder, runServices);
        using ReplayFilm? film = asked.Film is null
            ? null
            : new ReplayFilm(asked.Film, environment, asked.Camera ?? header.Camera, asked.Size);
        var replay = new DemonstrationReplay(environment);
        long episodes = 0, steps = 0;
        await foreach (DemonstrationEpisode episode in DemonstrationFile.ReadAsync(asked.File, cancel))
        {
            if (replay.Play(episode, film is null ? null : film.Take, cancel) is { } divergence)
                return new Replayed(false, episodes, steps, divergence, Differences(header));
            (episodes, steps) = (episodes + 1, steps + episode.Steps);
        }

        film?.Finish();
        return new Replayed(true, episodes, steps, null, []);
    }

    /// <summary>What may be why: equal bytes are promised for equal versions only.</summary>
    private static string[] Differences(DemonstrationHeader header)
    {
        DemonstrationHeader here = header with { Versions = Training.Runs.Versions.OfProcess() };
        if (Simulation.Native.MuJoCoLibrary.Path.Length > 0)
            here = here with
            {
                Versions = new Dictionary<string, string>(here.Versions) { ["MuJoCo"] = Simulation.Native.MuJoCoLibrary.Version }
            };
        return [.. header.Versions.Where(version => here.Versions.TryGetValue(version.Key, out string? now) && now != version.Value)
            .Select(version => $"{version.Key} was {version.Value} and is now {here.Versions[version.Key]}")];
    }

    private static void Write(TextWriter output, string file, Replayed replayed)
    {
        if (replayed.Divergence is { } divergence)
        {
            output.WriteLine($"{file}: diverges at {divergence}.");
            foreach (string difference in replayed.Differences) output.WriteLine($"  {difference}");
        }
        else output.WriteLine($"{file}: {replayed.Episodes} episodes, {replayed.Steps} steps, every number equal.");
    }

    private sealed record Replayed(bool Holds, long Episodes, long Steps, Divergence? Divergence, IReadOnlyList<string> Differences);

    private sealed record Request(string File, string? Film, string? Camera, int Size)
    {
        public string? ModelFolder { get; init; }

        public void Check()
        {
            var violations = new List<string>();
            if (Film is { } film && !film.EndsWith(".mp4", StringComparison.OrdinalIgnoreCase))
                violations.Add($"--out: expected a file that ends in .mp4, found '{film}'.");
            if (Size is < 16 or > 1024) violations.Add($"--size: expected 16 to 1024, found {Size}.");
            if (Film is null && (Camera is not null || Size != DefaultSize))
                violations.Add("--camera, --size: nothing is filmed without --out.");
            if (violations.Count > 0) throw new SettingsException("replay", violations);
        }
    }

    private sealed class ReplayFilm(string path, IVectorEnvironment environment, string camera, int size) : IDisposable
    {
        private readonly StepCamera _camera = new(environment, camera, size);
        private readonly VideoWriter _video = new(path, size, size, 1 / environment.Info.ControlTimestep);
        private readonly byte[] _frame = new byte[size * size * 3];

        public void Take(StepBuffer buffer)
        {
            _camera.Draw(buffer, _frame);
            _video.Write(_frame);
        }

        public void Finish() => _video.Finish();

        public void Dispose()
        {
            _video.Dispose();
            _camera.Dispose();
        }
    }
}
