using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Models.Language.Generation;
using EmbodiedRL.Models.Language.LowRank;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Tests.Language.LowRank;

[NoTensorLeaks]
public sealed class LowRankAdapterTests
{
    private static readonly LowRankSettings Settings = new() { Rank = 4, Alpha = 6, Targets = ["q_proj", "v_proj", "down_proj"] };

    [Fact]
    public void A_new_adapter_changes_nothing_and_alone_is_trained()
    {
        using DisposeScope scope = NewDisposeScope();
        using CausalLanguageModel model = TinyModel.Create();
        using ModelInput input = ModelInput.PadLeft([[5, 9, 7, 3]], 0);
        float[] plain = Logits(model, input);
        using (LowRankAdapter adapter = LowRankAdapter.Attach(model.Module, Settings, 3))
        {
            Assert.Equal(9, adapter.Layers.Count());
            Assert.Equal(plain, Logits(model, input));
            Move(adapter);
            model.Logits(model.Hidden(input)).square().mean().backward();
            Assert.All(model.Module.named_parameters(), pair => Assert.True(pair.parameter.grad is null, pair.name));
            Assert.All(adapter.Weights, pair => Assert.True(pair.Weight.grad!.abs().max().ToSingle() > 0, pair.Name));
            Assert.NotEqual(plain, Logits(model, input));
            using (adapter.Disabled()) Assert.Equal(plain, Logits(model, input));
            Assert.NotEqual(plain, Logits(model, input));
        }

        Assert.Equal(plain, Logits(model, input));
        Assert.All(model.Module.parameters(), weight => Assert.True(weight.requires_grad));
    }

    [Fact]
    public void Merged_weights_compute_what_the_adapter_does()
    {
        using DisposeScope scope = NewDisposeScope();
        using CausalLanguageModel model = TinyModel.Create();
        using ModelInput input = ModelInput.PadLeft([[5, 9, 7, 3]], 0);
        float[] plain = Logits(model, input);
        using LowRankAdapter adapter = LowRankAdapter.Attach(model.Module, Settings, 3);
        Move(adapter);
        float[] attached = Logits(model, input);
        var sampling = new SamplingSettings { MaximumTokens = 16 };
        Completions drawn = new TextGenerator(model).Generate(TinyModel.Prompts("ab"), 2, sampling, 1),
            slow = new TextGenerator(model) { UsesPackedWeights = false }.Generate(TinyModel.Prompts("ab"), 2, sampling, 1);
        Assert.Equal(slow.Tokens, drawn.Tokens);
        adapter.Merge();
        AssertNear(attached, Logits(model, input));
        Assert.Throws<InvalidOperationException>(() => adapter.Disabled());
        Assert.Equal(drawn.Tokens, new TextGenerator(model).Generate(TinyModel.Prompts("ab"), 2, sampling, 1).Tokens);
        adapter.Unmerge();
        AssertNear(attached, Logits(model, input));
        using (adapter.Disabled()) AssertNear(plain, Logits(model, input));
    }

    [Fact]
    public void A_stored_adapter_is_read_again()
    {
        using var folder = new TemporaryFolder();
        using DisposeScope scope = NewDisposeScope();
        using CausalLanguageModel model = TinyModel.Create();
        using ModelInput input = ModelInput.PadLeft([[5, 9, 7, 3]], 0);
        float[] attached;
        using (LowRankAdapter adapter = LowRankAdapter.Attach(model.Module, Settings, 3))
        {
            Move(adapter);
            attached = Logits(model, input);
            adapter.Save(folder.Path, "tiny");
        }

        using (LowRankAdapter read = LowRankAdapter.Load(model.Module, folder.Path))
        {
            Assert.Equal(attached, Logits(model, input));
            Assert.Equal(Settings.Targets.Order(StringComparer.Ordinal), read.Settings.Targets);
        }

        // PEFT's own names
        using var file = EmbodiedRL.Models.Weights.Safetensors.Read(folder["adapter_model.safetensors"]);
        Assert.Equal([4, 40], file["base_model.model.model.layers.1.self_attn.q_proj.lora_A.weight"].Shape);
        Assert.Equal([72, 4], file["base_model.model.model.layers.1.self_attn.q_proj.lora_B.weight"].Shape);
        using CausalLanguageModel other = TinyModel.Create(TinyModel.Settings with { Layers = 1 });
        Assert.Throws<CorruptFileException>(() => LowRankAdapter.Load(other.Module, folder.Path));
        File.WriteAllText(folder["adapter_config.json"], """{"peft_type": "IA3"}""");
        Assert.Throws<CorruptFileException>(() => LowRankAdapter.Load(model.Module, folder.Path));
    }

    [Fact]
    public void A_target_that_is_no_layer_is_refused()
    {
        using CausalLanguageModel model = TinyModel.Create();
        Assert.Throws<UnknownNameException>(() => LowRankAdapter.Attach(model.Module, Settings with { Targets = ["q_prok"] }, 1));
        Assert.Throws<SettingsException>(() => LowRankAdapter.Attach(model.Module, Settings with { Rank = 0 }, 1));
        using LowRankAdapter adapter = LowRankAdapter.Attach(model.Module, Settings, 1);
        Assert.Throws<SpecMismatchException>(() => LowRankAdapter.Attach(model.Module, Settings, 1));
        Assert.All(adapter.Weights, pair => Assert.True(pair.Weight.requires_grad));
    }

    private static void Move(LowRankAdapter adapter)
    {
        using IDisposable still = no_grad();
        ulong seed = 40;
        foreach ((_, Parameter weight) in adapter.Weights)
        {
            using DisposeScope scope = NewDisposeScope();
            var rng = Rng.For(seed++, "test");
            float[] values = [.. Enumerable.Range(0, (int)weight.numel()).Select(_ => (float)(0.2 * rng.Normal()))];
            weight.copy_(tensor(values, weight.shape));
        }
    }

    private static float[] Logits(CausalLanguageModel model, ModelInput input)
    {
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        return model.Logits(model.Hidden(input)).data<float>().ToArray();
    }

    private static void AssertNear(float[] expected, float[] found)
    {
        double most = expected.Max(value => Math.Abs(value));
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], found[i], 1e-5 * (1 + most));
    }
}
