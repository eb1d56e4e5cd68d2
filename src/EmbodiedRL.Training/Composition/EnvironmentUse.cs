namespace EmbodiedRL.Training.Composition;

/// <summary>What environments are made for.</summary>
public enum EnvironmentUse
{
    /// <summary>To learn in: normalisers take in what they see, and randomisation plays the draws of training.</summary>
    Training,

    /// <summary>To be judged or looked at: normalisers are frozen, and randomisation plays what the settings say for evaluation.</summary>
    Evaluation,
}
