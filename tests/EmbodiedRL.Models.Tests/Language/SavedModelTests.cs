using EmbodiedRL.Contracts;
using EmbodiedRL.Models.Language;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Tests.Language;

/// <summary>A model that was trained further is saved in the layout that it was read in, and read again bit for bit.</summary>
public sealed class SavedModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("language/llama")]
    [InlineData("language/llama/llama3-rope")]
    [InlineData("language/qwen2")]
    public void A_changed_model_is_read_again_as_it_was_saved(string fixture) =>
        IsReadAgain(Path.Combine(Fixtures.Root, fixture), _folder["saved"]);

    /// <summary>Changes a model, saves it, and compares every weight of what is read then.</summary>
    internal static void IsReadAgain(string from, string into)
    {
        using ILanguageModel changed = LanguageModels.Open(from);
        using (no_grad())
        using (NewDisposeScope())
            foreach (Parameter weight in changed.Module.parameters()) weight.add_(0.125);
        LanguageModels.Save(changed, from, into);
        using ILanguageModel read = LanguageModels.Open(into);
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Parameter> found = read.Module.named_parameters().ToDictionary(pair => pair.name, pair => pair.parameter);
        Assert.Equal(changed.Module.named_parameters().Select(pair => pair.name).Order(), found.Keys.Order());
        Assert.All(changed.Module.named_parameters(), pair =>
            Assert.True(pair.parameter.detach().eq(found[pair.name]).all().item<bool>(), pair.name));
    }
}
