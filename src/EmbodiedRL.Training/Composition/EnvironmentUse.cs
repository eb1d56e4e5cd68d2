namespace EmbodiedRL.Training.Composition;

/// <summary>Use of an environment: training or evaluation.</summary>
public enum EnvironmentUse
{
    /// <summary>To learn in: normalizers take in what they see, and randomization plays the draws of training.</summary>
    Training,

    /// <summary>To be judged or looked at: normalizers are frozen, and randomization plays what the settings say for evaluation.</summary>
    Evaluation,
}
