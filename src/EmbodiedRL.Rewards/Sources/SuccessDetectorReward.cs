using EmbodiedRL.Core;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Rewards.Diagnostics;

namespace EmbodiedRL.Rewards.Sources;

/// <summary>Options of <see cref="SuccessDetectorReward"/>.</summary>
public sealed record SuccessDetectorOptions : GoalRewardOptions
{
    /// <summary>1 where the probability reaches the threshold, else 0.</summary>
    public const string Success = "success";

    /// <summary>The probability of success.</summary>
    public const string Probability = "probability";

    /// <summary>Cosine with the goal less cosine with its miss: what a calibration is made of.</summary>
    public const string Margin = "margin";

    /// <summary>
    /// Sentences for a state that misses the goal, averaged; empty takes the denials of the goal's facts, and the baseline's sentences
    /// where those are not known.
    /// </summary>
    [Length(0, 1000)]
    public string[] Misses { get; init; } = [];

    /// <summary>Factor of the margin where there is no calibration (1 / temperature).</summary>
    [Range(0, 1000, IsAboveLeast = true)]
    public double LogitScale { get; init; } = 100;

    /// <summary>Probability from which on a frame counts as success.</summary>
    [Range(0, 1)]
    public double Threshold { get; init; } = 0.5;

    /// <summary>
    /// Margins of frames that are known to be successes; with those of misses they make the probability a calibrated one.
    /// </summary>
    [Length(0, 100_000), Range(-2, 2)]
    public double[] CalibrationSuccesses { get; init; } = [];

    /// <summary>Margins of frames that are known to be misses.</summary>
    [Length(0, 100_000), Range(-2, 2)]
    public double[] CalibrationMisses { get; init; } = [];

    /// <summary>
    /// What a row gets: <c>success</c> (1 or 0), <c>probability</c>, or <c>margin</c>, by which calibrations are collected. The transform
    /// <c>hysteresis</c> on the probability keeps a frame at the threshold from switching at every step.
    /// </summary>
    [Length(1, LengthAttribute.Name)]
    public string Output { get; init; } = Success;

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (RowGroups.Violation("output", Output, Success, Probability, Margin) is { } output) yield return output;
        if (CalibrationSuccesses.Length > 0 != CalibrationMisses.Length > 0)
            yield return "calibrationSuccesses: expected margins of successes and of misses, or of neither, found those of "
                + $"{(CalibrationMisses.Length > 0 ? "misses" : "successes")} alone.";
    }
}

/// <summary>Success detector: whether a frame shows the goal or its miss.</summary>
/// <remarks>
/// margin = cos(frame, goal) - cos(frame, miss), both sides means of sentences at unit length. Without a calibration the probability is
/// sigmoid(scale margin), the softmax of two classes; with one it is <see cref="PlattScaling"/> of the margin, fitted to the known frames.
/// The calibration is that of the run's goal: other sentences that are tried out share it.
/// </remarks>
[NoPaper("a classifier of two classes with a threshold; its probability is Platt's")]
public sealed class SuccessDetectorReward : GoalReward
{
    private readonly SuccessDetectorOptions _options;
    private readonly FactSentences _facts;
    private readonly PlattScaling? _calibration;

    /// <summary>Embeds the sentences once and fits the calibration.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="model">Lent for the life of this reward.</param>
    /// <param name="goals">Sentences that describe the goal.</param>
    /// <param name="baselines">Sentences that describe what is always seen.</param>
    /// <param name="options">Misses, calibration and output. Its prompts are not read.</param>
    /// <param name="info">Whose grammar denies the goal; null if there is no environment.</param>
    /// <param name="reading">Which frames, and how; null takes what the options say.</param>
    /// <exception cref="SettingsException">A list of sentences is empty, or goal and miss mean the same to the model.</exception>
    public SuccessDetectorReward(string name, IImageTextModel model, IReadOnlyList<string> goals, IReadOnlyList<string> baselines,
        SuccessDetectorOptions options, EnvironmentInfo? info = null, FrameReading? reading = null)
        : base(name, model, goals, baselines, options.Output == SuccessDetectorOptions.Margin ? -2 : 0,
            options.Output == SuccessDetectorOptions.Margin ? 2 : 1, reading ?? options.Reading(null))
    {
        options.Require($"reward '{name}'");
        (_options, _facts) = (options, new FactSentences(info));
        if (options.CalibrationSuccesses.Length > 0)
            _calibration = PlattScaling.Fit([.. options.CalibrationSuccesses, .. options.CalibrationMisses],
                [.. options.CalibrationSuccesses.Select(_ => true), .. options.CalibrationMisses.Select(_ => false)]);
        if (_calibration is { Slope: <= 0 })
            throw new SettingsException($"reward '{name}'",
                ["calibrationSuccesses: expected margins that are greater than those of misses, found none such; the model does not tell "
                    + "successes from misses by these sentences."]);
        RequireGoal();
    }

    /// <inheritdoc/>
    protected override EmbeddingScore ScoreOf(IReadOnlyList<string> goals)
    {
        IReadOnlyList<string> misses = [.. _options.Misses.Length > 0 ? _options.Misses.Except(goals) : _facts.Misses(goals)];
        if (misses.Count == 0) misses = Baselines;
        float[] goal = EmbedAsOne(goals, "goal"), miss = EmbedAsOne(misses, "miss");
        if (1 - Cosine(goal, miss) < 1e-6)
            throw new SettingsException("goal",
                [$"'{goals[0]}' and '{misses[0]}' mean the same to the model. Say in misses what a frame shows when the goal is missed."]);
        return embedding => Output(Cosine(embedding, goal) - Cosine(embedding, miss));
    }

    private float Output(double margin)
    {
        if (_options.Output == SuccessDetectorOptions.Margin) return (float)margin;
        double probability = _calibration?.Probability(margin) ?? ScoreMath.Sigmoid(_options.LogitScale * margin);
        return _options.Output == SuccessDetectorOptions.Probability ? (float)probability : probability >= _options.Threshold ? 1 : 0;
    }
}
