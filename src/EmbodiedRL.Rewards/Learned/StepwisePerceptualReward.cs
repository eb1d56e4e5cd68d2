using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Rewards.Sources;

namespace EmbodiedRL.Rewards.Learned;

/// <summary>Options of <see cref="StepwisePerceptualReward"/>.</summary>
public sealed record StepwisePerceptualOptions : EncodedFrameOptions
{
    /// <summary>Ending of the copy that a run keeps.</summary>
    public const string Ending = ".demonstrations.safetensors";

    /// <summary>
    /// The file of demonstrations, relative to the settings file: safetensors that hold <c>demonstration.0</c>,
    /// <c>demonstration.1</c>, ..., each uint8 [T, H, W, 3], through the camera that the reward looks through.
    /// </summary>
    [InputFile(Ending), Required("the file that holds demonstrations"), Length(0, LengthAttribute.Path)]
    public string File { get; init; } = "";

    /// <summary>n, steps that a demonstration is cut into.</summary>
    [Range(2, 16)]
    public int Steps { get; init; } = 3;

    /// <summary>Fewest frames of a step.</summary>
    [Range(1, 10_000)]
    public int LeastFrames { get; init; } = 5;

    /// <summary>M, features that a step is known by; all where the model has fewer.</summary>
    [Range(1, 100_000)]
    public int Features { get; init; } = 32;

    /// <summary>The paper's alpha: weight of the difference of means against the deviations, where features are chosen.</summary>
    [Range(0, 1000)]
    public double Contrast { get; init; } = 5;

    /// <summary>Least deviation of a feature within a step, as a share of its deviation over all frames.</summary>
    [Range(0, 1, IsAboveLeast = true)]
    public double DeviationFloor { get; init; } = 0.1;

    /// <summary>Whether the last step alone is scored: a classifier of the end, to compare with.</summary>
    public bool LastOnly { get; init; }
}

/// <summary>
/// Stepwise perceptual reward: how far along the steps of a few demonstrations a frame is, in frozen features, without labels.
/// </summary>
/// <remarks>
/// <para>Every demonstration is cut into n steps (<see cref="StepDiscovery"/>). Step i keeps the M features with the greatest
/// alpha |mu+ - mu-| - (sigma+ + sigma-), + being its frames in all demonstrations and - all others, and scores
/// R_i(s) = -(1/M) sum_j (s_j - mu+_j)^2 / sigma+_j^2. The reward is sum over i = 2..n of R_i 2^(i - 1).</para>
/// <para>The paper's constants and its normalization could not be confirmed. Chosen here: features are compared in units of their
/// deviation over all frames, so that none is kept for being large; R_i is brought to [0, 1] before the powers, 0 at
/// the median of other steps' frames and 1 at the median of its own, so that no early step outweighs a later one by being loud; the sum is
/// divided by that of the powers, so rewards lie in [0, 1]; sigma+ has a floor.</para>
/// <para>Nothing is learned after construction. The features are those of the image-text model, which stays as it is.</para>
/// </remarks>
[Paper("1612.06699", "Unsupervised Perceptual Rewards for Imitation Learning", Year = 2017, Method = "S23")]
public sealed class StepwisePerceptualReward : EncodedFrameReward
{
    private readonly Step[] _steps;
    private readonly double[] _weights;

    /// <summary>Cuts demonstrations and finds the features of their steps.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="model">Lent for the life of this reward.</param>
    /// <param name="demonstrations">At least one; not kept.</param>
    /// <param name="options">Checked, but for the file, which is not read.</param>
    /// <param name="reading">Which frames, and how; null takes what the options say.</param>
    /// <exception cref="SpecMismatchException">A demonstration is too short for the steps.</exception>
    /// <exception cref="SettingsException">A step's frames cannot be told from others.</exception>
    public StepwisePerceptualReward(string name, IImageTextModel model, IReadOnlyList<DemonstrationFrames> demonstrations,
        StepwisePerceptualOptions options, FrameReading? reading = null) : base(name, model, 0, 1, reading ?? options.Reading(null))
    {
        ArgumentOutOfRangeException.ThrowIfZero(demonstrations.Count);
        int size = model.EmbeddingSize;
        float[][] features = [.. demonstrations.Select(demo => Embed(model, demo))];
        Borders = [.. features.Select(demo => StepDiscovery.Split(demo, size, options.Steps, options.LeastFrames))];
        int[] steps = [.. features.SelectMany((demo, d) => Enumerable.Range(0, demo.Length / size)
            .Select(frame => Borders[d].Count(start => start <= frame) - 1))];
        float[][] frames = [.. features.SelectMany(demo => demo.Chunk(size))];
        _steps = [.. Enumerable.Range(1, options.Steps - 1).Select(step => FindStep(name, frames, steps, step, options))];
        _weights = [.. _steps.Select((_, i) => options.LastOnly && i < _steps.Length - 1 ? 0 : Math.Pow(2, i + 1))];
        double sum = _weights.Sum();
        for (int i = 0; i < _weights.Length; i++) _weights[i] /= sum;
    }

