namespace EmbodiedRL.Core.Contracts;

/// <summary>
/// Completion reward: scores completions of a language model and nothing else. One reward block may hold terms of both kinds; a run of
/// bodies leaves these out.
/// </summary>
public interface ICompletionReward : IReward;

/// <summary>
/// Trajectory reward: scores trajectories of bodies and nothing else; a run that fine-tunes a language model leaves it out. A reward that
/// is neither scores both.
/// </summary>
public interface ITrajectoryReward : IReward;
