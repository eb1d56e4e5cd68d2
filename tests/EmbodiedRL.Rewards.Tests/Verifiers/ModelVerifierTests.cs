using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards.Verifiers;
using EmbodiedRL.Rewards.Verifiers.Boxes;
using EmbodiedRL.Rewards.Verifiers.Parsing;
using static EmbodiedRL.Rewards.Tests.RewardFormulas;
using static EmbodiedRL.Rewards.Tests.Verifiers.Verified;

namespace EmbodiedRL.Rewards.Tests.Verifiers;

/// <summary>S02, S05, S08, S09, S11, S15, S16, S35, S37 and S64 against second implementations and by hand.</summary>
public sealed class ModelVerifierTests
{
    private static readonly Question Nearest = new("Which is nearest?", "red", AnswerForm.Option) { Options = ["red", "blue", "green"] };

    /// <summary>S02: half a box, one that misses, and the format's three parts.</summary>
    [Fact]
    public async Task Scene_grounding_is_worked_by_hand()
    {
        Question scene = new("Where?", """[{"label":"cube","box":[0,0,0,2,2,2]}]""", AnswerForm.Boxes);
        LabeledSolid[] truth = [new("cube", new Solid(0, 0, 0, 2, 2, 2))];
        Assert.Equal((0.5 + 0) / 2, SceneGroundingReward.Perception(
            [new("", new Solid(0, 0, 0, 2, 2, 1)), new("", new Solid(5, 5, 5, 6, 6, 6))], truth), 1e-12);
        Assert.Equal(0, SceneGroundingReward.Perception([], truth));
        string half = """[{"label":"cube","box":[0,0,0,2,2,1]}]""";
        float[] scores = await Score(new SceneGroundingReward("s", new SceneGroundingOptions()), scene,
            Tagged(half, "I look at the cube on the table."), Tagged(half, "short"), $"<answer>{half}</answer>", Tagged("[]", "short"));
        AssertNear([0.3f + 0.2f + 0.3f, 0.225f + 0.2f + 0.3f, 0.075f + 0.2f + 0.3f, 0.15f], scores);
    }

    [Fact]
    public async Task Labels_are_compared_by_a_lent_encoder()
    {
        Question scene = new("Where?", """[{"label":"cube","box":[0,0,0,2,2,2]}]""", AnswerForm.Boxes);
        using var model = new TableModel(2, [], ("cube", [1, 0]), ("box", [0.6f, 0.8f]), ("ball", [-1, 0]));
        var options = new SceneGroundingOptions { FormatWeight = 0, PerceptionWeight = 0, SemanticWeight = 1 };
        string Label(string label) => Tagged($$"""[{"label":"{{label}}","box":[0,0,0,2,2,2]}]""");
        AssertNear([1, 0.6f, 0], await Score(new SceneGroundingReward("s", options, model), scene, Label("cube"), Label("box"),
            Label("ball")));
    }

    /// <summary>S05 and its pitfall: a caption that answers is no description.</summary>
    [Fact]
    public async Task A_caption_pays_if_the_reasoner_answers_from_it_and_statements_of_the_answer_are_taken_out()
    {
        Question count = new("How many red cubes?", "3", AnswerForm.Number);
        var reasoner = new ScriptedTextModel(CaptionReasonerContract.Count);
        float[] scores = await Score(new CaptionReasonerReward("c", new CaptionReasonerOptions { Model = "scripted" }, reasoner), count,
            Tagged("three red cubes and a ball"), Tagged("four red cubes"), Tagged("The answer is three red cubes."), Tagged("3"),
            "three red cubes", Tagged("A table. So the correct option is three red cubes. A lamp."));
        AssertNear([1, 0, 0, 0, 0, 0], scores);
        Assert.Equal(3, reasoner.Prompts.Count); // two captions, and what is left of the last
        Assert.DoesNotContain("correct", reasoner.Prompts[2], StringComparison.Ordinal);
        Assert.Contains("A lamp.", reasoner.Prompts[2], StringComparison.Ordinal);
    }

