using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Tests.Encoders;

[NoTensorLeaks]
public class PerceptionHeadTests
{
    private const int Batch = 32;

    [Fact]
    public void Its_loss_is_cross_entropy_plus_smooth_L1_over_what_is_known()
    {
        var settings = new SceneClipSettings { ImageHidden = [2] };
        using var head = new PerceptionHead(settings, facts: 2, places: 1, seed: 1);
        var snapshot = new Snapshot();
        head.Save(snapshot);
        float[] weights = new float[6], bias = [0.5f, -0.25f, 1];
        snapshot.Section("weights").Get("weight", weights.AsSpan());
        snapshot.Section("weights").PutWeights("bias", [3], bias);
        head.Load(snapshot);

        using DisposeScope scope = NewDisposeScope();
        float[,] rows = { { 1, -2 }, { 3, 0.5f } };
        Tensor loss = head.Loss(tensor(rows), new PerceptionTargets(head, [1, float.NaN, 0.25f, 0], [float.NaN, 4]));

        double Told(int row, int column) =>
            (rows[row, 0] * weights[2 * column]) + (rows[row, 1] * weights[(2 * column) + 1]) + bias[column];
        static double Entropy(double logit, double target) =>
            (target * Math.Log(1 + Math.Exp(-logit))) + ((1 - target) * Math.Log(1 + Math.Exp(logit)));
        double facts = (Entropy(Told(0, 0), 0.99) + Entropy(Told(1, 0), 0.25) + Entropy(Told(1, 1), 0.01)) / 3;
        double distance = Math.Abs(Told(1, 2) - 4);
        double places = distance < 1 ? 0.5 * distance * distance : distance - 0.5;
        Assert.Equal(facts + places, loss.ToDouble(), 1e-5);
    }

    [Fact]
    public void Image_features_learn_from_it_when_no_sentence_says_where_things_are()
    {
        double alone = LastError(0), told = LastError(120);
        Assert.True(told < 0.1 && told < 0.2 * alone, $"error of the place: {alone:F3} before, {told:F3} after");
    }

    [Fact]
    public void Nothing_known_moves_nothing()
    {
        using SceneClip model = SceneClip.Create(ToyScenes.Captions, seed: 1), other = SceneClip.Create(ToyScenes.Captions, seed: 1);
        using SceneClipTrainer trainer = new(model), otherTrainer = new(other);
        using var head = new PerceptionHead(model.Settings, 1, 1, 1);
        (byte[] frames, float[] truth) = ToyScenes.Draw(Batch, 1);
        float[] unknown = new float[Batch];
        Array.Fill(unknown, float.NaN);
        trainer.Step(frames, ToyScenes.Captions, truth, 1e-3, new PerceptionTargets(head, unknown, unknown));
        otherTrainer.Step(frames, ToyScenes.Captions, truth, 1e-3);
        float[] weights = new float[model.Parameters.Values.numel()], others = new float[weights.Length];
        TensorSpans.Read(model.Parameters.Values, weights);
        TensorSpans.Read(other.Parameters.Values, others);
        Assert.Equal(others, weights);
    }

    [Fact]
    public void Targets_of_another_length_are_named()
    {
        using SceneClip model = SceneClip.Create(ToyScenes.Captions, seed: 1);
        using var trainer = new SceneClipTrainer(model);
        using var head = new PerceptionHead(model.Settings, 1, 1, 1);
        (byte[] frames, float[] truth) = ToyScenes.Draw(2, 1);
        SpecMismatchException error = Assert.Throws<SpecMismatchException>(
            () => trainer.Step(frames, ToyScenes.Captions, truth, 1e-3, new PerceptionTargets(head, [0, 1, 1], [0, 1])));
        Assert.Contains("perception targets", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Mean smooth L1 distance of the square's place on new images, after sentences that speak of colors alone.</summary>
    private static double LastError(int steps)
    {
        using SceneClip model = SceneClip.Create(ToyScenes.Captions, seed: 1);
        using var trainer = new SceneClipTrainer(model);
        using var head = new PerceptionHead(model.Settings, facts: 0, places: 1, seed: 1);
        for (int step = 0; step < steps; step++)
        {
            (byte[] frames, float[] truth) = ToyScenes.Draw(Batch, (ulong)step);
            float[] colors = [.. Enumerable.Range(0, Batch).SelectMany(i => new[] { truth[i * 4], truth[(i * 4) + 1] })];
            trainer.Step(frames, ToyScenes.Captions[..2], colors, 2e-3, new PerceptionTargets(head, [], Places(truth)));
        }

        (byte[] unseen, float[] truths) = ToyScenes.Draw(Batch, 1_000_000);
        using DisposeScope scope = NewDisposeScope();
        using IDisposable still = no_grad();
        Tensor pictures = tensor(unseen, [Batch, ToyScenes.Size, ToyScenes.Size, 3], ScalarType.Byte);
        return head.Loss(model.Images.Features(pictures), new PerceptionTargets(head, [], Places(truths))).ToDouble();
    }

    private static float[] Places(float[] truth) =>
        [.. Enumerable.Range(0, Batch).Select(i => (truth[(i * 4) + 3] - 0.5f) * 3.4f)];
}
