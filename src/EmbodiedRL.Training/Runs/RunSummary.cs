using System.Text.Json;
using System.Text.Json.Serialization;
using EmbodiedRL.Core;

namespace EmbodiedRL.Training.Runs;

/// <summary>Summary of a run, <c>summary.json</c>; scripts rely on the names.</summary>
public sealed record RunSummary
{
    /// <summary>Success rate by the measure the goal is judged by, in [0, 1]; null where the goal matches no measure.</summary>
    public required double? Success { get; init; }

    /// <summary>95 % interval of <see cref="Success"/>: [low, high]; null where there is no success rate.</summary>
    public double[]? SuccessInterval { get; init; }

    /// <summary>The same measure before training.</summary>
    public double? SuccessBefore { get; init; }

    /// <summary>Success rate by every measure of the environment.</summary>
    public required IReadOnlyDictionary<string, double> Measures { get; init; }

    /// <summary>The same before training.</summary>
    public IReadOnlyDictionary<string, double> MeasuresBefore { get; init; } = new Dictionary<string, double>();

    /// <summary>Returns and lengths of the episodes over the whole range of starts; null if nobody kept count.</summary>
    public ReturnSummary? Returns { get; init; }

    /// <summary>The same evaluation from the task's own start; null if the settings asked for none.</summary>
    public TaskStartSummary? TaskStart { get; init; }

    /// <summary>
    /// Success at half and at double of the measures' tolerances, and that of doing nothing and of random actions; null in summaries of
    /// before these were counted.
    /// </summary>
    public StrictnessSummary? Strictness { get; init; }

    /// <summary>Environment steps taken in training.</summary>
    public required long Steps { get; init; }

    /// <summary>Wall-clock seconds by phase.</summary>
    public required IReadOnlyDictionary<string, double> Seconds { get; init; }

    /// <summary>Of all draws.</summary>
    public required ulong Seed { get; init; }

    /// <summary>What the run was made with.</summary>
    public required IReadOnlyDictionary<string, string> Versions { get; init; }

    /// <summary>Name in the catalog.</summary>
    public string Environment { get; init; } = "";

    /// <summary>The language model that was fine-tuned; null of runs of bodies.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public string? Model { get; init; }

    /// <summary>The sentence.</summary>
    public string Goal { get; init; } = "";

    /// <summary>Sentences that the reward's terms really read; empty if none reads any, or of a run of before they were kept.</summary>
    public IReadOnlyList<TermPrompts> Prompts { get; init; } = [];

    /// <summary>The sentences for what is always seen, as the terms really read them, joined by semicolons.</summary>
    public string Baseline { get; init; } = "";

    /// <summary>
    /// Whether the model was trained on the goal's words: <c>trained</c>, <c>paraphrase</c>, <c>composition</c> or
    /// <c>unseen</c>; empty if no model reads it.
    /// </summary>
    public string GoalKind { get; init; } = "";

    /// <summary>
    /// Rank correlation, over sampled states, of the whole reward with how true the sentence is, as a share of a perfect order's; null
    /// where nobody knows its truth.
    /// </summary>
    public double? GoalAgreement { get; init; }

    /// <summary>
    /// What the check before training said of the reward: <c>trust</c>, <c>doubt</c> or <c>refuse</c> (of a run that was asked for all the
    /// same); empty if no model reads the goal.
    /// </summary>
    public string Verdict { get; init; } = "";

    /// <summary>The measures the goal is judged by.</summary>
    public IReadOnlyList<string> JudgedBy { get; init; } = [];

    /// <summary>What each measure asks of an episode, in words.</summary>
    public IReadOnlyDictionary<string, string> Meanings { get; init; } = new Dictionary<string, string>();

    /// <summary>Fresh episodes that each evaluation played; 0 if unknown.</summary>
    public int Episodes { get; init; }

    /// <summary>What a reader must know before trusting the figures.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Runs with something taken away, to show that it mattered.</summary>
    public IReadOnlyList<ControlOutcome> Controls { get; init; } = [];

    /// <summary>Writes the file in one step.</summary>
    /// <exception cref="EmbodiedException">The disk is full or refuses.</exception>
    public void Write(string path) => AtomicFile.WriteText(path, RunJson.Of(this));

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="AssetMissingException">There is no such file.</exception>
    /// <exception cref="CorruptFileException">It is cut off or of another layout.</exception>
    public static RunSummary Read(string path)
    {
        if (!File.Exists(path))
            throw new AssetMissingException("The summary of the run", path, "It is written when the run ends: ./embodied resume ends it.");
        try
        {
            return JsonSerializer.Deserialize<RunSummary>(File.ReadAllBytes(path), RunJson.Options)!;
        }
        catch (JsonException error)
        {
            throw new CorruptFileException(path, "a run's summary", error.Message, "Write it anew with ./embodied evaluate.", error);
        }
    }
}

/// <summary>Outcome of a control run.</summary>
/// <param name="Name">Short, e.g. <c>shuffled weights</c>.</param>
/// <param name="Meaning">One sentence: what was taken away and what it shows.</param>
/// <param name="Success">As in <see cref="RunSummary.Success"/>.</param>
/// <param name="Measures">As in <see cref="RunSummary.Measures"/>.</param>
public sealed record ControlOutcome(string Name, string Meaning, double? Success, IReadOnlyDictionary<string, double> Measures);
