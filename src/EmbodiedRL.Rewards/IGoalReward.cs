using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models.Contrastive;

namespace EmbodiedRL.Rewards;

/// <summary>
/// Goal-conditioned reward of an image-text model: scores frames by sentences. The goal check asks its model before training.
/// </summary>
public interface IGoalReward : IReward
{
    /// <summary>The model that reads frames and sentences. Lent.</summary>
    IImageTextModel Model { get; }

    /// <summary>Sentences for the goal, at least one.</summary>
    IReadOnlyList<string> Goals { get; }

    /// <summary>Sentences for what is always seen, at least one.</summary>
    IReadOnlyList<string> Baselines { get; }

    /// <summary>Strength of the goal-baseline regularization in [0, 1]; 0 where there is none.</summary>
    float Alpha { get; }
}
