using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Registry;

namespace EmbodiedRL.Rewards.Sources;

/// <summary>Options of <see cref="GoalAnswerReward"/>.</summary>
public sealed record GoalAnswerOptions : FrameOptions
{
    /// <summary>Answers after all that may be so of the goal's subject, each weighed by how likely the model finds it.</summary>
    public const string Weighed = "weighed";

    /// <summary>The model writes the likeliest reasoning first, token by token.</summary>
    public const string Generated = "generated";

    /// <summary>The answer follows an empty reasoning.</summary>
    public const string None = "none";

    /// <summary>The vision-language model: <c>scene-reasoner</c>, or the folder of one that was trained further.</summary>
    [Length(1, LengthAttribute.Path)]
    public override string Model { get; init; } = "scene-reasoner";

    /// <summary>The goal's sentence; empty takes the run's.</summary>
    [Length(0, LengthAttribute.Path)]
    public string Goal { get; init; } = "";

    /// <summary>
    /// Reasoning before the answer: <c>weighed</c> (the answers after all that the environment's facts say may be so of the goal's subject,
    /// each weighed by how likely the model finds it), <c>generated</c> (the likeliest words of the model, which cost a pass of the network
    /// each; also where no facts are known), or <c>none</c> (an empty reasoning: the cheapest, and far worse).
    /// </summary>
    [Length(1, LengthAttribute.Name)]
    public string Reasoning { get; init; } = Weighed;

    /// <summary>
    /// File of a calibration, relative to the settings file, as <c>./embodied rewards train goal-answer</c> writes it; empty for none.
    /// </summary>
    [InputFile(AnswerCalibration.Ending), Length(0, LengthAttribute.Path)]
    public string Calibration { get; init; } = "";

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (RowGroups.Violation("reasoning", Reasoning, Weighed, Generated, None) is { } reasoning) yield return reasoning;
    }

    /// <summary>The sentence that is asked.</summary>
    internal string GoalIn(RewardContext run) => Goal.Length > 0 ? Goal : run.Goals.Count > 0 ? run.Goals[0] : "";

    /// <summary>What may go before the answer to a question; null for what the model writes.</summary>
    internal IReadOnlyList<string>? ThoughtsFor(AskedClaim claim) => Reasoning switch
    {
        None => [""],
        Weighed when claim.Thoughts.Count > 0 => claim.Thoughts,
        _ => null,
    };

    /// <summary>The calibration that is named; null for none.</summary>
    internal AnswerCalibration? CalibrationIn(RewardContext run) =>
        Calibration.Length > 0 ? AnswerCalibration.Read(Path.Combine(run.Folder, Calibration)) : null;
}

/// <summary>
/// Goal-answer reward: asks a vision-language model of every frame whether the goal is reached, and pays the probability of yes.
/// </summary>
/// <remarks>
/// <para>The question is worded as scene questions of the kind <c>goal</c> are. p = sigmoid(x), x being the log-odds of the token for yes
/// against that for no after <c>&lt;think&gt;...&lt;/think&gt;&lt;answer&gt;</c>. The model was trained to say in its reasoning what is so
/// and then to answer; by default its answers after all facts of the goal's subject are weighed by how likely it finds each, which is the
/// sum over reasonings without drawing any. A denied claim has -x, several claims the product of their probabilities. With a calibration
/// p = sigmoid(a x + b).</para>
/// <para>Differs from the paper: it takes the answer itself, yes or no, of a model fine-tuned on questions of whole clips; here it is the
/// probability of yes, of single frames. Which frames are scored, and windows over them, is at <see cref="FrameReward"/>.</para>
/// </remarks>
[Paper("2303.07280", "Vision-Language Models as Success Detectors", Year = 2023)]
public sealed class GoalAnswerReward : FrameReward
{
    private const int AtOnce = 256; // frames in one call: a network's rows are longer than an embedding

