using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Combinators;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary><c>bench S50</c>: the harmonic mean chooses the checkpoint that has not forgotten the prompt.</summary>
/// <remarks>
/// arXiv 2407.12164. In place of a diffusion model: a linear map from embeddings of prompts to embeddings of pictures, which is fine-tuned
/// by gradient descent on five frames of one subject until it draws nothing else. As with CLIP, a picture agrees with another picture of
/// the same thing far more than with a sentence for it. Choosing the checkpoint is what the paper uses the reward for in validation; its
/// preference loss is not part of this proof.
/// </remarks>
internal sealed class HarmonicMeanProof() : Proof("S50",
    "the lambda-harmonic reward: of a model that is fine-tuned to one subject it chooses a checkpoint that still follows the prompt.",
    "Figure: the smaller of agreement with the subject and agreement with the prompt, over held-out prompts, at the checkpoint with the "
    + "highest harmonic mean over validation prompts, mean of 10 draws. Reference: the same with the arithmetic mean. It holds if the "
    + "figure "
    + "is lower in no draw and by 0.01 higher in the mean, and the harmonic mean is nowhere above the arithmetic one, and equal where "
    + "both agreements are.")
{
    private const int Seeds = 10, Size = 32, Frames = 5, Trained = 4, Validated = 16, HeldOut = 64, Checkpoints = 200;
    private const double Shared = 0.5, Noise = 0.2, Sentence = 0.35, Rate = 0.01, LeastMeanGain = 0.01, Rounding = 1e-6;

    protected override BenchRow Prove(ulong firstSeed, CancellationToken cancel)
    {
        (double Harmonic, double Arithmetic)[] chosen = ForSeeds(firstSeed, Seeds, Choose, cancel);
        double figure = chosen.Average(one => one.Harmonic), reference = chosen.Average(one => one.Arithmetic);
        double leastGain = chosen.Min(one => one.Harmonic - one.Arithmetic);
        (double above, double apart) = Bounds(firstSeed);
        return Row(figure, "agreement", "the checkpoint with the highest arithmetic mean", reference,
            leastGain >= 0 && figure - reference >= LeastMeanGain && above <= Rounding && apart <= Rounding,
            ("leastGain", leastGain), ("mostAboveArithmetic", above), ("differenceWhereEqual", apart));
    }

    private static (double Harmonic, double Arithmetic) Choose(ulong seed)
    {
        var rng = Rng.For(seed, "S50");
        var run = new FineTuning(ref rng);
        (float[] pictures, float[] texts) = (new float[Checkpoints], new float[Checkpoints]);
        double[] least = new double[Checkpoints];
        for (int i = 0; i < Checkpoints; i++)
        {
            run.Step();
            (double picture, double text) = run.Agreement(run.Validation);
            (pictures[i], texts[i]) = ((float)picture, (float)text);
            (picture, text) = run.Agreement(run.Held);
            least[i] = Math.Min(picture, text);
        }

        float[] harmonic = Combine(new HarmonicMean(), pictures, texts), arithmetic = Combine(new WeightedSum(), pictures, texts);
        return (least[Array.IndexOf(harmonic, harmonic.Max())], least[Array.IndexOf(arithmetic, arithmetic.Max())]);
    }

    /// <summary>By how much it is above the arithmetic mean at most, and how far from it where both scores are equal.</summary>
    private static (double Above, double Apart) Bounds(ulong seed)
    {
        var rng = Rng.For(seed, "S50-bounds");
        float[] left = new float[1000], right = new float[1000];
        for (int i = 0; i < left.Length; i++) (left[i], right[i]) = ((float)rng.NextDouble(), (float)rng.NextDouble());
        float[] harmonic = Combine(new HarmonicMean(), left, right), equal = Combine(new HarmonicMean(), left, left);
        return (harmonic.Select((mean, i) => (double)mean - ((left[i] + right[i]) / 2)).Max(),
            equal.Select((mean, i) => Math.Abs((double)mean - left[i])).Max());
    }

    private static float[] Combine(IRewardCombinator combinator, float[] pictures, float[] texts)
    {
        float[] rewards = new float[pictures.Length];
        combinator.Combine(new CompletionBatch(["p"], rewards.Length, new string[rewards.Length]),
            [new TermScores("picture", 0.5f, pictures), new TermScores("text", 0.5f, texts)], rewards, EpisodeBatch.Context(0));
        return rewards;
    }

    private sealed class FineTuning
    {
        private readonly double[,] _map = new double[Size, Size];
        private readonly double[][] _frames, _trained;
        private readonly double[] _subject, _gap;

        public FineTuning(ref Rng rng)
        {
            for (int i = 0; i < Size; i++)
                for (int k = 0; k < Size; k++) _map[i, k] = (i == k ? 1 : 0) + (Noise * rng.Normal() / Math.Sqrt(Size));
            (_subject, _gap) = (Unit(ref rng), Unit(ref rng));
            double[] topic = Unit(ref rng); // what all prompts for the subject have in common
            _frames = Around(_subject, Frames, Noise, ref rng);
            _trained = Around(topic, Trained, Shared, ref rng);
            Validation = Around(topic, Validated, Shared, ref rng);
            Held = Around(topic, HeldOut, Shared, ref rng);
        }

        public double[][] Validation { get; }

        public double[][] Held { get; }

        /// <summary>A step along the gradient of the squared error over all pairs of prompt and frame.</summary>
        public void Step()
        {
            double[,] gradient = new double[Size, Size];
            foreach (double[] prompt in _trained)
            {
                double[] drawn = Draw(prompt);
                foreach (double[] frame in _frames)
                    for (int i = 0; i < Size; i++)
                        for (int k = 0; k < Size; k++)
                            gradient[i, k] += (drawn[i] - frame[i]) * prompt[k] / (Frames * Trained);
            }

            for (int i = 0; i < Size; i++)
                for (int k = 0; k < Size; k++) _map[i, k] -= Rate * 2 * gradient[i, k];
        }

        /// <summary>Cosines to the frames and to the prompts, both mapped to [0, 1] as the paper does.</summary>
        public (double Picture, double Text) Agreement(double[][] prompts) => (
            prompts.Average(prompt => (1 + _frames.Average(frame => Cosine(Draw(prompt), frame))) / 2),
            prompts.Average(prompt => (1 + Cosine(Draw(prompt), Text(prompt))) / 2));

        private double[] Text(double[] prompt) =>
            [.. prompt.Select((value, i) => (Sentence * value) + (Math.Sqrt(1 - (Sentence * Sentence)) * _gap[i]))];

        private double[] Draw(double[] prompt)
        {
            double[] drawn = new double[Size];
            for (int i = 0; i < Size; i++)
                for (int k = 0; k < Size; k++) drawn[i] += _map[i, k] * prompt[k];
            return drawn;
        }

        private static double[][] Around(double[] center, int count, double spread, ref Rng rng)
        {
            double[][] rows = new double[count][];
            for (int n = 0; n < count; n++)
            {
                double[] other = Unit(ref rng);
                rows[n] = Scaled([.. center.Select((value, i) => value + (spread * other[i]))]);
            }

            return rows;
        }

        private static double[] Unit(ref Rng rng)
        {
            double[] values = new double[Size];
            for (int i = 0; i < Size; i++) values[i] = rng.Normal();
            return Scaled(values);
        }

        private static double[] Scaled(double[] values)
        {
            double norm = Math.Sqrt(values.Sum(value => value * value));
            return Array.ConvertAll(values, value => value / norm);
        }

        private static double Cosine(double[] left, double[] right) => Scaled(left).Zip(Scaled(right), (a, b) => a * b).Sum();
    }
}
