using System.Text;
using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Models.Hub;

namespace EmbodiedRL.Models.Tests.Hub;

public sealed class KnownModelsTests
{
    [Fact]
    public void The_manifest_lists_the_well_known_checkpoints()
    {
        string[] repositories =
        [
            "openai/clip-vit-base-patch32", "openai/clip-vit-base-patch16", "openai/clip-vit-large-patch14",
            "laion/CLIP-ViT-B-32-laion2B-s34B-b79K", "laion/CLIP-ViT-H-14-laion2B-s32B-b79K", "laion/CLIP-ViT-bigG-14-laion2B-39B-b160k",
            "google/siglip-base-patch16-224", "google/siglip-so400m-patch14-384", "google/siglip2-base-patch16-224",
            "google/siglip2-so400m-patch14-384", "google/siglip2-base-patch16-naflex", "sentence-transformers/all-MiniLM-L6-v2",
        ];
        Assert.Equal(repositories, KnownModels.All.Select(model => model.Repository));
        Assert.Equal(KnownModels.All.Length, KnownModels.All.Select(model => model.Name).Distinct().Count());
        Assert.All(KnownModels.All, model =>
        {
            Assert.Matches("^[a-z0-9-]+$", model.Name);
            Assert.Contains(model.Kind, new[] { "clip", "open-clip", "siglip", "siglip2", "bert" });
            Assert.Contains(model.Files.Alternatives, choice => choice.What == "weights");
        });
    }

    /// <summary>What nobody has verified is not written down; whoever verifies a hash writes it, with its size.</summary>
    [Fact]
    public void Hashes_and_sizes_stand_together_or_not_at_all() => Assert.All(KnownModels.All.SelectMany(model => model.Files.All),
        file => Assert.Equal(file.Size is null, file.Sha256 is null));

    [Fact]
    public void The_manifest_that_the_assembly_carries_is_that_of_the_assets()
    {
        using FileStream file = File.OpenRead(Path.Combine(Fixtures.RepositoryRoot, "assets", "models.json"));
        Assert.Equal(JsonSerializer.Serialize(KnownModels.Read(file)), JsonSerializer.Serialize(KnownModels.All));
    }

    [Fact]
    public void A_model_is_known_by_name_and_by_repository_and_any_repository_can_be_asked_for()
    {
        Assert.Same(KnownModels.Find("clip-vit-b-32"), KnownModels.Find("OpenAI/clip-vit-base-patch32"));
        KnownModel other = KnownModels.Find("somebody/their-clip")!;
        Assert.Equal(("somebody/their-clip", ""), (other.Name, other.Kind));
        Assert.Null(KnownModels.Find("scene-clip"));
        Assert.Null(KnownModels.Find("a/../b"));
    }

    [Theory]
    [InlineData("../config.json")]
    [InlineData("/config.json")]
    [InlineData("a\\\\config.json")]
    public void A_manifest_whose_files_lie_elsewhere_is_none(string path)
    {
        string text = """
            [{"name":"x","repository":"a/b","kind":"clip","files":{"required":[{"path":"PATH"}],"alternatives":[],"optional":[]}}]
            """.Replace("PATH", path, StringComparison.Ordinal);
        Assert.Throws<JsonException>(() => KnownModels.Read(new MemoryStream(Encoding.UTF8.GetBytes(text))));
    }
}
