using EmbodiedRL.Algorithms.OnPolicy;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Networks;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Algorithms.Tests.OnPolicy;

/// <summary>PPO on images: <see cref="SpotEnv"/> cannot be solved without looking.</summary>
[NoTensorLeaks]
public sealed class PpoImageTests
{
    private static readonly PpoOptions Small = new() { Horizon = 8, Minibatch = 64, Epochs = 4, LearningRate = 1e-3, Features = 32 };

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void It_learns_what_only_an_image_tells(int numbers)
    {
        using var run = new ImageRun(new Ppo(Small, SpotEnv.Describe(numbers: numbers), 1), new SpotEnv(16, numbers: numbers));
        using var judged = new SpotEnv(32, numbers: numbers);
        double before = ImageRun.Evaluate(run.Algorithm, judged);
        run.Train(60);
        double after = ImageRun.Evaluate(run.Algorithm, judged);
        Assert.True(before < 0.75 && after > 0.95, $"Mean reward {before:F3} before and {after:F3} after; blind choices earn 0.5.");
    }

    [Fact]
    public void Resuming_is_bit_equal_to_never_having_stopped()
    {
        ImageRun Make() => new(new Ppo(Small, SpotEnv.Describe(numbers: 1), 3), new SpotEnv(8, numbers: 1));
        using ImageRun whole = Make(), early = Make(), late = Make();
        whole.Train(4);
        early.Train(2);
        var middle = new Snapshot();
        early.Save(middle);
        late.Load(middle);
        late.Train(2);
        Snapshot one = new(), two = new();
        whole.Save(one);
        late.Save(two);
        Assert.Equal(one.Entries.Keys, two.Entries.Keys);
        foreach ((string name, byte[] bytes) in one.Entries)
            Assert.True(bytes.AsSpan().SequenceEqual(two.Entries[name]), $"Entry '{name}' differs.");
    }

    [Fact]
    public void Tensors_do_not_pile_up()
    {
        using var run = new ImageRun(new Ppo(Small with { Epochs = 1 }, SpotEnv.Describe(), 1), new SpotEnv(8));
        run.Train(2);
        long after = TorchRuntime.LiveTensors;
        run.Train(2);
        Assert.Equal(after, TorchRuntime.LiveTensors);
    }

    [Fact]
    public void A_batch_without_the_images_is_refused()
    {
        using var seeing = new Ppo(Small, SpotEnv.Describe(), 1);
        foreach (EnvironmentInfo info in new[] { SpotEnv.Describe().WithoutImage(), SpotEnv.Describe(side: 40) })
        {
            var batch = new TrajectoryBatch(2, 2, info);
            Assert.Contains("images",
                Assert.Throws<SpecMismatchException>(() => seeing.Update(batch, new float[4], default, new RecordedMetrics())).Message,
                StringComparison.Ordinal);
        }
    }

    /// <summary>
    /// 64 environments times 64 steps of 64 x 64 RGB are 50 MB a copy. Beside a shorter rollout, so that what a minibatch takes drops out.
    /// </summary>
    [Fact]
    public void A_rollout_of_images_is_held_once_and_never_three_times()
    {
        const long copy = 64L * 64 * 64 * 64 * 3, few = copy / 4;
        (long small, long smallPeak) = Held(16);
        (long large, long largePeak) = Held(64);
        Assert.InRange(small, few, few + (copy / 4));
        Assert.InRange(large, copy, copy + (copy / 2)); // with the last image of every episode, a minibatch and what the environment shows
        Assert.True(largePeak - smallPeak < 3 * (copy - few),
            $"{smallPeak >> 20} MB resident at the most for 16 steps and {largePeak >> 20} MB for 64; three copies more are "
                + $"{3 * (copy - few) >> 20} MB.");
    }

    /// <summary>Managed bytes held after an update, and the most that was resident while it was made.</summary>
    private static (long Managed, long Peak) Held(int steps)
    {
        long before = GC.GetTotalMemory(forceFullCollection: true), peak = 0;
        using var done = new ManualResetEventSlim();
        var watch = new Thread(() =>
        {
            while (!done.Wait(2)) peak = Math.Max(peak, Environment.WorkingSet);
        });
        watch.Start();
        try
        {
            PpoOptions settings = Small with { Horizon = steps, Minibatch = 128, Epochs = 1 };
            using var run = new ImageRun(new Ppo(settings, SpotEnv.Describe(64, channels: 3), 1), new SpotEnv(64, 64, channels: 3));
            run.Train(2);
            return (GC.GetTotalMemory(forceFullCollection: true) - before, peak);
        }
        finally
        {
            done.Set();
            watch.Join();
        }
    }

