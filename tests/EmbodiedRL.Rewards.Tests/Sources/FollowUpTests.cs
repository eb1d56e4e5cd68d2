using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards.Sources;

namespace EmbodiedRL.Rewards.Tests.Sources;

/// <summary>The language model is scripted: log-probabilities by a rule of context and follow-up.</summary>
public sealed class FollowUpContract : CompletionRewardContract
{
    protected override IReward Create() => new FollowUpLikelihoodReward("pleased",
        new ScriptedLikelihood((context, token) => -((context.Sum(letter => letter) * (3 + token.Length) % 17) + 1) / 5f),
        new FollowUpLikelihoodOptions { Model = "scripted", Categories = ["correctness", "relevance"], AtOnce = 37 });
}

public sealed class FollowUpTests
{
    /// <summary>The user is likelier to be pleased after "good".</summary>
    private static readonly ScriptedLikelihood PleasedByGood = new((context, token) =>
        context.Contains("good", StringComparison.Ordinal) == (token is "thanks" or "great") ? -1 : -3);

    [Fact]
    public async Task It_is_the_mean_log_likelihood_of_pleased_follow_ups_less_that_of_displeased_ones()
    {
        // after "good": pleased -1 a token, displeased -3; after "bad" the other way round
        Assert.Equal(new float[] { 2, -2 }, await Score(PleasedByGood, ["thanks", "great"], ["wrong", "bad one"], ["good", "so so"]));
    }

    /// <summary>The pitfall: sums, or logits that are not divided by length, would favor the side with fewer words.</summary>
    [Fact]
    public async Task A_follow_ups_length_does_not_count()
    {
        var flat = new ScriptedLikelihood((_, _) => -2);
        Assert.Equal(new float[] { 0, 0 }, await Score(flat, ["thanks"], ["that is wrong in every way there is"], ["good", "bad"]));
        // l of a follow-up is the mean of its tokens: (-1 - 3) / 2 = -2 against -3
        var uneven = new ScriptedLikelihood((_, token) => token == "great" ? -1 : -3);
        Assert.Equal(new float[] { 1, 1 }, await Score(uneven, ["great work"], ["no"], ["good", "bad"]));
    }

    [Fact]
    public async Task The_model_reads_the_whole_conversation()
    {
        var model = new ScriptedLikelihood((_, _) => -1);
        await Score(model, ["thanks"], ["no"], ["good"]);
        Assert.All(model.Read, continuation => Assert.Equal("User: How?\nAssistant: good\nUser: ", continuation.Context));
        Assert.Equal(["thanks", "no"], model.Read.Select(continuation => continuation.Text));
    }

    [Fact]
    public async Task Its_own_sentences_are_balanced_and_their_categories_are_features_whose_mean_is_the_score()
    {
        // more pleased by every category in turn: the sentences' first words give features apart
        var model = new ScriptedLikelihood((context, token) => -((context.Length * token.Length % 7) + 1));
        using var reward = new FollowUpLikelihoodReward("pleased", model, new FollowUpLikelihoodOptions { Model = "scripted" });
        var batch = new CompletionBatch(["How?"], 3, ["good", "bad", "so so"]);
        float[] scores = new float[3];
        var metrics = new RecordedMetrics();
        await reward.ScoreAsync(batch, scores, ScoreContext.Preview() with { Metrics = metrics });
        Assert.Equal(3 * 6 * 20, model.Read.Count);
        Assert.Equal(["understanding", "relevance", "correctness", "engagingness", "informativeness", "instruction-following"],
            reward.Features);
        double[] features = await reward.FeaturesAsync(batch, CancellationToken.None);
        for (int row = 0; row < 3; row++) Assert.Equal(features[(row * 6)..((row + 1) * 6)].Average(), scores[row], 1e-6);
        Assert.Equal((features[2] + features[8] + features[14]) / 3, metrics["reward/pleased/correctness"], 1e-12);
        Assert.Equal(120, model.Read.Select(continuation => continuation.Text).Distinct().Count());
    }

