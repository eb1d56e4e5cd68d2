using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Losses;
using TorchSharp;

namespace EmbodiedRL.Models.Tests.Losses;

[NoTensorLeaks]
public class GradedSigmoidLossTests
{
    [Fact]
    public void It_is_the_mean_cross_entropy_of_the_known_pairs()
    {
        const int Images = 5, Texts = 3, Size = 4;
        var rng = Rng.For(1, "test");
        float[] images = Unit(Images, Size, ref rng), texts = Unit(Texts, Size, ref rng), truth = new float[Images * Texts];
        for (int i = 0; i < truth.Length; i++) truth[i] = i % 4 == 2 ? float.NaN : (float)rng.NextDouble();
        (truth[0], truth[1]) = (0, 1);
        const double LogScale = 1.7, Bias = -0.6;

        double sum = 0;
        int known = 0;
        for (int i = 0; i < Images; i++)
            for (int j = 0; j < Texts; j++)
            {
                float t = truth[(i * Texts) + j];
                if (float.IsNaN(t)) continue;
                double dot = 0;
                for (int k = 0; k < Size; k++) dot += (double)images[(i * Size) + k] * texts[(j * Size) + k];
                double probability = 1 / (1 + Math.Exp(-((Math.Exp(LogScale) * dot) + Bias))), target = (0.98 * t) + 0.01;
                sum -= (target * Math.Log(probability)) + ((1 - target) * Math.Log(1 - probability));
                known++;
            }

        Assert.Equal(sum / known, Compute(images, texts, truth, LogScale, Bias, Size), 1e-5);
    }

    [Fact]
    public void It_is_least_where_the_probability_is_the_target()
    {
        // cosines 1 and -1, scale s and bias 0: the loss of truths 1 and 0 is least where sigmoid(s) = 0.99, that is s = log 99
        float[] images = [1, 0], texts = [1, 0, -1, 0], truth = [1, 0];
        double best = Compute(images, texts, truth, Math.Log(Math.Log(99)), 0, 2);
        Assert.True(best < Compute(images, texts, truth, Math.Log(Math.Log(99)) + 0.1, 0, 2));
        Assert.True(best < Compute(images, texts, truth, Math.Log(Math.Log(99)) - 0.1, 0, 2));
        Assert.Equal(-(0.99 * Math.Log(0.99)) - (0.01 * Math.Log(0.01)), best, 1e-5);
    }

    [Fact]
    public void A_left_out_pair_sends_no_gradient()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor images = torch.eye(2).requires_grad_(true), truth = torch.tensor(new[] { float.NaN, float.NaN, 1, 0.5f }).view(2, 2);
        GradedSigmoidLoss.Compute(images, torch.eye(2), truth, torch.zeros(1), torch.zeros(1)).backward();
        Assert.Equal(0, images.grad!.narrow(0, 0, 1).abs().sum().ToDouble());
        Assert.True(images.grad!.narrow(0, 1, 1).abs().min().ToDouble() > 0 || images.grad!.narrow(0, 1, 1).abs().max().ToDouble() > 0);
    }

    private static double Compute(float[] images, float[] texts, float[] truth, double logScale, double bias, int size)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor loss = GradedSigmoidLoss.Compute(
            torch.tensor(images).view(-1, size), torch.tensor(texts).view(-1, size), torch.tensor(truth).view(images.Length / size, -1),
            torch.tensor([(float)logScale]), torch.tensor([(float)bias]));
        return loss.ToDouble();
    }

    private static float[] Unit(int rows, int size, ref Rng rng)
    {
        float[] values = new float[rows * size];
        for (int i = 0; i < rows; i++)
        {
            Span<float> row = values.AsSpan(i * size, size);
            foreach (ref float value in row) value = (float)rng.Normal();
            double norm = Math.Sqrt(row.ToArray().Sum(value => value * value));
            foreach (ref float value in row) value = (float)(value / norm);
        }

        return values;
    }
}
