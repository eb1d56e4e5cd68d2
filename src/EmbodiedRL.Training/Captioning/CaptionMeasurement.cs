using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Rewards;
using EmbodiedRL.Rewards.Diagnostics;

namespace EmbodiedRL.Training.Captioning;

/// <summary>Evaluation of an image-text model as a reward: goal against baseline, over states and images it was not trained on.</summary>
/// <param name="settings">Of the training.</param>
/// <param name="model">Lent.</param>
/// <param name="rewards">Makes the goal-baseline reward, with its defaults.</param>
internal sealed class CaptionMeasurement(CaptioningSettings settings, IImageTextModel model, RewardRegistries rewards)
{
    private const int Pairs = 4096;
    private const double Apart = 0.05;           // truths nearer than this have no order to get right
    private const double LeastDeviation = 0.02;  // of the truth, for a correlation to mean anything

    // Draws of training count up from zero; these are far from any of them.
    private const long FirstDraw = 1L << 40;

    /// <summary>Measures every sentence of one environment.</summary>
    /// <param name="sampler">Refreshed here.</param>
    /// <param name="grammar">Of the same environment.</param>
    public IEnumerable<SentenceFigure> Measure(CaptionedImageSampler sampler, CaptionGrammar grammar)
    {
        sampler.Refresh();
        (string Kind, Caption Caption)[] asked =
        [
            .. Of("trained", grammar.Phrasings), .. Of("paraphrase", grammar.Paraphrases), .. Of("composition", grammar.Compositions),
            .. Of("denial", grammar.Denials),
        ];
        string[] sentences = [.. asked.Select(one => one.Caption.Text)];
        Sample plain = Take(sampler, VisualCondition.Plain, sentences), varied = Take(sampler, VisualCondition.Varied, sentences);
        for (int i = 0; i < asked.Length; i++)
        {
            (string kind, Caption caption) = asked[i];
            yield return new SentenceFigure(sampler.Info.Name, kind, caption.Text, Evaluate(caption, sampler.Info, plain, i),
                Evaluate(caption, sampler.Info, varied, i));
        }

        static IEnumerable<(string, Caption)> Of(string kind, IEnumerable<Caption> captions) => captions.Select(caption => (kind, caption));
    }

    /// <summary>Draws states and scores their images by every sentence.</summary>
    private Sample Take(CaptionedImageSampler sampler, VisualCondition condition, string[] sentences)
    {
        using IGoalReward reward = rewards.BuildGoal(null, new RewardContext
        {
            Info = sampler.Info,
            Goals = [sentences.First(sentence => sentence != sampler.Info.Baseline)], // any: each is tried in turn
            Baselines = [sampler.Info.Baseline],
            Models = _ => model,
        });
        int batches = settings.Measured / settings.Pictures, state = settings.Pictures * sampler.Info.State.Length;
        var sample = new Sample([.. sentences.Select(_ => new double[batches * settings.Pictures])], new float[batches * state]);
        var frames = new FrameBatch(reward.Spec.Frames!.Value, settings.Pictures);
        for (int batch = 0; batch < batches; batch++)
        {
            sampler.Draw(FirstDraw + batch, condition, frames.Pixels, sample.States.AsSpan(batch * state, state));
            double[][] scores = GoalCheck.Score(reward, frames, sentences);
            for (int i = 0; i < scores.Length; i++) scores[i].CopyTo(sample.Scores[i], batch * settings.Pictures);
        }

        return sample;
    }

    private VisualFigure? Evaluate(Caption caption, EnvironmentInfo info, Sample sample, int sentence)
    {
        double[] truths = GoalCheck.Truths(caption, info, sample.States), answers = sample.Scores[sentence];
        double mean = truths.Average(), deviation = Math.Sqrt(truths.Average(truth => (truth - mean) * (truth - mean)));
        if (deviation < LeastDeviation) return null;
        return new VisualFigure(GoalCheck.Correlation(answers, truths), OrderOf(answers, truths));
    }

    private double OrderOf(double[] answers, double[] truths)
    {
        var rng = Rng.For(settings.Seed, "pairs");
        int judged = 0, right = 0;
        for (int pair = 0; pair < Pairs; pair++)
        {
            int a = rng.Below(truths.Length), b = rng.Below(truths.Length);
            if (Math.Abs(truths[a] - truths[b]) < Apart) continue;
            judged++;
            if (answers[a] > answers[b] == truths[a] > truths[b]) right++;
        }

        return judged > 0 ? (double)right / judged : 1;
    }

    /// <param name="Scores">[sentences][images].</param>
    /// <param name="States">[images, S].</param>
    private sealed record Sample(double[][] Scores, float[] States);
}
