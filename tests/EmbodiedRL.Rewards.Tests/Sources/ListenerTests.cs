using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards.Combinators;
using EmbodiedRL.Rewards.Sources;

namespace EmbodiedRL.Rewards.Tests.Sources;

/// <summary>The listener's replies are scripted: logits by a rule of the text that it is given.</summary>
public sealed class ListenerContract : CompletionRewardContract
{
    /// <summary>The contract's texts hold nothing but an answer, which is hidden by another tag's name, so that traces differ.</summary>
    protected override IReward Create() => new ListenerReward("heard", new ScriptedListener((text, choice) => choice * text.Length / 9f),
        new ListenerOptions { Model = "scripted", Choices = ["0", "2", "4"], AnswerTag = "final", AtOnce = 5 });
}

public sealed class ListenerTests
{
    /// <summary>Believes whatever says "left" to be A.</summary>
    private static readonly ScriptedListener LeftIsA = new((text, choice) =>
        text.Contains("left", StringComparison.Ordinal) == (choice == 0) ? 2 : 0);

    [Fact, Trait("Category", "Parity")]
    public void The_choices_probability_agrees_with_the_second_implementation()
    {
        var expected = RewardFormulas.Expected("S32 choice probability");
        double[] values = expected.GetProperty("value").Numbers();
        int[] truth = [.. expected.GetProperty("truth").Numbers().Select(number => (int)number)];
        int row = 0;
        foreach (double[] logits in expected.GetProperty("logits").EnumerateArray().Select(entry => entry.Numbers()))
        {
            Assert.Equal(values[row], ListenerReward.Probability(logits, truth[row]), 1e-12);
            row++;
        }

        Assert.Equal(values.Length, row);
    }

    [Fact]
    public async Task It_is_the_probability_of_the_reference_after_the_trace()
    {
        float sure = (float)(1 / (1 + Math.Exp(-2)));
        float[] scores = await Score(["<think>left is nearer</think><answer>A</answer>",
            "<think>right is nearer</think><answer>A</answer>"]);
        RewardFormulas.AssertNear([sure, 1 - sure], scores);
    }

