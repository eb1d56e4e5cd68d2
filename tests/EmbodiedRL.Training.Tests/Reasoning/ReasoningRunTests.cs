using System.Text;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Training.Checkpoints;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Loop;
using EmbodiedRL.Training.Reasoning;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Tests.Reasoning;

/// <summary>Runs that fine-tune the shipped scene-reasoner, as settings compose them.</summary>
[Collection(Serial.Name)]
public sealed class ReasoningRunTests : IDisposable
{
    private const int Rows = 8;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Weights, optimizer, questions, reward statistics and metrics.</summary>
    [Theory]
    [InlineData("grpo")]
    [InlineData("supervised")]
    public async Task An_interrupted_run_goes_on_bit_equal(string algorithm)
    {
        RunSettings settings = Read(("reasoning:algorithm", algorithm));
        await RunUntilAsync("whole", settings, 4, resumes: false);
        await RunUntilAsync("parts", settings, 2, resumes: false);
        await RunUntilAsync("parts", settings, 4, resumes: true);
        IReadOnlyDictionary<string, byte[]> whole = Entries("whole"), parts = Entries("parts");
        Assert.Equal(whole.Keys.Order(), parts.Keys.Order());
        Assert.All(whole.Where(entry => !entry.Key.StartsWith("clock", StringComparison.Ordinal)),
            entry => Assert.True(entry.Value.AsSpan().SequenceEqual(parts[entry.Key]), entry.Key));
    }

    /// <summary>Of the same questions, what was saved answers as what was trained.</summary>
    [Fact]
    public async Task What_was_learned_is_a_model_like_the_one_it_began_with()
    {
        RunSettings settings = Read();
        using ReasoningRun run = await RunUntilAsync("run", settings, 4, resumes: false, keeps: true);
        run.SaveModel(_folder["model"]);
        using var saved = (SceneReasoner)RunServices.Shipped.Reasoner(_folder["model"], TorchSharp.torch.CPU);
        using var shipped = (SceneReasoner)RunServices.Shipped.Reasoner("scene-reasoner", TorchSharp.torch.CPU);
        var trained = (SceneReasoner)run.Model;
        Assert.True(Difference(trained, shipped) > 0);
        trained.RoundWeights(); // a file keeps 16-bit floats
        Assert.Equal(0, Difference(saved, trained));
        IReadOnlyList<SampleCompletion> samples = await run.SampleAsync(CancellationToken.None);
        Assert.Equal(3, samples.Count);
        Assert.All(samples, sample => Assert.Equal(["answer", "calibrated"], sample.Terms.Keys));
        Assert.All(samples, sample => Assert.Equal(sample.Reward, sample.Terms.Values.Sum(), 1e-5));
    }

    /// <summary>An adapter is trained alone: the model's own weights stay.</summary>
    [Fact]
    public async Task An_adapter_is_trained_in_place_of_the_weights()
    {
        RunSettings settings = Read(("reasoning:adapter:rank", "2"));
        using ReasoningRun run = await RunUntilAsync("run", settings, 2, resumes: false, keeps: true);
        run.SaveModel(_folder["adapter"]);
        Assert.True(File.Exists(Path.Combine(_folder["adapter"], "adapter_config.json")));
        using var shipped = (SceneReasoner)RunServices.Shipped.Reasoner("scene-reasoner", TorchSharp.torch.CPU);
        Assert.Equal(0, Difference(shipped, (SceneReasoner)run.Model));
    }

