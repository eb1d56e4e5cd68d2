using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Training.Evaluation;

/// <summary>Evaluation: judges what is being learned by measures that its reward never reads, always on the same trials.</summary>
public interface IEvaluation
{
    /// <summary>Judges it as it stands; nothing is learned.</summary>
    /// <param name="isBrief">Whether only progress is asked for, as during a training.</param>
    /// <param name="cancel">Stops between two trials.</param>
    EvaluationOutcome Evaluate(bool isBrief, CancellationToken cancel);

    /// <summary>Brings back what <see cref="EvaluationOutcome.Save"/> wrote of one of its outcomes.</summary>
    EvaluationOutcome Load(Snapshot from);
}

/// <summary>Evaluation of a policy that acts in environments.</summary>
/// <param name="evaluator">Plays the episodes; lent.</param>
/// <param name="policy">Is judged; lent.</param>
/// <param name="info">Names the measures.</param>
public sealed class PolicyEvaluation(Evaluator evaluator, IPolicy policy, EnvironmentInfo info) : IEvaluation
{
    /// <inheritdoc/>
    public EvaluationOutcome Evaluate(bool isBrief, CancellationToken cancel) => evaluator.Evaluate(policy, cancel, isBrief);

    /// <inheritdoc/>
    public EvaluationOutcome Load(Snapshot from) => EvaluationOutcome.Load(from, info);
}
