using EmbodiedRL.Rewards.Learned;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Loop;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Tests.Composition;

public sealed class TaughtByTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A reward that learns and names no measure is taught by what judges the run, not by the environment's first.</summary>
    [Fact]
    public async Task A_run_tells_its_rewards_what_judges_it()
    {
        double hanging = await Successes("hanging"), upright = await Successes("upright");
        Assert.NotEqual(hanging, upright);
        Assert.Equal(hanging, await Successes(""));
    }

    private async Task<double> Successes(string measure)
    {
        RunSettings settings = SettingsReader.Read(new SettingsSources
        {
            CommandLine =
            [
                new("env:name", "cartpole"), new("env:count", "16"), new("goal:prompt", "a pole on a cart hanging straight down"),
                new("reward:terms:0:name", "learned"), new("reward:terms:0:source", "success-classifier"),
                new("reward:terms:0:measure", measure), new("reward:terms:0:queries", "512"), new("agent:steps", "512"),
                new("agent:horizon", "32"), new("agent:minibatch", "64"), new("evaluate:episodes", "1"), new("evaluate:scored", "0"),
                new("evaluate:taskStart", "false"), new("threads", "1"),
            ],
        }, RunServices.Shipped);
        using TrainingRun run = TrainingRun.Compose(settings, "", RunServices.Shipped, TimeProvider.System);
        using RunFolder folder = RunFolder.Create(_folder[$"run-{measure}"]);
        Trainer trainer = run.CreateTrainer(folder, TimeProvider.System, null);
        trainer.Begin();
        await trainer.RunAsync(CancellationToken.None);
        return ((SuccessClassifier)run.Reward.Terms[0].Source).Figures["successes"];
    }
}
