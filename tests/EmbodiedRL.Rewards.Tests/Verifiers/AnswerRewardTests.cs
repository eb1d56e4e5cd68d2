using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Diagnostics;
using EmbodiedRL.Rewards.Verifiers;
using EmbodiedRL.Rewards.Verifiers.Parsing;
using static EmbodiedRL.Rewards.Tests.RewardFormulas;
using static EmbodiedRL.Rewards.Tests.Verifiers.Verified;

namespace EmbodiedRL.Rewards.Tests.Verifiers;

/// <summary>S01, S12, S79 and S81 against second implementations and by hand.</summary>
public sealed class AnswerRewardTests
{
    private static readonly Question Color = new("Which is nearest?", "red", AnswerForm.Option)
    {
        Options = ["red", "blue"],
        WorkedAnswer = "<think>The red cube is in front. The blue ball is behind it.</think><answer>red</answer>",
    };

    [Fact, Trait("Category", "Parity")]
    public void Repetition_and_McNemars_test_agree_with_the_second_implementation()
    {
        JsonElement expected = Expected("S01 repetition and McNemar");
        foreach (JsonElement one in expected.GetProperty("repetition").EnumerateArray())
            Assert.Equal(one.GetProperty("value").GetDouble(), VisualPerceptionReward.Repetition(
                [.. one.GetProperty("words").EnumerateArray().Select(word => word.GetString()!)], one.GetProperty("n").GetInt32()), 1e-9);
        foreach (JsonElement one in expected.GetProperty("mcnemar").EnumerateArray())
            Assert.Equal(one.GetProperty("p").GetDouble(),
                McNemarTest.PValue(one.GetProperty("b").GetInt32(), one.GetProperty("c").GetInt32()), 1e-9);
    }

    /// <summary>0.9 + 0.1 + 0.7 for all facts, half of them, and none; a wrong answer with all facts.</summary>
    [Fact]
    public async Task Facts_are_paid_beside_the_answer()
    {
        float[] scores = await Score(new VisualPerceptionReward("p", new VisualPerceptionOptions()), Color,
            Tagged("red", "The red cube is in front. The blue ball is behind it."), Tagged("red", "the red cube is in front"),
            Tagged("red", "I guess."), Tagged("blue", "The blue ball is behind it; THE RED CUBE IS IN FRONT."));
        AssertNear([1.7f, 1.35f, 1, 0.8f], scores, 1e-5f);
    }

    [Fact]
    public async Task A_judge_is_asked_for_each_fact_and_what_it_mumbles_pays_nothing_and_is_not_logged()
    {
        var judge = new ScriptedTextModel(prompt => prompt.Contains("Statement: The red", StringComparison.Ordinal) ? "Yes." : "perhaps");
        var metrics = new RecordedMetrics();
        float[] scores = await ScoreBatch(new VisualPerceptionReward("p", new VisualPerceptionOptions { Model = "scripted" }, judge),
            CompletionBatch.Of([Color], 1, [Tagged("red")]), ScoreContext.Preview() with { Metrics = metrics });
        AssertNear([1.35f], scores, 1e-5f);
        Assert.Equal(2, judge.Prompts.Count);
        Assert.DoesNotContain("reward/p/facts", metrics.Values.Keys);
        Assert.Equal(0.5, metrics["reward/p/verdicts"]);
    }

    [Fact]
    public async Task A_question_without_facts_pays_nothing_for_them_and_is_not_logged()
    {
        var metrics = new RecordedMetrics();
        float[] scores = await ScoreBatch(new VisualPerceptionReward("p", new VisualPerceptionOptions()),
            CompletionBatch.Of([Color with { WorkedAnswer = null }, Color], 1, [Tagged("red"), Tagged("red", "The red cube is in front.")]),
            ScoreContext.Preview() with { Metrics = metrics });
        AssertNear([1, 1.35f], scores, 1e-5f);
        Assert.Equal(0.5, metrics["reward/p/facts"], 1e-5);
    }

    /// <summary>S01's pitfall: a list of guesses holds every fact, but only the first sentences are judged.</summary>
    [Fact]
    public async Task A_list_of_guesses_is_judged_only_as_far_as_honest_reasoning_goes()
    {
        string guesses = string.Concat(new[] { "green", "white", "black", "blue", "gray", "pink", "gold", "tan", "red" }
            .Select(color => $"The {color} cube is in front. "));
        AssertNear([1], await Score(new VisualPerceptionReward("p", new VisualPerceptionOptions()), Color, Tagged("red", guesses)), 1e-5f);
    }

