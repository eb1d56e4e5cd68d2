using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Demonstrations;

/// <summary>What a file of demonstrations says of itself: one JSON document in the file's own metadata, under <see cref="Key"/>.</summary>
public sealed record DemonstrationHeader
{
    /// <summary>Its key among the file's metadata.</summary>
    public const string Key = "embodied.demonstrations";

    /// <summary>The key of the document's own SHA-256, lower-case hexadecimal.</summary>
    public const string HashKey = "embodied.demonstrations.sha256";

    /// <summary>The layout that this program writes; the first one had no hash of the document.</summary>
    public const int CurrentFormat = 2, FirstFormat = 1;

    /// <summary>The layout of this file.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>Name in the catalog of environments.</summary>
    public required string Environment { get; init; }

    /// <summary>The settings that the environment was made by, as JSON: an object with <c>env</c> at least.</summary>
    public required JsonElement Settings { get; init; }

    /// <summary>The model that the settings name in <c>env:mjcf</c>; null if they name none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RecordedMjcf? Model { get; init; }

    /// <summary>Of all draws of the recording.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Where episodes began.</summary>
    public required StartDistribution Start { get; init; }

    /// <summary>Who acted, e.g. <c>expert upright</c>, <c>random</c>, or the folder of a run.</summary>
    public required string Policy { get; init; }

    /// <summary>Seconds between two rows.</summary>
    public required double ControlTimestep { get; init; }

    /// <summary>What <c>observation</c> and <c>next_observation</c> hold, in order.</summary>
    public required IReadOnlyList<DemonstrationField> Observation { get; init; }

    /// <summary>The shape of <c>observation_image</c> and <c>next_observation_image</c>; null where observations have no image.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DemonstrationImage? Image { get; init; }

    /// <summary>What <c>action</c> holds, in order.</summary>
    public required IReadOnlyList<DemonstrationField> Action { get; init; }

    /// <summary>Number of choices; 0 for continuous actions.</summary>
    public int Choices { get; init; }

    /// <summary>What <c>state</c> holds, in order.</summary>
    public required IReadOnlyList<DemonstrationField> State { get; init; }

    /// <summary>What <c>reward_terms</c> holds, in order.</summary>
    public required IReadOnlyList<string> RewardTerms { get; init; }

    /// <summary>Names of the snapshot's entries that have no values, and so no column.</summary>
    public IReadOnlyList<string> EmptyEntries { get; init; } = [];

    /// <summary>Side of the frames in pixels; 0 if there are none.</summary>
    public int FrameSize { get; init; }

    /// <summary>The camera of the frames; empty if there are none.</summary>
    public string Camera { get; init; } = "";

    /// <summary>What the recording was made with, MuJoCo among them.</summary>
    public required IReadOnlyDictionary<string, string> Versions { get; init; }

    /// <summary>How many episodes there are.</summary>
    public long Episodes { get; init; }

    /// <summary>How many rows there are.</summary>
    public long Steps { get; init; }

    /// <summary>SHA-256 of every episode's values, in order; see <see cref="EpisodeDigest"/>.</summary>
    public IReadOnlyList<string> Digests { get; init; } = [];

    /// <summary>The SHA-256 of a header's text.</summary>
    internal static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>Whether every member is there that the reading of a file depends on.</summary>
    internal bool IsWhole() =>
        Environment is not null && Policy is not null && Versions is not null && RewardTerms is not null
            && EmptyEntries is not null && Digests is not null
            && Observation is not null && Action is not null && State is not null
            && Observation.Concat(Action).Concat(State).All(field => field is { Name: not null, Length: > 0 });

