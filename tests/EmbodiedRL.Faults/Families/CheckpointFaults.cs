using System.Text;
using System.Text.Json.Nodes;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Weights;

namespace EmbodiedRL.Faults.Families;

/// <summary>A published checkpoint's folder (a CLIP of drawn weights): weights, config, tokenizer, preprocessing.</summary>
internal sealed class CheckpointFaults : FaultFamily
{
    private const string Weights = "model.safetensors", Config = "config.json";
    private const int Width = 8, Hidden = 12, Vocabulary = 54, Context = 77;

    private static readonly string[] Files =
        [Weights, Weights, Weights, Weights, Config, Config,
        "vocab.json", "merges.txt", "tokenizer_config.json", "preprocessor_config.json"];

    private static readonly string[] Words =
    [
        "\"F32\"", "\"F16\"", "\"I64\"", "\"Q4\"", "\"dtype\"", "[8,8]", "[8,9]", "[-8,8]", "[9223372036854775807,8]",
        "\"data_offsets\":[0,",
        "\"data_offsets\":[4,", "\"data_offsets\":[99999999999,",
    ];

    private string _picture = "", _whole = "";

    public override string Name => "checkpoints";

    public override int Share => 8;

    public override async Task PrepareAsync(string folder, Func<string[], Task<string>> ask)
    {
        (_picture, _whole) = (Path.Combine(folder, "pole.png"), Path.Combine(folder, "clip"));
        await ask(["render", "cartpole", "--count", "1", "--size", "64", "--effects", "plain", "--out", _picture]);
        Write(_whole);
        await ask(Score(_whole));
    }

    public override FaultCase Make(int index, ref Rng rng, string folder)
    {
        string target = Directory.CreateDirectory(Path.Combine(folder, "clip")).FullName, hit = rng.Pick(Files);
        (string name, byte[]? content, Expectation expected) = Change(hit, File.ReadAllBytes(Path.Combine(_whole, hit)), ref rng);
        foreach (string file in Directory.GetFiles(_whole))
        {
            string copy = Path.Combine(target, Path.GetFileName(file));
            if (Path.GetFileName(file) != hit) File.CreateSymbolicLink(copy, file);
            else if (content is not null) File.WriteAllBytes(copy, content);
        }

        return new FaultCase($"{name} in {hit}", Score(target), expected);
    }

    private string[] Score(string folder) => ["score", _picture, "--goal", "a pole standing", "--baseline", "a pole", "--model", folder];

