using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Loop;

namespace EmbodiedRL.App.Commands;

/// <summary>What <c>score</c> says of sentences where an environment is named: the check's verdict, percentiles over its states.</summary>
internal static class SampledScores
{
    private const ulong Seed = 1; // that a run has by default, so that the verdict is that of rewards check

    /// <summary>Said where none is named.</summary>
    public const string Hint = "A score says little alone: --env NAME adds its percentile over the environment's own states, and a verdict "
        + "on the sentence.";

    /// <summary>Judges every sentence that is asked for by one model.</summary>
    /// <param name="services">Where environment and reward come from.</param>
    /// <param name="asked">Names an environment.</param>
    /// <param name="options">Of the reward, with the model.</param>
    /// <param name="context">Holds the model. Lent.</param>
    /// <param name="cancel">Stops between two calls of the model.</param>
    public static async Task<IReadOnlyList<SentenceVerdict>> JudgeAsync(RunServices services, ScoreRequest asked, GoalRewardOptions options,
        RewardContext context, CancellationToken cancel)
    {
        using IVectorEnvironment environment = services.Environment(asked.Environment!, RewardCheck.Rows, 0);
        using var renderers = new RendererPool();
        using IGoalReward reward = services.Rewards.BuildGoal(options, context, asked.Source);
        SentenceCheck check = await SentenceCheck.DrawAsync(environment, renderers, "", reward, Seed, cancel);
        return [.. asked.Goals.Select(goal => check.Judge(goal, cancel))];
    }

    /// <summary>The percentile of each score; null where no sentence was judged.</summary>
    /// <param name="verdicts">One for each score.</param>
    /// <param name="scores">Of a picture.</param>
    public static double[]? Percentiles(IReadOnlyList<SentenceVerdict> verdicts, float[] scores) =>
        verdicts.Count == 0 ? null : [.. scores.Zip(verdicts, (score, verdict) => verdict.Percentile(score))];

    /// <summary>For scripts.</summary>
    public static IEnumerable<object> Answer(IReadOnlyList<SentenceVerdict> verdicts, IReadOnlyList<string> models) =>
        verdicts.Select((verdict, i) => new
        {
            Model = ModelOf(i, verdicts, models),
            verdict.Goal,
            verdict.Kind,
            Verdict = verdict.Check.Trust.ToString().ToLowerInvariant(),
            verdict.Check.Agreement,
            verdict.Check.BestInside,
            verdict.Check.Follows,
            verdict.Check.Inverted,
            verdict.Check.Reasons,
        });

    /// <summary>For people.</summary>
    public static void Write(TextWriter output, IReadOnlyList<SentenceVerdict> verdicts, IReadOnlyList<string> models, string environment)
    {
        output.WriteLine($"In brackets: the share of {verdicts[0].Scores.Count} sampled states of {environment} that score lower.");
        for (int i = 0; i < verdicts.Count; i++)
        {
            string by = models.Count > 1 ? $" by {ModelOf(i, verdicts, models)}" : "";
            string agreement = verdicts[i].Check.Agreement is { } known ? $" Agreement with the truth {known:F2}." : "";
            output.WriteLine($"\"{verdicts[i].Goal}\"{by} ({verdicts[i].Kind}): "
                + $"{verdicts[i].Check.Trust.ToString().ToLowerInvariant()}.{agreement}");
            foreach (string reason in verdicts[i].Check.Reasons) output.WriteLine($"- {reason}");
        }
    }

    private static string ModelOf(int verdict, IReadOnlyList<SentenceVerdict> verdicts, IReadOnlyList<string> models) =>
        models[verdict * models.Count / verdicts.Count];
}