    /// <summary>S08: objects that the others found with IoU 0 and 1 or always.</summary>
    [Fact]
    public void Looks_pay_where_the_others_disagree()
    {
        double[][] overlaps = [[1, 1, 0.5], [1, 0, 0.5], [1, 1, 0.7]];
        AssertEqual([0, 1, 0.04], InspectionReward.Disagreement(overlaps, 0)); // variances 0, 0.25, 0.01
        Assert.Equal(1 - (1.04 / 3), InspectionReward.Look([0, 1, 0.04], [false, true, false]), 1e-12);
        Assert.Equal(0, InspectionReward.Look([0, 1, 0.04], [true, true, true]), 1e-12);
        Assert.Equal(0, InspectionReward.Look([0, 1, 0.04], [true, false, false]), 1e-12);
        Assert.Equal(0, InspectionReward.Look([0, 1, 0.04], [false, false, false]), 1e-12);
    }

    /// <summary>S08's pitfall: its own inconsistency earns a completion nothing.</summary>
    [Fact]
    public void A_completion_is_left_out_of_its_own_map()
    {
        double[][] overlaps = [[1, 0], [1, 1], [1, 1], [1, 1]];
        AssertEqual([0, 0], InspectionReward.Disagreement(overlaps, 0));
        AssertEqual([0, 1], InspectionReward.Disagreement(overlaps, 1));
        AssertEqual([0, 0], InspectionReward.Disagreement([[1, 0], [1, 1]], 0)); // one other cannot disagree with itself
    }

    [Fact]
    public async Task Inspection_is_worked_by_hand()
    {
        Question two = new("Where?", "[[0,0,10,10],[20,0,30,10]]", AnswerForm.Boxes);
        string Text(string look, string answer) => $"<think>I look.</think><look>{look}</look><answer>{answer}</answer>";
        string both = "[[0,0,10,10],[20,0,30,10]]", first = "[[0,0,10,10]]";
        float[] scores = await Score(new InspectionReward("i", new InspectionOptions()), two,
            Text("[[18,0,32,12]]", both), Text("[[0,0,9,9]]", both), Text("[[0,0,99,99]]", first), $"<answer>{first}</answer>");
        // the others of row 0 reach (1,1), (1,0), (1,0): v = (0, 1), looked at the second: 1 - 0.5
        AssertNear([1 + 1 + 0.5f, 1 + 1, 1 + 0.75f, 0.75f], scores);
    }

    [Fact, Trait("Category", "Parity")]
    public void Ranking_agrees_with_the_second_implementation()
    {
        foreach (JsonElement one in Expected("S09 NDCG").GetProperty("cases").EnumerateArray())
            Assert.Equal(one.GetProperty("value").GetDouble(), RetrievalReward.Ndcg(
                [.. one.GetProperty("relevance").EnumerateArray().Select(value => value.GetInt32() == 1)],
                    one.GetProperty("golden").GetInt32()), 1e-9);
    }

    /// <summary>S09 and its pitfall: a page that is retrieved twice counts once, and pages that no search brought count not at
    /// all.</summary>
    [Fact]
    public async Task Retrieval_is_worked_by_hand_and_duplicates_do_not_pay()
    {
        Question page = new("What?", """{"answer":"cube","pages":["a","b"]}""", AnswerForm.Text);
        string Text(string pages, string answer) => $"<search>q</search>\n<retrieved>{pages}</retrieved><answer>{answer}</answer>";
        float[] scores = await Score(new RetrievalReward("r", new RetrievalOptions()), page,
            Text("""["a","b"]""", "cube"), Text("""["a","a","a","b","b"]""", "ball"), Text("[]", "cube"), "<answer>cube</answer>",
            """<search>q</search><answer>cube</answer><retrieved>["a","b"]</retrieved>""",
            """<search>q</search><retrieved>["x","a"]</retrieved>""" + Text("""["a","b"]""", "cube"));
        double later = ((1 / Math.Log2(3)) + 0.5) / (1 + (1 / Math.Log2(3)));
        AssertNear([1, 0.3f, 0.8f, 0, 0.8f, (float)(0.8 + (0.2 * later))], scores);
        var judge = new ScriptedTextModel(prompt => prompt.Contains("Answer: Cube!", StringComparison.Ordinal) ? "yes" : "no");
        AssertNear([1, 0.3f], await Score(new RetrievalReward("r", new RetrievalOptions { Model = "scripted" }, judge), page,
            Text("""["a","b"]""", "Cube!"), Text("""["a","b"]""", "cube")));
    }

