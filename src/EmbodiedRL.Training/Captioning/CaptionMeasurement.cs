using EmbodiedRL.Core;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Models.Contrastive;
using EmbodiedRL.Rewards.Diagnostics;

namespace EmbodiedRL.Training.Captioning;

/// <summary>Evaluation of an image-text model as a reward: goal against baseline, over states and images it was not trained on.</summary>
internal sealed class CaptionMeasurement(CaptioningSettings settings, IImageTextModel model)
{
    private const float Alpha = 0.5f;
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
        Sample plain = Take(sampler, VisualCondition.Plain), varied = Take(sampler, VisualCondition.Varied);
        (string Kind, IEnumerable<Caption> Captions)[] kinds =
            [
                ("trained", grammar.Phrasings), ("paraphrase", grammar.Paraphrases), ("composition", grammar.Compositions),
                ("denial", grammar.Denials)
            ];
        foreach ((string kind, IEnumerable<Caption> captions) in kinds)
            foreach (Caption caption in captions)
                yield return new SentenceFigure(sampler.Info.Name, kind, caption.Text, Judge(caption, sampler.Info, plain),
                    Judge(caption, sampler.Info, varied));
    }

    private Sample Take(CaptionedImageSampler sampler, VisualCondition looks)
    {
        int batches = settings.Measured / settings.Pictures, state = settings.Pictures * sampler.Info.State.Length,
            embedded = settings.Pictures * model.EmbeddingSize;
        var sample = new Sample(new float[batches * embedded], new float[batches * state]);
        byte[] frames = new byte[settings.Pictures * model.ImageSize * model.ImageSize * 3];
        for (int batch = 0; batch < batches; batch++)
        {
            sampler.Draw(FirstDraw + batch, looks, frames, sample.States.AsSpan(batch * state, state));
            model.EncodeImages(frames, sample.Pictures.AsSpan(batch * embedded, embedded));
        }

        return sample;
    }

    private VisualFigure? Judge(Caption caption, EnvironmentInfo info, Sample sample)
    {
        double[] truths = GoalCheck.Truths(caption, info, sample.States);
        double mean = truths.Average(), deviation = Math.Sqrt(truths.Average(truth => (truth - mean) * (truth - mean)));
        if (deviation < LeastDeviation) return null;
        double[] answers = GoalCheck.Respond(model, caption.Text, info.Baseline, sample.Pictures, Alpha);
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

    private sealed record Sample(float[] Pictures, float[] States);
}
