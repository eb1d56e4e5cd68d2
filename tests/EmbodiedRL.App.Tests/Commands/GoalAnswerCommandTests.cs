using System.Text.Json;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Benchmarks.RewardComparison;
using EmbodiedRL.Contracts;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Reasoning;

namespace EmbodiedRL.App.Tests.Commands;

/// <summary>The vision-language model as a reward of bodies, and rollouts of bodies as its questions: each by its command.</summary>
[Collection(Serial.Name)]
public sealed class GoalAnswerCommandTests : IDisposable
{
    private static readonly string[] Small =
        ["--env:count", "4", "--agent:steps", "256", "--agent:horizon", "32", "--agent:minibatch", "32", "--evaluate:episodes", "2"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>On states that it was not fitted to, calibrated answers are more honest than they were, and than a constant.</summary>
    [Fact]
    public async Task Answers_are_calibrated_on_sampled_states_and_a_run_names_the_result()
    {
        string folder = _folder["answers"];
        using JsonDocument record = JsonDocument.Parse(await DoneAsync("rewards", "train", "goal-answer", "--env", "cartpole", "--states",
            "1024", "--out", folder, "--json"));
        JsonElement figures = record.RootElement.GetProperty("figures");
        double Figure(string name) => figures.GetProperty(name).GetDouble();
        Assert.Equal((512, 512), (Figure("states-fitted"), Figure("states-held-out")));
        Assert.True(Figure("brier-after") < Math.Min(Figure("brier-before"), Figure("brier-of-a-constant")), $"{figures}");
        Assert.True(Figure("calibration-error-after") < Figure("calibration-error-before") / 2, $"{figures}");
        AnswerCalibration calibration = AnswerCalibration.Read(Path.Combine(folder, AnswerCalibration.FileName));
        Assert.Equal(("scene-reasoner", "Goal: the pole standing upright. Is it reached? yes", Figure("slope")),
            (calibration.Model, calibration.Question, calibration.Slope));

        await DoneAsync(["train", "--env", "cartpole", "--reward", folder, .. Small, "--untrusted", "--out", _folder["run"]]);
        Assert.True(File.Exists(_folder["run/answers.calibration.json"]));
        string settings = await File.ReadAllTextAsync(_folder["run/settings.json"], TestContext.Current.CancellationToken);
        Assert.Contains("weights/scene-reasoner/model.safetensors", settings, StringComparison.Ordinal);
        Verbs.RefusedBecause("calibration: expected one that was fitted with the question 'Goal: the pole hanging",
            await RunAsync(["train", "--env", "cartpole", "--reward", folder, "--goal", "the pole hanging down", .. Small,
                "--untrusted", "--out", _folder["other"]]));
    }

    [Fact]
    public async Task The_example_trains_and_its_reward_is_judged_before()
    {
        string file = Path.Combine(Fixtures.RepositoryRoot, "examples", "settings", "goal-answer.json");
        using JsonDocument verdict = JsonDocument.Parse(
            (await RunAsync("rewards", "check", "--settings", file, "--json")).Output);
        Assert.True(verdict.RootElement.GetProperty("agreement").GetDouble() > 0, $"{verdict.RootElement}");
        await DoneAsync(["train", "--settings", file, .. Small, "--untrusted", "--out", _folder["run"]]);
        Verbs.RefusedBecause("weights can be shuffled (scene-clip), found 'scene-reasoner'",
            await RunAsync(["train", "--settings", file, .. Small, "--set", "shuffleWeights=true", "--out", _folder["control"]]));
    }

    [Theory]
    [InlineData("'somersaulting' in 'a pole somersaulting'",
        "rewards", "check", "--settings", "SETTINGS", "--goal", "a pole somersaulting")]
    [InlineData("expected no file", "rewards", "train", "goal-answer", "--env", "cartpole", "--data", "x.parquet", "--out", "x")]
    [InlineData("whose truth the simulator", "rewards", "train", "goal-answer", "--env", "cartpole", "--goal", "joy", "--out", "x")]
    [InlineData("--states: expected 1024", "rewards", "train", "goal-answer", "--env", "cartpole", "--states", "9", "--out", "x")]
    [InlineData("of the kind 'scene-clip'",
        "rewards", "train", "goal-answer", "--env", "cartpole", "--set", "model=scene-clip", "--out", "x")]
    [InlineData("There is no vision-language model 'nobody'",
        "rewards", "train", "goal-answer", "--env", "cartpole", "--set", "model=nobody", "--out", "x")]
    [InlineData("--questions: a question shows a picture", "record", "cartpole", "--questions", "q.jsonl", "--out", "x.parquet")]
    [InlineData("--questions: expected a file that ends in .jsonl",
        "record", "cartpole", "--frames", "16", "--questions", "q.txt", "--out", "x.parquet")]
    [InlineData("--question-count: expected 1", "record", "cartpole", "--question-count", "0", "--out", "x.parquet")]
    public async Task Bad_input_is_one_clear_line_and_code_2(string says, params string[] arguments)
    {
        string example = Path.Combine(Fixtures.RepositoryRoot, "examples", "settings", "goal-answer.json");
        Verbs.RefusedBecause(says, await RunAsync([.. arguments.Select(argument => argument switch
        {
            "SETTINGS" => example,
            "x" or "x.parquet" or "q.jsonl" or "q.txt" => _folder[argument],
            _ => argument,
        })]));
        Assert.False(Directory.Exists(_folder["x"]));
    }

    [Fact]
    public async Task Recorded_episodes_become_a_file_of_questions()
    {
        string output = await DoneAsync("record", "cartpole", "--policy", "expert", "--episodes", "2", "--frames", "64", "--out",
            _folder["swings.parquet"], "--questions", _folder["swings.jsonl"], "--question-count", "40");
        Assert.Contains("questions: 20 of the kind state, 20 of the kind goal", output, StringComparison.Ordinal);
        var file = new QuestionFile(_folder["swings.jsonl"]);
        Assert.Equal(40, file.Questions.Count);
        Assert.All(file.Questions, question => Assert.Equal((64, 64), (question.Images[0].Width, question.Images[0].Height)));
    }

    [Fact]
    public async Task Models_list_verify_and_card_know_scene_reasoner()
    {
        using JsonDocument list = JsonDocument.Parse(await DoneAsync("models", "list", "--json"));
        JsonElement listed = list.RootElement.EnumerateArray().Single(one => one.GetProperty("name").GetString() == "scene-reasoner");
        Assert.Equal(("vision-language model", "shipped", true), (listed.GetProperty("kind").GetString(),
            listed.GetProperty("origin").GetString(), listed.GetProperty("present").GetBoolean()));
        Assert.Contains("goal 0.", listed.GetProperty("note").GetString(), StringComparison.Ordinal);
        Assert.Contains("scene-reasoner: ok", await DoneAsync("models", "verify", "scene-reasoner"), StringComparison.Ordinal);
        Assert.StartsWith("# scene-reasoner", await DoneAsync("models", "card", "scene-reasoner"), StringComparison.Ordinal);
        using JsonDocument card = JsonDocument.Parse(await DoneAsync("models", "card", "scene-reasoner", "--json"));
        Assert.True(card.RootElement.GetProperty("figures").GetProperty("accuracy").GetDouble() > 0);
    }

    /// <summary>Named, it can be compared; unnamed, it is no part of comparisons that are kept.</summary>
    [Fact]
    public void The_comparison_of_rewards_knows_it_on_demand()
    {
        Assert.DoesNotContain("goal-answer", RewardDefinition.Names);
        RewardDefinition found = Assert.Single(RewardDefinition.Of(["goal-answer"]));
        BenchTask task = BenchTask.Of("cartpole", RunServices.Shipped)[0];
        Assert.True(found.NamesModel(task, "scene-reasoner"));
    }

    private static IReadOnlyList<ICommand> Commands =>
    [
        PartsCommand.Rewards(RunServices.Shipped), new RecordCommand(RunServices.Shipped), new TrainCommand(RunServices.Shipped),
        new ModelsCommand(RunServices.Shipped),
    ];

    private static Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments) =>
        Verbs.RunAsync(Commands, arguments);

    private static async Task<string> DoneAsync(params string[] arguments)
    {
        (int code, string output, string error) = await RunAsync(arguments);
        Assert.True(code == ExitCode.Done, error);
        return output;
    }
}
