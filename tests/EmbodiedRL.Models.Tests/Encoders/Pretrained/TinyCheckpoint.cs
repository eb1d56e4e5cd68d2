using System.Text.Json.Nodes;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Models.Tensors;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Tests.Encoders.Pretrained;

/// <summary>A checkpoint of drawn weights, small enough to be made in a moment.</summary>
internal static class TinyCheckpoint
{
    public const string Weights = "model.safetensors";

    /// <summary>Letters within and at the end of a word, start and end of text.</summary>
    public const int Vocabulary = 54;

    /// <summary>Settings of a CLIP with 16x16 images in patches of 8.</summary>
    public static JsonObject Config() => new()
    {
        ["model_type"] = "clip",
        ["projection_dim"] = 6,
        ["vision_config"] = new JsonObject
        {
            ["hidden_size"] = 8,
            ["intermediate_size"] = 12,
            ["num_attention_heads"] = 2,
            ["num_hidden_layers"] = 2,
            ["image_size"] = 16,
            ["patch_size"] = 8,
        },
        ["text_config"] = new JsonObject
        {
            ["hidden_size"] = 8,
            ["intermediate_size"] = 12,
            ["num_attention_heads"] = 2,
            ["num_hidden_layers"] = 1,
            ["vocab_size"] = Vocabulary,
            ["max_position_embeddings"] = 10,
            ["eos_token_id"] = Vocabulary - 1,
        },
    };

    /// <summary>Writes config and weights.</summary>
    public static void Write(string folder, ulong seed = 1, ScalarType type = ScalarType.Float32)
    {
        Directory.CreateDirectory(folder);
        string config = Path.Combine(folder, PretrainedFolder.ConfigFile);
        File.WriteAllText(config, Config().ToJsonString());
        using Clip model = Clip.Create(ConfigReader.Read(config), Draw(seed, type));
        model.Weights.Save(Path.Combine(folder, Weights));
        WriteTokenizer(folder);
        File.WriteAllText(Path.Combine(folder, "preprocessor_config.json"), """
            {"image_processor_type":"CLIPImageProcessor","size":{"shortest_edge":16},"crop_size":{"height":16,"width":16},
             "image_mean":[0.5,0.5,0.5],"image_std":[0.5,0.5,0.5],"resample":3}
            """);
    }

    /// <summary>A tokenizer that spells every word.</summary>
    private static void WriteTokenizer(string folder)
    {
        var vocabulary = new JsonObject();
        for (int letter = 0; letter < 26; letter++) vocabulary[$"{(char)('a' + letter)}"] = letter;
        for (int letter = 0; letter < 26; letter++) vocabulary[$"{(char)('a' + letter)}</w>"] = 26 + letter;
        (vocabulary["<|startoftext|>"], vocabulary["<|endoftext|>"]) = (Vocabulary - 2, Vocabulary - 1);
        File.WriteAllText(Path.Combine(folder, "vocab.json"), vocabulary.ToJsonString());
        File.WriteAllText(Path.Combine(folder, "merges.txt"), "#version: 0.2\n");
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), """{"tokenizer_class":"CLIPTokenizer"}""");
    }

    /// <summary>Normal values, scaled by the inputs of each layer.</summary>
    public static NetworkWeights Draw(ulong seed, ScalarType type = ScalarType.Float32) => NetworkWeights.Draw((name, shape) =>
    {
        var rng = Rng.For(seed, name);
        float[] values = new float[shape.Aggregate(1L, (product, size) => product * size)];
        double deviation = 1 / Math.Sqrt(shape.Length > 1 ? (double)values.Length / shape[0] : 4);
        for (int i = 0; i < values.Length; i++) values[i] = (float)(deviation * rng.Normal());
        return values;
    }, CPU, type);
}
