using EmbodiedRL.Core;
using EmbodiedRL.Rewards.Diagnostics;

namespace EmbodiedRL.Rewards.Tabular;

/// <summary>Uniform states and actions of a tabular world, and its own successors.</summary>
/// <param name="world">Whose.</param>
public sealed class TabularCoverage(TabularMdp world) : ICoverage<int, int>
{
    /// <inheritdoc/>
    public int State(ref Rng rng) => rng.Below(world.States);

    /// <inheritdoc/>
    public int Action(ref Rng rng) => rng.Below(world.Actions);

    /// <inheritdoc/>
    public int Next(int state, int action, ref Rng rng) => world.Draw(state, action, ref rng);

    /// <inheritdoc/>
    public bool IsTerminal(int state) => world.Terminal[state];
}
