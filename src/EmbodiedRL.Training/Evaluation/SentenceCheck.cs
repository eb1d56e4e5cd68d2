using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards;
using EmbodiedRL.Training.Captioning;
using EmbodiedRL.Training.Loop;

namespace EmbodiedRL.Training.Evaluation;

/// <summary>
/// Tries sentences on an environment's own states: the verdict of <see cref="RewardCheck"/> on a goal-conditioned reward, and the scores
/// that others are measured by.
/// </summary>
public sealed class SentenceCheck
{
    private readonly DrawnStates _drawn;
    private readonly IGoalReward _reward;
    private readonly ulong _seed;

    private SentenceCheck(DrawnStates drawn, IGoalReward reward, ulong seed) => (_drawn, _reward, _seed) = (drawn, reward, seed);

    /// <summary>Draws the states that a run of the same seed is checked on.</summary>
    /// <param name="environment">Of <see cref="RewardCheck.Rows"/> rows; its episodes end here. Lent.</param>
    /// <param name="renderers">Lent for the time of the call.</param>
    /// <param name="camera">Stands for the empty camera of the reward; empty takes the task's own.</param>
    /// <param name="reward">Lent for the life of this.</param>
    /// <param name="seed">Of a run.</param>
    /// <param name="cancel">Stops between two draws.</param>
    /// <exception cref="SpecMismatchException">The reward reads no frames, or the environment cannot be drawn.</exception>
    public static async Task<SentenceCheck> DrawAsync(IVectorEnvironment environment, RendererPool renderers, string camera,
        IGoalReward reward, ulong seed, CancellationToken cancel)
    {
        FrameSpec spec = reward.Spec.Frames
            ?? throw new SpecMismatchException($"check of reward '{reward.Spec.Name}'", "one that reads frames", "one that reads none");
        ulong drawn = RewardCheck.SeedOf(seed);
        return new SentenceCheck(await DrawnStates.DrawAsync(environment, renderers, camera, [spec], drawn, cancel), reward, drawn);
    }

    /// <summary>Judges the reward with a sentence as its goal.</summary>
    /// <param name="goal">One without a <see cref="IGoalReward.Violation"/>.</param>
    /// <param name="cancel">Stops between two calls of the model.</param>
    public SentenceVerdict Judge(string goal, CancellationToken cancel)
    {
        EnvironmentInfo info = _drawn.Batch.Info;
        float[] scores = new float[_drawn.Batch.Rows];
        _reward.ScoreGoals(_drawn.Batch, [goal], scores, cancel);
        ScoredStates scored = _drawn.With(scores);
        IReadOnlyList<string> measures = new CaptionGrammar(info).Parse(goal)?.Measures ?? [];
        return new SentenceVerdict(goal, _reward.Model.Record.KindOf(info, goal).ToString().ToLowerInvariant(),
            RewardCheck.Judge(info, goal, measures, scored.Rewards, scored.States, _seed), scored.Rewards);
    }
}

/// <summary>What a sentence is worth as the goal of a reward in an environment.</summary>
/// <param name="Goal">The sentence.</param>
/// <param name="Kind">What it is to the model: <c>trained</c>, <c>paraphrase</c>, <c>composition</c> or <c>unseen</c>.</param>
/// <param name="Check">The verdict of the check that <c>train</c> makes.</param>
/// <param name="Scores">Of the environment's sampled states, in no order.</param>
public sealed record SentenceVerdict(string Goal, string Kind, RewardVerdict Check, IReadOnlyList<double> Scores)
{
    /// <summary>Share of the sampled states that score lower, equal ones by half, in [0, 1].</summary>
    public double Percentile(double score) => SentenceStatistics.Percentile(score, [.. Scores]);
}
