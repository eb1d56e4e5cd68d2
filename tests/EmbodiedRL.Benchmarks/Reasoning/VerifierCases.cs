using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Rewards;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Rewards.Verifiers;

namespace EmbodiedRL.Benchmarks.Reasoning;

/// <summary>What a verifier is asked in <c>bench malformed</c>.</summary>
/// <param name="Source">Its name in settings.</param>
/// <param name="Question">What is asked.</param>
/// <param name="Sound">Completions that damage begins from.</param>
/// <param name="Options">Null takes the defaults.</param>
internal sealed record VerifierCase(string Source, Question Question, IReadOnlyList<string> Sound, Options? Options = null)
{
    private const string Model = "replies";

    private static readonly Question Boxes = new("Where are the cubes?",
        """[{"label":"red cube","box":[10,10,30,30]},{"label":"blue cube","box":[40,40,60,70]}]""", AnswerForm.Boxes)
    { Images = [new RgbImage([], 100, 100)] };

    private static readonly Question Choice = new("Which is nearest?", "blue cube", AnswerForm.Option)
    {
        Kind = "nearest",
        Options = ["red cube", "blue cube", "green ball"],
        WorkedAnswer = "<think>The blue cube is in front. The ball is behind it.</think><answer>B</answer>",
    };

    private static readonly Question Count = new("How many cubes?", "3", AnswerForm.Number) { Pair = "count" };

    private static readonly Question Text = new("Describe: A red cube stands left of two balls.", "two", AnswerForm.Text)
    { Kind = "describe", WorkedAnswer = "a red cube" };

    private static readonly Question Calls = new("Move left twice.", """[{"name":"move","parameters":{"direction":"left","steps":2}}]""",
        AnswerForm.Trace);

    private static readonly Question Mask = new("Where?", """{"size":[4,4],"counts":[5,2,2,2,5]}""", AnswerForm.Mask);

    private static readonly Question Points = new("Where?", "[[10,10],[50,50]]", AnswerForm.Points);

    private static readonly Question Solids = new("Where?", """[{"label":"cube","box":[0,0,0,1,1,1]}]""", AnswerForm.Boxes);

    private static readonly Question Page = new("What?", """{"answer":"a cube","pages":["p3","p7"]}""", AnswerForm.Text);

    /// <summary>Every verifier that ships, the routed one once for each form of answers.</summary>
    public static IReadOnlyList<VerifierCase> All { get; } =
    [
        Of("calibrated-answer", Choice, "B. blue cube", after: "<confidence>0.8</confidence>"),
        Of("caption-critic", Text, "two balls"),
        Of("caption-reasoner", Count, "Three cubes and a ball.", new CaptionReasonerOptions { Model = Model }),
        Of("criterion-detection", Boxes, Boxes.Reference),
        Of("cross-view-voting", Count, "3"),
        Of("curriculum-stages", Choice, "A, B"),
        Of("detection", Boxes, """[{"label":"red cube","box":[10,10,30,30],"confidence":0.7}]"""),
        Of("detection-map", Boxes, Boxes.Reference),
        Of("dynamic-iou", Boxes, Boxes.Reference),
        Of("exemplar-comparison", Text, "a red cube", new ExemplarComparisonOptions { Model = Model, Script = "latin" }),
        Of("image-quality", Count, """{"rating": 3.1}"""),
        Of("inspection", Boxes, Boxes.Reference, before: "<look>[[5,5,35,35]]</look>"),
        Of("mixed-answer", Text, "two", new MixedAnswerOptions { Model = Model, OpenKinds = ["describe"] }),
        Of("perception-facts", Choice, "blue cube"),
        Of("retrieval", Page, "a cube", before: """<search>cube</search><retrieved>["p3","p1"]</retrieved>"""),
        Of("scene-grounding", Solids, Solids.Reference),
        new("tool-calls", Calls, [$"<think>I plan.</think><tool_call>{Calls.Reference}</tool_call>"]),
        Of("trusted-thinking", Choice, "blue cube", new TrustThinkingOptions { Model = Model }),
        Of("verifier", Boxes, Boxes.Reference),
        Of("verifier", Choice, "B"),
        Of("verifier", Count, "3"),
        Of("verifier", Calls, Calls.Reference),
        Of("verifier", Mask, Mask.Reference),
        Of("verifier", Points, Points.Reference),
        Of("verifier", Text, "two"),
    ];

    /// <summary>Verifiers that ship and have no case here.</summary>
    public static IReadOnlyList<string> Missing { get; } =
    [
        .. RewardRegistries.Shipped.Sources.Entries.Where(entry => entry.Part.IsAssignableTo(typeof(Verifier))).Select(entry => entry.Name)
            .Except(All.Select(one => one.Source)),
    ];

    /// <summary>The case for people, e.g. <c>verifier/boxes</c>.</summary>
    public string Name => Source == "verifier" ? $"{Source}/{Question.Form.ToString().ToLowerInvariant()}" : Source;

    /// <summary>Makes the verifier; the caller disposes it.</summary>
    public Verifier Create() => (Verifier)RewardRegistries.Shipped.Sources.Create(Source, Options,
        new RewardContext { Term = "malformed", TextModels = _ => new Replies() });

    private static VerifierCase Of(string source, Question question, string answer, Options? options = null, string before = "",
        string after = "") =>
        new(source, question,
            [$"<think>I look at the picture and compare.</think>{before}<answer>{answer}</answer>{after}", $"{before}{answer}{after}"],
                options);

    /// <summary>A text model whose replies go by the length of what it is asked: some of them cannot be read.</summary>
    private sealed class Replies : ITextModel
    {
        private static readonly string[] All = ["yes", "no", "0.5", "3", "1", "<answer>3</answer>", "perhaps", "", "1 or 2"];

        public string Name => Model;

        public ValueTask<IReadOnlyList<string>> ReplyAsync(IReadOnlyList<string> prompts, CancellationToken cancel) =>
            ValueTask.FromResult<IReadOnlyList<string>>([.. prompts.Select(prompt => All[prompt.Length % All.Length])]);
    }
}
