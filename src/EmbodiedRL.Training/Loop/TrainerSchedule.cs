using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Loop;

/// <summary>How long a <see cref="Trainer"/> trains and what it does in between, in rows: environment steps, or completions.</summary>
/// <param name="Steps">Of the whole run; the last update may go beyond it.</param>
/// <param name="EvaluateEvery">Between two evaluations; 0 evaluates before and after training only.</param>
/// <param name="CheckpointEvery">Between two checkpoints; 0 saves one at the end only.</param>
/// <param name="RecordEvery">Between two recordings; 0 records at the end only.</param>
public sealed record TrainerSchedule(long Steps, long EvaluateEvery = 0, long CheckpointEvery = 0, long RecordEvery = 0)
{
    /// <summary>That of a run of bodies.</summary>
    public static TrainerSchedule Of(RunSettings settings) =>
        new(settings.Agent.Steps, settings.Evaluate.Every, settings.Checkpoint.Every, settings.Record.Every);

    /// <summary>That of a run that fine-tunes a language model.</summary>
    public static TrainerSchedule Of(ReasoningSettings settings) =>
        new(settings.Steps, settings.Evaluate.Every, settings.Evaluate.CheckpointEvery);
}