    private static (string Name, byte[]? Content, Expectation Expected) Change(string file, byte[] content, ref Rng rng)
    {
        bool isWeights = file == Weights;
        switch (rng.Below(7))
        {
            case 0:
                return ("missing", null, file is Weights or Config or "preprocessor_config.json"
                    ? Expectation.Refused : Expectation.Either);
            case 1:
                return ("cut off", Damage.Cut(content, ref rng), isWeights || file == Config ? Expectation.Refused : Expectation.Either);
            case 2 when isWeights:
                int first = 8 + (int)BitConverter.ToInt64(content);
                BitConverter.TryWriteBytes(content.AsSpan(first + (4 * rng.Below((content.Length - first) / 4))),
                    rng.Below(2) == 0 ? float.NaN : float.PositiveInfinity);
                return ("NaN", content, Expectation.Refused);
            case 3 when isWeights:
                BitConverter.TryWriteBytes(content, rng.NextBits());
                return ("length of the header", content, Expectation.Refused);
            case 4 when isWeights:
                int header = (int)BitConverter.ToInt64(content);
                string from = rng.Pick(Words), to = rng.Pick(Words);
                byte[] changed = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(content, 8, header)
                    .Replace(from, to, StringComparison.Ordinal));
                return ($"{from} to {to}", [.. BitConverter.GetBytes((long)changed.Length), .. changed, .. content[(8 + header)..]],
                    Expectation.Either);
            case 5:
                return ("deep brackets", Encoding.UTF8.GetBytes(new string('[', 1 + rng.Below(200_000))),
                    isWeights || file == Config ? Expectation.Refused : Expectation.Either);
            default:
                return ("flipped bits", Damage.Flip(content, ref rng), Expectation.Either);
        }
    }

    /// <summary>The smallest CLIP there is, in Hugging Face's layout.</summary>
    private static void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        JsonObject Tower(params (string Key, int Value)[] more) => new([
            new("hidden_size", Width), new("intermediate_size", Hidden), new("num_attention_heads", 2), new("num_hidden_layers", 1),
            .. more.Select(pair => KeyValuePair.Create<string, JsonNode?>(pair.Key, pair.Value)),
        ]);
        var config = new JsonObject
        {
            ["model_type"] = "clip",
            ["projection_dim"] = 6,
            ["vision_config"] = Tower(("image_size", 16), ("patch_size", 8)),
            ["text_config"] = Tower(("vocab_size", Vocabulary), ("max_position_embeddings", Context), ("eos_token_id", Vocabulary - 1)),
        };
        File.WriteAllText(Path.Combine(folder, Config), config.ToJsonString());
        Safetensors.Write(Path.Combine(folder, Weights), Shapes().Select(Draw));
        var vocabulary = new JsonObject { ["<|startoftext|>"] = Vocabulary - 2, ["<|endoftext|>"] = Vocabulary - 1 };
        for (int letter = 0; letter < 26; letter++)
            (vocabulary[$"{(char)('a' + letter)}"], vocabulary[$"{(char)('a' + letter)}</w>"]) = (letter, letter + 26);
        File.WriteAllText(Path.Combine(folder, "vocab.json"), vocabulary.ToJsonString());
        File.WriteAllText(Path.Combine(folder, "merges.txt"), "#version: 0.2\n");
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), """{"tokenizer_class":"CLIPTokenizer"}""");
        File.WriteAllText(Path.Combine(folder, "preprocessor_config.json"), """
            {"image_processor_type":"CLIPImageProcessor","size":{"shortest_edge":16},"crop_size":{"height":16,"width":16},
             "image_mean":[0.5,0.5,0.5],"image_std":[0.5,0.5,0.5],"resample":3}
            """);
    }

    private static IEnumerable<(string Name, long[] Shape)> Shapes()
    {
        yield return ("logit_scale", []);
        yield return ("visual_projection.weight", [6, Width]);
        yield return ("text_projection.weight", [6, Width]);
        yield return ("vision_model.embeddings.class_embedding", [Width]);
        yield return ("vision_model.embeddings.patch_embedding.weight", [Width, 3, 8, 8]);
        yield return ("vision_model.embeddings.position_embedding.weight", [5, Width]);
        yield return ("text_model.embeddings.token_embedding.weight", [Vocabulary, Width]);
        yield return ("text_model.embeddings.position_embedding.weight", [Context, Width]);
        string[] norms =
        [
            "vision_model.pre_layrnorm", "vision_model.post_layernorm", "text_model.final_layer_norm",
            .. Blocks.SelectMany(block => new[] { block + "layer_norm1", block + "layer_norm2" }),
        ];
        foreach (string norm in norms)
            foreach (string part in new[] { ".weight", ".bias" }) yield return (norm + part, [Width]);
        foreach (string block in Blocks)
        {
            foreach (string layer in new[] { "q_proj", "k_proj", "v_proj", "out_proj" })
            {
                yield return ($"{block}self_attn.{layer}.weight", [Width, Width]);
                yield return ($"{block}self_attn.{layer}.bias", [Width]);
            }

            yield return (block + "mlp.fc1.weight", [Hidden, Width]);
            yield return (block + "mlp.fc1.bias", [Hidden]);
            yield return (block + "mlp.fc2.weight", [Width, Hidden]);
            yield return (block + "mlp.fc2.bias", [Width]);
        }
    }

    private static readonly string[] Blocks = ["vision_model.encoder.layers.0.", "text_model.encoder.layers.0."];

    private static StoredTensor Draw((string Name, long[] Shape) one)
    {
        float[] values = new float[one.Shape.Aggregate(1L, (product, size) => product * size)];
        var rng = Rng.For(1, one.Name);
        for (int i = 0; i < values.Length; i++) values[i] = (float)(0.3 * rng.Normal());
        return StoredTensor.Of<float>(one.Name, one.Shape, values);
    }
}
