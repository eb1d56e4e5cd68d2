using EmbodiedRL.Core;

namespace EmbodiedRL.Rewards.Diagnostics;

/// <summary>Reward of one transition.</summary>
/// <param name="state">Where the action was taken.</param>
/// <param name="action">That was taken.</param>
/// <param name="next">That followed.</param>
public delegate double TransitionReward<in TState, in TAction>(TState state, TAction action, TState next);

/// <summary>
/// Coverage: what transitions of a world are drawn from where rewards are compared by samples. Draws are functions of the stream alone.
/// </summary>
/// <typeparam name="TState">A state; immutable, or a fresh one at each draw.</typeparam>
/// <typeparam name="TAction">An action.</typeparam>
public interface ICoverage<TState, TAction>
{
    /// <summary>Draws one of the states that the comparison is about.</summary>
    TState State(ref Rng rng);

    /// <summary>Draws an action, of the same distribution in every state.</summary>
    TAction Action(ref Rng rng);

    /// <summary>Draws what follows.</summary>
    TState Next(TState state, TAction action, ref Rng rng);

    /// <summary>Whether nothing follows.</summary>
    bool IsTerminal(TState state);
}
