using EmbodiedRL.Contracts;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Extensions.Tests.Blocks;

[Trait("Category", Extension.Category)]
public sealed class SurpriseOfActionsContract : RewardContract
{
    protected override IReward Create() => new SurpriseReward("surprise");
}

[Trait("Category", Extension.Category)]
public sealed class SurpriseOfCompletionsContract : CompletionRewardContract
{
    protected override IReward Create() => new SurpriseReward("surprise");
}
