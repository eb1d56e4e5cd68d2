using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Models.Language.Generation;
using EmbodiedRL.Models.Language.VisionLanguage;
using EmbodiedRL.Models.Preprocessing;
using EmbodiedRL.Models.Tests.Encoders.Pretrained;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Tests.Language.VisionLanguage;

/// <summary>Vision-language models of random weights against transformers, for both layouts of configs.</summary>
[Trait("Category", "Parity")]
[NoTensorLeaks]
public sealed class VisionLanguageParityTests
{
    // relative to one plus the largest value
    private const double Value = 1e-5, Gradient = 2e-5;

    private static readonly string[] Inputs =
        ["pixel_values", "pixel_attention_mask", "input_ids", "attention_mask", "labels", "image_grid_thw", "greedy.last_step_logits"];

    public static TheoryData<string, string> Cases
    {
        get
        {
            string root = Path.Combine(Fixtures.Root, "multimodal");
            string[] found = Directory.Exists(root)
                ? [.. Directory.EnumerateFiles(root, "config*.json", SearchOption.AllDirectories)
                    .Where(path => File.Exists(Path.Combine(Path.GetDirectoryName(path)!, "expected.safetensors")))
                    .Select(path => Path.GetRelativePath(Fixtures.Root, path)).Order(StringComparer.Ordinal)]
                : [];
            var cases = new TheoryData<string, string>();
            foreach (string path in found.Length > 0 ? found : ["multimodal/smolvlm/config.json"])
                cases.Add(Path.GetDirectoryName(path)!, Path.GetFileName(path));
            return cases;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Features_logits_and_losses_are_those_of_the_library(string folder, string config)
    {
        using var expected = Expected.Read(folder, "expected.safetensors");
        using DisposeScope scope = NewDisposeScope();
        using VisionLanguageModel model = Open(folder, config);
        using IDisposable still = no_grad();
        var names = new HashSet<string>(expected.Names.Where(name => !name.StartsWith("image.", StringComparison.Ordinal)));
        void Compare(string name, Tensor? found, Tensor? mask = null)
        {
            if (names.Remove(name)) expected.Compare(name, found, Value, Value, mask);
        }

        foreach (string prefix in Prefixes(expected))
        {
            Tensor mask = Mask(expected, prefix), there = mask.unsqueeze(2);
            using ModelInput input = InputOf(model, expected, prefix);
            var states = new List<Tensor>();
            Tensor hidden = model.Hidden(input, null, states);
            Compare(prefix + "inputs_embeds", states[0], there);
            Compare(prefix + "logits", model.Logits(hidden), there);
            if (expected.Find(prefix + "labels") is { } labels) Compare(prefix + "loss", TokenLikelihood.Loss(model, input, labels));
            if (input.Images is not null && expected.Find(prefix + "image_features") is not null)
                Compare(prefix + "image_features", model.ImageFeatures(input.Images));
            if (model is SmolVlm smol) CompareSmolVlm(smol, input, prefix);
            else CompareQwen((QwenVl)model, input, prefix);
        }

        void CompareSmolVlm(SmolVlm smol, ModelInput input, string prefix)
        {
            names.Remove(prefix + "position_ids"); // counted by the decoder: logits would differ
            if (input.Images is not null) Compare(prefix + "vision_last_hidden_state", smol.TowerStates(input.Images));
        }

        void CompareQwen(QwenVl qwen, ModelInput input, string prefix)
        {
            Tensor isImage = input.Ids.eq(model.Spec.ImageTokenId!.Value);
            if (names.Remove(prefix + "mm_token_type_ids"))
                Assert.True(isImage.eq(expected[prefix + "mm_token_type_ids"].to(ScalarType.Bool)).all().ToBoolean());
            if (input.Images is null) return;
            int rows = (int)input.Ids.shape[0], merge = qwen.Settings.Vision.MergeSize;
            ImageGrid[] grids = [.. Grids(input.Images.Grid!)];
            (long[] positions, long[] next) = RopeIndex.Of(input.Ids.data<long>().ToArray(), input.Mask.data<bool>().ToArray(), rows, grids,
                merge, model.Spec.ImageTokenId!.Value, new long[rows]);
            if (names.Remove(prefix + "position_ids")) Assert.Equal(expected[prefix + "position_ids"].data<long>().ToArray(), positions);
            long[] real = input.Mask.sum(1).data<long>().ToArray();
            if (names.Remove(prefix + "rope_deltas"))
                Assert.Equal(expected[prefix + "rope_deltas"].data<long>().ToArray(), next.Select((value, row) => value - real[row]));
            if (!expected.Names.Contains(prefix + "vision.patch_embed")) return;

            var order = WindowOrder.Of(grids, merge, qwen.Settings.Vision.WindowFeatures);
            Assert.Equal(expected[prefix + "vision.window_index"].data<long>().ToArray(), order.Index);
            long[] ends = [.. expected[prefix + "vision.cu_window_seqlens"].data<long>().Distinct()];
            Assert.Equal(ends, order.WindowEnds.Select(end => (long)end));
            Assert.Equal(expected[prefix + "vision.position_ids"].data<long>().ToArray(),
                order.Positions.SelectMany(position => new long[] { position.Row, position.Column }));
            List<Tensor> states = qwen.TowerStates(input.Images);
            Compare(prefix + "vision.patch_embed", states[0]);
            for (int block = 1; block < states.Count; block++)
                Compare(prefix + $"vision.block.{block - 1}.window_order", states[block]);
            names.RemoveWhere(name => name.StartsWith(prefix + "vision.", StringComparison.Ordinal) && !name.Contains("block"));
        }

        string[] left = [.. names.Where(name => !Inputs.Any(input => name.EndsWith(input, StringComparison.Ordinal))
            && !name.Contains("grad.", StringComparison.Ordinal) && !name.EndsWith("greedy", StringComparison.Ordinal))];
        Assert.Equal([], left);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Gradients_are_those_of_the_library(string folder, string config)
    {
        using var expected = Expected.Read(folder, "expected.safetensors");
        int compared = 0;
        foreach (string prefix in Prefixes(expected))
        {
            string[] names = [.. expected.Names.Where(name => name.StartsWith(prefix + "grad.", StringComparison.Ordinal))];
            if (names.Length == 0) continue;
            using DisposeScope scope = NewDisposeScope();
            using VisionLanguageModel model = Open(folder, config);
            using ModelInput input = InputOf(model, expected, prefix);
            TokenLikelihood.Loss(model, input, expected[prefix + "labels"]).backward();
            Dictionary<string, Parameter> weights = model.Module.named_parameters().ToDictionary(pair => pair.name, pair => pair.parameter);
            foreach (string name in names)
            {
                expected.Compare(name, weights[name[(prefix + "grad.").Length..]].grad, Gradient, Gradient);
                compared++;
            }
        }

        Assert.True(compared > 0);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Greedy_completions_are_those_of_the_library(string folder, string config)
    {
        using var expected = Expected.Read(folder, "expected.safetensors");
        using DisposeScope scope = NewDisposeScope();
        using VisionLanguageModel model = Open(folder, config);
        int compared = 0;
        foreach (string prefix in Prefixes(expected).Where(prefix => expected.Find(prefix + "greedy") is not null))
        {
            EncodedPrompt[] prompts = [.. PromptsOf(model, expected, prefix)];
            Tensor greedy = expected[prefix + "greedy"];
            var settings = new SamplingSettings { Greedy = true, MaximumTokens = (int)greedy.shape[1], EndIds = [] };
            Completions found = new TextGenerator(model).Generate(prompts, 2, settings, 1);
            for (int row = 0; row < prompts.Length; row++)
            {
                int[] ids = [.. greedy[row].data<long>().Select(id => (int)id)];
                Assert.Equal(ids, found.Tokens[2 * row]);
                Assert.Equal(ids, found.Tokens[(2 * row) + 1]);
            }

            // the same without a cache
            using IDisposable still = no_grad();
            using PreparedImages? images = PreparedImages.Join([.. prompts.Select(prompt => prompt.Images).OfType<PreparedImages>()]);
            using ModelInput all = ModelInput.PadLeft(
                [.. prompts.Select((prompt, row) => (int[])[.. prompt.Ids, .. found.Tokens[2 * row][..^1]])], model.Spec.PaddingId);
            using var whole = new ModelInput(all.Ids.alias(), all.Mask.alias()) { Images = images };
            Tensor logits = model.Logits(model.Hidden(whole).select(1, all.Ids.shape[1] - 1));
            Assert.Equal(greedy.select(1, greedy.shape[1] - 1).data<long>().ToArray(), logits.argmax(1).data<long>().ToArray());
            string last = prefix + "greedy.last_step_logits";
            if (expected.Find(last) is not null) expected.Compare(last, logits, Value, Value);
            compared++;
        }

        Assert.True(compared > 0);
    }

    [Fact]
    public void Images_of_Qwen_become_the_pixels_of_the_library()
    {
        const string Folder = "multimodal/qwen2_5_vl";
        using var expected = Expected.Read(Folder, "expected.safetensors");
        using DisposeScope scope = NewDisposeScope();
        JsonElement about = Fixtures.ReadJson(Folder + "/expected.json").GetProperty("processor");
        var processor = new MergedPatchProcessor(
            new ImageProcessorSettings
            {
                Mean = about.GetProperty("image_mean").Deserialize<double[]>()!,
                Deviation = about.GetProperty("image_std").Deserialize<double[]>()!,
            },
            new MergedPatchSettings
            {
                PatchSize = about.GetProperty("patch_size").GetInt32(),
                MergeSize = about.GetProperty("merge_size").GetInt32(),
                TemporalPatchSize = about.GetProperty("temporal_patch_size").GetInt32(),
                Resizes = false,
            });
        long[] grids = expected["image_grid_thw"].data<long>().ToArray();
        float[] pixels = expected["pixel_values"].data<float>().ToArray();
        int at = 0, images = 0;
        for (; expected.Find($"image.{images}") is { } image; images++)
        {
            (int height, int width) = ((int)image.shape[0], (int)image.shape[1]);
            PatchGrid grid = processor.GridOf(width, height);
            Assert.Equal([1, grid.Rows, grid.Columns], grids.AsSpan(3 * images, 3).ToArray());
            float[] found = new float[grid.Count * processor.PatchLength];
            processor.Process(image.data<byte>().ToArray(), width, height, found);
            for (int i = 0; i < found.Length; i++) Assert.Equal(pixels[at + i], found[i], 1e-6f * 4);
            at += found.Length;
        }

        Assert.True(images > 0 && at == pixels.Length);
    }

    private static VisionLanguageModel Open(string folder, string config) =>
        (VisionLanguageModel)LanguageModels.Open(Fixtures.Require(folder), config: config);

    private static string[] Prefixes(Expected expected) =>
        [.. expected.Names.Where(name => name.EndsWith("input_ids", StringComparison.Ordinal)).Select(name => name[..^"input_ids".Length])];

    private static Tensor Mask(Expected expected, string prefix) =>
        expected.Find(prefix + "attention_mask") ?? ones_like(expected[prefix + "input_ids"]);

    private static ModelInput InputOf(VisionLanguageModel model, Expected expected, string prefix) =>
        new(expected[prefix + "input_ids"].alias(), Mask(expected, prefix).to(ScalarType.Bool))
        {
            Images = ImagesOf(model, expected, prefix),
        };

    /// <summary>The images of all rows, in order; those of the whole file where a case names none of its own.</summary>
    private static PreparedImages? ImagesOf(VisionLanguageModel model, Expected expected, string prefix)
    {
        int tokens = (int)expected[prefix + "input_ids"].eq(model.Spec.ImageTokenId!.Value).sum().ToInt64();
        if (tokens == 0) return null;
        Tensor pixels = expected.Find(prefix + "pixel_values") ?? expected["pixel_values"];
        if (model is QwenVl qwen)
        {
            Tensor grid = expected.Find(prefix + "image_grid_thw") ?? expected["image_grid_thw"];
            return new PreparedImages(pixels.alias(), [.. Grids(grid).Select(one => one.Features(qwen.Settings.Vision.MergeSize))])
            {
                Grid = grid.alias(),
            };
        }

        return new PreparedImages(pixels.flatten(0, 1), [tokens]) { Mask = expected.Find(prefix + "pixel_attention_mask")?.flatten(0, 1) };
    }

    /// <summary>Each row with its own images.</summary>
    private static IEnumerable<EncodedPrompt> PromptsOf(VisionLanguageModel model, Expected expected, string prefix)
    {
        PreparedImages? images = ImagesOf(model, expected, prefix);
        Tensor ids = expected[prefix + "input_ids"], mask = Mask(expected, prefix);
        (int image, long patch) = (0, 0);
        for (int row = 0; row < ids.shape[0]; row++)
        {
            int[] real = [.. ids[row].masked_select(mask[row].to(ScalarType.Bool)).data<long>().Select(id => (int)id)];
            int tokens = real.Count(id => id == model.Spec.ImageTokenId);
            if (tokens == 0)
            {
                yield return new EncodedPrompt(real, null);
                continue;
            }

            if (images!.Grid is null)
            {
                long tiles = images.Pixels.shape[0] / ids.shape[0];
                yield return new EncodedPrompt(real, new PreparedImages(images.Pixels.narrow(0, row * tiles, tiles), [tokens])
                {
                    Mask = images.Mask?.narrow(0, row * tiles, tiles),
                });
                continue;
            }

            ImageGrid[] grids = [.. Grids(images.Grid)];
            int first = image, left = tokens;
            while (left > 0) left -= images.Tokens[image++];
            long patches = grids[first..image].Sum(grid => (long)grid.Patches);
            int[] of = [.. images.Tokens.Take(first..image)];
            yield return new EncodedPrompt(real, new PreparedImages(images.Pixels.narrow(0, patch, patches), of)
            {
                Grid = images.Grid.narrow(0, first, image - first),
            });
            patch += patches;
        }
    }

    private static IEnumerable<ImageGrid> Grids(Tensor grid)
    {
        long[] sizes = grid.contiguous().data<long>().ToArray();
        return Enumerable.Range(0, sizes.Length / 3)
            .Select(i => new ImageGrid((int)sizes[3 * i], (int)sizes[(3 * i) + 1], (int)sizes[(3 * i) + 2]));
    }
}
