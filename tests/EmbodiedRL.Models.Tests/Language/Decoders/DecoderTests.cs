using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Models.Language.Decoders;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Tests.Language.Decoders;

[NoTensorLeaks]
public sealed class DecoderTests
{
    [Fact]
    public void A_token_reads_those_before_it_and_no_padding()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable still = no_grad();
        using CausalLanguageModel model = TinyModel.Create();
        using ModelInput alone = ModelInput.PadLeft([[5, 9, 7, 3]], 0), changed = ModelInput.PadLeft([[5, 9, 7, 88]], 0),
            padded = ModelInput.PadLeft([[5, 9, 7, 3], [1, 2, 3, 4, 5, 6, 7]], 0);
        Tensor first = model.Hidden(alone), second = model.Hidden(changed), third = model.Hidden(padded);
        Assert.True((first - second).abs().narrow(1, 0, 3).max().ToSingle() == 0, "a token reads what comes after it");
        Assert.True((first - second).abs().narrow(1, 3, 1).max().ToSingle() > 1e-2, "a token does not read itself");
        Assert.True((first - third.narrow(0, 0, 1).narrow(1, 3, 4)).abs().max().ToSingle() < 1e-4, "padding is read");
    }

    [Fact]
    public void Positions_of_three_equal_axes_are_those_of_one()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable still = no_grad();
        DecoderSettings settings = TinyModel.Settings with { Rotary = new RotarySettings { Sections = [1, 2, 3] } };
        using CausalLanguageModel model = TinyModel.Create(settings);
        Tensor ids = tensor((long[])[5, 9, 7, 3, 8, 2], [2, 3]), mask = ones([2, 3], ScalarType.Bool);
        Tensor embeddings = model.Decoder.Embed(ids), positions = arange(3, ScalarType.Int64).expand(2, 3);
        Tensor one = model.Decoder.Forward(embeddings, mask), three = model.Decoder.Forward(embeddings, mask, positions.expand(3, 2, 3));
        Assert.True((one - three).abs().max().ToSingle() < 1e-5);

        // only the pairs of the first section turn with the first axis
        Tensor far = positions.expand(3, 2, 3).clone();
        far[0] = positions * 4;
        Assert.True((one - model.Decoder.Forward(embeddings, mask, far)).abs().max().ToSingle() > 1e-3);
        using CausalLanguageModel plain = TinyModel.Create();
        Assert.Throws<SpecMismatchException>(() => plain.Decoder.Forward(embeddings, mask, far));
    }

    [Fact]
    public void More_tokens_than_the_context_are_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        using CausalLanguageModel model = TinyModel.Create(TinyModel.Settings with { ContextLength = 4 });
        using ModelInput input = ModelInput.PadLeft([[1, 2, 3, 4, 5]], 0), padded = ModelInput.PadLeft([[1, 2, 3, 4]], 0);
        Assert.Contains("context", Assert.Throws<SpecMismatchException>(() => model.Hidden(input)).Message, StringComparison.Ordinal);
        model.Hidden(padded).Dispose();
        using ModelInput unknown = ModelInput.PadLeft([[LetterTokenizer.Size]], 0);
        Assert.Throws<SpecMismatchException>(() => model.Hidden(unknown));
    }

    [Theory]
    [InlineData("\"model_type\": \"mamba\"", "llama")]
    [InlineData("\"model_type\": \"llama\", \"rope_scaling\": {\"rope_type\": \"yarn\", \"factor\": 2}", "llama3")]
    [InlineData("\"model_type\": \"llama\", \"rope_parameters\": {\"rope_type\": \"dynamic\"}", "linear")]
    [InlineData("\"model_type\": \"llama\", \"num_attention_heads\": 3, \"hidden_size\": 12, \"num_key_value_heads\": 2", "divisor")]
    [InlineData("\"model_type\": \"llama\", \"hidden_act\": \"gelu\"", "silu")]
    public void What_is_not_supported_is_one_clear_error(string config, string named)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["config.json"], $"{{{config}}}");
        CorruptFileException error = Assert.Throws<CorruptFileException>(() => CausalLanguageModel.Load(folder.Path));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Linear_scaling_is_a_slower_position()
    {
        var scaled = new RotarySettings { Scaling = RotaryScaling.Linear, Factor = 4 };
        double[] plain = new RotarySettings().InverseFrequencies(16), slow = scaled.InverseFrequencies(16);
        for (int i = 0; i < plain.Length; i++) Assert.Equal(plain[i] / 4, slow[i], 1e-12);
    }

    [Fact]
    public void Saved_weights_are_read_again()
    {
        using var folder = new TemporaryFolder();
        using DisposeScope scope = NewDisposeScope();
        using CausalLanguageModel model = TinyModel.Create(TinyModel.Settings with { QueryBias = false });
        ModuleWeights.Save(model.Module, folder["model.safetensors"]);
        File.WriteAllText(folder["config.json"], """
            {"model_type": "llama", "vocab_size": 130, "hidden_size": 40, "num_hidden_layers": 3, "num_attention_heads": 6,
             "num_key_value_heads": 3, "head_dim": 12, "intermediate_size": 52, "rms_norm_eps": 1e-5, "max_position_embeddings": 96,
             "eos_token_id": [1, 7]}
            """);
        using CausalLanguageModel read = CausalLanguageModel.Load(folder.Path);
        Assert.Equal([1, 7], read.Spec.EndIds);
        using ModelInput input = ModelInput.PadLeft([[5, 9, 7, 3]], 0);
        using IDisposable still = no_grad();
        Assert.Equal(model.Logits(model.Hidden(input)).data<float>().ToArray(), read.Logits(read.Hidden(input)).data<float>().ToArray());
        using CausalLanguageModel half = CausalLanguageModel.Load(folder.Path, precision: Precision.Bf16);
        Tensor rough = half.Logits(half.Hidden(input)).to(ScalarType.Float32), exact = read.Logits(read.Hidden(input));
        Assert.True((rough - exact).abs().max().ToSingle() < 0.1 * exact.abs().max().ToSingle());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Layers_that_are_computed_again_have_the_same_gradients(bool frozen)
    {
        using DisposeScope scope = NewDisposeScope();
        using CausalLanguageModel model = TinyModel.Create();
        if (frozen) model.Decoder.Embeddings.Weight.requires_grad_(false);
        using ModelInput input = ModelInput.PadLeft([[5, 9, 7, 3], [1, 2, 3, 4, 5, 6, 7]], 0);
        float[][] Gradients(bool recomputes)
        {
            model.Decoder.Recomputes = recomputes;
            model.Module.zero_grad();
            TokenLikelihood.Loss(model, input, input.Ids.where(input.Mask, tensor(-100L))).backward();
            return [.. model.Module.parameters().Where(weight => weight.requires_grad)
                .Select(weight => weight.grad!.data<float>().ToArray())];
        }

        float[][] kept = Gradients(false), again = Gradients(true);
        Assert.True(kept.Length > 20);
        for (int i = 0; i < kept.Length; i++) Assert.Equal(kept[i], again[i], (a, b) => Math.Abs(a - b) <= 1e-6 * (1 + Math.Abs(a)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_training_pass_leaves_no_tensor_behind(bool recomputes)
    {
        using CausalLanguageModel model = TinyModel.Create();
        model.Decoder.Recomputes = recomputes;
        using ModelInput input = ModelInput.PadLeft([[5, 9, 7, 3], [1, 2, 3, 4, 5, 6, 7]], 0);
        long before = 0;
        for (int step = 0; step < 20; step++)
        {
            using DisposeScope scope = NewDisposeScope();
            TokenLikelihood.Loss(model, input, input.Ids.where(input.Mask, tensor(-100L))).backward();
            model.Module.zero_grad();
            if (step == 2) before = TorchRuntime.LiveTensors;
            if (step > 2) Assert.Equal(before, TorchRuntime.LiveTensors);
        }
    }
}
