using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using EmbodiedRL.Core;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Captioning;

/// <summary>Model card: what is known of a set of weights, <c>card.json</c>. <see cref="ModelCardPage"/> makes the page from it.</summary>
public sealed record ModelCard
{
    /// <summary>The file's name.</summary>
    public const string FileName = "card.json";

    /// <summary>The edition that is written now; cards of older ones hold no figures that can be shown.</summary>
    public const int LatestEdition = 2;

    /// <summary>Which figures it holds; 0 of a card that does not say.</summary>
    public int Edition { get; init; }

    /// <summary>The model's name in the catalog.</summary>
    public required string Name { get; init; }

    /// <summary>Terms of use.</summary>
    public string License { get; init; } = "MIT";

    /// <summary>Where the weights come from.</summary>
    public string Origin { get; init; } = "trained by this project";

    /// <summary>The command that made them, and makes them again.</summary>
    public required string Command { get; init; }

    /// <summary>Whose pictures were learned.</summary>
    public required IReadOnlyList<string> Environments { get; init; }

    /// <summary>Of everything drawn.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Batches.</summary>
    public required long Steps { get; init; }

    /// <summary>Pictures in a batch.</summary>
    public required int Pictures { get; init; }

    /// <summary>Sentences in a batch.</summary>
    public required int Sentences { get; init; }

    /// <summary>Images of each environment and each condition that the figures are over.</summary>
    public required int Measured { get; init; }

    /// <summary>Threads of one libtorch operation: equal counts give equal weights.</summary>
    public required int Threads { get; init; }

    /// <summary>Words it knows.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Numbers it consists of.</summary>
    public required long Parameters { get; init; }

    /// <summary>Seconds by phase.</summary>
    public required IReadOnlyDictionary<string, double> Seconds { get; init; }

    /// <summary>What it was made with.</summary>
    public required IReadOnlyDictionary<string, string> Versions { get; init; }

    /// <summary>By environment and kind of sentence.</summary>
    public required IReadOnlyList<KindFigure> Figures { get; init; }

    /// <summary>By sentence.</summary>
    public required IReadOnlyList<SentenceFigure> BySentence { get; init; }

    /// <summary>By environment, over trained sentences: sources of states, conditions of images, pictures of something else.</summary>
    public IReadOnlyList<EnvironmentFigure> ByEnvironment { get; init; } = [];

    /// <summary>Of sentences that people wrote; empty if it was measured by none.</summary>
    public IReadOnlyList<WrittenFigure> Written { get; init; } = [];

    /// <summary>Of models that were trained without some goals or environments; empty if it was not measured.</summary>
    public IReadOnlyList<LeftOutFigure> LeftOut { get; init; } = [];

    /// <summary>Commands of the trainings that <see cref="LeftOut"/> is about.</summary>
    public IReadOnlyList<string> LeftOutCommands { get; init; } = [];

    /// <summary>Whether it holds the figures of <see cref="LatestEdition"/>.</summary>
    [JsonIgnore]
    public bool IsLatest => Edition == LatestEdition;

    /// <summary>What it lacks, and what to do; null if nothing.</summary>
    [JsonIgnore]
    public string? Outdated => IsLatest ? null : string.Create(CultureInfo.InvariantCulture,
        $"The card of {Name} is of an older edition than {LatestEdition}: it lacks the figures of this one. Measure the model with "
            + $"./embodied models eval {Name}, or train it again.");

    /// <summary>Reads the card of a folder of weights.</summary>
    /// <returns>Null if there is none.</returns>
    /// <exception cref="CorruptFileException">It is no card.</exception>
    public static ModelCard? Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        try
        {
            return JsonSerializer.Deserialize<ModelCard>(File.ReadAllBytes(path), RunJson.Options) ?? throw new JsonException("it is null");
        }
        catch (JsonException error)
        {
            throw new CorruptFileException(path, "a model card", $"something else ({error.Message})", "Make the model again.", error);
        }
    }

    /// <summary>Writes the card and its page.</summary>
    /// <param name="folder">Must be there.</param>
    public void Write(string folder)
    {
        AtomicFile.WriteText(Path.Combine(folder, FileName), RunJson.Of(this));
        AtomicFile.WriteText(Path.Combine(folder, ModelCardPage.FileName), ModelCardPage.Of(this));
    }
}
