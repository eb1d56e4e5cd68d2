using EmbodiedRL.Algorithms.Kernel;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary>Completions that a policy wrote, and the choices behind each.</summary>
/// <param name="Batch">What rewards score.</param>
/// <param name="Choices">[rows].</param>
internal sealed record Draft(CompletionBatch Batch, IReadOnlyList<IReadOnlyList<Chosen>> Choices);

/// <summary>
/// Trains the heads of a policy on rewards of the completions that it writes: advantages within the group of a question, PPO's clipped
/// objective, Adam.
/// </summary>
/// <param name="heads">Trained in place.</param>
/// <param name="rate">Of Adam.</param>
/// <param name="seed">Of all draws.</param>
/// <param name="stream">Name of the draws.</param>
internal sealed class CompletionTrainer(IReadOnlyList<ChoiceHead> heads, double rate, ulong seed, string stream)
{
    private const double Clip = 0.2;

    private long _written;

    /// <summary>G, completions of each question.</summary>
    public int Completions { get; init; } = 8;

    /// <summary>Times that each completion is learned from.</summary>
    public int Epochs { get; init; } = 2;

    /// <summary>What advantages are divided by.</summary>
    public AdvantageScale Scale { get; init; } = AdvantageScale.Group;

    /// <summary>Completions that were written to learn from.</summary>
    public long Written => _written;

    /// <summary>Writes G completions of each question.</summary>
    /// <param name="questions">[B].</param>
    /// <param name="write">A completion of a question, by its place.</param>
    public Draft Write(IReadOnlyList<Question> questions, Func<int, Pen, string> write)
    {
        long first = _written;
        var texts = new string[questions.Count * Completions];
        var choices = new IReadOnlyList<Chosen>[texts.Length];
        for (int row = 0; row < texts.Length; row++)
        {
            var pen = Pen.Drawing(Rng.For(seed, stream, _written++));
            texts[row] = write(row / Completions, pen);
            choices[row] = pen.Choices;
        }

        return new Draft(CompletionBatch.Of(questions, Completions, texts, first), choices);
    }

    /// <summary>One update: writes, scores and learns.</summary>
    /// <param name="reward">Scores the completions.</param>
    /// <param name="questions">[B].</param>
    /// <param name="write">A completion of a question, by its place.</param>
    /// <param name="progress">Share of the training that is done.</param>
    /// <returns>[B * G], the rewards.</returns>
    public float[] Learn(IReward reward, IReadOnlyList<Question> questions, Func<int, Pen, string> write, double progress = 0)
    {
        Draft draft = Write(questions, write);
        float[] rewards = Score(reward, draft.Batch, progress);
        Learn(draft, rewards);
        return rewards;
    }

    /// <summary>Learns from rewards of what was written.</summary>
    /// <param name="draft">Of this trainer.</param>
    /// <param name="rewards">[B * G], NaN where none applies.</param>
    public void Learn(Draft draft, ReadOnlySpan<float> rewards)
    {
        double[] advantages = new double[rewards.Length];
        for (int row = 0; row < advantages.Length; row++) advantages[row] = rewards[row];
        GroupAdvantages.Compute<double>(advantages, Completions, Scale, advantages);
        Ascend(draft, advantages);
    }

    /// <summary>Learns from advantages as they are.</summary>
    /// <param name="draft">Of this trainer.</param>
    /// <param name="advantages">[B * G].</param>
    public void Ascend(Draft draft, ReadOnlySpan<double> advantages)
    {
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            for (int row = 0; row < advantages.Length; row++)
            {
                if (advantages[row] == 0) continue;
                foreach (Chosen chosen in draft.Choices[row])
                {
                    double[] now = chosen.Head.Probabilities(chosen.Inputs);
                    double ratio = Math.Exp(Math.Log(now[chosen.Action]) - chosen.LogProbability);
                    if (advantages[row] > 0 ? ratio > 1 + Clip : ratio < 1 - Clip) continue;
                    chosen.Head.Add(chosen, ratio * advantages[row] / advantages.Length, now);
                }
            }

            foreach (ChoiceHead head in heads) head.Ascend(rate);
        }
    }

    /// <summary>One step of cross-entropy toward completions of a teacher.</summary>
    /// <param name="count">How many.</param>
    /// <param name="choices">What the teacher chose in each, in order.</param>
    /// <param name="write">A completion, by its place.</param>
    public void Imitate(int count, Func<int, IEnumerable<int>> choices, Func<int, Pen, string> write)
    {
        for (int i = 0; i < count; i++)
        {
            var pen = Pen.Dictated(choices(i));
            write(i, pen);
            foreach (Chosen chosen in pen.Choices) chosen.Head.Add(chosen, 1.0 / count, chosen.Head.Probabilities(chosen.Inputs));
        }

        foreach (ChoiceHead head in heads) head.Ascend(rate);
    }

    /// <summary>[rows] that a reward gives a batch, adapting where it does.</summary>
    public static float[] Score(IReward reward, CompletionBatch batch, double progress = 0, IMetricSink? metrics = null)
    {
        float[] scores = new float[batch.Rows];
        var context = new ScoreContext(batch.Episode[0], progress, Frozen: false, metrics ?? NullMetricSink.Instance,
            CancellationToken.None);
        reward.ScoreAsync(batch, scores, context).AsTask().GetAwaiter().GetResult();
        return scores;
    }

    /// <summary>The most probable completion of each question.</summary>
    public static string[] Greedy(int count, Func<int, Pen, string> write) =>
        [.. Enumerable.Range(0, count).Select(i => write(i, Pen.Greedy()))];
}
