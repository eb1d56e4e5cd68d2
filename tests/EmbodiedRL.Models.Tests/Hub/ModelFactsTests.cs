using EmbodiedRL.Core;
using EmbodiedRL.Models.Hub;

namespace EmbodiedRL.Models.Tests.Hub;

public sealed class ModelFactsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Sizes_of_a_clip_are_those_of_its_towers()
    {
        File.WriteAllText(_folder["config.json"], """
            {"model_type":"clip","projection_dim":512,"text_config":{"max_position_embeddings":77},
             "vision_config":{"image_size":224,"patch_size":32}}
            """);
        File.WriteAllText(_folder["README.md"], "---\ntags:\n- vision\nlicense: \"mit\"\n---\nlicense: other\n");
        Assert.Equal(new ModelFacts("clip", 224, 32, 77, 512, "mit"), ModelFacts.Read(_folder.Path));
    }

    [Fact]
    public void An_open_clip_folder_says_them_otherwise()
    {
        File.WriteAllText(_folder["open_clip_config.json"], """
            {"model_cfg":{"embed_dim":1280,"vision_cfg":{"image_size":[224,224],"patch_size":14},"text_cfg":{"context_length":77}}}
            """);
        Assert.Equal(new ModelFacts("open_clip", 224, 14, 77, 1280, null), ModelFacts.Read(_folder.Path));
    }

    [Fact]
    public void A_sentence_encoder_has_no_image_and_an_empty_folder_says_nothing()
    {
        Assert.Equal(new ModelFacts(null, null, null, null, null, null), ModelFacts.Read(_folder.Path));
        File.WriteAllText(_folder["config.json"],
            """{"model_type":"bert","hidden_size":384,"max_position_embeddings":512,"vision_config":null}""");
        Assert.Equal(new ModelFacts("bert", null, null, 512, 384, null), ModelFacts.Read(_folder.Path));
    }

    [Fact]
    public void A_configuration_that_is_none_is_one_error()
    {
        File.WriteAllText(_folder["config.json"], "{");
        CorruptFileException error = Assert.Throws<CorruptFileException>(() => ModelFacts.Read(_folder.Path));
        Assert.Contains("config.json", error.Message, StringComparison.Ordinal);
        File.WriteAllText(_folder["config.json"], new string('[', 100_000));
        Assert.Throws<CorruptFileException>(() => ModelFacts.Read(_folder.Path));
    }
}
