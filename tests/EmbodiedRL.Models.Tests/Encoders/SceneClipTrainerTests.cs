using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Models.Heads;
using EmbodiedRL.Models.Tensors;

namespace EmbodiedRL.Models.Tests.Encoders;

[NoTensorLeaks]
public class SceneClipTrainerTests
{
    private const int Batch = 32;

    [Fact]
    public void It_learns_what_is_said_of_pictures_and_how_true_it_is()
    {
        using SceneClip model = SceneClip.Create(ToyScenes.Captions, seed: 1);
        using var trainer = new SceneClipTrainer(model);
        double first = 0, last = 0;
        for (int step = 0; step < 120; step++)
        {
            (byte[] frames, float[] truth) = ToyScenes.Draw(Batch, (ulong)step);
            last = trainer.Step(frames, ToyScenes.Captions, truth, 2e-3);
            if (step == 0) first = last;
        }

        Assert.True(last < 0.6 * first, $"The loss went from {first:F3} to {last:F3}.");
        const int Count = 100;
        (byte[] unseen, float[] truths) = ToyScenes.Draw(Count, 1_000_000);
        float[] images = new float[Count * model.EmbeddingSize], texts = new float[4 * model.EmbeddingSize];
        model.EncodeImages(unseen, ToyScenes.Size, ToyScenes.Size, images);
        model.EncodeTexts(ToyScenes.Captions, texts);
        for (int caption = 0; caption < ToyScenes.Captions.Length; caption++)
        {
            double correlation = Correlation(
                [.. Enumerable.Range(0, Count).Select(i => Dot(images, i, texts, caption, model.EmbeddingSize))],
                [.. Enumerable.Range(0, Count).Select(i => (double)truths[(i * 4) + caption])]);
            Assert.True(correlation > 0.9, $"'{ToyScenes.Captions[caption]}' correlates with its truth by {correlation:F3}.");
        }
    }

    [Fact]
    public void A_gradient_flows_into_every_weight_of_what_was_shown()
    {
        using SceneClip model = SceneClip.Create(ToyScenes.Captions, seed: 1);
        using var trainer = new SceneClipTrainer(model);
        (byte[] frames, float[] truth) = ToyScenes.Draw(Batch, 1);
        trainer.Step(frames, ToyScenes.Captions, truth, 1e-3);
        foreach (ParameterShape shape in model.Parameters.Shapes)
        {
            float[] gradient = new float[shape.Length];
            TensorSpans.Read(model.Parameters.GradientOf(shape.Name), gradient);
            Assert.True(gradient.Any(value => value != 0), $"No gradient in {shape.Name}.");
        }
    }

    [Fact]
    public void What_is_learned_is_what_images_are_encoded_by_in_bfloat16_too()
    {
        using var folder = new TemporaryFolder();
        using (SceneClip drawn = SceneClip.Create(ToyScenes.Captions, seed: 1)) drawn.Save(folder.Path);
        using SceneClip model = SceneClip.Load(folder.Path, precision: Precision.Bf16);
        (byte[] frames, float[] truth) = ToyScenes.Draw(Batch, 1);
        float[] before = new float[Batch * model.EmbeddingSize], after = new float[before.Length], reloaded = new float[before.Length];
        model.EncodeImages(frames, ToyScenes.Size, ToyScenes.Size, before);
        using (var trainer = new SceneClipTrainer(model)) trainer.Step(frames, ToyScenes.Captions, truth, 1e-2);
        model.EncodeImages(frames, ToyScenes.Size, ToyScenes.Size, after);
        model.Save(folder.Path);
        using SceneClip saved = SceneClip.Load(folder.Path, precision: Precision.Bf16);
        saved.EncodeImages(frames, ToyScenes.Size, ToyScenes.Size, reloaded);
        Assert.NotEqual(before, after);
        Assert.Equal(reloaded, after);
    }

