using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Models.Encoders;

namespace EmbodiedRL.Rewards.Diagnostics;

/// <summary>
/// Asks a model about sampled states before anybody trains on its word: does it know the sentence, does it tell states apart by it?
/// </summary>
/// <remarks>
/// A model answers any sentence with a number. Over states drawn from the whole range, a sentence it does not understand moves the reward
/// little, or moves it by something else than what the sentence says; both are measured here against the phrases it was trained on.
/// </remarks>
public static class GoalCheck
{
    private const double FlatBelow = 0.3;   // share of the known phrases' median response
    private const int PhrasesOffered = 8;

    /// <summary>Evaluates a reward's goal.</summary>
    /// <param name="reward">The reward that will train; its first goal is checked against its first baseline. Lent.</param>
    /// <param name="info">The environment whose states are shown.</param>
    /// <param name="frames">B frames as the reward reads them.</param>
    /// <param name="states">[B, S], what the frames show.</param>
    /// <param name="cancel">Stops between two calls of the model.</param>
    public static GoalDiagnostics Diagnose(
        IGoalReward reward, EnvironmentInfo info, RewardBatch frames, ReadOnlySpan<float> states, CancellationToken cancel = default)
    {
        SpecMismatchException.ThrowIfLength("states to check a goal by", states.Length, frames.Rows * info.State.Length);
        (IImageTextModel model, string goal) = (reward.Model, reward.Goals[0]);
        string[] known = [.. model.Record.Find(info)?.Grammar.Examples ?? []];
        double[][] scores = Score(reward, frames, [goal, .. known], cancel);
        double[] answers = scores[0];
        double typical = Median([.. scores.Skip(1).Select(Deviation)]);
        double response = known.Length == 0 ? double.NaN : typical > 0 ? Deviation(answers) / typical : 0;

        var grammar = new CaptionGrammar(info);
        Caption? caption = grammar.Parse(goal);
        double agreement = caption is { Claims.IsEmpty: false } ? Correlation(answers, Truths(caption, info, states)) : double.NaN;
        var verdict = new GoalDiagnostics(goal, model.Record.KindOf(info, goal), caption?.Measures ?? [], [],
            [.. known.Take(PhrasesOffered)], response, agreement);
        return verdict with { Warnings = [.. Warn(verdict, model, info, reward.Baselines[0])] };
    }

    /// <summary>Pearson's correlation; 0 if either side does not vary.</summary>
    public static double Correlation(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        double meanLeft = Mean(left), meanRight = Mean(right), product = 0, squaresLeft = 0, squaresRight = 0;
        for (int i = 0; i < left.Length; i++)
        {
            (double a, double b) = (left[i] - meanLeft, right[i] - meanRight);
            (product, squaresLeft, squaresRight) = (product + (a * b), squaresLeft + (a * a), squaresRight + (b * b));
        }

        double scale = Math.Sqrt(squaresLeft * squaresRight);
        return scale > 1e-12 ? product / scale : 0;
    }

    /// <summary>The reward of every frame for every sentence, [G][B]; all zero where the model cannot tell it from the baseline.</summary>
    /// <param name="reward">Lent.</param>
    /// <param name="frames">B frames as the reward reads them.</param>
    /// <param name="goals">G sentences.</param>
    /// <param name="cancel">Stops between two calls of the model.</param>
    public static double[][] Score(
        IGoalReward reward, RewardBatch frames, IReadOnlyList<string> goals, CancellationToken cancel = default)
    {
        float[] scores = new float[goals.Count * frames.Rows];
        reward.ScoreGoals(frames, goals, scores, cancel);
        return [.. scores.Chunk(frames.Rows).Select(row => Array.ConvertAll(row, score => float.IsNaN(score) ? 0 : (double)score))];
    }

    /// <summary>The truth of a caption in every state, [B].</summary>
    public static double[] Truths(Caption caption, EnvironmentInfo info, ReadOnlySpan<float> states)
    {
        int length = info.State.Length;
        double[] truths = new double[states.Length / length];
        for (int i = 0; i < truths.Length; i++) truths[i] = caption.Truth(states.Slice(i * length, length));
        return truths;
    }

    private static List<string> Warn(
        GoalDiagnostics verdict, IImageTextModel model, EnvironmentInfo info, string baseline)
    {
        var warnings = new List<string>();
        foreach ((string role, string sentence) in new[] { ("goal", verdict.Goal), ("baseline", baseline) })
        {
            IReadOnlyList<string> unknown = model.UnknownWords(sentence);
            if (unknown.Count > 0)
                warnings.Add($"The {role} has words that {model.Name} has never seen: "
                    + $"{string.Join(", ", unknown.Select(word => $"'{word}'"))}.");
        }

        if (verdict.Response < FlatBelow)
            warnings.Add($"{model.Name} hardly tells states apart by this sentence: its answers move {verdict.Response:P0} of what they "
                + "move for phrases it knows.");
        if (verdict.Kind == CaptionKind.Unseen) warnings.Add(Unseen(model, info));
        return warnings;
    }

    /// <summary>Why a sentence counts as unseen: the scene was never shown, or never spoken of like that.</summary>
    private static string Unseen(IImageTextModel model, EnvironmentInfo info)
    {
        IReadOnlyList<TaughtEnvironment> taught = model.Record.Environments;
        if (taught.Count == 0)
            return $"{model.Name} keeps no record of what it was trained on, so what it makes of this sentence is a guess.";
        return model.Record.Find(info) is null
            ? $"{model.Name} was never shown '{info.Name}', only "
                + $"{string.Join(" and ", taught.Select(environment => $"'{environment.Name}'"))}: what it says of these pictures is "
                + "a guess."
            : $"The sentence is not made of phrases {model.Name} was trained on.";
    }

    private static double Mean(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values) sum += value;
        return sum / values.Length;
    }

    private static double Deviation(double[] values)
    {
        double mean = Mean(values);
        return Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / values.Length);
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values.Length == 0 ? 0 : (values[(values.Length - 1) / 2] + values[values.Length / 2]) / 2;
    }
}
