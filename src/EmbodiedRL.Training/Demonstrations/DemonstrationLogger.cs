using System.Globalization;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Demonstrations;

/// <summary>Demonstration logger: records episodes of a policy while it learns, in Parquet files in the run's folder.</summary>
/// <remarks>
/// It plays in environments of its own and takes the policy's mode, so a run that is recorded learns exactly what one that is not does.
/// </remarks>
/// <param name="run">Whose policy. Lent.</param>
/// <param name="folder">Where to.</param>
internal sealed class DemonstrationLogger(TrainingRun run, RunFolder folder)
{
    /// <summary>Records the policy as it stands.</summary>
    /// <param name="step">Environment steps that it has been trained for; in the file's name.</param>
    /// <param name="cancel">Gives up; nothing is left half-written.</param>
    public async Task WriteAsync(long step, CancellationToken cancel)
    {
        RunSettings settings = run.Settings;
        RecordSettings record = settings.Record;
        using IVectorEnvironment environments = run.CreateEvaluationEnvironments(1);
        string camera = settings.Env.Render.Camera.Length > 0 ? settings.Env.Render.Camera : environments.Info.Camera;
        ulong seed = Rng.For(settings.Env.Seed, "record").NextBits(); // the same starts every time, to be compared
        var recording = new DemonstrationRecording(environments, run.Policy) { Seed = seed, FrameSize = record.Frames, Camera = camera };
        DemonstrationHeader header = DemonstrationHeader.Of(environments.Info, SettingsFile.Json(settings), seed, recording.Start,
            string.Create(CultureInfo.InvariantCulture, $"run {folder.Root} after {step} steps")) with
        {
            FrameSize = record.Frames,
            Camera = record.Frames > 0 ? camera : "",
            Model = settings.Env.Mjcf is { } mjcf ? RecordedMjcf.Of(Path.Combine(folder.Root, mjcf.File)) : null,
        };
        Directory.CreateDirectory(folder.Demonstrations);
        string file = Path.Combine(folder.Demonstrations, string.Create(CultureInfo.InvariantCulture, $"step-{step:D12}.parquet"));
        await DemonstrationFile.WriteAsync(file, header, recording.Play(record.Episodes, cancel), cancel);
    }
}