    /// <summary>The pitfall: a listener that sees the answer copies it, and the term says nothing about the reasoning.</summary>
    [Theory]
    [InlineData("<think>left</think><answer>A</answer>", "<think>left</think><answer>B</answer>")]
    [InlineData("<think>left <answer>A</answer></think>", "<think>left <answer>B</answer></think>")]
    [InlineData("<think>left</think> so <answer>A", "<think>left</think> so <answer>B")]
    [InlineData("left <answer>A</answer>", "left <answer>B")]
    public async Task The_listener_never_hears_the_answer(string one, string other)
    {
        var copying = new ScriptedListener((text, choice) => text.Contains("AB"[choice], StringComparison.Ordinal) ? 5 : 0);
        float[] scores = await Score([one, other], copying);
        Assert.Equal([0.5f, 0.5f], scores);
        Assert.All(copying.Heard, text => Assert.EndsWith("left", text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_completion_without_a_trace_convinces_nobody_and_the_listener_is_not_asked()
    {
        var listener = new ScriptedListener((_, _) => 0);
        Assert.Equal(new float[] { 0, 0.5f }, await Score(["<answer>A</answer>", "<think>left</think>"], listener));
        Assert.Single(listener.Heard);
    }

    [Fact]
    public async Task Contradictions_are_counted_where_the_listener_would_choose_another_answer()
    {
        var metrics = new RecordedMetrics();
        await Score(["<think>left</think><answer>A</answer>", "<think>left</think><answer>B</answer>",
            "<think>right</think><answer>B</answer>", "<think>right</think>"], metrics: metrics);
        Assert.Equal(1 / 3.0, metrics["reward/heard/contradictions"], 1e-12);
        Assert.Equal(1, metrics["reward/heard/traces"]);
    }

    /// <summary>r_fmt + 0.5 r_acc + 0.5 r_list is a weighted sum of terms.</summary>
    [Fact]
    public async Task The_papers_reward_is_a_weighted_sum()
    {
        float[] weights = RewardFormulas.Expected("S32 choice probability").GetProperty("reward_weights").Floats();
        using var stack = new RewardStack(
            [new RewardTerm(new Rule("format", text => text.Contains("<think>", StringComparison.Ordinal)), [], weights[0]),
            new RewardTerm(new Rule("accuracy", text => text.Contains("<answer>A", StringComparison.Ordinal)), [], weights[1]),
            new RewardTerm(new ListenerReward("heard", LeftIsA, Options), [], weights[2])],
            BatchFields.Prompts | BatchFields.Texts | BatchFields.References, new WeightedSum());
        float[] rewards = new float[2];
        await stack.ScoreAsync(Batch(["<think>left</think><answer>A</answer>", "<answer>B</answer>"]), rewards, NoiseBatches.Context());
        RewardFormulas.AssertNear([1.5f + (float)(0.5 / (1 + Math.Exp(-2))), 0], rewards);
    }

    [Fact]
    public async Task A_reference_that_is_no_choice_and_a_logit_that_is_no_number_are_refused_by_name()
    {
        using var reward = new ListenerReward("heard", LeftIsA, Options with { Choices = ["C", "D"] });
        var error = await Assert.ThrowsAsync<SpecMismatchException>(async () =>
            await reward.ScoreAsync(Batch(["<think>left</think>"]), new float[1], ScoreContext.Preview()));
        Assert.Contains("'A'", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<NonFiniteException>(() => Score(["left"], new ScriptedListener((_, _) => float.NaN)));
    }

    [Fact]
    public void It_is_composed_by_settings_and_a_run_that_lends_no_listener_says_so()
    {
        var settings = new RewardStackSettings
        {
            Terms = [new RewardTermSettings { Name = "heard", Source = "listener", Options = Options }],
        };
        var context = new RewardContext { Available = BatchFields.Prompts | BatchFields.Texts | BatchFields.References };
        using (RewardStack stack = RewardRegistries.Shipped.Build(settings, context with { Listeners = _ => LeftIsA }))
            Assert.IsType<ListenerReward>(stack.Terms[0].Source);
        Assert.Contains("'scripted'", Assert.Throws<SettingsException>(() => RewardRegistries.Shipped.Build(settings, context)).Message,
            StringComparison.Ordinal);
        Assert.Contains("model", string.Concat(new ListenerOptions().Violations()), StringComparison.Ordinal);
        Assert.Contains("choices", string.Concat((Options with { Choices = ["A", "A"] }).Violations()), StringComparison.Ordinal);
    }

    private static ListenerOptions Options => new() { Model = "scripted", Images = false };

    private static CompletionBatch Batch(string[] texts) => new(["Which is nearer?"], texts.Length, texts) { References = ["A"] };

    private static async Task<float[]> Score(string[] texts, IChoiceScorer? listener = null, RecordedMetrics? metrics = null)
    {
        using var reward = new ListenerReward("heard", listener ?? LeftIsA, Options);
        float[] scores = new float[texts.Length];
        await reward.ScoreAsync(Batch(texts), scores, ScoreContext.Preview() with { Metrics = metrics ?? new RecordedMetrics() });
        return scores;
    }

    private sealed class Rule(string name, Func<string, bool> holds) : Reward(new RewardSpec(name, BatchFields.Texts, 0, 1))
    {
        public override ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
        {
            for (int row = 0; row < batch.Rows; row++) scores.Span[row] = holds(batch.As<CompletionBatch>().Texts[row]) ? 1 : 0;
            return ValueTask.CompletedTask;
        }
    }
}

/// <summary>A listener that follows a rule of the text and the choice's place.</summary>
internal sealed class ScriptedListener(Func<string, int, float> logit) : IChoiceScorer
{
    public string Name => "scripted";

    public List<string> Heard { get; } = [];

    public ValueTask<float[]> ScoreAsync(IReadOnlyList<ChoiceQuestion> questions, IReadOnlyList<string> choices, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        Heard.AddRange(questions.Select(question => question.Text));
        return ValueTask.FromResult(questions.SelectMany(question => choices.Select((_, place) => logit(question.Text, place))).ToArray());
    }
}