    [Fact]
    public void Pairs_whose_truth_is_not_known_change_nothing()
    {
        using SceneClip model = SceneClip.Create(ToyScenes.Captions, seed: 1), other = SceneClip.Create(ToyScenes.Captions, seed: 1);
        using SceneClipTrainer trainer = new(model), otherTrainer = new(other);
        (byte[] frames, float[] truth) = ToyScenes.Draw(Batch, 1);
        float[] red = new float[Batch * 4], alone = new float[Batch];
        Array.Fill(red, float.NaN);
        for (int i = 0; i < Batch; i++) red[i * 4] = alone[i] = truth[i * 4];
        Assert.Equal(
            otherTrainer.Step(frames, ["a red square"], alone, 1e-3), trainer.Step(frames, ToyScenes.Captions, red, 1e-3), 1e-5);
    }

    [Fact]
    public void A_resumed_training_is_the_uninterrupted_one_bit_for_bit()
    {
        using SceneClip whole = SceneClip.Create(ToyScenes.Captions, seed: 1), part = SceneClip.Create(ToyScenes.Captions, seed: 1),
            resumed = SceneClip.Create(ToyScenes.Captions, seed: 2);
        var snapshot = new Snapshot();
        using (SceneClipTrainer trainer = new(whole)) Steps(trainer, 0, 6);
        using (SceneClipTrainer trainer = new(part))
        {
            Steps(trainer, 0, 3);
            ((ISnapshot)part).Save(snapshot.Section("model"));
            trainer.Save(snapshot.Section("trainer"));
        }

        using (SceneClipTrainer trainer = new(resumed))
        {
            ((ISnapshot)resumed).Load(snapshot.Section("model"));
            trainer.Load(snapshot.Section("trainer"));
            Steps(trainer, 3, 6);
        }

        Assert.Equal(Weights(whole), Weights(resumed));
    }

    [Fact]
    public void Wrong_truths_and_lengths_are_named()
    {
        using SceneClip model = SceneClip.Create(ToyScenes.Captions, seed: 1);
        using var trainer = new SceneClipTrainer(model);
        (byte[] frames, float[] truth) = ToyScenes.Draw(2, 1);
        Assert.Throws<SpecMismatchException>(() => trainer.Step(frames.AsSpan(1), ToyScenes.Captions, truth, 1e-3));
        Assert.Throws<SpecMismatchException>(() => trainer.Step(frames, ToyScenes.Captions, truth.AsSpan(1), 1e-3));
        truth[3] = 1.5f;
        Assert.Contains("1.5",
            Assert.Throws<SpecMismatchException>(() => trainer.Step(frames, ToyScenes.Captions, truth, 1e-3)).Message,
            StringComparison.Ordinal);
        Array.Fill(truth, float.NaN);
        Assert.Throws<SpecMismatchException>(() => trainer.Step(frames, ToyScenes.Captions, truth, 1e-3));
    }

    [Fact]
    public void A_loss_that_is_not_finite_changes_no_weight()
    {
        using SceneClip model = SceneClip.Create(ToyScenes.Captions, seed: 1);
        using var trainer = new SceneClipTrainer(model);
        (byte[] frames, float[] truth) = ToyScenes.Draw(2, 1);
        model.Parameters.Set("bias", [float.NaN]);
        float[] before = Weights(model);
        Assert.Throws<NonFiniteException>(() => trainer.Step(frames, ToyScenes.Captions, truth, 1e-3));
        Assert.Equal(before, Weights(model));
    }

    private static void Steps(SceneClipTrainer trainer, int from, int to)
    {
        for (int step = from; step < to; step++)
        {
            (byte[] frames, float[] truth) = ToyScenes.Draw(Batch, (ulong)step);
            trainer.Step(frames, ToyScenes.Captions, truth, 1e-3);
        }
    }

    private static float[] Weights(SceneClip model)
    {
        float[] values = new float[model.Parameters.Values.numel()];
        TensorSpans.Read(model.Parameters.Values, values);
        return values;
    }

    private static double Dot(float[] images, int image, float[] texts, int text, int size)
    {
        double sum = 0;
        for (int k = 0; k < size; k++) sum += images[(image * size) + k] * texts[(text * size) + k];
        return sum;
    }

    private static double Correlation(double[] x, double[] y)
    {
        double meanX = x.Average(), meanY = y.Average();
        double covariance = x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum();
        return covariance / Math.Sqrt(x.Sum(a => (a - meanX) * (a - meanX)) * y.Sum(b => (b - meanY) * (b - meanY)));
    }
}
