using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Models.Heads;

/// <summary>Selects the action head of an action space.</summary>
public static class ActionHeads
{
    /// <summary>Categorical for choices, Gaussian for real-valued actions.</summary>
    public static IActionHead For(ActionSpec actions) =>
        actions.IsDiscrete ? new CategoricalHead(actions.Choices) : new GaussianHead(actions.Length);
}
