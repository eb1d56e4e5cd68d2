using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Models.Losses;
using EmbodiedRL.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Tests.Encoders.Pretrained;

/// <summary>Checkpoints of random weights against the libraries they are published for: transformers and open_clip.</summary>
[Trait("Category", "Parity")]
public sealed class TowerParityTests
{
    // Absolute; two correct kernels differ by 2e-6, and the libraries' own error against double precision is a fifth of these.
    private const double Unit = 2e-6, Raw = 2e-5, Loss = 5e-6, Gradient = 1e-5;

    // In double precision nothing but the order of sums is left; resized position tables are single precision in the library itself.
    private const double Exact = 1e-9, ExactFlexible = 1e-6;

    public static TheoryData<string> Folders
    {
        get
        {
            string root = Path.Combine(Fixtures.Root, "contrastive");
            string[] found = Directory.Exists(root)
                ? [.. Directory.EnumerateFiles(root, "expected.safetensors", SearchOption.AllDirectories)
                    .Select(path => Path.GetRelativePath(Fixtures.Root, Path.GetDirectoryName(path)!)).Order(StringComparer.Ordinal)]
                : [];
            return [.. found.Length > 0 ? found : ["contrastive/clip-hf"]];
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Embeddings_and_states_between_are_those_of_the_library(string folder)
    {
        using var expected = Expected.Read(folder, "expected.safetensors");
        using DisposeScope scope = NewDisposeScope();
        using TwoTowers model = PretrainedFolder.LoadTowers(Fixtures.Require(folder));
        Tensor? mask = model is Clip ? expected.Find("attention_mask") : null;
        var (image, text) = (new TowerTrace(), new TowerTrace());
        Tensor images = Images(model, expected, image), texts = model.EncodeTexts(expected["input_ids"], mask, text);
        var names = new HashSet<string>(expected.Names);
        void Compare(string name, Tensor? found, double tolerance)
        {
            if (names.Remove(name)) expected.Compare(name, found, tolerance);
        }

        Compare("image_embeds_raw", images, Raw);
        Compare("text_embeds_raw", texts, Raw);
        Compare("image_embeds", model.Normalize(images), Unit);
        Compare("text_embeds", model.Normalize(texts), Unit);
        Tensor logits = model.Logits(model.Normalize(images), model.Normalize(texts));
        Compare("logits_per_image", logits, Raw);
        Compare("logits_per_text", logits.t(), Raw);
        Compare("probabilities", logits.sigmoid(), Raw);
        foreach ((string tower, TowerTrace trace) in new[] { ("vision", image), ("text", text) })
        {
            for (int i = 0; i < trace.States.Count; i++) Compare($"{tower}.hidden_states.{i}", trace.States[i], Raw);
            Compare($"{tower}.last_hidden_state", trace.Last, Raw);
            Compare($"{tower}.ln_post", trace.Last, Raw);
            Compare($"{tower}.ln_final", trace.Last, Raw);
            Compare($"{tower}.pooler_output", trace.Pooled, Raw);
        }

        var plain = new TowerTrace();
        Tensor unmasked = model.EncodeTexts(expected["input_ids"], null, plain);
        Compare("nomask.text.last_hidden_state", plain.Last, Raw);
        Compare("nomask.text_embeds", model.Normalize(unmasked), Unit);
        if (expected.Find("masked.text_embeds") is not null)
            Compare("masked.text_embeds", model.Normalize(model.EncodeTexts(expected["input_ids"], expected["attention_mask"])), Unit);
        foreach (string name in expected.Names.Where(name => name.EndsWith(".pixel_values", StringComparison.Ordinal)))
        {
            string size = name[..^".pixel_values".Length];
            Tensor pixels = expected[name], resized = model.EncodeImages(pixels);
            Compare($"{size}.image_embeds_raw", resized, Raw);
            Compare($"{size}.image_embeds", model.Normalize(resized), Unit);
            if (model is Clip clip)
            {
                (long rows, long columns) = (pixels.shape[2] / clip.PatchSize, pixels.shape[3] / clip.PatchSize);
                Compare($"{size}.position_table", clip.TableFor((int)rows, (int)columns), Raw);
            }

            names.Remove(name);
        }

        string[] inputs = ["pixel_values", "input_ids", "attention_mask", "pixel_attention_mask", "spatial_shapes", "loss", "clip_loss"];
        string[] left = [.. names.Except(inputs).Where(name => !name.StartsWith("grad.", StringComparison.Ordinal))];
        Assert.Equal([], left);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Loss_and_gradients_are_those_of_the_library(string folder)
    {
        using var expected = Expected.Read(folder, "expected.safetensors");
        using DisposeScope scope = NewDisposeScope();
        using TwoTowers model = PretrainedFolder.LoadTowers(Fixtures.Require(folder));
        model.Weights.RequireGradients();
        Tensor loss = LossOf(model, expected);
        expected.Compare("loss", loss, Loss);
        loss.backward();

        JsonElement norms = Fixtures.ReadJson($"{folder}/checks.json").GetProperty("gradient_norms_fp64");
        foreach (JsonProperty norm in norms.EnumerateObject())
        {
            Tensor? gradient = model.Weights.Tensors[norm.Name].grad;
            double found = gradient?.norm().ToDouble() ?? 0;
            Assert.True(Math.Abs(found - norm.Value.GetDouble()) <= 10 * Gradient, $"norm of {norm.Name}: {norm.Value} and {found}");
        }

        Assert.Equal(norms.EnumerateObject().Count(), model.Weights.Tensors.Count);
        foreach (string name in expected.Names.Where(name => name.StartsWith("grad.", StringComparison.Ordinal)))
            expected.Compare(name, model.Weights.Tensors[name["grad.".Length..]].grad, Gradient);
        if (expected.Find("clip_loss") is not null)
        {
            Tensor images = model.Normalize(Images(model, expected)), texts = model.Normalize(Texts(model, expected));
            Tensor scaled = model.LogitScale.exp() * images.matmul(texts.t());
            expected.Compare("clip_loss", ContrastiveLoss.Softmax(scaled), Loss);
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void In_double_precision_the_numbers_are_the_same_to_the_last_places(string folder)
    {
        using var inputs = Expected.Read(folder, "expected.safetensors");
        using var expected = Expected.Read(folder, "expected_f64.safetensors");
        using DisposeScope scope = NewDisposeScope();
        using TwoTowers model = PretrainedFolder.LoadTowers(Fixtures.Require(folder), type: ScalarType.Float64);
        double tolerance = model is SiglipNaflex ? ExactFlexible : Exact;
        Tensor images = Images(model, inputs);
        Tensor texts = model.EncodeTexts(inputs["input_ids"], model is Clip ? inputs.Find("attention_mask") : null);
        expected.Compare("image_embeds_raw", images, tolerance);
        expected.Compare("text_embeds_raw", texts, tolerance);
        expected.Compare("logits_per_image", model.Logits(model.Normalize(images), model.Normalize(texts)), 10 * tolerance);
        expected.Compare("loss", LossOf(model, inputs), tolerance);
    }

    private static Tensor LossOf(TwoTowers model, Expected expected)
    {
        Tensor images = model.Normalize(Images(model, expected)), texts = model.Normalize(Texts(model, expected));
        Tensor logits = model.Logits(images, texts);
        return model.LogitBias is null ? ContrastiveLoss.Softmax(logits) : ContrastiveLoss.Sigmoid(logits);
    }

    /// <summary>The texts that belong to the images: as many, in order.</summary>
    private static Tensor Texts(TwoTowers model, Expected expected)
    {
        long count = expected["pixel_values"].shape[0];
        Tensor? mask = model is Clip ? expected.Find("attention_mask")?.narrow(0, 0, count) : null;
        return model.EncodeTexts(expected["input_ids"].narrow(0, 0, count), mask);
    }

    private static Tensor Images(TwoTowers model, Expected expected, TowerTrace? trace = null)
    {
        if (model is not SiglipNaflex flexible) return model.EncodeImages(expected["pixel_values"], trace);
        long[] shapes = expected["spatial_shapes"].data<long>().ToArray();
        return flexible.EncodePatches(expected["pixel_values"], expected["pixel_attention_mask"],
            [.. Enumerable.Range(0, shapes.Length / 2).Select(i => ((int)shapes[2 * i], (int)shapes[(2 * i) + 1]))], trace);
    }
}
