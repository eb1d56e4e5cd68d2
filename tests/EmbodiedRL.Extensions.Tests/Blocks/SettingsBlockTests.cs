using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Extensions.Tests.Combinators;
using EmbodiedRL.Extensions.Tests.Groups;
using EmbodiedRL.Rewards;
using EmbodiedRL.Rewards.Transforms;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Extensions.Tests.Blocks;

/// <summary>One block of settings, with parts of one's own in it, scores bodies and completions unchanged.</summary>
[Trait("Category", Extension.Category)]
public sealed class SettingsBlockTests
{
    private const string Block = """
        {
          "combine": "soft-minimum", "temperature": 0.5,
          "terms": [
            { "name": "rank", "source": "surprise", "transforms": [{ "name": "group-relative", "compare": "rank" }], "weight": 2 },
            { "name": "raw", "source": "surprise", "transforms": ["standardize", { "name": "clip", "maximum": 0.5 }] }
          ]
        }
        """;

    private static readonly RunServices Services = RunServices.Shipped with { Rewards = OwnParts.Rewards };

    private static readonly RewardContext Bodies = new() { Info = FastEnv.Describe() };

    private static readonly RewardContext Completions = new() { Available = NoiseBatches.Answers().Fields };

    [Fact]
    public async Task It_scores_bodies() => await AgreesAsync(Bodies, NoiseBatches.Rollout());

    [Fact]
    public async Task It_scores_completions() => await AgreesAsync(Completions, NoiseBatches.Answers());

    [Fact]
    public void A_source_that_reads_what_a_batch_lacks_is_refused_when_the_run_is_composed()
    {
        RewardStackSettings settings = Read("""{ "terms": [{ "name": "exact", "source": "exact-answer", "wrong": -1 }] }""");
        Assert.Throws<SpecMismatchException>(() => OwnParts.Rewards.Build(settings, Bodies));
        using RewardStack stack = OwnParts.Rewards.Build(settings, Completions);
        Assert.Equal(BatchFields.Answers | BatchFields.References, stack.Spec.Reads);
    }

    [Fact]
    public void Options_of_ones_own_parts_are_checked_and_named_like_those_of_shipped_ones()
    {
        Assert.Contains("temperature", Assert.Throws<SettingsException>(() =>
            Read(Block.Replace("0.5,", "-1,", StringComparison.Ordinal))).Message, StringComparison.Ordinal);
        Assert.Contains(":compare'", Assert.Throws<SettingsException>(() =>
            Read(Block.Replace("compare", "compere", StringComparison.Ordinal))).Message, StringComparison.Ordinal);
        Assert.Contains("'surprise'", Assert.Throws<SettingsException>(() =>
            Read(Block.Replace("\"surprise\"", "\"suprise\"", StringComparison.Ordinal))).Message, StringComparison.Ordinal);
    }

    private static RewardStackSettings Read(string json) => SettingsReader.ReadReward(json, Services);

    /// <summary>The stack that the block describes gives what its parts give one by one.</summary>
    private static async Task AgreesAsync(RewardContext context, RewardBatch batch)
    {
        using RewardStack stack = OwnParts.Rewards.Build(Read(Block), context);
        float[] rewards = new float[batch.Rows], rank = new float[batch.Rows], expected = new float[batch.Rows];
        await stack.ScoreAsync(batch, rewards, NoiseBatches.Context());

        using var surprise = new SurpriseReward("surprise");
        await surprise.ScoreAsync(batch, rank, NoiseBatches.Context());
        float[] raw = [.. rank];
        new GroupRelative(new GroupRelativeOptions { Compare = GroupComparison.Rank }).Apply(batch, rank, NoiseBatches.Context());
        new Standardize().Apply(batch, raw, NoiseBatches.Context());
        new Clip(new ClipOptions { Maximum = 0.5f }).Apply(batch, raw, NoiseBatches.Context());
        new SoftMinimum(new SoftMinimumOptions { Temperature = 0.5 }).Combine(
            batch, [new TermScores("rank", 2, rank), new TermScores("raw", 1, raw)], expected, NoiseBatches.Context());
        Assert.Equal(expected, rewards);
        Assert.True(rewards.Distinct().Count() > 5);
    }
}