    /// <summary>Completions of a prompt share their list, which is read as part of the prompt and scored with what follows.</summary>
    [Fact]
    public async Task Completions_of_a_prompt_can_share_how_they_begin()
    {
        using var model = (SceneReasoner)RunServices.Shipped.Reasoner("scene-reasoner", TorchSharp.torch.CPU);
        using var questions = new SceneQuestions(
            new SceneQuestionSettings { Kinds = ["color", "largest"], Environments = ["cartpole"] }, RunServices.Shipped);
        using var source = new CompletionSource(model, questions,
            new CompletionSourceOptions { Prompts = 6, Completions = 4, MaximumTokens = 80, SharedUntil = " so" }, 7);
        var batch = (CompletionBatch)await source.NextAsync(CancellationToken.None);
        int shared = 0;
        for (int prompt = 0; prompt < 6; prompt++)
        {
            IReadOnlyList<int> begun = batch.Questions![prompt].Begun;
            if (begun.Count == 0) continue;
            shared++;
            string beginning = model.Tokenizer.Decode([.. begun]);
            Assert.EndsWith(" so", beginning, StringComparison.Ordinal);
            string[] texts = [.. batch.Texts.Skip(prompt * 4).Take(4)];
            Assert.All(texts, text => Assert.StartsWith(beginning, text, StringComparison.Ordinal));
            for (int i = 0; i < 4; i++)
                Assert.Equal(texts[i], beginning + model.Tokenizer.Decode(batch.Tokens![(prompt * 4) + i]));
            using EncodedPrompt encoded = ((ILanguageModel)model).EncodeBegun(batch.Questions[prompt]);
            Assert.Equal(begun, encoded.Ids.TakeLast(begun.Count));
        }

        Assert.InRange(shared, 5, 6);
    }

    [Fact]
    public void A_file_of_questions_is_asked_and_its_last_fifth_held_out()
    {
        WriteQuestions(10);
        using ReasoningRun run = ReasoningRun.Compose(Read(("reasoning:questions:file", "mine.jsonl")), _folder.Path,
            RunServices.Shipped, TimeProvider.System);
        Assert.Equal(["Is there a red box?", "Is there a red box?"], run.TestQuestions.Select(question => question.Prompt));
        Assert.Equal(["yes", "no"], run.TestQuestions.Select(question => question.Reference));
    }

    [Fact]
    public void An_instruction_goes_before_every_question()
    {
        WriteQuestions(5);
        using ReasoningRun run = ReasoningRun.Compose(
            Read(("reasoning:questions:file", "mine.jsonl"), ("reasoning:questions:instruction", "List what is seen.")), _folder.Path,
            RunServices.Shipped, TimeProvider.System);
        Assert.Equal("List what is seen. Is there a red box?", Assert.Single(run.TestQuestions).Prompt);
    }

    [Theory]
    [InlineData("at least two questions", "reasoning:questions:file", "mine.jsonl")]
    [InlineData("no language model 'nobody'", "reasoning:model", "nobody")]
    public void What_cannot_be_composed_is_refused(string reason, string key, string value)
    {
        WriteQuestions(1);
        var error = Assert.ThrowsAny<EmbodiedException>(() =>
            ReasoningRun.Compose(Read((key, value)), _folder.Path, RunServices.Shipped, TimeProvider.System).Dispose());
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("reasoning:questions:kinds:0: ", "reasoning:questions:kinds", "colour")]
    [InlineData("reasoning:algorithm: ", "reasoning:algorithm", "gpro")]
    [InlineData("reasoning:completions: expected 2 to 4096, found 1", "reasoning:completions", "1")]
    [InlineData("reasoning:questions:environments:0: ", "reasoning:questions:environments", "cartpoel")]
    public void What_settings_cannot_mean_is_named(string reason, string key, string value) =>
        Assert.Contains(Assert.Throws<SettingsException>(() => Read((key, value))).Violations,
            violation => violation.StartsWith(reason, StringComparison.Ordinal));

