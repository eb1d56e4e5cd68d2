using EmbodiedRL.Contracts;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Sources;

namespace EmbodiedRL.Rewards.Tests.Verifiers;

/// <summary>Scores completions of one question.</summary>
internal static class Verified
{
    public static string Tagged(string answer, string thought = "I look.") => $"<think>{thought}</think><answer>{answer}</answer>";

    public static Task<float[]> Score(IReward reward, Question question, params string[] texts) => ScoreAt(reward, question, 0, texts);

    public static Task<float[]> ScoreAt(IReward reward, Question question, double progress, params string[] texts) =>
        ScoreBatch(reward, CompletionBatch.Of([question], texts.Length, texts), ScoreContext.Preview() with { Progress = progress });

    public static async Task<float[]> ScoreBatch(IReward reward, CompletionBatch batch, ScoreContext? context = null)
    {
        using (reward)
        {
            float[] scores = new float[batch.Rows];
            await reward.ScoreAsync(batch, scores, context ?? NoiseBatches.Context());
            return scores;
        }
    }
}

/// <summary>A text model that replies by a rule of the prompt.</summary>
internal sealed class ScriptedTextModel(Func<string, string> reply) : ITextModel
{
    public string Name => "scripted";

    public List<string> Prompts { get; } = [];

    public ValueTask<IReadOnlyList<string>> ReplyAsync(IReadOnlyList<string> prompts, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        Prompts.AddRange(prompts);
        return ValueTask.FromResult<IReadOnlyList<string>>([.. prompts.Select(reply)]);
    }
}
