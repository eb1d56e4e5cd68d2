using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Rewards.Verifiers.Boxes;
using EmbodiedRL.Rewards.Verifiers.Checks;
using EmbodiedRL.Rewards.Verifiers.Parsing;

namespace EmbodiedRL.Rewards.Verifiers;

/// <summary>Options of <see cref="SceneGroundingReward"/>.</summary>
public sealed record SceneGroundingOptions : VerifierOptions
{
    /// <summary>The image-text model whose sentences are compared; empty compares words.</summary>
    [Length(0, LengthAttribute.Name)]
    public string Model { get; init; } = "";

    /// <summary>Weight of the format.</summary>
    [Range(0, 1e6)]
    public double FormatWeight { get; init; } = 0.3;

    /// <summary>Weight of overlap in space.</summary>
    [Range(0, 1e6)]
    public double PerceptionWeight { get; init; } = 0.4;

    /// <summary>Weight of the likeness of labels.</summary>
    [Range(0, 1e6)]
    public double SemanticWeight { get; init; } = 0.3;
}

/// <summary>3D-R1's reward: format, overlap of boxes in space, and likeness of the answer's words.</summary>
/// <remarks>
/// <para>r = 0.3 f + 0.4 p + 0.3 s. p: mean over predicted boxes of the largest IoU with a true one, boxes <c>[x1,y1,z1,x2,y2,z2]</c> with
/// labels. s: cosine of the answer's and the reference's labels, not below 0, to an image-text model, or the F1 of their words. f = 0.5
/// [reasoning and then an answer] + 0.25 [reasoning longer than 20 characters] + 0.25 [answer longer than 10].</para>
/// <para>p asks for no recall: one good box of several pays in full, and only s misses the rest. Weights and graded format are the
/// release's; whether the paper has them is not confirmed.</para>
/// </remarks>
/// <param name="name">The term's name.</param>
/// <param name="options">Checked.</param>
/// <param name="encoder">Lent for the life of this reward; null compares words.</param>
[Paper("2507.23478", "3D-R1: Enhancing Reasoning in 3D VLMs for Unified Scene Understanding", Year = 2025, Method = "S02")]
public sealed class SceneGroundingReward(string name, SceneGroundingOptions options, ITextEncoder? encoder = null)
    : RowVerifier(name, options, (0, options.FormatWeight + options.PerceptionWeight + options.SemanticWeight))
{
    /// <summary>Longest text that is embedded, in characters.</summary>
    private const int MostCharacters = 300;

    /// <summary>p: mean over predictions of the largest IoU with a truth; 0 without a prediction.</summary>
    public static double Perception(IReadOnlyList<LabeledSolid> predicted, IReadOnlyList<LabeledSolid> truth) => predicted.Count == 0 ? 0
        : predicted.Average(one => truth.Select(other => BoxOverlap.Iou(one.Box, other.Box)).DefaultIfEmpty(0).Max());

    /// <summary>f.</summary>
    public static double Format(ParsedCompletion completion) => (completion.IsWellFormed ? 0.5 : 0)
        + (completion.Thought is { IsFound: true } thought && thought.Value.Length > 20 ? 0.25 : 0)
        + (completion.Answer is { IsFound: true } answer && answer.Value.Length > 10 ? 0.25 : 0);

    /// <inheritdoc/>
    protected override double Score(VerifierRow row, ScoreContext context)
    {
        IReadOnlyList<LabeledSolid> truth = References.Of(row.Question, BoxText.ParseSolids(row.Question.Reference),
            "boxes of six coordinates as JSON");
        double score = options.FormatWeight * Format(row.Completion);
        Parsed<string> answer = row.Completion.Answer;
        if (!answer.IsFound || BoxText.ParseSolids(answer.Value, row.Completion.Work) is not { IsFound: true } predicted) return score;
        return score + (options.PerceptionWeight * Perception(predicted.Value, truth))
            + (options.SemanticWeight * Likeness(Labels(predicted.Value), Labels(truth)));
    }

    private static string Labels(IReadOnlyList<LabeledSolid> boxes) => string.Join(", ", boxes.Select(box => box.Label));

    private double Likeness(string answer, string reference)
    {
        if (encoder is null) return WordText.F1(WordText.Words(answer), WordText.Words(reference));
        if (WordText.Words(answer).Count == 0) return 0;
        float[] embeddings = new float[2 * encoder.EmbeddingSize];
        try
        {
            encoder.EncodeTexts([Short(answer), Short(reference)], embeddings);
        }
        catch (SpecMismatchException) when (answer != reference)
        {
            return 0; // words of a policy that the model cannot read are not like the reference
        }

        double cosine = 0;
        for (int i = 0; i < encoder.EmbeddingSize; i++) cosine += embeddings[i] * (double)embeddings[encoder.EmbeddingSize + i];
        return Math.Clamp(cosine, 0, 1);
    }

    private static string Short(string text) => text.Length <= MostCharacters ? text : text[..MostCharacters];
}