    /// <summary>S11: the span, with words of the caption around, and the pitfall: the whole caption.</summary>
    [Theory]
    [InlineData("two", true)]
    [InlineData("Two.", true)]
    [InlineData("two metal balls", true)]
    [InlineData("left of two metal balls", true)]
    [InlineData("stands left of two metal balls", false)]
    [InlineData("two wooden balls", false)]
    [InlineData("metal", false)]
    [InlineData("cube stands left of two metal balls", false)]
    [InlineData("A cube stands left of two metal balls.", false)]
    public void The_span_is_found_with_a_few_words_of_the_caption(string answer, bool isRight) =>
        Assert.Equal(isRight, CaptionCriticReward.IsSpan(answer, "two", "A cube stands left of two metal balls.", 4));

    [Fact]
    public void Every_kind_of_error_can_be_put_into_a_caption_and_is_one_span()
    {
        const string Caption =
            "Two red metal cubes... one round ball stands left of the open drawer, a sign says \"stop\", behind a wooden cup.";
        var rng = Rng.For(1, "captions");
        foreach (string kind in CaptionCorruptor.Kinds)
            for (int i = 0; i < 20; i++)
            {
                CorruptedCaption? made = CaptionCorruptor.Corrupt(Caption, ref rng, kind);
                Assert.NotNull(made);
                Assert.Equal(kind, made.Kind);
                Assert.NotEqual(Caption, made.Caption);
                // the span put back is the caption that was, and nothing else was changed
                Assert.Contains(Enumerable.Range(0, made.Caption.Length - made.Span.Length + 1), at =>
                    made.Caption.AsSpan(at).StartsWith(made.Span, StringComparison.Ordinal)
                    && made.Caption.Remove(at, made.Span.Length).Insert(at, made.Original) == Caption);
                Assert.True(CaptionCriticReward.IsSpan(made.Span, made.Span, made.Caption, 4));
            }

        Assert.Equal(8, CaptionCorruptor.Kinds.Count);
        Assert.Null(CaptionCorruptor.Corrupt("nothing here", ref rng));
    }

    [Fact, Trait("Category", "Parity")]
    public void Margins_agree_with_the_second_implementation()
    {
        foreach (JsonElement one in Expected("S15 reference margin").GetProperty("cases").EnumerateArray())
            Assert.Equal(one.GetProperty("value").GetDouble(), MixedAnswerReward.Margin(one.GetProperty("s").GetDouble(),
                one.GetProperty("s_ref").GetDouble(), one.GetProperty("beta").GetDouble()), 1e-9);
    }

    /// <summary>S15 and its pitfall: grades of any size stay within [0, 1] beside the other tasks.</summary>
    [Fact]
    public async Task Each_task_has_its_rule_and_open_answers_stay_bounded()
    {
        Question open = new("Describe.", "A cube.", AnswerForm.Text) { Kind = "describe" };
        var grader = new ScriptedTextModel(prompt => prompt.Contains("A cube.", StringComparison.Ordinal) ? "5"
            : prompt.Contains("better", StringComparison.Ordinal) ? "1000" : prompt.Contains("worse", StringComparison.Ordinal) ? "1"
                : "?");
        var options = new MixedAnswerOptions { Model = "scripted", OpenKinds = ["describe"], MostGrade = 1000, Beta = 0.5 };
        var metrics = new RecordedMetrics();
        float[] scores = await ScoreBatch(new MixedAnswerReward("m", options, grader), CompletionBatch.Of([open, Nearest], 4,
            [Tagged("better"), Tagged("worse"), Tagged("odd"), "better", Tagged("A"), Tagged("B"), "A", Tagged("A cube.")]),
            ScoreContext.Preview() with { Metrics = metrics });
        AssertNear([1, 0, 0, 0, 1, 0, 0, 0], scores);
        Assert.Equal(0.75, metrics["reward/m/grades"]);
        Assert.Contains("model", string.Concat(new MixedAnswerOptions { OpenKinds = ["a"] }.Violations()), StringComparison.Ordinal);
    }

