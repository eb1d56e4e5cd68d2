using System.Text.Json;
using System.Text.Json.Serialization;
using EmbodiedRL.Core;

namespace EmbodiedRL.Rewards.Sources;

/// <summary>Calibration of a model's answers to one question: the probability is sigmoid(slope x + intercept) of its log-odds x.</summary>
/// <remarks>A file in JSON that <c>./embodied rewards train goal-answer</c> writes. A slope above 0 keeps the order of frames.</remarks>
public sealed record AnswerCalibration
{
    /// <summary>Name of the file in the folder of a trained reward.</summary>
    public const string FileName = "answers.calibration.json";

    /// <summary>Ending of the copy that a run keeps.</summary>
    public const string Ending = ".calibration.json";

    private const string Remedy = "Fit it again: ./embodied rewards train goal-answer.";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        NumberHandling = JsonNumberHandling.Strict,
    };

    /// <summary>The model whose answers they are.</summary>
    public required string Model { get; init; }

    /// <summary>What it was asked, with the answer that is asked for.</summary>
    public required string Question { get; init; }

    /// <summary>What went before its answers: the option <c>reasoning</c> of the source.</summary>
    public required string Reasoning { get; init; }

    /// <summary>Above 0.</summary>
    public required double Slope { get; init; }

    /// <summary>At log-odds 0.</summary>
    public required double Intercept { get; init; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="AssetMissingException">There is none.</exception>
    /// <exception cref="CorruptFileException">It is no calibration.</exception>
    public static AnswerCalibration Read(string path)
    {
        const string what = "a calibration of answers";
        string text = InputFile.ReadText(path, "The calibration of answers", Remedy);
        try
        {
            AnswerCalibration read = JsonSerializer.Deserialize<AnswerCalibration>(text, Json) ?? throw new JsonException("it is null");
            if (read is not { Model.Length: > 0, Question.Length: > 0, Reasoning.Length: > 0 }) throw new JsonException("a text is empty");
            return read.Slope > 0 && double.IsFinite(read.Slope) && double.IsFinite(read.Intercept)
                ? read
                : throw new JsonException(FormattableString.Invariant($"slope {read.Slope}, which must be above 0, or no finite number"));
        }
        catch (JsonException error)
        {
            throw new CorruptFileException(path, what, error.Message.ReplaceLineEndings(" ").TrimEnd('.'), Remedy, error);
        }
    }

    /// <summary>Writes a file.</summary>
    public void Write(string path) =>
        AtomicFile.WriteText(path, JsonSerializer.Serialize(this, Json) + "\n", "choose another folder by --out");

    /// <summary>The probability of yes.</summary>
    /// <param name="logOdds">Of the model's answer.</param>
    public double Probability(double logOdds) => ScoreMath.Sigmoid((Slope * logOdds) + Intercept);

    /// <summary>What a term asks that this was not fitted to; null if it fits.</summary>
    internal string? Violation(string model, string question, string reasoning)
    {
        foreach ((string what, string own, string asked) in new[]
            { ("model", Model, model), ("question", Question, question), ("reasoning", Reasoning, reasoning) })
            if (own != asked) return $"calibration: expected one that was fitted with the {what} '{asked}', found '{own}'.";
        return null;
    }
}
