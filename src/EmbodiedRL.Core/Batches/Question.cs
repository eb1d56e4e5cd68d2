namespace EmbodiedRL.Core.Batches;

/// <summary>Answer form: how a reference answer is written, and so how an answer is compared with it.</summary>
public enum AnswerForm
{
    /// <summary>Free text, e.g. a caption.</summary>
    Text,

    /// <summary>A number, e.g. <c>3</c>.</summary>
    Number,

    /// <summary>One of <see cref="Question.Options"/>, as it is written there.</summary>
    Option,

    /// <summary>
    /// Boxes in pixels of the first image: <c>[{"label":"red cube","box":[left,top,right,bottom]}]</c>; labels may be empty.
    /// </summary>
    Boxes,

    /// <summary>Points in pixels of the first image: JSON <c>[[x,y]]</c>.</summary>
    Points,

    /// <summary>A mask of the first image: <c>{"size":[height,width],"counts":[...]}</c>, run lengths row by row, zeros first.</summary>
    Mask,

    /// <summary>A sequence of steps, e.g. calls of tools: a JSON array.</summary>
    Trace,
}

/// <summary>Question: what a model is asked about images, and what is right.</summary>
/// <param name="Prompt">In words, without chat markup.</param>
/// <param name="Reference">The right answer, written in <paramref name="Form"/>.</param>
/// <param name="Form">How the answer is written.</param>
public sealed record Question(string Prompt, string Reference, AnswerForm Form)
{
    /// <summary>The kind of question, e.g. <c>count</c>: accuracy is told by kind, and verifiers are routed by it.</summary>
    public string Kind { get; init; } = "";

    /// <summary>
    /// Questions of one non-empty pair ask the same in other words, so that answers to one can label the other; empty for a question alone.
    /// </summary>
    public string Pair { get; init; } = "";

    /// <summary>What is asked about; none for questions of text alone. Owned by whoever made the question.</summary>
    public IReadOnlyList<RgbImage> Images { get; init; } = [];

    /// <summary>The answers among which to choose; empty where the answer is free.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>In [0, 1], as the maker of the question sees it; NaN if unknown.</summary>
    public double Difficulty { get; init; } = double.NaN;

    /// <summary>
    /// Tokens that begin every completion of the question, e.g. a thought that they share; they are read as part of the prompt. Empty where
    /// completions begin by themselves.
    /// </summary>
    public IReadOnlyList<int> Begun { get; init; } = [];

    /// <summary>A completion that reasons its way to the right answer, to be imitated; null if there is none.</summary>
    public string? WorkedAnswer { get; init; }
}
