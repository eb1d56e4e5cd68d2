using EmbodiedRL.Contracts;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Verifiers;

namespace EmbodiedRL.Rewards.Tests.Verifiers;

/// <summary>Contracts of verifiers on questions whose answers are boxes.</summary>
public abstract class BoxesContract : VerifierContract
{
    protected override Question Question => new("Where are the cubes?",
        """[{"label":"red cube","box":[10,10,30,30]},{"label":"blue cube","box":[40,40,60,70]},{"label":"red cube","box":[70,10,90,30]}]""",
        AnswerForm.Boxes)
    { Images = [new RgbImage(new byte[100 * 100 * 3], 100, 100)] };

    protected override string Right => Question.Reference;

    protected override string Wrong => """[{"label":"red cube","box":[0,60,20,90]}]""";

    protected override IEnumerable<string> MoreWrong() =>
    [
        // the same box twenty times, the right ones among wrong ones, the whole picture, a wrong label, and boxes without an area
        Complete(Thought, $"[{string.Join(',', Enumerable.Repeat("""{"label":"red cube","box":[10,10,30,30]}""", 20))}]"),
        Complete(Thought, $"[{Question.Reference.Trim('[', ']')}]]".Replace("]]", "]}]", StringComparison.Ordinal).Replace("}]}]",
            """},{"label":"red cube","box":[0,60,20,90]},{"label":"blue cube","box":[0,0,9,9]}]""", StringComparison.Ordinal)),
        Complete(Thought, """[{"label":"red cube","box":[0,0,100,100]}]"""),
        Complete(Thought, Question.Reference.Replace("blue", "green", StringComparison.Ordinal)),
        Complete(Thought, """[{"label":"red cube","box":[10,10,10,10]}]"""), Complete(Thought, "[]"),
        Complete(Thought, """[{"label":"red cube","box":[NaN,10,30,30]}]"""),
    ];
}

public sealed class DetectionMapContract : BoxesContract
{
    protected override IReward Create() => new DetectionMapReward("map", new DetectionMapOptions());
}

public sealed class GroundingContract : BoxesContract
{
    protected override Question Question => base.Question with { Reference = """[{"label":"","box":[10,10,30,30]}]""" };

    protected override IEnumerable<string> MoreWrong() => base.MoreWrong().Where(text => text != Honest); // it has no label to replace

    protected override IReward Create() => new DetectionMapReward("iou", new DetectionMapOptions { Measure = "iou" });
}

public sealed class CriterionDetectionContract : BoxesContract
{
    protected override IReward Create() => new CriterionDetectionReward("criteria", new CriterionDetectionOptions());
}

public sealed class StrictCriterionDetectionContract : BoxesContract
{
    protected override IReward Create() => new CriterionDetectionReward("criteria", new CriterionDetectionOptions { StrictAfter = 0 });
}

public sealed class DetectionContract : BoxesContract
{
    protected override IReward Create() => new DetectionReward("detection", new DetectionOptions());
}

public sealed class DynamicIouContract : BoxesContract
{
    protected override IReward Create() => new DynamicIouReward("dynamic", new DynamicIouOptions());
}

/// <summary>Contracts of verifiers on a question with options.</summary>
public abstract class ChoiceContract : VerifierContract
{
    protected override Question Question => new("Which is nearest?", "blue cube", AnswerForm.Option)
    {
        Kind = "nearest",
        Options = ["red cube", "blue cube", "green ball", "red ball"],
        WorkedAnswer = "<think>The blue cube is in front. The green ball is behind it. The red ball is far away.</think><answer>B</answer>",
    };

    protected override string Thought =>
        "The blue cube is in front. The green ball is behind it. The red ball is far away. So I compare what I see.";

    protected override string Right => "B. blue cube";

    protected override string Wrong => "A. red cube";

    protected override IEnumerable<string> MoreWrong() =>
        [Complete(Thought, "A, B, C, D"), Complete(Thought, "(A) (B)"), Complete(Thought, "blue cube or green ball"),
            Complete(Thought, "not B"),
        Complete(Thought, "A. blue cube"), Complete(Thought, "both of the above"), Complete(Thought, "one of the cubes")];
}

public sealed class RoutedContract : ChoiceContract
{
    protected override IReward Create() => new RoutedVerifier("routed", new RoutedVerifierOptions());
}

public sealed class GatedContract : ChoiceContract
{
    protected override IReward Create() => new RoutedVerifier("gated", new RoutedVerifierOptions { Format = "gate" });
}

public sealed class RoutedNumberContract : VerifierContract
{
    protected override Question Question => new("How many cubes?", "3", AnswerForm.Number) { Kind = "count" };

    protected override string Right => "3";

    protected override string Wrong => "4";

    protected override IEnumerable<string> MoreWrong() =>
        [Complete(Thought, "1, 2, 3, 4"), Complete(Thought, "3 or 4"), Complete(Thought, "3-4"), Complete(Thought, "33"),
            Complete(Thought, "３"),
        Complete(Thought, "-3"), Complete(Thought, "between 3 and 4"), Complete(Thought, "many")];

    protected override IReward Create() => new RoutedVerifier("routed", new RoutedVerifierOptions());
}

public sealed class RoutedTextContract : VerifierContract
{
    protected override Question Question => new("What is on the left?", "red cube", AnswerForm.Text);

    protected override string Right => "Red cube.";

    protected override string Wrong => "blue cube";

    protected override IReward Create() => new RoutedVerifier("routed", new RoutedVerifierOptions { Format = "none" });
}

public sealed class RoutedPointsContract : VerifierContract
{
    protected override Question Question => new("Point at the cubes.", "[[10,10],[50,50]]", AnswerForm.Points);

    protected override string Right => "[[12,10],[50,53]]";

    protected override string Wrong => "[[30,80]]";

    protected override IReward Create() => new RoutedVerifier("routed", new RoutedVerifierOptions());
}

public sealed class RoutedMaskContract : VerifierContract
{
    protected override Question Question => new("Where is the cube?", """{"size":[4,4],"counts":[5,2,2,2,5]}""", AnswerForm.Mask);

    protected override string Right => Question.Reference;

    protected override string Wrong => """{"size":[4,4],"counts":[0,4,12]}""";

    protected override IEnumerable<string> MoreWrong() => [Complete(Thought, """{"size":[4,4],"counts":[0,16]}""")];

    protected override IReward Create() => new RoutedVerifier("routed", new RoutedVerifierOptions());
}

public sealed class RoutedBoxesContract : BoxesContract
{
    protected override IReward Create() => new RoutedVerifier("routed", new RoutedVerifierOptions());
}

public sealed class BrierCalibrationContract : ChoiceContract
{
    protected override string Complete(string thought, string answer) =>
        $"<think>{thought}</think><answer>{answer}</answer><confidence>0.9</confidence>";

    protected override IEnumerable<string> MoreWrong() => [.. base.MoreWrong(),
        .. new[] { "", "<confidence></confidence>", "<confidence>sure</confidence>", "<confidence>2</confidence>",
            "<confidence>NaN</confidence>",
            "<confidence>1</confidence><confidence>0</confidence>" }.Select(end =>
                $"<think>{Thought}</think><answer>{Right}</answer>{end}")];

    protected override IReward Create() => new BrierCalibrationReward("calibrated", new BrierCalibrationOptions());
}

public sealed class ReleasedBrierContract : ChoiceContract
{
    protected override string Complete(string thought, string answer) =>
        $"<think>{thought}</think><answer>{answer}</answer><confidence>90%</confidence>";

    protected override IReward Create() => new BrierCalibrationReward("calibrated", new BrierCalibrationOptions { Form = "release" });
}

public sealed class ToolCallContract : VerifierContract
{
    protected override Question Question => new("Move left twice, then grab.",
        """[{"name":"move","parameters":{"direction":"left","steps":2}},{"name":"grab","parameters":{"object":"cup"}}]""",
            AnswerForm.Trace);

    protected override string Right => Question.Reference;

    protected override string Wrong => """[{"name":"look","parameters":{}}]""";

    protected override string Complete(string thought, string answer) => $"<think>{thought}</think><tool_call>{answer}</tool_call>";

    protected override string AnswerBlock(string answer) => $"<tool_call>{answer}</tool_call>";

    protected override IEnumerable<string> MoreWrong() =>
        [Complete(Thought, Question.Reference.Replace('2', '3')), Complete(Thought, "[]"), Complete(Thought, """[{"name":"move"}]"""),
        Complete(Thought,
            $"[{string.Join(',', Enumerable.Repeat("""{"name":"move","parameters":{"direction":"left","steps":2}}""", 20))}]")];

    protected override IReward Create() => new ToolCallReward("calls", new ToolCallOptions());
}

public sealed class QualityScoreContract : VerifierContract
{
    protected override Question Question => new("How good is the picture, from 1 to 5?", "3.2", AnswerForm.Number);

    protected override string Right => """{"rating": 3.4}""";

    protected override string Wrong => """{"rating": 4.1}""";

    protected override IEnumerable<string> MoreWrong() =>
        [Complete(Thought, "3.2"), Complete(Thought, """{"rating": [1,2,3.2]}"""), Complete(Thought, """{"rating": NaN}"""),
        Complete(Thought, """{"rating": "3.2"}""")];

    protected override IReward Create() => new QualityScoreReward("quality", new QualityScoreOptions());
}

public sealed class DegradationContract : VerifierContract
{
    protected override Question Question => new("What is wrong with the picture?", """{"type":"blur","level":"slight"}""", AnswerForm.Text);

    protected override string Right => """{"type": "Blur", "level": "slight"}""";

    protected override string Wrong => """{"type": "noise", "level": "slight"}""";

    protected override IReward Create() => new QualityScoreReward("quality", new QualityScoreOptions());
}

public sealed class VisualPerceptionContract : ChoiceContract
{
    protected override IReward Create() => new VisualPerceptionReward("facts", new VisualPerceptionOptions());
}