    [Fact]
    public void Lists_that_are_out_of_balance_and_categories_that_are_not_known_are_refused()
    {
        Assert.Contains("displeased", string.Concat(new FollowUpLikelihoodOptions { Model = "m", Pleased = ["a", "b"], Displeased = ["c"] }
            .Violations()), StringComparison.Ordinal);
        Assert.Contains("'charm'", string.Concat(new FollowUpLikelihoodOptions { Model = "m", Categories = ["charm"] }.Violations()),
            StringComparison.Ordinal);
        Assert.Contains("model", string.Concat(new FollowUpLikelihoodOptions().Violations()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_likelihood_that_is_no_number_is_refused() =>
        await Assert.ThrowsAsync<NonFiniteException>(() =>
            Score(new ScriptedLikelihood((_, _) => float.NegativeInfinity), ["thanks"], ["no"], ["good"]));

    [Fact]
    public void It_is_composed_by_settings_and_a_run_that_lends_no_language_model_says_so()
    {
        var settings = new RewardStackSettings
        {
            Terms = [new RewardTermSettings
            {
                Name = "pleased",
                Source = "follow-up-likelihood",
                Options = new FollowUpLikelihoodOptions { Model = "scripted" },
            }],
        };
        var context = new RewardContext { Available = BatchFields.Prompts | BatchFields.Texts };
        using (RewardStack stack = RewardRegistries.Shipped.Build(settings, context with { LanguageModels = _ => PleasedByGood }))
            Assert.IsType<FollowUpLikelihoodReward>(stack.Terms[0].Source);
        Assert.Contains("'scripted'", Assert.Throws<SettingsException>(() => RewardRegistries.Shipped.Build(settings, context)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Mining_takes_the_best_against_the_worst_of_every_prompt_that_has_both()
    {
        var batch = new CompletionBatch(["p", "q", "r", "s"], 3, ["a", "b", "c", "d", "d", "d", "e", "f", "g", "h", "i", "j"]);
        float[] scores = [1, 3, 2, 5, 6, 7, 4, 4, 4, float.NaN, 1, 1.5f];
        IReadOnlyList<MinedPreference> pairs = FlrPreferenceMiner.Mine(batch, scores);
        Assert.Equal([new MinedPreference(0, 1, 0, 2), new MinedPreference(3, 11, 10, 0.5f)], pairs); // q says the same, r is tied
        Assert.Equal([new MinedPreference(0, 1, 0, 2)], FlrPreferenceMiner.Mine(batch, scores, 0.5f));
        Assert.Throws<SpecMismatchException>(() => FlrPreferenceMiner.Mine(batch, [1]));
    }

    private static async Task<float[]> Score(ScriptedLikelihood model, string[] pleased, string[] displeased, string[] replies)
    {
        using var reward = new FollowUpLikelihoodReward("pleased", model, new FollowUpLikelihoodOptions
        {
            Model = "scripted",
            Pleased = pleased,
            Displeased = displeased,
        });
        float[] scores = new float[replies.Length];
        await reward.ScoreAsync(new CompletionBatch(["How?"], replies.Length, replies), scores, ScoreContext.Preview());
        return scores;
    }
}

/// <summary>A language model whose tokens are words and whose log-probabilities follow a rule.</summary>
internal sealed class ScriptedLikelihood(Func<string, string, float> logProbability) : ILikelihoodModel
{
    public string Name => "scripted";

    public List<Continuation> Read { get; } = [];

    public ValueTask<IReadOnlyList<float[]>> LogProbabilitiesAsync(IReadOnlyList<Continuation> continuations, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        Read.AddRange(continuations);
        return ValueTask.FromResult<IReadOnlyList<float[]>>([.. continuations.Select(continuation =>
            continuation.Text.Split(' ').Select(token => logProbability(continuation.Context, token)).ToArray())]);
    }
}
