using EmbodiedRL.Core;
using EmbodiedRL.Models.Encoders;

namespace EmbodiedRL.Rewards.Sources;

/// <summary>Options of <see cref="ClassificationReward"/>.</summary>
public sealed record ClassificationOptions : GoalRewardOptions
{
    /// <summary>p, the probability of the goal.</summary>
    public const string Probability = "probability";

    /// <summary>log(p / (1 - p)).</summary>
    public const string LogOdds = "log-odds";

    /// <summary>
    /// What a frame may show instead of the goal, one class each; empty takes the plain sentences of the environment's other facts, those
    /// of the goal's subject if it has others.
    /// </summary>
    [Length(0, 1000)]
    public string[] Contrasts { get; init; } = [];

    /// <summary>Factor of the cosines (1 / temperature).</summary>
    [Range(0, 1000, IsAboveLeast = true)]
    public double LogitScale { get; init; } = 100;

    /// <summary>What a row gets: <c>probability</c>, in [0, 1], or <c>log-odds</c>, which still tells states apart far from 0.5.</summary>
    [Length(1, LengthAttribute.Name)]
    public string Output { get; init; } = Probability;

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (RowGroups.Violation("output", Output, Probability, LogOdds) is { } output) yield return output;
    }
}

/// <summary>Classification reward: the probability that a frame shows the goal rather than one of several contrasts.</summary>
/// <remarks>
/// p = exp(s c_0) / sum_k exp(s c_k) over the cosines of the frame with the goal (k = 0) and with each contrast; s is the logit scale.
/// The paper's reward before its threshold; the source <c>success-detector</c> has one. The goal's sentences are one class, their mean
/// brought to unit length. A sentence that is tried out as the goal is no contrast of itself.
/// </remarks>
[Paper("2312.09187", "Vision-Language Models as a Source of Rewards", Year = 2023)]
public sealed class ClassificationReward : GoalReward
{
    private readonly ClassificationOptions _options;
    private readonly FactSentences _facts;

    /// <summary>Embeds the sentences once.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="model">Lent for the life of this reward.</param>
    /// <param name="goals">Sentences that describe the goal.</param>
    /// <param name="baselines">Sentences that describe what is always seen; the score does not depend on them.</param>
    /// <param name="options">Contrasts, scale and output. Its prompts are not read.</param>
    /// <param name="info">Whose facts are the contrasts if the options name none; null if there is no environment.</param>
    /// <param name="reading">Which frames, and how; null takes what the options say.</param>
    /// <exception cref="SettingsException">A list of sentences is empty, or there is no contrast.</exception>
    public ClassificationReward(string name, IImageTextModel model, IReadOnlyList<string> goals, IReadOnlyList<string> baselines,
        ClassificationOptions options, EnvironmentInfo? info = null, FrameReading? reading = null)
        : base(name, model, goals, baselines,
            options.Output == ClassificationOptions.Probability ? 0 : float.NegativeInfinity,
            options.Output == ClassificationOptions.Probability ? 1 : float.PositiveInfinity, reading ?? options.Reading(null))
    {
        options.Require($"reward '{name}'");
        (_options, _facts) = (options, new FactSentences(info));
        RequireGoal();
    }

    /// <summary>log(p / (1 - p)) of the first of several logits: it less the log of the others' summed exponentials.</summary>
    /// <param name="logits">At least two.</param>
    public static double LogOdds(ReadOnlySpan<double> logits)
    {
        double most = double.NegativeInfinity, sum = 0;
        foreach (double logit in logits[1..]) most = Math.Max(most, logit);
        foreach (double logit in logits[1..]) sum += Math.Exp(logit - most);
        return logits[0] - most - Math.Log(sum);
    }

    /// <inheritdoc/>
    protected override EmbeddingScore ScoreOf(IReadOnlyList<string> goals)
    {
        string[] contrasts = [.. _options.Contrasts.Length > 0 ? _options.Contrasts.Except(goals) : _facts.Others(goals)];
        if (contrasts.Length == 0)
            throw new SettingsException("goal",
                [$"contrasts: expected at least one sentence beside '{goals[0]}', found none. Name what else a frame may show."]);
        int size = Model.EmbeddingSize;
        float[] classes = [.. EmbedAsOne(goals, "goal"), .. Embed(contrasts)];
        double[] logits = new double[1 + contrasts.Length];
        return embedding =>
        {
            for (int k = 0; k < logits.Length; k++) logits[k] = _options.LogitScale * Cosine(embedding, classes.AsSpan(k * size, size));
            double odds = LogOdds(logits);
            return (float)(_options.Output == ClassificationOptions.LogOdds ? odds : ScoreMath.Sigmoid(odds));
        };
    }
}