    /// <summary>S16 and its pitfall: "B, A" is "A, B".</summary>
    [Fact]
    public async Task Stages_are_worked_by_hand_and_sets_have_no_order()
    {
        Question judge = new("Is it red?", "yes", AnswerForm.Option) { Options = ["yes", "no"] },
            several = Nearest with { Reference = "red, green" },
            boxes = new("Where?", "[[0,0,10,10]]", AnswerForm.Boxes),
            labels = new("What is there?", "cube, ball", AnswerForm.Text) { Kind = "labels" };
        CurriculumReward Reward() => new("c", new CurriculumRewardOptions { FormatWeight = 0, Checks = ["labels=label-set"] });
        Assert.Equal([1, 2, 3], new[] { judge, several, boxes }.Select(CurriculumReward.Stage));
        AssertNear([1, 0, 0], await Score(Reward(), judge, Tagged("Yes"), Tagged("no"), Tagged("yes, no")));
        AssertNear([1, 1, 1, 0, 0, 0], await Score(Reward(), several, Tagged("A, C"), Tagged("C,A"), Tagged("green and red"), Tagged("A"),
            Tagged("A, B, C"), Tagged("A, C or B")));
        AssertNear([1, 0, 0], await Score(Reward(), boxes, Tagged("[0,0,10,6]"), Tagged("[0,0,10,5]"), Tagged("[[0,0,10,6],[0,0,10,6]]")));
        AssertNear([1, 1 / 3f], await Score(Reward(), labels, Tagged("ball, cube"), Tagged("ball, cone")));
        AssertNear([2, 1], await Score(new CurriculumReward("c", new CurriculumRewardOptions()), judge, Tagged("yes"), Tagged("no")));
    }

    [Fact, Trait("Category", "Parity")]
    public void Votes_agree_with_the_second_implementation()
    {
        foreach (JsonElement one in Expected("S35 cross-view voting").GetProperty("cases").EnumerateArray())
        {
            string?[] a = one.GetProperty("a").Deserialize<string?[]>()!, b = one.GetProperty("b").Deserialize<string?[]>()!;
            Assert.Equal(one.GetProperty("reward_a").Numbers(), CrossViewVotingReward.Rewards(a, b));
            Assert.Equal(one.GetProperty("reward_b").Numbers(), CrossViewVotingReward.Rewards(b, a));
        }
    }

    /// <summary>S35 and its pitfall: what cannot be read never makes a majority, and silence agrees with nothing.</summary>
    [Fact]
    public async Task Phrasings_label_each_other_by_their_readable_answers()
    {
        Question one = new("How many?", "", AnswerForm.Number) { Pair = "p" }, other = one with { Prompt = "What is the count?" },
            alone = one with { Pair = "" };
        float[] scores = await ScoreBatch(new CrossViewVotingReward("v", new CrossViewVotingOptions()),
            CompletionBatch.Of([one, other, alone], 3,
            [Tagged("4"), Tagged("three"), "no idea", "no idea", "no idea", Tagged("4.0"), Tagged("4"), Tagged("4"), Tagged("4")]));
        AssertNear([1, 0, 0, 0, 0, 1, float.NaN, float.NaN, float.NaN], scores);
        float[] silent = await ScoreBatch(new CrossViewVotingReward("v", new CrossViewVotingOptions()),
            CompletionBatch.Of([one, other], 2, ["?", "?", "?", Tagged("4 or 5")]));
        AssertNear([0, 0, 0, 0], silent);
        await Assert.ThrowsAsync<SpecMismatchException>(() => ScoreBatch(new CrossViewVotingReward("v", new CrossViewVotingOptions()),
            CompletionBatch.Of([one, other, one], 1, ["", "", ""])));
    }

