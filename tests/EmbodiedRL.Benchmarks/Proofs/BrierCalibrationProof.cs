using System.Globalization;
using EmbodiedRL.Algorithms.Kernel;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Rewards.Verifiers;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary><c>bench S79</c>: correctness less the Brier score makes a policy say how sure it can be.</summary>
/// <remarks>
/// arXiv 2507.16806. Scenes seen through occlusion of five degrees, of which each leaves a hint that is right so and so often. The policy
/// follows the hint or not, and states one of eleven confidences; it begins overconfident. Completions are real, scored by the real
/// verifier; groups are not divided by their deviation. The paper's confidence is reasoned in words.
/// </remarks>
internal sealed class BrierCalibrationProof() : Proof("S79",
    "the calibration reward: a policy states how often it is right, and is right as often as one that is paid for being right.",
    "Figure: expected calibration error over 10 equal bins, on scenes never trained on, mean of 5 seeds. Reference: paid for correctness "
    + "alone. It holds if in every seed the figure is at most half of the reference and accuracy within 2 points, the expected reward is "
    + "greatest where the stated confidence is the true one, where it is p^2 for the true probability p, and a logarithmic score would pay "
    + "more for an answer that is less likely.")
{
    private const int Seeds = 5, Degrees = 5, Options = 4, Steps = 11, Prompts = 32, Group = 16, Updates = 400, Held = 4000, Bins = 10;
    private const double Rate = 0.03, Slack = 0.02, Rounding = 1e-12, Overconfidence = 0.35;

    private static readonly double[] Hints = [0.5, 0.6, 0.7, 0.8, 0.95];

    protected override BenchRow Prove(ulong firstSeed, CancellationToken cancel)
    {
        Outcome[] brier = ForSeeds(firstSeed, Seeds, seed => Train(isCalibrated: true, seed), cancel),
            binary = ForSeeds(firstSeed, Seeds, seed => Train(isCalibrated: false, seed), cancel);
        double mostShare = brier.Zip(binary, (one, other) => one.Error / other.Error).Max();
        double mostLoss = brier.Zip(binary, (one, other) => other.Accuracy - one.Accuracy).Max();
        (double error, bool isOrdered, bool isLogOrdered) = Expectations();
        return Row(brier.Average(one => one.Error), "expected calibration error", "paid for correctness alone",
            binary.Average(one => one.Error), mostShare <= 0.5 && mostLoss <= Slack && error < Rounding && isOrdered && !isLogOrdered,
            ("mostShare", mostShare), ("accuracy", brier.Average(one => one.Accuracy)),
            ("accuracyReference", binary.Average(one => one.Accuracy)), ("mostAccuracyLoss", mostLoss),
            ("before", brier.Average(one => one.ErrorBefore)), ("bestConfidenceError", error), ("likelierPaysMore", isOrdered),
            ("likelierPaysMoreByLogScore", isLogOrdered));
    }

    private static Outcome Train(bool isCalibrated, ulong seed)
    {
        ChoiceHead answers = new(Degrees, 2), confidences = new(2 * Degrees, Steps, (step, _) => Overconfidence * step);
        var trainer = new CompletionTrainer([answers, confidences], Rate, seed, "S79-completions")
        {
            Completions = Group,
            Scale = AdvantageScale.None,
        };
        var calibrated = new BrierCalibrationReward("calibration", new BrierCalibrationOptions());
        Occluded[] held = Draw(Held, Rng.For(seed, "S79-held"));
        double before = Judge(answers, confidences, held, seed).Error;
        for (int update = 0; update < Updates; update++)
        {
            Occluded[] scenes = Draw(Prompts, Rng.For(seed, "S79-scenes", update));
            Draft draft = trainer.Write([.. scenes.Select(one => one.Question)], (i, pen) => Write(scenes[i], answers, confidences, pen));
            float[] rewards = CompletionTrainer.Score(calibrated, draft.Batch);
            // paid for correctness alone: the verifier's c, without the score of the confidence
            for (int row = 0; !isCalibrated && row < rewards.Length; row++)
                rewards[row] = IsRight(draft.Batch.Texts[row], scenes[draft.Batch.PromptOf(row)]) ? 1 : 0;
            trainer.Learn(draft, rewards);
        }

        return Judge(answers, confidences, held, seed) with { ErrorBefore = before };
    }

    private static string Write(Occluded scene, ChoiceHead answers, ChoiceHead confidences, Pen pen)
    {
        int follows = pen.Choose(answers, MadeScene.OneHot(scene.Degree, Degrees));
        int said = follows == 1 ? scene.Hint : (scene.Hint + 1) % Options;
        int sure = pen.Choose(confidences, MadeScene.OneHot((scene.Degree * 2) + follows, 2 * Degrees));
        return MadeScene.Tagged("I look.", MadeScene.Colors[said])
            + string.Create(CultureInfo.InvariantCulture, $"<confidence>{sure / (Steps - 1.0):0.0}</confidence>");
    }

    private static bool IsRight(string text, Occluded scene) =>
        text.Contains($"<answer>{scene.Question.Reference}</answer>", StringComparison.Ordinal);

    private static Outcome Judge(ChoiceHead answers, ChoiceHead confidences, Occluded[] scenes, ulong seed)
    {
        (double[] sure, double[] right, int[] counts) = (new double[Bins], new double[Bins], new int[Bins]);
        for (int i = 0; i < scenes.Length; i++)
        {
            var pen = Pen.Drawing(Rng.For(seed, "S79-judged", i));
            bool isRight = IsRight(Write(scenes[i], answers, confidences, pen), scenes[i]);
            double confidence = pen.Choices[1].Action % Steps / (Steps - 1.0);
            int bin = Math.Min(Bins - 1, (int)(confidence * Bins));
            (sure[bin], right[bin], counts[bin]) = (sure[bin] + confidence, right[bin] + (isRight ? 1 : 0), counts[bin] + 1);
        }

        double error = Enumerable.Range(0, Bins).Sum(bin => Math.Abs(sure[bin] - right[bin])) / scenes.Length;
        return new Outcome(error, right.Sum() / scenes.Length, 0);
    }

    /// <summary>Of expected rewards: error of the best confidence and its value, and whether likelier answers are worth more.</summary>
    private static (double Error, bool IsOrdered, bool IsLogOrdered) Expectations()
    {
        double error = 0, last = double.NegativeInfinity, lastLog = double.NegativeInfinity;
        (bool isOrdered, bool isLogOrdered) = (true, true);
        for (int i = 1; i < 20; i++)
        {
            double p = i / 20.0;
            double Paper(double q) => (p * BrierCalibrationReward.Reward(1, q)) + ((1 - p) * BrierCalibrationReward.Reward(0, q));
            double best = Enumerable.Range(0, 21).Select(k => k / 20.0).MaxBy(Paper);
            double log = p + (p * Math.Log(p)) + ((1 - p) * Math.Log(1 - p));
            error = Math.Max(error, Math.Max(Math.Abs(best - p), Math.Abs(Paper(p) - (p * p))));
            isOrdered &= Paper(best) > last;
            isLogOrdered &= log > lastLog;
            (last, lastLog) = (Paper(best), log);
        }

        return (error, isOrdered, isLogOrdered);
    }

    private static Occluded[] Draw(int count, Rng rng)
    {
        var scenes = new Occluded[count];
        for (int i = 0; i < count; i++)
        {
            (int degree, int right) = (rng.Below(Degrees), rng.Below(Options));
            int hint = rng.NextDouble() < Hints[degree] ? right : (right + 1 + rng.Below(Options - 1)) % Options;
            scenes[i] = new Occluded(new Question("Which color is behind the screen?", MadeScene.Colors[right], AnswerForm.Option)
            { Options = [.. MadeScene.Colors] }, degree, hint);
        }

        return scenes;
    }

    private sealed record Outcome(double Error, double Accuracy, double ErrorBefore);

    /// <param name="Question">For a color.</param>
    /// <param name="Degree">Of occlusion.</param>
    /// <param name="Hint">The color that shows through.</param>
    private sealed record Occluded(Question Question, int Degree, int Hint);
}
