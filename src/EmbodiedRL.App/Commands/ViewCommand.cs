using System.CommandLine;
using EmbodiedRL.App.Viewing;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Rewards;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Loop;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.App.Commands;

/// <summary><c>view</c>: a live scene on a page of this machine, to look at, push, and try sentences on.</summary>
/// <param name="runServices">Environments and models.</param>
public sealed class ViewCommand(RunServices runServices) : ICommand
{
    /// <inheritdoc/>
    public Command Build(CommandServices services)
    {
        var what = new Argument<string?>("what")
        {
            Description = "An environment of ./embodied envs list, or the folder of a run, whose trained policy acts.",
            Arity = ArgumentArity.ZeroOrOne
        };
        var settings = new Option<string>("--settings")
        {
            Description = "Show the environment of this settings file instead, with its model file, wrappers and draws."
        };
        var port = new Option<int>("--port")
        {
            Description = "Of the page, on this machine alone; 0 takes a free one.",
            DefaultValueFactory = _ => 8090
        };
        var size = new Option<int>("--size") { Description = "Pixels a side, 64 to 1024.", DefaultValueFactory = _ => 480 };
        var goal = new Option<string>("--goal") { Description = "A sentence to begin with." };
        var model = new Option<string>("--model")
        {
            Description = "The image-text model that scores sentences. Default: the one that the settings reward by, else scene-clip."
        };
        Option<ulong> seed = SharedOptions.Seed();
        var command = new Command("view",
            "Show a live scene in the browser: orbit, pause, step, push a body, type a sentence and watch its score, with its "
                + "percentile over the environment's own states and the verdict of rewards check.\n\n"
            + "Serves a page on this machine until Ctrl-C.\n\n"
            + "Example: ./embodied view cartpole --goal \"a pole standing upright on a cart\"\nExample: ./embodied view runs/mine\n"
            + "Example: ./embodied view --settings mine.json")
        { what, settings, port, size, goal, model, seed };
        command.SetAction(async (parsed, _) =>
        {
            if (parsed.GetValue(port) is < 0 or > 65_535)
                throw new SettingsException("--port", [$"expected 0 to 65535, found {parsed.GetValue(port)}."]);
            if (parsed.GetValue(size) is < 64 or > 1024)
                throw new SettingsException("--size", [$"expected 64 to 1024, found {parsed.GetValue(size)}."]);
            string? scoredBy = parsed.GetValue(model);
            string? asked = parsed.GetValue(what), file = parsed.GetValue(settings);
            using TrainingRun? run = file is null && Directory.Exists(asked) ? Open(asked, services) : null;
            StagedEnvironment? staged = run is null ? StagedEnvironment.Of(asked, file, runServices, "view") : null;
            IVectorEnvironment environment = run?.CreateEvaluationEnvironments(1)
                ?? staged!.Factory.Create(1, 1, EnvironmentUse.Evaluation);
            RunSettings? said = run?.Settings ?? staged!.Settings;
            using LiveScene scene =
                Open(environment, run?.Policy, said, scoredBy, parsed.GetValue(size), parsed.GetValue(seed), services.Time, OpenStates);
            if (said?.Env.Render.Camera is { Length: > 0 } camera) scene.Do(new ViewRequest { Action = "camera", Text = camera });
            string sentence = parsed.GetValue(goal) ?? said?.Goal.Prompt ?? "";

            IVectorEnvironment OpenStates() => run?.CreateEvaluationEnvironments(RewardCheck.Rows)
                ?? staged!.Factory.Create(RewardCheck.Rows, 0, EnvironmentUse.Evaluation);
            if (sentence.Length > 0) scene.Do(new ViewRequest { Action = "goal", Text = sentence });
            await ServeAsync(scene, parsed.GetValue(port), services);
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>Sentences are scored as the settings would reward them: by their goal-conditioned term, camera and baseline.</summary>
    private LiveScene Open(IVectorEnvironment environment, IPolicy? trained, RunSettings? said, string? model, int size,
        ulong seed, TimeProvider time, Func<IVectorEnvironment> openStates)
    {
        EnvironmentInfo info = environment.Info;
        if (said?.Env.Render.Camera is { Length: > 0 } camera) info = info with { Camera = info.RequiredScene.Camera(camera).Name };
        string baseline = said?.Goal.Baseline is { Length: > 0 } other ? other : info.Baseline;
        RewardTermSettings? term = model is null
            ? said?.Reward.Terms.FirstOrDefault(term => runServices.Rewards.ReadsGoal(term.Source))
            : null;
        (string, IPolicy?)[] others = [("random", new RandomPolicy(info.Actions)), ("still", null)];
        return new LiveScene(environment, trained is null ? others : [("run", trained), .. others], OpenScorer, size, seed, time);

        GoalScorer OpenScorer(string goal)
        {
            IImageTextModel? loaded = null;
            var context = new RewardContext
            {
                Info = info,
                Goals = [goal],
                Baselines = [baseline],
                Models = name => loaded ??= runServices.Model(model ?? name, TorchRuntime.ParseDevice("cpu")),
            };
            try
            {
                string source = term?.Source ?? RewardRegistries.GoalBaseline;
                return new GoalScorer(runServices.Rewards.BuildGoal(term?.Options, context, source), info, openStates, said?.Env.Seed ?? 1);
            }
            catch
            {
                loaded?.Dispose();
                throw;
            }
        }
    }

    private TrainingRun Open(string path, CommandServices services)
    {
        RunFolder folder = RunFolder.Open(path);
        TrainingRun run = TrainingRun.Compose(SettingsFile.Read(folder.Settings, runServices), folder.Root, runServices, services.Time);
        try
        {
            run.Load(folder);
            return run;
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    /// <summary>Ctrl-C is how it is meant to end.</summary>
    private static async Task ServeAsync(LiveScene scene, int port, CommandServices services)
    {
        await using ViewServer server = await ViewServer.StartAsync(scene, port);
        services.Output.WriteLine($"{server.Address} shows {scene.Latest.Status.Environment}, drawn by {scene.Device}. Ctrl-C ends it.");
        await services.Output.FlushAsync();
        try
        {
            await scene.RunAsync(services.Cancel);
        }
        catch (OperationCanceledException) when (services.Cancel.IsCancellationRequested)
        {
            services.Error.WriteLine("Closed.");
        }
    }
}
