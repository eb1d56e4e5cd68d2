using System.Text.Json;
using EmbodiedRL.Algorithms.Kernel;
using EmbodiedRL.Algorithms.OnPolicy;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models.Heads;
using EmbodiedRL.Models.Losses;
using EmbodiedRL.Models.Networks;
using EmbodiedRL.Models.Optimizers;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Algorithms.Tests.OnPolicy;

/// <summary>Loss, gradients and two whole steps against two published libraries, for both kinds of action.</summary>
/// <remarks>
/// One library weighs the mean squared error of values by the coefficient, the other half of it: the same coefficient is twice as strong in
/// the first. The first clips values in a way of its own, so its clipped case is left to the second.
/// </remarks>
[Trait("Category", "Parity"), NoTensorLeaks]
public sealed class PpoParityTests
{
    /// <summary>Every fixture, and every case of it that a library answers in the way that is followed here.</summary>
    public static TheoryData<string, string, string> Cases()
    {
        var rows = new TheoryData<string, string, string>();
        foreach (string file in Files())
        {
            if (!File.Exists(Path.Combine(Fixtures.Root, file)))
            {
                rows.Add(file, "", "");
                continue;
            }

            foreach (JsonProperty entry in Fixtures.ReadJson(file).GetProperty("expected").GetProperty("cases").EnumerateObject())
                foreach (string library in new[] { "sb3", "cleanrl" })
                    if (entry.Value.TryGetProperty(library, out _)
                        && !(library == "sb3" && entry.Value.GetProperty("clip_value").GetBoolean()))
                        rows.Add(file, entry.Name, library);
        }

        return rows;
    }

    public static TheoryData<string> Files() => [.. Fixtures.Family("learning", "ppo_*.json")];

    [Theory, MemberData(nameof(Cases))]
    public void Losses_gradients_and_two_steps_agree(string file, string name, string library)
    {
        JsonElement fixture = Fixtures.ReadJson(file), inputs = fixture.GetProperty("inputs");
        JsonElement cases = fixture.GetProperty("expected").GetProperty("cases").GetProperty(name), expected = cases.GetProperty(library);
        var tensors = new FixtureTensors($"learning/{inputs.GetProperty("tensors").GetString()}");
        bool half = library == "cleanrl", clipsValues = cases.GetProperty("clip_value").GetBoolean();
        var settings = new PpoOptions
        {
            Clip = (float)inputs.GetProperty("clip").Number(),
            ValueClip = clipsValues ? (float)inputs.GetProperty("clip_value").Number() : 0,
            Entropy = (float)inputs.GetProperty("ent_coef").Number(),
            ValueCoefficient = (float)inputs.GetProperty("vf_coef").Number() * (half ? 0.5f : 1),
        };
        using ActorCritic network = Build(tensors);
        using var adam = new Adam(network.Parameters, new AdamSettings { Epsilon = inputs.GetProperty("adam_eps").Number() });
        float[] advantages = tensors.Floats("inputs.advantages");
        if (cases.GetProperty("normalise_advantages").GetBoolean()) Whitening.Apply(advantages);

        for (int step = 1; step <= 2; step++)
        {
            PpoLossTerms loss = Backward(network, tensors, advantages, settings);
            if (step == 1)
            {
                Assert.Equal(expected.GetProperty(half ? "policy_loss" : "policy_gradient_loss").Number(), loss.Policy, 2e-5);
                Assert.Equal(expected.GetProperty("value_loss").Number() * (half ? 2 : 1), loss.Value, 2e-5);
                Assert.Equal(half ? expected.GetProperty("entropy").Number() : -expected.GetProperty("entropy_loss").Number(),
                    loss.Entropy, 2e-5);
                Assert.Equal(expected.GetProperty("approx_kl").Number(), loss.Kl, 2e-5);
                Assert.Equal(expected.GetProperty("clip_fraction").Number(), loss.ClipFraction, 1e-6);
                AssertNear(tensors, $"{name}.{library}.grad.", network.Parameters.GradientOf, 2e-6f);
            }

            double norm = adam.Step(inputs.GetProperty("lr").Number(), inputs.GetProperty("max_grad_norm").Number());
            if (step == 1) Assert.Equal(expected.GetProperty("grad_norm_before_clip").Number(), norm, 2e-5);
            AssertNear(tensors, $"{name}.{library}.after{step}.", weight => network.Parameters[weight], 3e-6f);
        }
    }

