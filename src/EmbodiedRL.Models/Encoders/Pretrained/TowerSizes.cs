using EmbodiedRL.Models.Encoders.Transformers;
using EmbodiedRL.Models.Tensors;

namespace EmbodiedRL.Models.Encoders.Pretrained;

/// <summary>Sizes of towers in Hugging Face's configs.</summary>
internal static class TowerSizes
{
    /// <summary>Reads a block's sizes, with the defaults of the model's library.</summary>
    public static BlockSizes Read(ConfigReader tower, int width, int heads, int hidden, string activation, double epsilon)
    {
        var sizes = new BlockSizes(tower.Integer("hidden_size", width), tower.Integer("num_attention_heads", heads),
            tower.Integer("intermediate_size", hidden), Activations.Parse(tower.Text("hidden_act", activation), tower.Path),
            tower.Number("layer_norm_eps", epsilon, 0, 1));
        RequireHeads(tower, sizes.Width, sizes.Heads);
        return sizes;
    }

    /// <summary>Throws unless the heads divide the width.</summary>
    public static void RequireHeads(ConfigReader tower, int width, int heads)
    {
        if (width % heads != 0) throw tower.Wrong("num_attention_heads", $"a divisor of the width {width}", $"{heads}");
    }

    /// <summary>H = W of the images, a multiple of the patch.</summary>
    public static int ImageSize(ConfigReader tower, int usual, int patch)
    {
        int size = tower.Integer("image_size", usual, 1, 4096);
        return size >= patch ? size : throw tower.Wrong("image_size", $"at least one patch of {patch}", $"{size}");
    }

    /// <summary>The text transformer of CLIP and SigLIP.</summary>
    public static TextTransformer TakeText(NetworkWeights weights, ConfigReader text, BlockSizes sizes, bool isCausal, int vocabulary,
        int context) => new()
        {
            Tokens = weights.Take("text_model.embeddings.token_embedding.weight", text.Integer("vocab_size", vocabulary), sizes.Width),
            Positions = weights.Take("text_model.embeddings.position_embedding.weight",
                text.Integer("max_position_embeddings", context), sizes.Width),
            Blocks = TransformerBlock.Stack(weights, "text_model.encoder.layers.", text.Integer("num_hidden_layers", 12, 1, 1000),
                BlockNames.HuggingFace, sizes),
            NormAfter = LayerNorm.Take(weights, "text_model.final_layer_norm", sizes.Width, sizes.Epsilon),
            IsCausal = isCausal,
        };
}