    private readonly IVisualAnswerer _model;
    private readonly FrameQuestion[] _questions;
    private readonly AnswerCalibration? _calibration;
    private readonly float[] _answers, _row;
    private CancellationToken _cancel;

    /// <summary>Words the question.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="model">Lent for the life of this reward.</param>
    /// <param name="goal">The sentence.</param>
    /// <param name="options">Reasoning. Its goal and its calibration's file are not read.</param>
    /// <param name="info">Whose grammar takes the sentence apart; null if there is no environment.</param>
    /// <param name="calibration">Null for none.</param>
    /// <param name="reading">Which frames, and how; null takes what the options say.</param>
    /// <exception cref="SettingsException">
    /// There is no sentence, the model has not learned its words, or the calibration was fitted to something else.
    /// </exception>
    public GoalAnswerReward(string name, IVisualAnswerer model, string goal, GoalAnswerOptions options, EnvironmentInfo? info = null,
        AnswerCalibration? calibration = null, FrameReading? reading = null)
        : base(name, model.ImageSize, 0, 1, (reading ?? options.Reading(null)) with { FramesAtOnce = AtOnce })
    {
        options.Require($"reward '{name}'");
        if (string.IsNullOrWhiteSpace(goal))
            throw new SettingsException("goal", [$"goal of the reward term '{name}': expected a sentence, found nothing."]);
        (_model, _calibration, Asked) = (model, calibration, AskedGoal.Of(goal, info));
        _questions = [.. Asked.Claims.Select(claim =>
            new FrameQuestion(claim.Text, GoalQuestion.Yes, GoalQuestion.No, options.ThoughtsFor(claim)))];
        string[] unknown = [.. _questions.SelectMany(question => model.UnknownWords(question.Text)).Distinct()];
        if (unknown.Length > 0)
            throw new SettingsException("goal",
                [$"goal of the reward term '{name}': expected words that {model.Name} has learned, found "
                    + $"{string.Join(", ", unknown.Select(word => $"'{word}'"))} in '{goal}'."]);
        if (calibration?.Violation(model.Name, $"{Asked}", options.Reasoning) is { } violation)
            throw new SettingsException($"reward '{name}'", [violation]);
        (_answers, _row) = (new float[_questions.Length * AtOnce], new float[_questions.Length]);
    }

    /// <summary>What the model is asked.</summary>
    public AskedGoal Asked { get; }

    /// <inheritdoc/>
    protected override FrameScorer Own => (frames, scores) =>
    {
        Ask(frames, scores);
        foreach (ref float score in scores)
            score = (float)(_calibration?.Probability(score) ?? ScoreMath.Sigmoid(score));
    };

    /// <inheritdoc/>
    public override ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, Core.Contracts.ScoreContext context)
    {
        _cancel = context.Cancel;
        return base.ScoreAsync(batch, scores, context);
    }

    /// <summary>Log-odds that the goal is reached, before any calibration: what one is fitted to.</summary>
    /// <param name="batch">Holds the frames.</param>
    /// <param name="logOdds">[rows], overwritten; NaN for rows without a frame.</param>
    /// <param name="cancel">Stops between two calls of the model.</param>
    public void LogOdds(RewardBatch batch, Span<float> logOdds, CancellationToken cancel)
    {
        SpecMismatchException.ThrowIfLength($"log-odds of '{Spec.Name}'", logOdds.Length, batch.Rows);
        _cancel = cancel;
        ScoreFrames(batch, 1, Ask, logOdds, cancel);
    }

    private void Ask(ReadOnlySpan<byte> frames, Span<float> logOdds)
    {
        int count = logOdds.Length;
        for (int question = 0; question < _questions.Length; question++)
            _model.Answer(frames, Width, Height, _questions[question], _answers.AsSpan(question * count, count), _cancel);
        for (int i = 0; i < count; i++)
        {
            for (int question = 0; question < _questions.Length; question++) _row[question] = _answers[(question * count) + i];
            logOdds[i] = (float)Asked.LogOdds(_row);
        }
    }
}
