using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Tests.Encoders.Pretrained;

public sealed class PretrainedFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Model => _folder["model"];

    private string WeightsPath => Path.Combine(Model, TinyCheckpoint.Weights);

    private string ConfigPath => Path.Combine(Model, PretrainedFolder.ConfigFile);

    [Fact]
    public void Weights_on_the_cpu_are_the_files_own_memory_and_free_it()
    {
        TinyCheckpoint.Write(Model);
        long before = TorchRuntime.LiveTensors;
        using (TwoTowers model = PretrainedFolder.LoadTowers(Model))
        {
            using ModelWeights file = ModelWeights.Open(Model);
            StoredTensor stored = file.Find("visual_projection.weight")!;
            Assert.Equal(stored.Bytes.ToArray(), model.Weights.Tensors["visual_projection.weight"].bytes.ToArray());
            // a private mapping: writing to a weight changes neither the file nor another reader
            using (no_grad()) model.Weights.Tensors["visual_projection.weight"].zero_().Dispose();
            Assert.NotEqual(0, stored.Floats().Sum(Math.Abs));
        }

        Assert.Equal(before, TorchRuntime.LiveTensors);
    }

    [Fact]
    public void Encoding_leaves_no_tensor_behind()
    {
        TinyCheckpoint.Write(Model);
        using TwoTowers model = PretrainedFolder.LoadTowers(Model);
        for (int round = 0; round < 3; round++)
        {
            long before = TorchRuntime.LiveTensors;
            using (NewDisposeScope())
            using (no_grad())
            {
                _ = model.Normalize(model.EncodeImages(rand(2, 3, 16, 24)));
                _ = model.EncodeTexts(tensor(new long[] { 1, 2, 53, 0 }).view(1, 4));
            }

            // the first round keeps the table of the other size
            Assert.Equal(before + (round == 0 ? 1 : 0), TorchRuntime.LiveTensors);
        }
    }

    [Theory]
    [InlineData(ScalarType.BFloat16, 0.03)]
    [InlineData(ScalarType.Float64, 1e-6)]
    public void Another_precision_gives_nearly_the_same(ScalarType type, double tolerance)
    {
        TinyCheckpoint.Write(Model);
        using DisposeScope scope = NewDisposeScope();
        using TwoTowers plain = PretrainedFolder.LoadTowers(Model), other = PretrainedFolder.LoadTowers(Model, type: type);
        Tensor pixels = randn([64, 3, 16, 16], generator: new Generator(1)); // so many that no processor's rounding of one decides
        Tensor a = plain.Normalize(plain.EncodeImages(pixels)), b = other.Normalize(other.EncodeImages(pixels)).to(ScalarType.Float32);
        Assert.Equal(type, other.Weights.Tensors["visual_projection.weight"].dtype);
        double apart = (a - b).abs().amax(1).mean().ToDouble();
        Assert.True(apart < tolerance, $"{apart}");
    }

    [Fact]
    public void Shards_are_one_model()
    {
        TinyCheckpoint.Write(Model);
        // Of the weights, since what they give differs by a rounding where a file's parts lie at other addresses.
        SortedDictionary<string, byte[]> Weights()
        {
            using DisposeScope scope = NewDisposeScope();
            using TwoTowers model = PretrainedFolder.LoadTowers(Model);
            return new(model.Weights.Tensors.ToDictionary(pair => pair.Key, pair => pair.Value.contiguous().bytes.ToArray()));
        }

        SortedDictionary<string, byte[]> whole = Weights();
        StoredTensor[] tensors = [.. Safetensors.Read(WeightsPath).Tensors.Values];
        var map = new JsonObject();
        foreach ((StoredTensor[] part, int number) in tensors.Chunk(20).Select((part, number) => (part, number)))
        {
            Safetensors.Write(Path.Combine(Model, $"model-{number}.safetensors"), part);
            foreach (StoredTensor tensor in part) map[tensor.Name] = $"model-{number}.safetensors";
        }

        string index = Path.Combine(Model, "model.safetensors.index.json");
        File.WriteAllText(index, new JsonObject { ["metadata"] = new JsonObject(), ["weight_map"] = map }.ToJsonString());
        File.Delete(WeightsPath);
        Assert.Equal(whole, Weights());

        map["visual_projection.weight"] = "../elsewhere.safetensors";
        File.WriteAllText(index, new JsonObject { ["weight_map"] = map.DeepClone() }.ToJsonString());
        Assert.Contains("'../elsewhere.safetensors'", Refusal<CorruptFileException>(), StringComparison.Ordinal);
        map["visual_projection.weight"] = "model-9.safetensors";
        File.WriteAllText(index, new JsonObject { ["weight_map"] = map.DeepClone() }.ToJsonString());
        Assert.Contains("model-9.safetensors", Refusal<AssetMissingException>(), StringComparison.Ordinal);
        map["visual_projection.weight"] = "model-0.safetensors";
        File.WriteAllText(index, new JsonObject { ["weight_map"] = map.DeepClone() }.ToJsonString());
        Assert.Contains("visual_projection.weight", Refusal<CorruptFileException>(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_pickle_is_refused_with_the_line_that_converts_it()
    {
        TinyCheckpoint.Write(Model);
        File.Move(WeightsPath, Path.Combine(Model, "pytorch_model.bin"));
        Assert.Contains("save_file", Refusal<CorruptFileException>(), StringComparison.Ordinal);
        File.WriteAllBytes(WeightsPath, [0x80, 2, .. "}q\0(X\u0005\0\0\0state"u8, 0, 0]);
        Assert.Contains("pickle", Refusal<CorruptFileException>(), StringComparison.Ordinal);
        File.WriteAllBytes(WeightsPath, [.. "PK\u0003\u0004"u8, .. new byte[40]]);
        Assert.Contains("save_file", Refusal<CorruptFileException>(), StringComparison.Ordinal);
        File.WriteAllText(WeightsPath, "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n");
        Assert.Contains("git lfs pull", Refusal<CorruptFileException>(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_of_another_kind_is_named()
    {
        Assert.Contains("config.json", Refusal<AssetMissingException>(), StringComparison.Ordinal);
        Directory.CreateDirectory(Model);
        File.WriteAllText(ConfigPath, """{"model_type":"llama"}""");
        Assert.Contains("'llama'", Refusal<CorruptFileException>(), StringComparison.Ordinal);
        File.WriteAllText(ConfigPath, """{"model_type":"bert"}""");
        Assert.Contains("text encoder", Refusal<CorruptFileException>(), StringComparison.Ordinal);
        TinyCheckpoint.Write(Model);
        Assert.Contains("Clip", Assert.Throws<CorruptFileException>(() => PretrainedFolder.LoadBert(Model)).Message,
            StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(Model, OpenClip.ConfigFile),
            """{"model_cfg":{"embed_dim":8,"vision_cfg":{"timm_model_name":"vit"},"text_cfg":{}}}""");
        File.Move(WeightsPath, Path.Combine(Model, "open_clip_model.safetensors"));
        Assert.Contains("timm_model_name", Refusal<CorruptFileException>(), StringComparison.Ordinal);
    }

    [Fact]
    public void Left_out_config_fields_are_those_of_the_first_clip()
    {
        Directory.CreateDirectory(Model);
        File.WriteAllText(ConfigPath, """{"model_type":"clip","text_config_dict":null,"vision_config":{"hidden_size":768}}""");
        TinyCheckpoint.Write(_folder["other"]);
        File.Copy(Path.Combine(_folder["other"], TinyCheckpoint.Weights), WeightsPath);
        Assert.Contains("[768, 3, 32, 32]", Refusal<CorruptFileException>(), StringComparison.Ordinal);
        File.WriteAllText(ConfigPath, """{"model_type":"clip","vision_config":{"hidden_size":8},"vision_config_dict":{"patch_size":16}}""");
        Assert.Contains("[768, 3, 16, 16]", Refusal<CorruptFileException>(), StringComparison.Ordinal);
    }

    [Fact]
    public void Tokens_outside_of_the_vocabulary_and_odd_sizes_are_refused()
    {
        TinyCheckpoint.Write(Model);
        using DisposeScope scope = NewDisposeScope();
        using TwoTowers model = PretrainedFolder.LoadTowers(Model);
        Assert.Throws<SpecMismatchException>(() => model.EncodeTexts(tensor(new long[] { 1, 54 }).view(1, 2)));
        Assert.Throws<SpecMismatchException>(() => model.EncodeTexts(tensor(new long[] { -1, 53 }).view(1, 2)));
        Assert.Throws<SpecMismatchException>(() => model.EncodeTexts(zeros([1, 11], ScalarType.Int64)));
        Assert.Throws<SpecMismatchException>(() => model.EncodeImages(zeros(1, 3, 16, 20)));
    }

    /// <summary>Every damage is one error that names the file; or it changed nothing that is checked.</summary>
    [Fact]
    public void Two_hundred_damaged_checkpoints_are_one_clear_error_each()
    {
        TinyCheckpoint.Write(Model);
        byte[] weights = File.ReadAllBytes(WeightsPath);
        string config = File.ReadAllText(ConfigPath);
        long before = TorchRuntime.LiveTensors;
        int refused = 0;
        for (int i = 0; i < 200; i++)
        {
            var rng = Rng.For(7, "damage", i);
            (byte[] changed, string text, bool mustFail) = Damage(i % 10, weights, config, ref rng);
            File.WriteAllBytes(WeightsPath, changed);
            File.WriteAllText(ConfigPath, text);
            try
            {
                PretrainedFolder.LoadTowers(Model).Dispose();
                Assert.False(mustFail, $"damage {i} was not seen");
            }
            catch (EmbodiedException error)
            {
                refused++;
                Assert.Contains("model", error.Message, StringComparison.Ordinal);
                Assert.InRange(error.Message.Length, 20, 700);
            }
        }

        Assert.InRange(TorchRuntime.LiveTensors, 0, before);
        Assert.InRange(refused, 180, 200);
    }

    public void Dispose() => _folder.Dispose();

    private static (byte[] Weights, string Config, bool MustFail) Damage(int kind, byte[] weights, string config, ref Rng rng)
    {
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(weights);
        string words = Encoding.UTF8.GetString(weights, 8, header);
        byte[] WithHeader(string text) =>
            [.. BitConverter.GetBytes((long)Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text), .. weights[(8 + header)..]];
        string Replaced(string text, string from, string to) => text.Contains(from, StringComparison.Ordinal)
            ? text.Replace(from, to, StringComparison.Ordinal)
            : throw new ArgumentException($"no {from}");
        byte[] copy = [.. weights];
        switch (kind)
        {
            case 0:
                return (weights[..rng.Below(weights.Length)], config, true);
            case 1:
                BinaryPrimitives.WriteUInt64LittleEndian(copy, rng.NextBits());
                return (copy, config, true);
            case 2:
                string[] types = ["F64", "F16", "I32", "Q4", "f32", "4", ""];
                return (WithHeader(Replaced(words, "F32", Pick(ref rng, types))), config, true);
            case 3:
                string offset = Pick(ref rng, ["1", "-1", "9223372036854775807", "null", "\"0\""]);
                return (WithHeader(Replaced(words, "[0,", $"[{offset},")), config, true);
            case 4:
                int place = words.IndexOf("\"text_projection.weight\"", StringComparison.Ordinal);
                return (WithHeader($"{{\"{Pick(ref rng, ["text_projection.weight", "logit_scale"])}\":{{\"dtype\":\"F32\",\"shape\":[],"
                    + $"\"data_offsets\":[0,4]}},{words[1..]}"), config, place > 0);
            case 5:
                int depth = 1 + rng.Below(100_000);
                return (WithHeader(new string('[', depth) + new string(']', depth)), config, true);
            case 6:
                BinaryPrimitives.WriteSingleLittleEndian(copy.AsSpan(8 + header + (4 * rng.Below((weights.Length - 8 - header) / 4))),
                    Pick(ref rng, [float.NaN, float.PositiveInfinity, float.NegativeInfinity]));
                return (copy, config, true);
            case 7:
                string[] numbers = ["0", "-3", "1.5", "\"8\"", "4611686018427387904", "7", "null", "[8]", "1e3"];
                return (copy, Replaced(config, "\"hidden_size\":8", $"\"hidden_size\":{Pick(ref rng, numbers)}"), true);
            case 8:
                string[] keys = ["projection_dim", "num_attention_heads", "num_hidden_layers", "image_size", "patch_size", "vocab_size"];
                return (copy, Replaced(config, $"\"{Pick(ref rng, keys)}\":", "\"other\":"), true);
            default:
                return (copy, config[..rng.Below(config.Length)], true);
        }
    }

    private static T Pick<T>(ref Rng rng, T[] from) => from[rng.Below(from.Length)];

    private string Refusal<T>() where T : EmbodiedException =>
        Assert.Throws<T>(() => PretrainedFolder.LoadTowers(Model).Dispose()).Message;
}
