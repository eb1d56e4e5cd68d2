// Closes the circle: fine-tunes the shipped vision-language model on questions about a cart-pole, then trains the cart-pole's agent on that
// model's answers to "Is it reached?", beside one trained on scene-clip's scores and one on the hand-built reward. A few hundred
// completions and steps by default, to show how it goes together. dotnet run -c Release examples/close_the_circle.cs [--whole]
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

bool isWhole = args is ["--whole"];
using RunFolder finetuned = RunFolder.Create(null, "circle-model", TimeProvider.System);
RunSettings questions = SettingsReader.Read(new SettingsSources
{
    IsReasoning = true, // the section reasoning, and verifiers as its reward
    CommandLine =
    [
        new("reasoning:steps", isWhole ? "65536" : "256"),
        new("reasoning:questions:kinds", "goal,state"), // about bodies alone
        new("reasoning:questions:environments", "cartpole"),
        new("reasoning:evaluate:questions", isWhole ? "500" : "40"),
    ],
}, RunServices.Shipped);
using (ReasoningRun run = ReasoningRun.Compose(questions, ".", RunServices.Shipped, TimeProvider.System))
{
    Trainer trainer = run.CreateTrainer(finetuned, TimeProvider.System, progress: null);
    trainer.Begin();
    await trainer.RunAsync(CancellationToken.None);
    run.SaveModel(finetuned.Model);
    Console.WriteLine($"Questions answered rightly: {trainer.Before!.Success:0.000} before, {trainer.Latest!.Success:0.000} after");
}

foreach ((string name, string reward) in new[]
{
    ("hand-built", """{ "name": "task", "source": "task" }"""),
    ("scene-clip", """{ "name": "vlm", "source": "goal-baseline" }"""),
    ("answers", $$"""{ "name": "answer", "source": "goal-answer", "model": "{{finetuned.Model}}" }"""),
})
{
    var settings = new RunSettings
    {
        Env = new EnvironmentSettings { Name = "cartpole", Count = isWhole ? 64 : 8, Seed = 1 },
        Goal = new GoalSettings { Untrusted = true }, // the check before training refuses answers, which do not say how near a miss is
        Reward = SettingsReader.ReadReward($$"""{ "terms": [ {{reward}} ] }""", RunServices.Shipped),
        Agent = new AgentSettings { Steps = isWhole ? 98_304 : 512, Options = new PpoOptions() },
        Evaluate = new EvaluateSettings { Episodes = isWhole ? 100 : 4 },
        Threads = 2,
    };
    using TrainingRun run = TrainingRun.Compose(settings, ".", RunServices.Shipped, TimeProvider.System);
    using RunFolder folder = RunFolder.Create(null, $"circle-{name}", TimeProvider.System);
    Trainer trainer = run.CreateTrainer(folder, TimeProvider.System, progress: null);
    trainer.Begin();
    await trainer.RunAsync(CancellationToken.None);
    Console.WriteLine($"{name}: success {trainer.Before!.Success:0.00} before, {trainer.Latest!.Success:0.00} after "
        + $"{trainer.Step:N0} steps");
}
