using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Settings;
using TorchSharp;

namespace EmbodiedRL.Extensions.Tests.TextModels;

/// <summary>Models of one's own are registered in code and lent to the sources that settings name.</summary>
[Trait("Category", Extension.Category)]
public sealed class TextModelTests : IDisposable
{
    private const string Terms = """
        { "name": "pleased", "source": "follow-up-likelihood", "model": "word-counts", "pleased": ["great"], "displeased": ["wrong"] },
        { "name": "heard", "source": "listener", "model": "last-word", "images": false, "weight": 2 }
        """;

    private readonly WordCounts _counts = new();
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"text-models-{Guid.NewGuid():N}.json");
    private readonly RunServices _services;

    public TextModelTests()
    {
        _services = RunServices.Shipped with
        {
            LanguageModels = RunServices.Shipped.LanguageModels.Copy(),
            Listeners = RunServices.Shipped.Listeners.Copy(),
        };
        _services.LanguageModels.Add("word-counts", "words by how often they were said", _ => _counts);
        _services.Listeners.Add("last-word", "believes what it hears oftenest", _ => new LastWord());
    }

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task Both_sources_are_composed_by_a_settings_file_and_score_completions()
    {
        RunSettings settings = Read(Terms);
        var batch = new CompletionBatch(["Which is nearer?"], 2, ["great great A is nearer", "wrong B is nearer"]) { References = ["A"] };
        float[] scores = new float[2];
        using (var models = new LentTextModels(_services, torch.CPU))
        {
            using RewardStack stack = _services.Rewards.Build(settings.Reward, models.LendTo(Completions));
            await stack.ScoreAsync(batch, scores, ScoreContext.Preview());
            Assert.False(_counts.IsDisposed);
        }

        Assert.True(_counts.IsDisposed);
        double heard = 1 / (1 + Math.Exp(-1)); // A once, B not at all
        Assert.Equal(Math.Log(3) + (2 * heard), scores[0], 1e-5);
        Assert.Equal(-Math.Log(2) + (2 * (1 - heard)), scores[1], 1e-5);
    }

    [Theory]
    [InlineData("""{ "name": "pleased", "source": "follow-up-likelihood", "model": "word-count" }""", "'word-counts'", "LanguageModels")]
    [InlineData("""{ "name": "pleased", "source": "listener", "model": "word-counts" }""", "last-word", "Listeners")]
    public void A_model_that_is_not_there_is_one_error_when_the_reward_is_made(string term, string known, string registry)
    {
        using var models = new LentTextModels(_services, torch.CPU);
        RewardStackSettings settings = Read(term).Reward;
        string message = Assert.Throws<SettingsException>(() => _services.Rewards.Build(settings, models.LendTo(Completions))).Message;
        foreach (string named in new[] { "'pleased'", known, registry }) Assert.Contains(named, message, StringComparison.Ordinal);
        using var none = new LentTextModels(RunServices.Shipped, torch.CPU);
        Assert.Contains("none at all",
            Assert.Throws<SettingsException>(() => _services.Rewards.Build(settings, none.LendTo(Completions))).Message,
            StringComparison.Ordinal);
    }

    /// <summary>A block may serve bodies and completions, but not a run whose kind none of its terms scores.</summary>
    [Fact]
    public void A_run_of_bodies_says_at_once_that_no_term_scores_it()
    {
        RunSettings settings = Read("""{ "name": "pleased", "source": "follow-up-likelihood", "model": "word-counts" }""");
        string message = Assert.Throws<SettingsException>(() =>
            TrainingRun.Compose(settings, ".", _services, TimeProvider.System).Dispose()).Message;
        Assert.Contains("trajectories of bodies, found only pleased (follow-up-likelihood)", message, StringComparison.Ordinal);
    }

    private static RewardContext Completions =>
        new() { Available = BatchFields.Prompts | BatchFields.Texts | BatchFields.References };

    private RunSettings Read(string terms)
    {
        File.WriteAllText(_file, $$"""{ "env": { "name": "cartpole", "count": 4 }, "reward": { "terms": [ {{terms}} ] } }""");
        return SettingsReader.Read(new SettingsSources { File = _file }, _services);
    }
}
