using EmbodiedRL.Extensions.Tests.Blocks;
using EmbodiedRL.Extensions.Tests.Combinators;
using EmbodiedRL.Extensions.Tests.Completions;
using EmbodiedRL.Extensions.Tests.Groups;
using EmbodiedRL.Extensions.Tests.Learned;
using EmbodiedRL.Rewards;

namespace EmbodiedRL.Extensions.Tests;

/// <summary>The registry lines: one for each part of one's own, which settings then name like those that are shipped.</summary>
internal static class OwnParts
{
    public static RewardRegistries Rewards { get; } = Make();

    private static RewardRegistries Make()
    {
        RewardRegistries own = RewardRegistries.Shipped.Copy();
        own.Sources.Add<ExactAnswerOptions, ExactAnswerReward>("exact-answer", "whether the answer is the reference", (options, run) =>
            new ExactAnswerReward(run.Term, options));
        own.Sources.Add<DistillationNoveltyOptions,
            DistillationNovelty>("distillation-novelty", "how new states are", (options, run) =>
            new DistillationNovelty(run.Term, options, run.RequiredInfo, 1));
        own.Sources.Add("surprise", "how unlikely what was sampled is", run => new SurpriseReward(run.Term));
        own.Transforms.Add<GroupRelativeOptions, GroupRelative>("group-relative", "compares scores within their group", (options, _) =>
            new GroupRelative(options));
        own.Combinators.Add<SoftMinimumOptions, SoftMinimum>("soft-minimum", "the least score, smoothed", (options, _) =>
            new SoftMinimum(options));
        return own;
    }
}
