using System.CommandLine;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rendering;
using EmbodiedRL.Rendering.Images;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Films;
using EmbodiedRL.Training.Loop;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.App.Commands;

/// <summary><c>render</c>: an environment's states as a picture, or an episode as a video or a film strip.</summary>
/// <param name="runServices">Environments and models.</param>
public sealed class RenderCommand(RunServices runServices) : ICommand
{
    /// <inheritdoc/>
    public Command Build(CommandServices services)
    {
        var options = new RenderOptions();
        Option<bool> json = SharedOptions.Json();
        var command = new Command("render",
            "Draw an environment's states, or film an episode of a random or a trained policy.\n\n"
                + "A .png shows drawn states side by side, or with --run a film strip of the run's trained policy; "
            + "an .mp4 shows an episode under random actions, or with --run under the run's trained policy.\n\n"
            + "Example: ./embodied render cartpole --count 64 --size 64 --out states.png\n"
            + "Example: ./embodied render --run runs/mine --out trained.mp4\n"
            + "Example: ./embodied render --settings mine.json --out mine.mp4\n"
            + "Example: ./embodied render --run runs/mine --out trained.mp4 --overlay caption score terms contacts axes\n"
            + "Example: ./embodied render humanoid.xml --states states.safetensors --out played.mp4")
        {
            options.Environment
        };
        foreach (Option option in options.All) command.Add(option);
        command.Add(json);
        command.SetAction(async (parsed, _) =>
        {
            RenderRequest asked = options.Read(parsed, runServices);
            RenderedFile file = asked.States is not null ? OfStates(asked, services)
                : asked.Run is null ? await DrawAsync(asked, services)
                : await ReplayAsync(asked, services);
            services.TellDrawing(DrawingDevice.Find());
            if (parsed.GetValue(json)) services.Output.Write(RunJson.Of(file));
            else services.Output.WriteLine(file.File);
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>
    /// Where a picture goes if nothing is said: a file in the working directory, even of an environment whose name has a "/".
    /// </summary>
    private static string PictureOf(string environment) => $"{environment.Replace('/', '-')}.png";

    private static RenderedFile OfStates(RenderRequest asked, CommandServices services)
    {
        string path = asked.Out ?? PictureOf(Path.GetFileNameWithoutExtension(asked.Environment!));
        var film = new StateFilm(asked.Environment!, asked.States!)
        {
            Camera = asked.Camera,
            Size = asked.Size ?? 256,
            Effects = asked.Effects ?? (asked.IsVideo ? RenderEffects.Smoothed : RenderEffects.Full)
        };
        (string camera, int frames, int width, int height) = film.Write(path, asked.CountOr(8), services.Cancel);
        return new RenderedFile(path, asked.IsVideo ? "video" : "states", asked.Environment!, camera, frames, width, height);
    }

    private async Task<RenderedFile> DrawAsync(RenderRequest asked, CommandServices services)
    {
        StagedEnvironment staged = StagedEnvironment.Of(asked.Environment, asked.Settings, runServices, "render");
        using IVectorEnvironment environment = staged.Factory.Create(asked.CountOr(asked.IsVideo ? 4 : 16), 0, EnvironmentUse.Evaluation);
        string name = staged.Name,
            camera = CameraOf(asked with { Camera = asked.Camera ?? (staged.Camera.Length > 0 ? staged.Camera : null) }, environment),
            path = asked.Out ?? PictureOf(name);
        if (!asked.IsVideo) return States(asked, environment, path, camera);
        ulong seed = asked.Seed ?? 1;
        var recording = new EpisodeRecording(environment, new RandomPolicy(environment.Info.Actions)) { Seed = seed };
        return await RecordAsync(recording, asked, path, camera, services);
    }

    private async Task<RenderedFile> ReplayAsync(RenderRequest asked, CommandServices services)
    {
        RunFolder folder = RunFolder.Open(asked.Run!);
        RunSettings settings = SettingsFile.Read(folder.Settings, runServices);
        if (asked.Environment is { } named && named != settings.Env.Name)
            throw new SettingsException("render",
                [$"expected '{settings.Env.Name}', which the run in '{folder.Root}' was trained in, or no environment, found '{named}'."]);
        using TrainingRun run = TrainingRun.Compose(settings, folder.Root, runServices, services.Time);
        run.Load(folder);
        using IVectorEnvironment environments = run.CreateEvaluationEnvironments(asked.CountOr(asked.IsVideo ? 4 : 1));
        EpisodeRecording recording = run.Recording(environments) with { Caption = run.Settings.Goal.Prompt };
        string camera = CameraOf(asked with { Camera = asked.Camera ?? recording.Camera }, environments);
        return await RecordAsync(asked.Seed is { } seed ? recording with { Seed = seed } : recording, asked,
            asked.Out ?? PictureOf(settings.Env.Name), camera, services);
    }

    private static async Task<RenderedFile> RecordAsync(EpisodeRecording recording, RenderRequest asked, string path,
        string camera, CommandServices services)
    {
        int size = asked.Size ?? recording.Size;
        EpisodeRecording shown = recording with
        {
            Camera = camera,
            Size = size,
            FilmSize = asked.Size ?? recording.FilmSize,
            Steps = asked.Steps ?? 0,
            Overlays = asked.Overlay,
            Effects = asked.Effects ?? (asked.IsVideo ? RenderEffects.Smoothed : recording.Effects)
        };
        (int width, int height) = asked.IsVideo
            ? await (asked.Overlay.HasFlag(OverlayParts.Score) ? shown : shown with { Reward = null })
                .WriteVideoAsync(path, services.Cancel)
            : await shown.WriteFilmAsync(path, services.Cancel);
        return new RenderedFile(path, asked.IsVideo ? "video" : "film", recording.Environment.Info.Name, camera,
            recording.Environment.Count, width, height);
    }

    private static RenderedFile States(RenderRequest asked, IVectorEnvironment environment, string path, string camera)
    {
        EnvironmentInfo info = environment.Info;
        int count = environment.Count, size = asked.Size ?? 256;
        using var shown = new StepCamera(environment, camera, size, asked.Effects ?? RenderEffects.Full);
        var buffer = new StepBuffer(count, info);
        environment.SampleStates(asked.Seed ?? 1, 0, asked.Source ?? StateSource.Uniform, buffer);
        byte[] frames = new byte[count * shown.FrameBytes];
        shown.Draw(buffer, frames);
        RgbImage grid = FrameGrid.Compose(frames, count, size, size);
        ImageFile.WritePng(path, grid);
        return new RenderedFile(path, "states", info.Name, camera, count, grid.Width, grid.Height);
    }

    private static string CameraOf(RenderRequest asked, IVectorEnvironment environment) => FrameSources.CamerasOf(environment).Count == 0
        ? throw new SettingsException("render",
            [$"expected an environment with a camera, found '{environment.Info.Name}', which has none and cannot be drawn."])
        : FrameSources.CameraOf(environment, asked.Camera ?? "");

    private sealed record RenderedFile(string File, string Kind, string Environment, string Camera, int Count, int Width, int Height);
}
