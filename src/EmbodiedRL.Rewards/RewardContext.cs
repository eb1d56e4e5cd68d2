using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models.Contrastive;

namespace EmbodiedRL.Rewards;

/// <summary>What the run lends to its reward.</summary>
public sealed record RewardContext
{
    /// <summary>The environment whose trajectories are scored.</summary>
    public required EnvironmentInfo Info { get; init; }

    /// <summary>Sentences for the goal; a term may name its own.</summary>
    public required IReadOnlyList<string> Goals { get; init; }

    /// <summary>Sentences for what is always seen; a term may name its own.</summary>
    public required IReadOnlyList<string> Baselines { get; init; }

    /// <summary>Gives the image-text model of a name, the same one each time. The giver owns it and disposes it after the reward.</summary>
    public required Func<string, IImageTextModel> Models { get; init; }

    /// <summary>Where files named in the settings are looked for.</summary>
    public string Folder { get; init; } = ".";

    /// <summary>What the run's batches will hold. Frames are drawn in whatever size the reward asks for.</summary>
    public BatchFields Available { get; init; } =
        BatchFields.Observations | BatchFields.Actions | BatchFields.States | BatchFields.TaskRewards | BatchFields.LogProbabilities | BatchFields.Frames;
}
