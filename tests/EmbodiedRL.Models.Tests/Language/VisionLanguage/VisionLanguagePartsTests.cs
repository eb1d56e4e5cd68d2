using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Models.Language.Generation;
using EmbodiedRL.Models.Language.VisionLanguage;
using EmbodiedRL.Models.Preprocessing;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Tests.Language.VisionLanguage;

/// <summary>Parts of vision-language models against plain second implementations, in shapes that no fixture has.</summary>
[NoTensorLeaks]
public sealed class VisionLanguagePartsTests
{
    [Theory]
    [InlineData("multimodal/images/cases.json")]
    [Trait("Category", "Parity")]
    public void Prompts_of_tiles_are_those_of_the_library(string file)
    {
        JsonElement cases = Fixtures.ReadJson(file);
        int compared = 0;
        foreach (JsonElement one in cases.GetProperty("tiles").EnumerateArray())
        {
            int tokens = one.GetProperty("image_seq_len").GetInt32();
            string found = ImagePrompts.Tiles(one.GetProperty("rows").GetInt32(), one.GetProperty("cols").GetInt32(), tokens);
            string runs = found.Replace(string.Concat(Enumerable.Repeat("<image>", tokens)), $"<image>x{tokens}", StringComparison.Ordinal);
            Assert.Equal(one.GetProperty("prompt_with_image_runs_abbreviated").GetString(), runs);
            compared++;
        }

        foreach (JsonProperty one in cases.EnumerateObject())
        {
            if (!one.Name.StartsWith("prompt_", StringComparison.Ordinal)) continue;
            string[] words = one.Name.Split('_');
            int After(string word) => int.Parse(words[Array.IndexOf(words, word) + 1], System.Globalization.CultureInfo.InvariantCulture);
            int Before(string word) => Array.IndexOf(words, word) is > 0 and int at
                ? int.Parse(words[at - 1], System.Globalization.CultureInfo.InvariantCulture) : 0;
            Assert.Equal(one.Value.GetString(), ImagePrompts.Tiles(Before("rows"), Before("cols"), After("seq")));
            compared++;
        }

        Assert.True(compared > 2);
    }

    [Fact]
    public void Markers_are_replaced_in_order_and_counted()
    {
        Assert.Equal("a(1)b(2)c", ImagePrompts.Expand("a<image>b<image>c", "<image>", ["(1)", "(2)"]));
        Assert.Equal("no image", ImagePrompts.Expand("no image", "<image>", []));
        SpecMismatchException error = Assert.Throws<SpecMismatchException>(
            () => ImagePrompts.Expand("<image> and <image>", "<image>", ["x"]));
        Assert.Contains("expected 1", error.Message, StringComparison.Ordinal);
        Assert.Contains("found 2", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, 2, 6, 8)]
    [InlineData(3, 1, 9, 12)]
    [InlineData(2, 3, 6, 4)]
    [InlineData(1, 4, 5, 3)]
    public void Windows_hold_each_feature_once_with_its_neighbors(int merge, int window, int height, int width)
    {
        ImageGrid[] grids = [new(1, height, width), new(2, merge * 2, merge)];
        var order = WindowOrder.Of(grids, merge, window);
        int features = grids.Sum(grid => grid.Features(merge));
        Assert.Equal(Enumerable.Range(0, features).Select(i => (long)i), order.Index.Order());
        Assert.Equal(order.WindowEnds.Order().Distinct(), order.WindowEnds);
        Assert.Equal([0, height * width, (height * width) + (2 * merge * merge), (height * width) + (4 * merge * merge)], order.FrameEnds);
        Assert.Equal(grids.Sum(grid => grid.Patches), order.WindowEnds[^1]);

        // two features of the first image are in one window if and only if their windows' rows and columns agree
        int[] windowOf = new int[features];
        for (int i = 0; i < features; i++) windowOf[order.Index[i]] = order.WindowEnds.Count(end => end <= i * merge * merge);
        int wide = width / merge;
        for (int a = 0; a < grids[0].Features(merge); a++)
            for (int b = 0; b < grids[0].Features(merge); b++)
            {
                bool together = a / wide / window == b / wide / window && a % wide / window == b % wide / window;
                Assert.Equal(together, windowOf[a] == windowOf[b]);
            }
    }