    /// <summary>First frames of the steps of every demonstration.</summary>
    public IReadOnlyList<int[]> Borders { get; }

    /// <inheritdoc/>
    protected override EmbeddingScore Looking => Score;

    /// <summary>How much a frame looks like one of a step, in [0, 1].</summary>
    /// <param name="step">From 1, the second, to n - 1, the last; the first has no score.</param>
    /// <param name="embedding">[D].</param>
    public double StepScore(int step, ReadOnlySpan<float> embedding)
    {
        Step known = _steps[step - 1];
        return Math.Clamp((known.Likeness(embedding) - known.Low) / (known.High - known.Low), 0, 1);
    }

    private float Score(ReadOnlySpan<float> embedding)
    {
        double sum = 0;
        for (int i = 0; i < _steps.Length; i++) sum += _weights[i] * StepScore(i + 1, embedding);
        return (float)sum;
    }

    private static float[] Embed(IImageTextModel model, DemonstrationFrames demonstration)
    {
        float[] features = new float[demonstration.Frames * model.EmbeddingSize];
        model.EncodeImages(demonstration.Pixels, demonstration.Width, demonstration.Height, features);
        return features;
    }

    private static Step FindStep(string name, float[][] frames, int[] steps, int step, StepwisePerceptualOptions options)
    {
        float[][] own = [.. frames.Where((_, i) => steps[i] == step)], other = [.. frames.Where((_, i) => steps[i] != step)];
        (double[] mean, double[] deviation) = Moments(own);
        (double[] otherMean, double[] otherDeviation) = Moments(other);
        (_, double[] overall) = Moments(frames);
        double[] contrast = [.. mean.Select((value, j) => overall[j] > 0
            ? ((options.Contrast * Math.Abs(value - otherMean[j])) - deviation[j] - otherDeviation[j]) / overall[j]
            : double.NegativeInfinity)];
        int[] chosen = [.. Enumerable.Range(0, mean.Length).OrderByDescending(j => contrast[j]).Take(options.Features)];
        var found = new Step(chosen, [.. chosen.Select(j => mean[j])],
            [.. chosen.Select(j => Math.Max(1e-6, Math.Max(deviation[j], options.DeviationFloor * overall[j])))]);
        found = found with { Low = Median(other, found), High = Median(own, found) };
        return found.High > found.Low ? found
            : throw new SettingsException($"reward '{name}'",
                [$"steps: expected steps that look different, found that frames of step {step + 1} of {options.Steps} look no more like it "
                    + "than others do. Ask for fewer steps, or show demonstrations in which more is seen and that begin alike."]);
    }

    private static double Median(float[][] frames, Step step)
    {
        double[] sorted = [.. frames.Select(frame => step.Likeness(frame)).Order()];
        return ScoreMath.Quantile(sorted, 0.5);
    }

    private static (double[] Mean, double[] Deviation) Moments(float[][] frames)
    {
        double[] mean = new double[frames[0].Length], deviation = new double[frames[0].Length];
        foreach (float[] frame in frames)
            for (int j = 0; j < mean.Length; j++) mean[j] += (double)frame[j] / frames.Length;
        foreach (float[] frame in frames)
            for (int j = 0; j < mean.Length; j++) deviation[j] += (frame[j] - mean[j]) * (frame[j] - mean[j]) / frames.Length;
        return (mean, [.. deviation.Select(Math.Sqrt)]);
    }

    /// <param name="Features">Which.</param>
    /// <param name="Means">Of the step's frames.</param>
    /// <param name="Deviations">Of the step's frames, above 0.</param>
    private sealed record Step(int[] Features, double[] Means, double[] Deviations)
    {
        /// <summary>Likeness that counts 0.</summary>
        public double Low { get; init; }

        /// <summary>Likeness that counts 1.</summary>
        public double High { get; init; }

        /// <summary>R_i, at most 0.</summary>
        public double Likeness(ReadOnlySpan<float> embedding)
        {
            double sum = 0;
            for (int k = 0; k < Features.Length; k++)
            {
                double distance = (embedding[Features[k]] - Means[k]) / Deviations[k];
                sum += distance * distance;
            }

            return -sum / Features.Length;
        }
    }
}
