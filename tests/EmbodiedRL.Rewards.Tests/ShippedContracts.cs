using System.Reflection;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Combinators;
using EmbodiedRL.Rewards.Transforms;

namespace EmbodiedRL.Rewards.Tests;

public sealed class CenterContract : RewardTransformContract
{
    protected override IRewardTransform Create() => new Center();
}

public sealed class ClipContract : RewardTransformContract
{
    protected override IRewardTransform Create() => new Clip(new ClipOptions());
}

public sealed class HoldContract : RewardTransformContract
{
    protected override bool FillsRows => true;

    protected override IRewardTransform Create() => new Hold();
}

public sealed class InterpolateContract : RewardTransformContract
{
    protected override bool FillsRows => true;

    protected override IRewardTransform Create() => new Interpolate();
}

public sealed class ScaleContract : RewardTransformContract
{
    protected override IRewardTransform Create() => new Scale(new ScaleOptions { Factor = -2, Offset = 1 });
}

public sealed class StandardizeContract : RewardTransformContract
{
    protected override IRewardTransform Create() => new Standardize();
}

public sealed class ProductContract : RewardCombinatorContract
{
    protected override IRewardCombinator Create() => new Product();
}

public sealed class WeightedSumContract : RewardCombinatorContract
{
    protected override IRewardCombinator Create() => new WeightedSum();
}

/// <summary>Whoever adds a part and forgets its contract is told so here.</summary>
public sealed class ShippedContracts
{
    public static TheoryData<Type, Type[]> Kinds() => new()
    {
        { typeof(IReward), [typeof(RewardContract), typeof(CompletionRewardContract)] },
        { typeof(IRewardTransform), [typeof(RewardTransformContract)] },
        { typeof(IRewardCombinator), [typeof(RewardCombinatorContract)] },
    };

    [Theory, MemberData(nameof(Kinds), DisableDiscoveryEnumeration = true)]
    public void Every_shipped_part_inherits_its_contract(Type kind, Type[] contracts)
    {
        Type[] shipped = [.. typeof(RewardStack).Assembly.GetExportedTypes().Where(type => type is { IsClass: true, IsAbstract: false }
            && type.IsAssignableTo(kind) && type != typeof(RewardStack))];
        Type[] tested = [.. Assembly.GetExecutingAssembly().GetTypes().Where(type => !type.IsAbstract
            && Array.Exists(contracts, type.IsAssignableTo)).Select(Made)];
        Assert.NotEmpty(shipped);
        Assert.Empty(shipped.Except(tested).Select(type => type.Name));
    }

    private static Type Made(Type contract)
    {
        object instance = Activator.CreateInstance(contract)!;
        using (instance as IDisposable)
        {
            object part = contract.GetMethod("Create", BindingFlags.Instance | BindingFlags.NonPublic)!.Invoke(instance, [])!;
            (part as IDisposable)?.Dispose();
            return part.GetType();
        }
    }
}
