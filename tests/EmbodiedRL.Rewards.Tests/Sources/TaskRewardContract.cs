using EmbodiedRL.Contracts;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Sources;

namespace EmbodiedRL.Rewards.Tests.Sources;

public sealed class TaskRewardContract : RewardContract
{
    protected override IReward Create() => new TaskReward("task");
}