    [Fact, Trait("Category", "Parity")]
    public void Calibration_agrees_with_the_second_implementation()
    {
        JsonElement expected = Expected("S79 RLCR");
        double[] correct = expected.GetProperty("correct").Numbers(), confidence = expected.GetProperty("confidence").Numbers(),
            reward = expected.GetProperty("reward").Numbers(), release = expected.GetProperty("release").Numbers();
        for (int i = 0; i < correct.Length; i++)
        {
            Assert.Equal(reward[i], BrierCalibrationReward.Reward(correct[i], confidence[i]), 1e-9);
            Assert.Equal(release[i], BrierCalibrationReward.Release(1, correct[i], confidence[i]), 1e-9);
        }

        foreach (JsonElement edge in expected.GetProperty("edge").EnumerateArray())
            Assert.Equal(edge.GetProperty("valid").GetBoolean(), edge.GetProperty("confidence").ValueKind != JsonValueKind.Null
                && BrierCalibrationReward.IsConfidence(edge.GetProperty("confidence").Number()));
        Assert.Equal(expected.GetProperty("brier").GetDouble(),
            Classification.Brier(confidence, [.. correct.Select(one => one > 0)]), 1e-9);
    }

    /// <summary>Exact: the expectation is greatest at q = p, where it is p^2.</summary>
    [Fact]
    public void The_confidence_that_pays_best_is_the_true_one_and_pays_more_the_truer_it_is()
    {
        double last = -1;
        for (double p = 0; p <= 1.0001; p += 0.1)
        {
            double Expected(double q) => (p * BrierCalibrationReward.Reward(1, q)) + ((1 - p) * BrierCalibrationReward.Reward(0, q));
            Assert.Equal(p * p, Expected(p), 1e-12);
            for (double q = 0; q <= 1; q += 0.05) Assert.True(Expected(q) <= Expected(p) + 1e-12);
            Assert.True(Expected(p) > last);
            last = Expected(p);
        }
    }

    /// <summary>S79's pitfall: a confidence that cannot be read is no 0.5.</summary>
    [Fact]
    public async Task A_confidence_that_cannot_be_read_fails_the_format()
    {
        string[] texts =
        [
            .. new[] { "0.8", "80%", "4/5", "1.2", "high", "" }.Select(q => $"{Tagged("red")}<confidence>{q}</confidence>"),
            Tagged("red"), $"{Tagged("blue")}<confidence>0.8</confidence>", "<answer>red</answer><confidence>1</confidence>",
        ];
        AssertNear([0.96f, 0.96f, 0.96f, -1, -1, -1, -1, -0.64f, -1],
            await Score(new BrierCalibrationReward("c", new BrierCalibrationOptions()), Color, texts));
        AssertNear([1.48f, 1.48f, 1.48f, 0, 0, 0, 0, 0.68f, 0],
            await Score(new BrierCalibrationReward("c", new BrierCalibrationOptions { Form = "release" }), Color, texts));
    }

    [Fact, Trait("Category", "Parity")]
    public async Task Calls_of_tools_agree_with_the_second_implementation()
    {
        foreach (JsonElement one in Expected("S81 ToolRL").GetProperty("cases").EnumerateArray())
        {
            Question question = new("?", one.GetProperty("gold").GetRawText(), AnswerForm.Trace);
            JsonElement predicted = one.GetProperty("predicted");
            string calls = predicted.ValueKind == JsonValueKind.Null ? "unreadable" : predicted.GetRawText();
            float expected = (float)one.GetProperty("correct_reward").GetDouble() + (predicted.ValueKind == JsonValueKind.Null ? 0 : 1);
            AssertNear([expected], await Score(new ToolCallReward("t", new ToolCallOptions()), question,
                $"<think>I plan.</think><tool_call>{calls}</tool_call>"));
        }
    }

    /// <summary>The entry's example: S = 1 + 1 + 1 of 4.</summary>
    [Fact]
    public async Task One_wrong_value_of_two_pays_two_and_a_half()
    {
        Question move = new("?", """[{"name":"move","parameters":{"dir":"left","steps":2}}]""", AnswerForm.Trace);
        string wrong = """<think>I plan.</think><tool_call>{"name":"move","parameters":{"dir":"right","steps":2}}</tool_call>""";
        AssertNear([2.5f, 4, 1.5f], await Score(new ToolCallReward("t", new ToolCallOptions()), move, wrong,
            wrong.Replace("right", "left", StringComparison.Ordinal),
                wrong.Replace("<think>I plan.</think>", "", StringComparison.Ordinal)));
        AssertNear([-2], await Score(new ToolCallReward("t", new ToolCallOptions { IsCoarse = true }), move, wrong));
    }

    /// <summary>S81's pitfall: an order-sensitive shortcut beside a score that is not, and surplus calls.</summary>
    [Fact]
    public void Order_does_not_matter_and_a_surplus_call_lowers_the_name_term()
    {
        IReadOnlyList<ToolCall> a = TraceText.Parse("""[{"name":"a","parameters":{"x":1}},{"name":"b"}]""").Value!,
            turned = TraceText.Parse("""[{"name":"b"},{"name":"a","parameters":{"x":1.0}}]""").Value!;
        Assert.Equal(3, ToolCallReward.Correctness(turned, a), 1e-12);
        // names 2 of 3, a 2, b 1: 4 2/3... S = 2/3 + 2 + 1 + 0, S_max = 1 + 2 + 1
        double expected = (6 * ((2 / 3.0) + 2 + 1) / 4) - 3;
        Assert.Equal(expected, ToolCallReward.Correctness([.. a, a[0]], a), 1e-12);
    }