    [Fact]
    public void A_reward_of_bodies_alone_teaches_no_language_model()
    {
        RunSettings settings = SettingsReader.Read(new SettingsSources { IsReasoning = true, Reward = "task" }, RunServices.Shipped);
        var error = Assert.Throws<SettingsException>(() =>
            ReasoningRun.Compose(settings, _folder.Path, RunServices.Shipped, TimeProvider.System).Dispose());
        Assert.Contains("task (task)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_of_bodies_refuses_the_settings_of_a_language_model() =>
        Assert.Contains("fine-tunes a language model", Assert.Throws<SettingsException>(() =>
            TrainingRun.Compose(Read(), _folder.Path, RunServices.Shipped, TimeProvider.System).Dispose()).Message,
            StringComparison.Ordinal);

    private static RunSettings Read(params (string Key, string Value)[] more)
    {
        (string Key, string Value)[] small =
        [
            ("reasoning:steps", $"{4 * Rows}"), ("reasoning:prompts", "4"), ("reasoning:questions:kinds", "color,count"),
            ("reasoning:questions:environments", "cartpole"), ("reasoning:evaluate:questions", "6"), ("reasoning:evaluate:brief", "4"),
            ("reasoning:evaluate:samples", "3"), ("reasoning:evaluate:every", $"{2 * Rows}"),
            ("reasoning:evaluate:checkpointEvery", $"{Rows}"), ("threads", "1"), ("env:seed", "5"),
        ];
        IEnumerable<(string Key, string Value)> said = small.Where(pair => more.All(own => own.Key != pair.Key)).Concat(more);
        bool isSupervised = more.Any(pair => pair.Value == "supervised");
        if (isSupervised) said = said.Select(pair => pair.Key == "reasoning:prompts" ? (pair.Key, "8") : pair);
        else if (more.All(pair => pair.Key != "reasoning:completions")) said = said.Append(("reasoning:completions", "2"));
        return SettingsReader.Read(new SettingsSources
        {
            IsReasoning = true,
            CommandLine = [.. said.Select(pair => KeyValuePair.Create(pair.Key, pair.Value))],
        }, RunServices.Shipped);
    }

    private void WriteQuestions(int count)
    {
        var lines = new StringBuilder();
        for (int i = 0; i < count; i++)
        {
            string answer = i % 2 == 0 ? "yes" : "no";
            lines.Append($$"""{"prompt": "Is there a red box?", "answer": "{{answer}}", "form": "text"}""").Append('\n');
        }

        File.WriteAllText(_folder["mine.jsonl"], lines.ToString());
    }

    private async Task<ReasoningRun> RunUntilAsync(string name, RunSettings settings, long update, bool resumes, bool keeps = false)
    {
        using var interruption = new CancellationTokenSource();
        if (!resumes)
        {
            Directory.CreateDirectory(_folder[name]);
            SettingsFile.Write(_folder[$"{name}/settings.json"], settings, new Dictionary<string, string>());
        }

        using RunFolder folder = RunFolder.OpenToWrite(_folder[name]);
        ReasoningRun run = ReasoningRun.Compose(settings, _folder.Path, RunServices.Shipped, TimeProvider.System);
        try
        {
            Trainer trainer = run.CreateTrainer(folder, TimeProvider.System, now =>
            {
                if (now.Update == update) interruption.Cancel();
            });
            if (resumes) trainer.Resume();
            else trainer.Begin();
            if (update >= trainer.Updates) await trainer.RunAsync(CancellationToken.None);
            else await Assert.ThrowsAsync<OperationCanceledException>(() => trainer.RunAsync(interruption.Token));
            return run;
        }
        finally
        {
            if (!keeps) run.Dispose();
        }
    }

    private IReadOnlyDictionary<string, byte[]> Entries(string run) =>
        new CheckpointStore(_folder[$"{run}/checkpoints"], 3).LoadNewest().Snapshot.Entries;

    private static double Difference(SceneReasoner left, SceneReasoner right)
    {
        using TorchSharp.DisposeScope scope = TorchSharp.torch.NewDisposeScope();
        return left.Module.named_parameters().Zip(right.Module.named_parameters()
            .Where(pair => left.Module.named_parameters().Any(own => own.name == pair.name)), (one, other) =>
            (one.parameter.detach() - other.parameter.detach()).abs().max().item<float>()).Max();
    }
}
