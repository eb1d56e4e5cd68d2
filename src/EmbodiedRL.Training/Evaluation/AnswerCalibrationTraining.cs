using System.Text.Json;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Rewards.Diagnostics;
using EmbodiedRL.Rewards.Learned;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Training.Loop;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Evaluation;

/// <summary>
/// Fits the calibration of <see cref="GoalAnswerReward"/> to sampled states whose truth the simulator knows, and measures it on others.
/// </summary>
/// <remarks>
/// Half of the draws is fitted to, by <see cref="PlattScaling"/>; on the other half Brier score and expected calibration error (ten bins,
/// as in RLCR, 2507.16806) are measured before and after. States are drawn as those that rewards are judged on.
/// </remarks>
/// <param name="environment">Of <see cref="RewardCheck.Rows"/> rows; its episodes end here. Lent.</param>
/// <param name="camera">Stands for the empty camera of the options; empty takes the task's own.</param>
/// <param name="options">Of the source.</param>
internal sealed class AnswerCalibrationTraining(IVectorEnvironment environment, string camera, GoalAnswerOptions options)
{
    /// <summary>The source's name.</summary>
    public const string Name = "goal-answer";

    /// <summary>States of one draw, of which at least two are needed.</summary>
    public const int StatesOfDraw = 512;

    /// <summary>Draws, fits, measures and writes.</summary>
    /// <param name="model">Lent.</param>
    /// <param name="goal">The sentence.</param>
    /// <param name="states">How many at least; rounded up to whole draws.</param>
    /// <param name="seed">Of the states.</param>
    /// <param name="folder">Gets the files when all is done.</param>
    /// <param name="said">The options by key.</param>
    /// <param name="cancel">Stops between two calls of the model; nothing is left then.</param>
    /// <exception cref="SettingsException">
    /// Nobody knows how true the goal is, it is never or always reached, or the model's yes does not go with it.
    /// </exception>
    public async Task<LearnedRecord> WriteAsync(IVisualAnswerer model, string goal, int states, ulong seed, string folder,
        IReadOnlyDictionary<string, JsonElement> said, CancellationToken cancel)
    {
        EnvironmentInfo info = environment.Info;
        Caption caption = new CaptionGrammar(info).Parse(goal) is { Claims.IsEmpty: false } parsed ? parsed
            : throw new SettingsException("--goal",
                [$"expected a sentence whose truth the simulator of '{info.Name}' knows, found '{goal}'."]);
        SuccessMeasure[] measures = [.. info.Measures.Where(measure => caption.Measures.Contains(measure.Name))];
        using var reward = new GoalAnswerReward(Name, model, goal, options with { Every = 1, SkipBelow = 0, Window = 1 }, info);
        (List<double> Odds, List<bool> Reached) fitted = ([], []), heldOut = ([], []);
        using var renderers = new RendererPool();
        int draws = Math.Max(2, (states + StatesOfDraw - 1) / StatesOfDraw);
        for (int draw = 0; draw < draws; draw++)
        {
            DrawnStates drawn = await DrawnStates.DrawAsync(environment, renderers, camera, [reward.Spec.Frames!.Value],
                Rng.For(seed, "calibration", draw).NextBits(), cancel);
            float[] odds = new float[drawn.Batch.Rows];
            reward.LogOdds(drawn.Batch, odds, cancel);
            (List<double> into, List<bool> truths) = draw % 2 == 0 ? fitted : heldOut;
            int length = info.State.Length;
            for (int row = 0; row < odds.Length; row++)
            {
                into.Add(odds[row]);
                truths.Add(Reached(caption, measures, drawn.Batch.States.AsSpan(row * length, length)));
            }
        }

        foreach (List<bool> truths in new[] { fitted.Reached, heldOut.Reached })
            if (truths.Distinct().Count() < 2)
                throw new SettingsException("--goal", [$"expected a goal that some of {truths.Count} sampled states reach and some do not, "
                    + $"found '{goal}', which {(truths[0] ? "all" : "none")} do."]);
        (double slope, double intercept) = PlattScaling.Fit([.. fitted.Odds], [.. fitted.Reached]).OfScore;
        if (!(slope > 0))
            throw new SettingsException("rewards train",
                [$"expected a model whose yes goes with reached goals, found that {model.Name} says it rather where '{goal}' is missed."]);
        var calibration = new AnswerCalibration
        {
            Model = model.Name,
            Question = $"{reward.Asked}",
            Reasoning = options.Reasoning,
            Slope = slope,
            Intercept = intercept,
        };
        LearnedRecord record = Record(info, model, calibration, Figures(calibration, fitted.Odds.Count, heldOut), measures, said);
        using var staged = new StagedFolder(folder);
        calibration.Write(Path.Combine(staged.Staging, AnswerCalibration.FileName));
        record.WriteText(staged.Staging);
        staged.Publish();
        return record;
    }

    /// <summary>Whether a goal is reached in a state: by its success measures, or by its truth where it has none.</summary>
    internal static bool Reached(Caption goal, SuccessMeasure[] measures, ReadOnlySpan<float> state)
    {
        if (measures.Length == 0) return goal.Truth(state) >= 0.5f;
        foreach (SuccessMeasure measure in measures)
            if (!(measure.Holds(state) > 0.5f)) return false;
        return true;
    }

    private static SortedDictionary<string, double> Figures(AnswerCalibration calibration, int fitted,
        (List<double> Odds, List<bool> Reached) heldOut)
    {
        double[] odds = [.. heldOut.Odds];
        bool[] reached = [.. heldOut.Reached];
        double[] before = [.. odds.Select(one => 1 / (1 + Math.Exp(-one)))], after = [.. odds.Select(calibration.Probability)];
        double share = reached.Count(one => one) / (double)reached.Length;
        return new SortedDictionary<string, double>(StringComparer.Ordinal)
        {
            ["auroc"] = Classification.Auroc(odds, reached),
            ["brier-after"] = CalibrationMeasures.Brier(after, reached),
            ["brier-before"] = CalibrationMeasures.Brier(before, reached),
            ["brier-of-a-constant"] = share * (1 - share),
            ["calibration-error-after"] = CalibrationMeasures.ExpectedError(after, reached),
            ["calibration-error-before"] = CalibrationMeasures.ExpectedError(before, reached),
            ["intercept"] = calibration.Intercept,
            ["share-reached"] = share,
            ["slope"] = calibration.Slope,
            ["states-fitted"] = fitted,
            ["states-held-out"] = reached.Length,
        };
    }

    private static LearnedRecord Record(EnvironmentInfo info, IVisualAnswerer model, AnswerCalibration calibration,
        IReadOnlyDictionary<string, double> figures, SuccessMeasure[] measures, IReadOnlyDictionary<string, JsonElement> said) => new()
        {
            Kind = Name,
            Environment = info.Name,
            Input = calibration.Question,
            Names = [model.Name],
            Length = 1,
            Members = 0,
            Teacher = measures.Length > 0 ? string.Join(" and ", measures.Select(measure => measure.Name)) : "the goal's truth",
            Figures = figures,
            Options = said,
            Versions = Versions.OfProcess(),
        };
}
