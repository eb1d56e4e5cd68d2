using EmbodiedRL.Core;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Auditing.RedTeam;

/// <summary>How frauds of a reward are looked for: states that it pays for and that are not the goal.</summary>
public sealed record RedTeamSettings
{
    /// <summary>States of each attack where nothing is said, if the reward is fast enough.</summary>
    public const int UsualStates = 4096;

    /// <summary>Whether states are drawn at random.</summary>
    public bool Random { get; init; } = true;

    /// <summary>Whether the cross-entropy method seeks states of high reward.</summary>
    public bool Optimizer { get; init; } = true;

    /// <summary>
    /// States that each of the two tries, over all its restarts; 0 takes 4,096, or as many as a slow reward scores in half a minute.
    /// </summary>
    [Range(128, 1 << 20, Zero = "4,096, fewer of a slow reward")]
    public int States { get; init; }

    /// <summary>Environment steps that a policy is trained for on each reward before its episodes are searched; 0 trains none.</summary>
    [Range(1, AgentSettings.MostSteps, Zero = "no policy")]
    public long PolicySteps { get; init; }

    /// <summary>Whether there is any attack.</summary>
    internal bool IsAsked => Random || Optimizer || PolicySteps > 0;
}
