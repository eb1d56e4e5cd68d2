using System.CommandLine;
using System.Globalization;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Demonstrations;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Loop;
using EmbodiedRL.Training.Reasoning;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.App.Commands;

/// <summary><c>record</c>: plays episodes and keeps everything of them in a Parquet file.</summary>
/// <param name="runServices">Environments and models.</param>
public sealed class RecordCommand(RunServices runServices) : ICommand
{
    /// <inheritdoc/>
    public Command Build(CommandServices services)
    {
        var options = new RecordOptions();
        Option<bool> json = SharedOptions.Json();
        var command = new Command("record",
            "Record episodes of a run's agent, of an environment's scripted expert or of random actions: observations, actions, rewards "
                + "with their terms, states, the whole "
            + "physics, and frames if wanted. ./embodied demos columns says what the file holds; ./embodied replay plays it again.\n\n"
            + "Example: ./embodied record cartpole --policy expert --episodes 20 --out swing-ups.parquet\n"
            + "Example: ./embodied record runs/mine --frames 64 --out mine.parquet\n"
            + "Example: ./embodied record --settings mine.json --policy random --out mine.parquet\n"
            + "Example: ./embodied record cartpole --frames 64 --out swing-ups.parquet --questions swing-ups.jsonl") { options.Target };
        foreach (Option option in options.All) command.Add(option);
        command.Add(json);
        command.SetAction(async (parsed, _) =>
        {
            RecordRequest asked = options.Read(parsed, runServices);
            Recorded recorded = asked.IsRun ? await RecordRunAsync(asked, services) : await RecordEnvironmentAsync(asked, services);
            if (parsed.GetValue(json)) services.Output.Write(RunJson.Of(recorded));
            else Write(services.Output, recorded);
            return ExitCode.Done;
        });
        return command;
    }

    private async Task<Recorded> RecordRunAsync(RecordRequest asked, CommandServices services)
    {
        RunFolder folder = RunFolder.Open(asked.Target!);
        RunSettings settings = SettingsFile.Read(folder.Settings, runServices);
        using TrainingRun run = TrainingRun.Compose(settings, folder.Root, runServices, services.Time);
        run.Load(folder);
        using IVectorEnvironment environments = run.CreateEvaluationEnvironments(1);
        (IPolicy policy, string name) = asked.Policy == "run" ? (run.Policy, $"run {folder.Root}") : PolicyOf(asked, environments);
        string? camera = run.Settings.Env.Render.Camera is { Length: > 0 } named ? named : null;
        return await RecordAsync(asked with { Camera = asked.Camera ?? camera }, environments, policy, name,
            HeaderOf(asked, environments, name, run.Settings, folder.Root), services.Cancel);
    }

    private async Task<Recorded> RecordEnvironmentAsync(RecordRequest asked, CommandServices services)
    {
        StagedEnvironment staged = StagedEnvironment.Of(asked.Target, asked.Settings, runServices, "record");
        using IVectorEnvironment environments = staged.Factory.Create(1, 1, EnvironmentUse.Evaluation);
        (IPolicy policy, string name) = PolicyOf(asked, environments);
        string? camera = staged.Camera.Length > 0 ? staged.Camera : null;
        return await RecordAsync(asked with { Camera = asked.Camera ?? camera }, environments, policy, name,
            HeaderOf(asked, environments, name, staged.Settings, staged.Folder), services.Cancel);
    }

    /// <summary>What makes the recording stand for itself: settings, and the model that they name.</summary>
    private static DemonstrationHeader HeaderOf(RecordRequest asked, IVectorEnvironment environments, string policy,
        RunSettings? settings, string folder) =>
        DemonstrationHeader.Of(environments.Info, settings is null ? null : SettingsFile.Json(settings), asked.Seed, asked.Start,
            policy) with
        {
            Model = settings?.Env.Mjcf is { } mjcf ? RecordedMjcf.Of(Path.Combine(folder, mjcf.File)) : null,
        };

    private static (IPolicy Policy, string Name) PolicyOf(RecordRequest asked, IVectorEnvironment environments)
    {
        if (asked.Policy == "random") return (new RandomPolicy(environments.Info.Actions), "random");
        var expert = new ExpertPolicy(environments, asked.Skill);
        return (expert, $"expert {expert.Skill}");
    }

    private static async Task<Recorded> RecordAsync(RecordRequest asked, IVectorEnvironment environments, IPolicy policy, string name,
        DemonstrationHeader header, CancellationToken cancel)
    {
        EnvironmentInfo info = environments.Info;
        var recording = new DemonstrationRecording(environments, policy)
        {
            Seed = asked.Seed,
            Start = asked.Start,
            FrameSize = asked.FrameSize,
            Camera = asked.Camera
        };
        header = header with
        {
            FrameSize = asked.FrameSize,
            Camera = asked.FrameSize == 0 ? "" : FrameSources.CameraOf(environments, asked.Camera ?? ""),
        };
        double total = 0;
        int[] succeeded = new int[info.Measures.Length];
        RolloutQuestions? questions = asked.Questions is null ? null : new RolloutQuestions(info, asked.Seed);
        IEnumerable<DemonstrationEpisode> Watched()
        {
            foreach (DemonstrationEpisode episode in recording.Play(asked.Episodes, cancel))
            {
                total += episode.Rewards.Sum(reward => (double)reward);
                for (int m = 0; m < succeeded.Length; m++)
                    succeeded[m] += EpisodeSuccess.Of(info.Measures[m], info, episode.States) ? 1 : 0;
                questions?.Add(episode);
                yield return episode;
            }
        }

        header = await DemonstrationFile.WriteAsync(asked.Out, header, Watched(), cancel);
        double[] shares = Array.ConvertAll(succeeded, count => (double)count / header.Episodes);
        return new Recorded(asked.Out, info.Name, name, header.Episodes, header.Steps, total / header.Episodes,
            EvaluationOutcome.Named(info, shares), new FileInfo(asked.Out).Length)
        {
            Questions = questions?.Write(asked.Questions!, asked.QuestionCount),
        };
    }

    private static void Write(TextWriter output, Recorded recorded)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{recorded.File}: {recorded.Episodes} episodes of {recorded.Environment} by {recorded.Policy}, {recorded.Steps} steps, "
                + $"mean return {recorded.MeanReturn:0.###}, {recorded.Bytes / 1e6:0.0} MB."));
        foreach ((string measure, double share) in recorded.Measures)
            output.WriteLine(FormattableString.Invariant($"  {measure}: {share:0.000}"));
        if (recorded.Questions is { } asked)
            output.WriteLine($"  questions: {string.Join(", ", asked.Select(kind => $"{kind.Value} of the kind {kind.Key}"))}");
    }

    private sealed record Recorded(
        string File, string Environment, string Policy, long Episodes, long Steps, double MeanReturn,
        IReadOnlyDictionary<string, double> Measures, long Bytes)
    {
        public IReadOnlyDictionary<string, int>? Questions { get; init; }
    }
}
