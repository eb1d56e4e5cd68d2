using System.Text.Json;
using System.Text.Json.Serialization;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Facts;

namespace EmbodiedRL.Models.Encoders;

/// <summary>Training data of a model, saved beside its weights: which scenes, and which facts and sentences.</summary>
/// <remarks>
/// An environment that is changed or added later does not change it: how a goal stands to a model's training is for the model to say.
/// </remarks>
public sealed record TrainingRecord
{
    /// <summary>The file's name in the model's folder.</summary>
    public const string FileName = "training.json";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        WriteIndented = true,
    };

    /// <summary>That of a model which keeps none.</summary>
    public static TrainingRecord None { get; } = new();

    /// <summary>Whose pictures it was shown; empty if it keeps no record.</summary>
    public IReadOnlyList<TaughtEnvironment> Environments { get; init; } = [];

    /// <summary>The record of a training on these environments.</summary>
    public static TrainingRecord Of(IEnumerable<EnvironmentInfo> environments) =>
        new() { Environments = [.. environments.Select(TaughtEnvironment.Of)] };

    /// <summary>Reads the record of a model's folder; <see cref="None"/> if there is none.</summary>
    /// <exception cref="CorruptFileException">It is no such record.</exception>
    public static TrainingRecord Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return None;
        try
        {
            TrainingRecord record = JsonSerializer.Deserialize<TrainingRecord>(File.ReadAllBytes(path), Json)
                ?? throw new JsonException("it is null");
            foreach (TaughtEnvironment environment in record.Environments) _ = environment.Grammar;
            return record;
        }
        catch (Exception error) when (error is JsonException or ArgumentException or UnknownNameException)
        {
            throw new CorruptFileException(path,
                "the record of a model's training",
                $"something else ({error.Message})",
                "Restore or train the model again.",
                error);
        }
    }

    /// <summary>Writes the record into a model's folder.</summary>
    public void Write(string folder) => File.WriteAllText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, Json) + "\n");

    /// <summary>Training data of an environment; null if the model was not trained on it.</summary>
    /// <remarks>
    /// An environment without facts was never trained on, whatever its name: a user's own model file may have any name.
    /// </remarks>
    public TaughtEnvironment? Find(EnvironmentInfo environment) =>
        environment.Facts.IsEmpty ? null : Environments.FirstOrDefault(taught => taught.Name == environment.Name);

    /// <summary>Kind of a sentence about an environment, relative to the model's training data.</summary>
    public CaptionKind KindOf(EnvironmentInfo environment, string sentence) =>
        Find(environment)?.Grammar.Parse(sentence)?.Kind ?? CaptionKind.Unseen;
}

/// <summary>Training data of one environment.</summary>
/// <param name="Name">In the catalog of environments.</param>
/// <param name="Baseline">What every picture shows.</param>
/// <param name="Subjects">What was spoken of, by name, and the nouns for it.</param>
/// <param name="Facts">Facts of the training sentences.</param>
public sealed record TaughtEnvironment(
    string Name, string Baseline, IReadOnlyDictionary<string, IReadOnlyList<string>> Subjects, IReadOnlyList<TaughtFact> Facts)
{
    private CaptionGrammar? _grammar;

    /// <summary>Names of those subjects whose nouns say that something exists.</summary>
    public IReadOnlyList<string> Existential { get; init; } = [];

    /// <summary>Patterns of sentences that hold in no state.</summary>
    public IReadOnlyList<string> Falsehoods { get; init; } = [];

    /// <summary>Pairs of facts, by name, that were never combined; null if they are those of the grammar's own rule.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<IReadOnlyList<string>>? KeptApart { get; init; }

    /// <summary>Parses sentences by the trained facts; truths are not available.</summary>
    [JsonIgnore]
    public CaptionGrammar Grammar => _grammar ??= MakeGrammar();

    /// <summary>Records the facts of an environment.</summary>
    public static TaughtEnvironment Of(EnvironmentInfo info) => new(info.Name, info.Baseline,
        info.Subjects.ToDictionary(subject => subject.Name, subject => (IReadOnlyList<string>)[.. subject.Nouns], StringComparer.Ordinal),
        [.. info.Facts.Where(fact => fact.IsVisible).Select(TaughtFact.Of)])
    {
        Existential = [.. info.Subjects.Where(subject => subject.IsExistential).Select(subject => subject.Name)],
        Falsehoods = [.. info.Falsehoods],
    };

    private CaptionGrammar MakeGrammar()
    {
        string[] names = [.. Facts.Select(fact => fact.Name)];
        string Known(string name) => names.Contains(name) ? name : throw new UnknownNameException("fact", name, names);
        return new CaptionGrammar(
            [.. Subjects.Select(subject => new Subject(subject.Key, [.. subject.Value])
            {
                IsExistential = Existential.Contains(subject.Key),
            })],
            [.. Facts.Select(fact => fact.ToFact())], Baseline, [.. Falsehoods],
            KeptApart?.Select(pair => pair is [var first, var second]
                ? (Known(first), Known(second))
                : throw new ArgumentException("facts are kept apart in pairs")));
    }
}

/// <summary>Fact and the phrases a model was trained with.</summary>
/// <param name="Name">Unique within the environment.</param>
/// <param name="Subject">Subject of the fact.</param>
/// <param name="Phrases">Ways to say it after "is".</param>
/// <param name="Verbs">Ways to say it with a verb of its own.</param>
/// <param name="HeldOut">Ways to say it that were kept back.</param>
public sealed record TaughtFact(string Name, string Subject, IReadOnlyList<string> Phrases, IReadOnlyList<string> Verbs,
    IReadOnlyList<string> HeldOut)
{
    /// <summary>Ways to say it with an infinitive.</summary>
    public IReadOnlyList<string> Infinitives { get; init; } = [];

    /// <summary>Ways to ask for it.</summary>
    public IReadOnlyList<string> Imperatives { get; init; } = [];

    /// <summary>Records a fact.</summary>
    public static TaughtFact Of(Fact fact) => new(fact.Name, fact.Subject, fact.Phrases, fact.Verbs, fact.HeldOut)
    {
        Infinitives = fact.Infinitives,
        Imperatives = fact.Imperatives,
    };

    /// <summary>The fact, of unknown truth.</summary>
    internal Fact ToFact() => new(Name, Subject, [.. Phrases], [.. HeldOut], static _ => float.NaN)
    {
        Verbs = [.. Verbs],
        Infinitives = [.. Infinitives],
        Imperatives = [.. Imperatives],
    };
}