    [Theory]
    [InlineData(0, 4, 8, 12)]
    [InlineData(0, 5, 7, 12)]
    [InlineData(0, 3, 3, 4, 9, 10, 12)]
    public void Segments_attend_as_a_mask_of_blocks_does(params int[] ends)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor query = SmallModels.Noise(1, 12, 2, 6), key = SmallModels.Noise(2, 12, 2, 6), value = SmallModels.Noise(3, 12, 2, 6);
        int[] segment = [.. Enumerable.Range(0, 12).Select(i => ends.Count(end => end <= i))];
        bool[] same = [.. Enumerable.Range(0, 144).Select(i => segment[i / 12] == segment[i % 12])];
        Tensor scores = einsum("qhd,khd->hqk", query, key) / Math.Sqrt(6);
        Tensor expected = einsum("hqk,khd->qhd",
            scores.masked_fill(tensor(same, [12, 12]).logical_not(), double.NegativeInfinity).softmax(-1), value);
        Tensor found = new AttentionSegments(ends, CPU).Attend(query, key, value);
        Assert.True((expected - found).abs().max().ToDouble() < 1e-5);
    }

    [Fact]
    public void A_block_of_patches_becomes_the_channels_of_one_feature()
    {
        const int Factor = 3, Rows = 6, Columns = 3, Width = 2;
        using DisposeScope scope = NewDisposeScope();
        using var connector = new ShuffleConnector(Width, Factor, Width * Factor * Factor, ScalarType.Float32, CPU);
        using IDisposable still = no_grad();
        foreach (Parameter weight in connector.parameters()) weight.copy_(eye(Width * Factor * Factor));
        Tensor x = arange(2 * Rows * Columns * Width, ScalarType.Float32).view(2, Rows, Columns, Width);
        float[] found = connector.Forward(x).contiguous().data<float>().ToArray();
        int at = 0;
        for (int image = 0; image < 2; image++)
            for (int blockRow = 0; blockRow < Rows / Factor; blockRow++)
                for (int blockColumn = 0; blockColumn < Columns / Factor; blockColumn++)
                    for (int i = 0; i < Factor; i++)
                        for (int j = 0; j < Factor; j++)
                            for (int c = 0; c < Width; c++, at++)
                            {
                                int row = (blockRow * Factor) + i, column = (blockColumn * Factor) + j;
                                Assert.Equal((((((image * Rows) + row) * Columns) + column) * Width) + c, found[at]);
                            }

        Assert.Equal(found.Length, at);
        Assert.Throws<SpecMismatchException>(() => connector.Forward(zeros(1, 4, 3, Width)));
    }

    [Theory]
    [InlineData(27, 27, 27)]
    [InlineData(27, 9, 18)]
    [InlineData(25, 25, 10)]
    [InlineData(6, 4, 5)]
    public void A_tile_that_is_real_in_part_spreads_over_the_table(int side, int height, int width)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable still = no_grad();
        var settings = new SmolVlmVisionSettings
        {
            Width = 2,
            Layers = 0,
            Heads = 1,
            Hidden = 2,
            PatchSize = 2,
            ImageSize = (side * 2) + 1, // what is left over is not looked at
        };
        using var tower = new SmolVlmVision(settings, ScalarType.Float32, CPU);
        int pixels = settings.ImageSize;
        Tensor mask = zeros([1, pixels, pixels], ScalarType.Int64);
        mask.narrow(1, 0, (height * 2) - 1).narrow(2, 0, (width * 2) - 1).fill_(1); // half a patch is real enough
        Tensor position = tower.Positions(tower.RealPatches(mask)!, 1, side, side);
        long[] found = position.data<long>().ToArray();
        for (int row = 0; row < side; row++)
            for (int column = 0; column < side; column++)
                Assert.Equal(row < height && column < width ? (row * side / height * side) + (column * side / width) : 0,
                    found[(row * side) + column]);
    }

    [Fact]
    public void A_mask_that_is_no_rectangle_is_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        using SmolVlm model = SmallModels.SmolVlm();
        Tensor mask = ones([1, 24, 24], ScalarType.Int64);
        mask.narrow(1, 0, 4).narrow(2, 0, 4).zero_();
        using var images = new PreparedImages(SmallModels.Noise(1, 1, 3, 24, 24), [4]) { Mask = mask };
        SpecMismatchException error = Assert.Throws<SpecMismatchException>(() => model.ImageFeatures(images));
        Assert.Contains("rectangle", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Patches_that_are_not_real_change_none_that_are()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable still = no_grad();
        using SmolVlm model = SmallModels.SmolVlm();
        Tensor mask = ones([1, 24, 24], ScalarType.Int64), pixels = SmallModels.Noise(1, 1, 3, 24, 24), other = pixels.clone();
        mask.narrow(1, 12, 12).zero_();
        other.narrow(2, 12, 12).fill_(3);
        using PreparedImages one = new(pixels, [4]) { Mask = mask }, two = new(other, [4]) { Mask = mask.alias() };
        Tensor first = model.TowerStates(one), second = model.TowerStates(two);
        Assert.True((first - second).narrow(1, 0, 18).abs().max().ToDouble() < 1e-6);
        Assert.True((first - second).narrow(1, 18, 18).abs().max().ToDouble() > 1e-3);
    }

    [Fact]
    public void Tiles_of_zeros_are_dropped_only_where_there_are_more_than_tokens_tell()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable still = no_grad();
        using SmolVlm model = SmallModels.SmolVlm();
        Tensor black = zeros(1, 3, 24, 24), noise = SmallModels.Noise(1, 1, 3, 24, 24);
        using PreparedImages alone = new(noise.alias(), [4]), padded = new(cat([noise, black]), [4]),
            both = new(cat([noise, black]), [4, 4]);
        Tensor expected = model.ImageFeatures(alone);
        Assert.True((expected - model.ImageFeatures(padded)).abs().max().ToDouble() < 1e-6);
        Assert.Equal(8, model.ImageFeatures(both).shape[0]);
        using PreparedImages wrong = new(cat([noise, noise]), [4]);
        Assert.Contains("8", Assert.Throws<SpecMismatchException>(() => model.ImageFeatures(wrong)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Positions_of_three_axes_go_on_after_the_longer_side_of_an_image()
    {
        // row 0: a word, an image of 1 x 3, a word, one of 2 x 1; row 1: padding, text from position 10
        long[] ids = [7, 9, 9, 9, 7, 9, 9, 7, 0, 0, 7, 7, 7, 7, 7, 7];
        bool[] mask = [true, true, true, true, true, true, true, true, false, false, true, true, true, true, true, true];
        ImageGrid[] grids = [new(1, 2, 6), new(1, 4, 2)];
        (long[] positions, long[] next) = RopeIndex.Of(ids, mask, 2, grids, 2, 9, [0, 10]);
        Assert.Equal([0, 1, 1, 1, 4, 5, 5, 7, 0, 0, 10, 11, 12, 13, 14, 15], positions[..16]);
        Assert.Equal([0, 1, 1, 1, 4, 5, 6, 7, 0, 0, 10, 11, 12, 13, 14, 15], positions[16..32]);
        Assert.Equal([0, 1, 2, 3, 4, 5, 5, 7, 0, 0, 10, 11, 12, 13, 14, 15], positions[32..]);
        Assert.Equal([8, 16], next);
        Assert.Throws<SpecMismatchException>(() => RopeIndex.Of(ids, mask, 2, grids[..1], 2, 9, [0, 0]));
        Assert.Throws<SpecMismatchException>(() => RopeIndex.Of(ids, mask, 2, [grids[1], grids[0]], 2, 9, [0, 0]));
        Assert.Throws<SpecMismatchException>(() => RopeIndex.Of(ids, mask, 2, [.. grids, grids[0]], 2, 9, [0, 0]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Images_that_come_after_words_read_before_are_as_read_at_once(bool qwen)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable still = no_grad();
        using VisionLanguageModel model = qwen ? SmallModels.QwenVl() : SmallModels.SmolVlm();
        EncodedPrompt[] prompts = qwen
            ? [SmallModels.Patches(5, (9, 15), (6, 3)), SmallModels.Patches(3, (6, 6))]
            : [SmallModels.Tiles(5, 2), SmallModels.Tiles(3, 1)];
        using ModelInput all = ModelInput.PadLeft([.. prompts.Select(prompt => prompt.Ids)], 0);
        PreparedImages images = PreparedImages.Join([.. prompts.Select(prompt => prompt.Images!)])!;
        using var whole = new ModelInput(all.Ids.alias(), all.Mask.alias()) { Images = images };
        Tensor expected = model.Hidden(whole);

        // the first row's two words, and the second's padding
        using KeyValueCache cache = model.CreateCache(2, (int)all.Ids.shape[1]);
        using var first = new ModelInput(all.Ids.narrow(1, 0, 2), all.Mask.narrow(1, 0, 2));
        using var second = new ModelInput(all.Ids.narrow(1, 2, all.Ids.shape[1] - 2), all.Mask.narrow(1, 2, all.Ids.shape[1] - 2))
        {
            Images = images,
        };
        model.Hidden(first, cache);
        Tensor found = model.Hidden(second, cache), there = second.Mask.unsqueeze(2);
        Tensor difference = (expected.narrow(1, 2, found.shape[1]) - found) * there;
        Assert.True(difference.abs().max().ToDouble() < 2e-5);
    }

    [Fact]
    public void No_completion_holds_an_image_token()
    {
        using DisposeScope scope = NewDisposeScope();
        using SmolVlm model = SmallModels.SmolVlm();
        using EncodedPrompt prompt = SmallModels.Tiles(2, 1);
        var settings = new SamplingSettings { Temperature = 5, MaximumTokens = 60, EndIds = [] };
        Completions found = new TextGenerator(model).Generate([prompt], 20, settings, 1);
        Assert.Equal(20 * 60, found.Tokens.Sum(tokens => tokens.Length));
        Assert.DoesNotContain(model.Spec.ImageTokenId!.Value, found.Tokens.SelectMany(tokens => tokens));
        Assert.All(found.LogProbabilities.SelectMany(values => values), value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void Features_of_another_width_are_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        using SmolVlm model = SmallModels.SmolVlm();
        using EncodedPrompt prompt = SmallModels.Tiles(2, 1);
        using ModelInput padded = ModelInput.PadLeft([prompt.Ids], 0);
        using var input = new ModelInput(padded.Ids.alias(), padded.Mask.alias()) { Features = zeros(4, 23) };
        Assert.Contains("24", Assert.Throws<SpecMismatchException>(() => model.Hidden(input)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Grids_and_pixels_must_fit()
    {
        using DisposeScope scope = NewDisposeScope();
        using QwenVl model = SmallModels.QwenVl();
        using PreparedImages noGrid = new(SmallModels.Noise(1, 9, 54), [1]),
            odd = new(SmallModels.Noise(1, 12, 54), [1]) { Grid = tensor(new long[] { 1, 4, 3 }, [1, 3]) },
            few = new(SmallModels.Noise(1, 8, 54), [1]) { Grid = tensor(new long[] { 1, 3, 3 }, [1, 3]) };
        Assert.All([noGrid, odd, few], images => Assert.Throws<SpecMismatchException>(() => model.ImageFeatures(images)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_frozen_tower_gathers_no_gradients_and_the_rest_does(bool qwen)
    {
        using DisposeScope scope = NewDisposeScope();
        using VisionLanguageModel model = qwen ? SmallModels.QwenVl() : SmallModels.SmolVlm();
        Assert.True(model.LearnsVision);
        model.LearnsVision = false;
        Assert.False(model.LearnsVision);
        Assert.Empty(Learnt());
        model.LearnsVision = true;
        Assert.NotEmpty(Learnt());

        string[] Learnt()
        {
            model.Module.zero_grad();
            using EncodedPrompt prompt = qwen ? SmallModels.Patches(2, (3, 6)) : SmallModels.Tiles(2, 1);
            using ModelInput padded = ModelInput.PadLeft([prompt.Ids], 0);
            using var input = new ModelInput(padded.Ids.alias(), padded.Mask.alias()) { Images = prompt.Images };
            TokenLikelihood.Loss(model, input, input.Ids).backward();
            string[] moved = [.. model.Module.named_parameters()
                .Where(pair => pair.parameter.grad is { } grad && grad.abs().sum().ToDouble() > 0)
                .Select(pair => pair.name)];
            Assert.Contains(moved, name => name.Contains("embed_tokens", StringComparison.Ordinal));
            if (!qwen) Assert.Contains(moved, name => name.Contains("connector", StringComparison.Ordinal));
            return [.. moved.Where(name => name.Contains("vis", StringComparison.Ordinal))];
        }
    }

    [Fact]
    public void Images_with_and_without_masks_are_joined()
    {
        using DisposeScope scope = NewDisposeScope();
        using PreparedImages whole = new(ones(2, 3, 4, 4), [1, 1]),
            part = new(ones(1, 3, 4, 4), [1]) { Mask = zeros([1, 4, 4], ScalarType.Int64) };
        using PreparedImages joined = PreparedImages.Join([whole, part])!;
        Assert.Equal([16L, 16L, 0L], joined.Mask!.flatten(1).sum(1).data<long>().ToArray());
    }
}