    /// <summary>
    /// The derivatives that PPO hands to the network, against automatic differentiation of the whole loss from images to a number.
    /// </summary>
    [Fact]
    public void The_gradient_of_a_minibatch_is_that_of_the_loss()
    {
        const int rows = 12, side = 36, numbers = 2, features = 8;
        var image = new ImageSpec(side, side, 3);
        ActionSpec actions = ActionSpec.Discrete("choice", 3);
        PpoOptions settings = Small with { Entropy = 0.02f, ValueClip = 0.3f, Clip = 0.2f };
        using DisposeScope scope = NewDisposeScope();
        using var network = new PixelActorCritic(numbers, image, actions, features, 0, 7);
        var rng = Rng.For(1, "noise");
        byte[] pixels = new byte[rows * image.Length];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)rng.Below(256);
        float[] Noise(int count,
            float size)
        {
            float[] values = new float[count];
            for (int i = 0; i < count; i++) values[i] = size * (float)rng.Normal();
            return values;
        }
        float[] chosen = new float[rows], advantages = Noise(rows, 1), returns = Noise(rows, 1),
            oldValues = Noise(rows, 0.3f), oldLog = Noise(rows, 0.3f);
        for (int i = 0; i < rows; i++) (chosen[i], oldLog[i]) = (rng.Below(3), oldLog[i] - MathF.Log(3));
        Tensor observations = tensor(Noise(rows * numbers, 1), [rows, numbers]), images = PolicyActor.ToImages(pixels, rows, image);

        (Tensor outputs, Tensor values) = network.Forward(observations, images);
        float[] byOutputs = new float[rows * 3], byValues = new float[rows];
        PpoLoss.Compute(new PpoMinibatch
        {
            Outputs = Read(outputs),
            LogStd = [],
            Values = Read(values),
            Actions = chosen,
            OldLogProbabilities = oldLog,
            OldValues = oldValues,
            Advantages = advantages,
            Returns = returns,
        }, network.Head, settings, new PpoDerivatives { ByOutputs = byOutputs, ByValues = byValues, ByLogStd = [] });
        network.Backward(tensor(byOutputs, [rows, 3]), tensor(byValues, [rows, 1]));
        float[] found = Read(network.Parameters.Gradients);

        network.Parameters.Gradients.zero_();
        using var encoder = new NatureCnn(network.Parameters, "encoder", image, features);
        using MlpModule actor = new(network.Parameters, "actor", [features + numbers, 3]),
            critic = new(network.Parameters, "critic", [features + numbers, 1]);
        Tensor seen = cat([encoder.forward(images), observations], dim: 1);
        Loss(actor.forward(seen), critic.forward(seen).squeeze(1), settings, chosen, oldLog, oldValues, advantages, returns).backward();
        float[] expected = Read(network.Parameters.Gradients);

        Assert.True(expected.Count(value => value != 0) > expected.Length / 4, "most weights of the encoder have a gradient");
        double norm = Math.Sqrt(expected.Sum(value => (double)value * value)),
            off = Math.Sqrt(expected.Zip(found).Sum(pair => Math.Pow(pair.First - pair.Second, 2)));
        Assert.True(norm > 1e-3 && off < 1e-5 * norm, $"gradient of norm {norm}, off by {off}");
    }

    private static Tensor Loss(Tensor logits, Tensor values, PpoOptions settings, float[] actions, float[] oldLog, float[] oldValues,
        float[] advantages, float[] returns)
    {
        Tensor log = logits.log_softmax(1), advantage = tensor(advantages), target = tensor(returns), old = tensor(oldValues);
        Tensor ratio =
            (log.gather(1, tensor(Array.ConvertAll(actions, action => (long)action)).unsqueeze(1)).squeeze(1) - tensor(oldLog)).exp();
        Tensor policy = -minimum(ratio * advantage, ratio.clamp(1 - settings.Clip, 1 + settings.Clip) * advantage).mean();
        Tensor bounded = old + (values - old).clamp(-settings.ValueClip, settings.ValueClip);
        Tensor value = maximum((values - target).square(), (bounded - target).square()).mean();
        Tensor entropy = -(log.exp() * log).sum(1).mean();
        return policy + (settings.ValueCoefficient * value) - (settings.Entropy * entropy);
    }

    private static float[] Read(Tensor tensor)
    {
        float[] values = new float[tensor.numel()];
        TensorSpans.Read(tensor.contiguous(), values);
        return values;
    }
}
