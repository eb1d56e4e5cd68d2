namespace EmbodiedRL.Training.Auditing.RedTeam;

/// <summary>How frauds are looked for.</summary>
public enum Attack
{
    /// <summary>States drawn at random.</summary>
    Random,

    /// <summary>The cross-entropy method over positions and speeds.</summary>
    Optimizer,

    /// <summary>Episodes of a policy that was trained on the reward.</summary>
    Policy,
}