    [Fact, Trait("Category", "Parity")]
    public void Trust_agrees_with_the_second_implementation()
    {
        foreach (JsonElement one in Expected("S37 trust-weighted thinking").GetProperty("cases").EnumerateArray())
        {
            double[] outcome = one.GetProperty("outcome").Numbers(), thinking = one.GetProperty("thinking").Numbers();
            Assert.Equal(one.GetProperty("gamma").GetDouble(), TrustThinkingReward.Trust(outcome, thinking), 1e-9);
            double[] expected = one.GetProperty("reward").Numbers(),
                found = TrustThinkingReward.Rewards(outcome, thinking, one.GetProperty("step").GetDouble());
            for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], found[i], 1e-9);
        }
    }

    /// <summary>S37 and its pitfall: wrong answers are judged too, or trust would never fall.</summary>
    [Fact]
    public async Task The_judge_scores_wrong_answers_too_and_is_trusted_less_where_it_prefers_them()
    {
        var judge = new ScriptedTextModel(prompt => prompt.Contains("fancy", StringComparison.Ordinal) ? "0.8" : "0.3");
        float[] scores = await Score(new TrustThinkingReward("t", new TrustThinkingOptions { Model = "scripted" }, judge), Nearest,
            Tagged("red", "plain"), Tagged("blue", "fancy"), Tagged("blue", "fancy"));
        Assert.Equal(3, judge.Prompts.Count);
        double trust = Math.Exp(0.3 - 0.8);
        AssertNear([(float)(1 + (trust * 0.3 * 0.3)), (float)(trust * 0.3 * 0.8), (float)(trust * 0.3 * 0.8)], scores);
        float[] later = await ScoreBatch(new TrustThinkingReward("t", new TrustThinkingOptions { Model = "scripted", AnnealUpdates = 10 },
            judge),
            CompletionBatch.Of([Nearest], 2, [Tagged("red", "fancy"), Tagged("blue", "plain")]), ScoreContext.Preview() with { Step = 20 });
        AssertNear([(float)(1 + (0.3 * Math.Exp(-1) * 0.8)), (float)(0.3 * Math.Exp(-1) * 0.3)], later); // 10 updates of 2
        float[] mumbled = await Score(new TrustThinkingReward("t", new TrustThinkingOptions { Model = "scripted" },
            new ScriptedTextModel(_ => "good")), Nearest, Tagged("red"), Tagged("blue"));
        AssertNear([1, 0], mumbled);
    }

    /// <summary>S64 and its pitfall: a judge that always prefers the first place grades every answer alike.</summary>
    [Fact]
    public async Task Both_orders_are_asked_so_that_a_judges_taste_for_places_cancels()
    {
        Question translate = new("Translate: eins", "", AnswerForm.Text) { WorkedAnswer = "uno" };
        var biased = new ScriptedTextModel(_ => "5");
        var metrics = new RecordedMetrics();
        float[] scores = await ScoreBatch(new ExemplarComparisonReward("e", new ExemplarComparisonOptions { Model = "scripted" }, biased),
            CompletionBatch.Of([translate], 2, [Tagged("one"), Tagged("two")]), ScoreContext.Preview() with { Metrics = metrics });
        AssertNear([0.5f, 0.5f], scores);
        Assert.Equal(4, metrics["reward/e/orders"]);
        Assert.Equal(1, ExemplarComparisonReward.Reward(5, 1));
        Assert.Equal(0.5, ExemplarComparisonReward.Reward(3, 3));
        Assert.Equal(0, ExemplarComparisonReward.Reward(1, 5));
        Assert.All(biased.Prompts, prompt => Assert.Contains("uno", prompt, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_an_exemplar_format_and_script_alone_pay()
    {
        Question translate = new("Translate: one", "", AnswerForm.Text);
        var options = new ExemplarComparisonOptions { Model = "scripted", Script = "cyrillic" };
        AssertNear([1, 0, 0, 0], await Score(new ExemplarComparisonReward("e", options, new ScriptedTextModel(_ => "5")), translate,
            Tagged("один"), Tagged("one"), "<answer>один</answer>", Tagged("1 2 3")));
        Assert.True(WritingScript.IsWrittenIn("世界", "han"));
        Assert.False(WritingScript.IsWrittenIn("世界 hello", "han"));
        Assert.Contains("script", string.Concat((options with { Script = "runes" }).Violations()), StringComparison.Ordinal);
    }

    [Fact]
    public void Verifiers_with_a_model_are_composed_by_settings_and_a_run_that_lends_none_says_so()
    {
        var settings = new RewardStackSettings
        {
            Terms = [new RewardTermSettings { Name = "t", Source = "trusted-thinking",
                Options = new TrustThinkingOptions { Model = "judge" } }],
        };
        var context = new RewardContext { Available = BatchFields.Texts | BatchFields.Questions };
        using (RewardStack stack = RewardRegistries.Shipped.Build(settings,
            context with { TextModels = _ => new ScriptedTextModel(_ => "1") }))
            Assert.IsType<TrustThinkingReward>(stack.Terms[0].Source);
        Assert.Contains("'judge'", Assert.Throws<SettingsException>(() => RewardRegistries.Shipped.Build(settings, context)).Message,
            StringComparison.Ordinal);
    }

    private static void AssertEqual(double[] expected, double[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], found[i], 1e-9);
    }
}