    [Theory]
    [InlineData("fixed", 0.5, 4, 2.5, -3)]
    [InlineData("gradual", 0, 4, 3, -4)]        // [-2, 2] and [-2, 2]
    [InlineData("gradual", 0.5, 4, 2.75, -3.5)] // [-1, 1.5] and [-2.5, 2.5]
    [InlineData("gradual", 1, 4, 2.5, -4)]      // [-1, 1] and [-3, 3]
    [InlineData("stages", 0.2, 2, 1.5, -1)]     // [0, 1] and [-1, 1]
    [InlineData("stages", 0.3, 3.5, 2, -3)]     // [0, 0.5] and [-3, 3]
    public async Task Schedules_of_calls_are_worked_by_hand(string schedule, double progress, float right, float wrongValue, float nothing)
    {
        Question move = new("?", """[{"name":"move","parameters":{"dir":"left","steps":2}}]""", AnswerForm.Trace);
        string call = """<think>I plan.</think><tool_call>{"name":"move","parameters":{"dir":"left","steps":2}}</tool_call>""";
        string[] texts = [call, call.Replace("left", "right", StringComparison.Ordinal), "I plan."];
        AssertNear([right, wrongValue, nothing],
            await ScoreAt(new ToolCallReward("t", new ToolCallOptions { Progression = schedule }), move, progress, texts));
    }

    [Theory]
    [InlineData(4, 0.5, false, 0.25)]
    [InlineData(40, 0.5, false, 1)]
    [InlineData(3, 0, true, 0.25)]     // of 12
    [InlineData(3, 1, true, 0.15)]     // of 20
    public void Length_of_reasoning_is_a_share_of_the_target(int words, double progress, bool isRising, double share) => Assert.Equal(share,
        ToolCallReward.Length(words, progress, new ToolCallOptions { TargetWords = 16, IsTargetRising = isRising }), 1e-12);

    [Fact]
    public async Task Words_of_reasoning_pay_whatever_is_called()
    {
        Question move = new("?", """[{"name":"move"}]""", AnswerForm.Trace);
        string call = """<think> I  plan it </think><tool_call>{"name":"move"}</tool_call>"""; // 3 words of 4
        var options = new ToolCallOptions { LengthWeight = 1, TargetWords = 4 };
        AssertNear([4.75f, -1.25f, -3], await Score(new ToolCallReward("t", options), move,
            call, call.Replace("move", "grasp", StringComparison.Ordinal), "none"));
    }

    /// <summary>S12: within the window, at its edge, type and level.</summary>
    [Fact]
    public async Task Image_quality_is_worked_by_hand()
    {
        Question score = new("How good?", "3", AnswerForm.Number), kind = new("What is wrong?", """{"type":"blur","level":"slight"}""",
            AnswerForm.Text);
        QualityScoreReward Reward() => new("q", new QualityScoreOptions());
        AssertNear([2, 1, 1, 0, 1], await Score(Reward(), score, Tagged("""{"rating":3.25}"""), Tagged("""{"rating":3.5}"""),
            "<answer>{\"rating\":3}</answer>", Tagged("3"), Tagged("""{"rating":null}""")));
        AssertNear([2, 1.25f, 1, 0], await Score(Reward(), kind, Tagged("""{"type":"blur","level":"slight"}"""),
            Tagged("""{"type":"blur","level":"strong"}"""), Tagged("""{"type":"noise","level":"slight"}"""),
            Tagged("""{"type":"blur","level":{"a":1}}""")));
        Assert.Equal(0, QualityScoreReward.Degradation(isType: false, isLevel: true));
    }

    /// <summary>S12's pitfall: a group of poor guesses is all 0 by the window, and told apart by one that narrows.</summary>
    [Fact]
    public async Task A_window_that_narrows_tells_first_guesses_apart()
    {
        Question score = new("How good?", "3", AnswerForm.Number);
        string[] guesses = [Tagged("""{"rating":4}"""), Tagged("""{"rating":5}""")];
        AssertNear([1, 1], await ScoreAt(new QualityScoreReward("q", new QualityScoreOptions()), score, 0, guesses));
        var options = new QualityScoreOptions { InitialTolerance = 1.5 };
        AssertNear([2, 1], await ScoreAt(new QualityScoreReward("q", options), score, 0, guesses));
        AssertNear([1, 1], await ScoreAt(new QualityScoreReward("q", options), score, 0.5, guesses));
        Assert.Equal(0.925, QualityScoreReward.ToleranceAt(0.25, options), 1e-12);
    }
}
