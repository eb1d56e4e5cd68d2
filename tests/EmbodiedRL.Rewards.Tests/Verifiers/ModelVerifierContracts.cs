using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Verifiers;
using EmbodiedRL.Rewards.Verifiers.Parsing;

namespace EmbodiedRL.Rewards.Tests.Verifiers;

public sealed class SceneGroundingContract : VerifierContract
{
    protected override Question Question => new("Where are cube and ball?",
        """[{"label":"red cube","box":[0,0,0,1,1,1]},{"label":"blue ball","box":[2,0,0,3,1,1]}]""", AnswerForm.Boxes);

    protected override string Right => Question.Reference;

    protected override string Wrong => """[{"label":"green cone","box":[5,5,5,6,6,6]}]""";

    protected override IEnumerable<string> MoreWrong() =>
    [
        Complete(Thought, Question.Reference.Replace("3,1,1", "9,9,9", StringComparison.Ordinal)),
        Complete(Thought, """[{"label":"red cube","box":[0,0,0,1,1,1]}]"""), Complete(Thought, "red cube, blue ball"),
        Complete(Thought, """[{"label":"red cube, blue ball","box":[0,0,0,NaN,1,1]}]"""),
    ];

    protected override IReward Create() => new SceneGroundingReward("scene", new SceneGroundingOptions());
}

/// <summary>The reasoner counts the cubes of a description that says one number of them.</summary>
public sealed class CaptionReasonerContract : VerifierContract
{
    internal static ScriptedTextModel Counting { get; } = new(Count);

    internal static string Count(string prompt)
    {
        string caption = prompt[..prompt.IndexOf("Question:", StringComparison.Ordinal)];
        string[] counts = ["one", "two", "three", "four", "five"];
        string[] said = [.. counts.Where(count => caption.Contains($"{count} red cubes", StringComparison.Ordinal))];
        return said is [var only] ? $"{Array.IndexOf(counts, only) + 1}" : "I cannot tell.";
    }

    protected override Question Question => new("How many red cubes?", "3", AnswerForm.Number);

    protected override string Right => "There are three red cubes and a ball on the table.";

    protected override string Wrong => "There are five red cubes on the table.";

    protected override IEnumerable<string> MoreWrong() =>
        [Complete(Thought, "The answer is three red cubes."), Complete(Thought, "3"), Complete(Thought, "A table with things on it.")];

    protected override IReward Create() => new CaptionReasonerReward("caption", new CaptionReasonerOptions { Model = "scripted" },
        Counting);
}

public sealed class InspectionContract : BoxesContract
{
    protected override string Complete(string thought, string answer) =>
        $"<think>{thought}</think><look>[[5,5,35,35]]</look><answer>{answer}</answer>";

    protected override IReward Create() => new InspectionReward("inspection", new InspectionOptions());
}

public sealed class RetrievalContract : VerifierContract
{
    protected override Question Question =>
        new("What stands on page 3?", """{"answer":"a red cube","pages":["p3","p7"]}""", AnswerForm.Text);

    protected override string Right => "A red cube.";

    protected override string Wrong => "a blue ball";

    protected override string Complete(string thought, string answer) =>
        $"""<think>{thought}</think><search>page three</search><retrieved>["p3","p1","p7"]</retrieved><answer>{answer}</answer>""";

    protected override IEnumerable<string> MoreWrong() =>
        [$"<think>{Thought}</think><answer>{Right}</answer>", $"<search></search><answer>{Right}</answer>",
        """<search>q</search><retrieved>["p3","p3","p3","p7","p7"]</retrieved><answer>a ball</answer>"""];

    protected override IReward Create() => new RetrievalReward("retrieval", new RetrievalOptions());
}

public sealed class CaptionCriticContract : VerifierContract
{
    private const string Caption = "A red cube stands left of two metal balls, and an open drawer is behind the tall lamp.";

    protected override Question Question => new($"Which words of this caption do not fit the picture? {Caption}", "two", AnswerForm.Text);

    protected override string Right => "two metal balls";

    protected override string Wrong => "open drawer";

    protected override IEnumerable<string> MoreWrong() =>
        [Complete(Thought, Caption), Complete(Thought, Question.Prompt), Complete(Thought, "red, left, two, metal, open, behind, tall"),
        Complete(Thought, "two wooden balls"), Complete(Thought, "stands left of two metal balls, and an open")];

    protected override IReward Create() => new CaptionCriticReward("critic", new CaptionCriticOptions());
}

public sealed class MixedAnswerContract : ChoiceContract
{
    protected override IReward Create() => new MixedAnswerReward("mixed", new MixedAnswerOptions());
}