    /// <summary>The header of a recording to come.</summary>
    /// <param name="info">The environment's specs.</param>
    /// <param name="settings">What it was made by; null for its name and the seed alone.</param>
    /// <param name="seed">Of all draws.</param>
    /// <param name="start">Where episodes begin.</param>
    /// <param name="policy">Who acts, for people.</param>
    public static DemonstrationHeader Of(EnvironmentInfo info, string? settings, ulong seed, StartDistribution start, string policy)
    {
        SortedDictionary<string, string> versions = Runs.Versions.OfProcess();
        if (Simulation.Native.MuJoCoLibrary.Path.Length > 0) versions["MuJoCo"] = Simulation.Native.MuJoCoLibrary.Version;
        return new DemonstrationHeader
        {
            Environment = info.Name,
            Settings = JsonSerializer.Deserialize<JsonElement>(settings ?? RunJson.Of(new { Env = new { info.Name, Seed = seed } })),
            Seed = seed,
            Start = start,
            Policy = policy,
            ControlTimestep = info.ControlTimestep,
            Observation = DemonstrationField.Of(info.Observations),
            Image = DemonstrationImage.Of(info.Observations),
            Action = DemonstrationField.Of(info.Actions.Vector),
            Choices = info.Actions.Choices,
            State = DemonstrationField.Of(info.State),
            RewardTerms = info.RewardTerms,
            Versions = versions,
        };
    }

    /// <summary>Throws unless an environment has the fields that were recorded, in their order.</summary>
    /// <exception cref="SpecMismatchException">Names the first that differs.</exception>
    public void Require(EnvironmentInfo info)
    {
        Require("observation", Observation, info.Observations);
        if (Image != DemonstrationImage.Of(info.Observations))
            throw new SpecMismatchException($"image of the observation of '{Environment}'",
                $"{(object?)Image ?? "none"} as recorded",
                $"{(object?)info.Observations.Image ?? "none"}");
        Require("action", Action, info.Actions.Vector);
        Require("state", State, info.State);
        if (!RewardTerms.SequenceEqual(info.RewardTerms))
            throw new SpecMismatchException($"reward terms of '{Environment}'", string.Join(", ", RewardTerms),
                string.Join(", ", info.RewardTerms));
    }

    private void Require(string what, IReadOnlyList<DemonstrationField> recorded, VectorSpec present)
    {
        for (int i = 0; i < Math.Max(recorded.Count, present.Fields.Length); i++)
        {
            string expected = i < recorded.Count ? $"{recorded[i].Name} [{recorded[i].Length}] as recorded" : "no more fields";
            string found = i < present.Fields.Length ? $"{present.Fields[i].Name} [{present.Fields[i].Length}]" : "no more fields";
            if (i >= recorded.Count || i >= present.Fields.Length || recorded[i].Name != present.Fields[i].Name
                || recorded[i].Length != present.Fields[i].Length)
                throw new SpecMismatchException($"field {i} of the {what} of '{Environment}'", expected, found);
        }
    }
}

/// <summary>The shape of an image of observations, uint8 [H, W, C].</summary>
/// <param name="Height">H in pixels.</param>
/// <param name="Width">W in pixels.</param>
/// <param name="Channels">C, bytes of one pixel.</param>
public sealed record DemonstrationImage(int Height, int Width, int Channels)
{
    internal int Length => checked(Height * Width * Channels);

    internal static DemonstrationImage? Of(ObservationSpec spec) =>
        spec.Image is { } image ? new DemonstrationImage(image.Height, image.Width, image.Channels) : null;
}

/// <summary>One field of a vector; a bound that is not there is null.</summary>
/// <param name="Name">As in its spec.</param>
/// <param name="Length">How many values.</param>
/// <param name="Minimum">Least value.</param>
/// <param name="Maximum">Greatest value.</param>
/// <param name="Unit">SI; empty if dimensionless.</param>
/// <param name="Meaning">One clause.</param>
public sealed record DemonstrationField(string Name, int Length, float? Minimum, float? Maximum, string Unit, string Meaning)
{
    internal static IReadOnlyList<DemonstrationField> Of(VectorSpec spec) =>
        [.. spec.Fields.Select(field =>
            new DemonstrationField(field.Name, field.Length, Finite(field.Minimum), Finite(field.Maximum), field.Unit, field.Meaning))];

    private static float? Finite(float bound) => float.IsFinite(bound) ? bound : null;
}