    [Theory, MemberData(nameof(Files))]
    public void Explained_variance_agrees(string file)
    {
        JsonElement fixture = Fixtures.ReadJson(file);
        var tensors = new FixtureTensors($"learning/{fixture.GetProperty("inputs").GetProperty("tensors").GetString()}");
        double found = ExplainedVariance.Of(tensors.Floats("inputs.old_values"), tensors.Floats("inputs.returns"));
        foreach (JsonProperty entry in fixture.GetProperty("expected").GetProperty("cases").EnumerateObject())
            if (entry.Value.TryGetProperty("sb3", out JsonElement answers))
                Assert.Equal(answers.GetProperty("explained_variance").Number(), found, 1e-5);
    }

    private static ActorCritic Build(FixtureTensors tensors)
    {
        const string Prefix = "inputs.weights.";
        int outputs = (int)tensors.Shape(Prefix + "actor.4.bias")[0];
        bool discrete = !tensors.Names.Contains(Prefix + "log_std");
        ActionSpec actions = discrete ? ActionSpec.Discrete("choice", outputs) : ActionSpec.Continuous(new FieldSpec("a", outputs));
        int[] hidden = [(int)tensors.Shape(Prefix + "actor.0.bias")[0], (int)tensors.Shape(Prefix + "actor.2.bias")[0]];
        var network = new ActorCritic((int)tensors.Shape(Prefix + "actor.0.weight")[1], actions, hidden, 0, 1);
        foreach (string name in tensors.Names.Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
            network.Parameters.Set(name[Prefix.Length..], tensors.Floats(name));
        return network;
    }

    private static PpoLossTerms Backward(ActorCritic network, FixtureTensors tensors, float[] advantages, PpoOptions settings)
    {
        int rows = advantages.Length, width = network.Head.Outputs;
        float[] byOutputs = new float[rows * width], byValues = new float[rows], byLogStd = new float[network.Head.LogStdCount];
        using DisposeScope scope = NewDisposeScope();
        using MlpBackprop actor = new(network.Actor, rows), critic = new(network.Critic, rows);
        Tensor seen = tensor(tensors.Floats("inputs.obs"), tensors.Shape("inputs.obs"));
        Tensor outputs = actor.Forward(seen), values = critic.Forward(seen);
        float[] outputValues = new float[rows * width], valueValues = new float[rows];
        TensorSpans.Read(outputs, outputValues);
        TensorSpans.Read(values, valueValues);
        var batch = new PpoMinibatch
        {
            Outputs = outputValues,
            LogStd = network.LogStd,
            Values = valueValues,
            Actions = network.Head is CategoricalHead
                ? Array.ConvertAll(tensors.Longs("inputs.actions"), action => (float)action)
                : tensors.Floats("inputs.actions"),
            OldLogProbabilities = tensors.Floats("inputs.old_log_probs"),
            OldValues = tensors.Floats("inputs.old_values"),
            Advantages = advantages,
            Returns = tensors.Floats("inputs.returns"),
        };
        PpoLossTerms loss = PpoLoss.Compute(batch, network.Head, settings,
            new PpoDerivatives { ByOutputs = byOutputs, ByValues = byValues, ByLogStd = byLogStd });
        actor.Backward(tensor(byOutputs, rows, width));
        critic.Backward(tensor(byValues, rows, 1));
        if (byLogStd.Length > 0) TensorSpans.Write(network.Parameters.GradientOf(ActorCritic.LogStdName), byLogStd);
        return loss;
    }

    private static void AssertNear(FixtureTensors tensors, string prefix, Func<string, Tensor> find, float tolerance)
    {
        string[] names = [.. tensors.Names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal))];
        Assert.NotEmpty(names);
        foreach (string name in names)
        {
            float[] expected = tensors.Floats(name), found = new float[expected.Length];
            TensorSpans.Read(find(name[prefix.Length..]), found);
            for (int i = 0; i < expected.Length; i++)
                Assert.True(Math.Abs(expected[i] - found[i]) <= tolerance, $"{name}[{i}]: expected {expected[i]}, found {found[i]}.");
        }
    }
}