/// <summary>The grader counts which of five facts an answer states, less what it says beyond.</summary>
public sealed class OpenAnswerContract : VerifierContract
{
    internal static ScriptedTextModel Grader { get; } = new(prompt =>
    {
        int from = prompt.IndexOf("Answer:\n", StringComparison.Ordinal) + 8,
            to = prompt.LastIndexOf("\n\nGrade", StringComparison.Ordinal);
        List<string> words = WordText.Words(prompt.AsSpan(from, to - from));
        string[] facts = ["red", "cube", "left", "ball", "behind"];
        return $"{Math.Max(0, (2 * facts.Count(words.Contains)) - Math.Max(0, words.Count - 8))}";
    });

    protected override Question Question => new("Describe the scene.", "A red cube.", AnswerForm.Text) { Kind = "describe" };

    protected override string Right => "A red cube left of a ball, behind";

    protected override string Wrong => "A green cone.";

    protected override IEnumerable<string> MoreWrong() => [Complete(Thought, "A red cube.")];

    protected override IReward Create() =>
        new MixedAnswerReward("mixed", new MixedAnswerOptions { Model = "scripted", OpenKinds = ["describe"], Beta = 0.1 }, Grader);
}

public sealed class CurriculumContract : ChoiceContract
{
    protected override IReward Create() => new CurriculumReward("stages", new CurriculumRewardOptions());
}

public sealed class CurriculumSetContract : ChoiceContract
{
    protected override Question Question => base.Question with { Reference = "blue cube, red ball" };

    protected override string Right => "D, B";

    protected override IEnumerable<string> MoreWrong() => [Complete(Thought, "B"), Complete(Thought, "A, B, C, D"),
        Complete(Thought, "B, C, D")];

    protected override IReward Create() => new CurriculumReward("stages", new CurriculumRewardOptions());
}

public sealed class CurriculumBoxesContract : BoxesContract
{
    protected override IReward Create() => new CurriculumReward("stages", new CurriculumRewardOptions());
}

public sealed class CrossViewVotingContract : ChoiceContract
{
    private Question Other => Question with { Prompt = "What is closest?" };

    protected override Question Question => base.Question with { Pair = "nearest-1" };

    protected override CompletionBatch Beside(string text) =>
        CompletionBatch.Of([Question, Other], 4, [text, Honest, Honest, Honest, Honest, Honest, Honest, Honest]);

    protected override CompletionBatch Batch(ulong seed = 7, long firstSample = 0)
    {
        CompletionBatch one = base.Batch(seed, firstSample);
        return CompletionBatch.Of([Question, Other, Question with { Pair = "" }], 4, one.Texts, firstSample);
    }

    protected override IReward Create() => new CrossViewVotingReward("votes", new CrossViewVotingOptions());
}

/// <summary>The judge likes reasoning that compares.</summary>
public sealed class TrustThinkingContract : ChoiceContract
{
    internal static ScriptedTextModel Judge { get; } = new(prompt => prompt.Contains("compare", StringComparison.Ordinal) ? "0.9" : "0.2");

    protected override IReward Create() => new TrustThinkingReward("trusted", new TrustThinkingOptions { Model = "scripted" }, Judge);
}

/// <summary>The judge compares word F1 with a truth that only it knows, in five grades.</summary>
public sealed class ExemplarComparisonContract : VerifierContract
{
    internal static ScriptedTextModel Judge { get; } = new(prompt =>
    {
        double difference = F1("First:\n", "\n\nSecond:") - F1("Second:\n", "\n\nHow good");
        return difference switch { > 0.2 => "5", > 0.05 => "4", >= -0.05 => "3", >= -0.2 => "2", _ => "1" };

        double F1(string from, string to)
        {
            int start = prompt.IndexOf(from, StringComparison.Ordinal) + from.Length;
            int end = prompt.LastIndexOf(to, StringComparison.Ordinal);
            return WordText.F1(WordText.Words(prompt.AsSpan(start, end - start)),
                WordText.Words("the red cube stands left of the ball"));
        }
    });

    protected override Question Question => new("Translate: der rote Würfel steht links vom Ball", "", AnswerForm.Text)
    {
        WorkedAnswer = "<think>I translate.</think><answer>the red cube is left of a ball</answer>",
    };

    protected override string Right => "The red cube stands left of the ball";

    protected override string Wrong => "the blue cone";

    protected override IReward Create() =>
        new ExemplarComparisonReward("exemplar", new ExemplarComparisonOptions { Model = "scripted", Script = "latin" }, Judge);
}
