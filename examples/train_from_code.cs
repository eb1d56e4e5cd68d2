// Trains a pole to swing up in half a minute from settings made in code, then evaluates it. The same as ./embodied train, without files to
// begin with. dotnet run -c Release examples/train_from_code.cs [FOLDER]
#:project ../src/EmbodiedRL.Training/EmbodiedRL.Training.csproj
#:property PublishAot=false
#:property UsesTorch=true
#:property IncludeProjectNameInArtifactsPaths=true
using EmbodiedRL.Algorithms.OnPolicy;
using EmbodiedRL.Rewards;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Loop;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

var settings = new RunSettings
{
    Env = new EnvironmentSettings { Name = "cartpole", Count = 64, Seed = 1 },
    Reward = new RewardStackSettings { Terms = [new RewardTermSettings { Name = "task", Source = "task" }] }, // the hand-built one
    Agent = new AgentSettings { Steps = 196_608, Options = new PpoOptions { Epochs = 10, Entropy = 0.003f } },
    Evaluate = new EvaluateSettings { Episodes = 50 },
    Threads = 2,
};
using TrainingRun run = TrainingRun.Compose(settings, folder: ".", RunServices.Shipped, TimeProvider.System);
using RunFolder folder = RunFolder.Create(args is [var asked] ? asked : null, "from-code", TimeProvider.System); // metrics and checkpoints
Trainer trainer = run.CreateTrainer(folder, TimeProvider.System,
    progress: at => Console.Error.Write($"\r{at.Step:N0} of {at.Steps:N0} steps"));
trainer.Begin();
await trainer.RunAsync(CancellationToken.None);
Console.Error.WriteLine();
foreach ((string measure, double share) in trainer.Latest!.Measures)
    Console.WriteLine($"{measure}: {trainer.Before!.Measures[measure]:0.00} before, {share:0.00} after");
Console.WriteLine(folder.Root);
