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
            ["vocab_size"] = 50,
            ["max_position_embeddings"] = 10,
            ["eos_token_id"] = 49,
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
