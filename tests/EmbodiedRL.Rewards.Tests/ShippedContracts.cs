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

public sealed class CenteredSigmoidContract : RewardTransformContract
{
    protected override IRewardTransform Create() => new CenteredSigmoid(new CenteredSigmoidOptions());
}

public sealed class GivenCenteredSigmoidContract : RewardTransformContract
{
    protected override IRewardTransform Create() =>
        new CenteredSigmoid(new CenteredSigmoidOptions { Against = "given", References = [-1, 0.5f] });
}

public sealed class ClipDeltaContract : RewardTransformContract
{
    protected override bool TakesCompletions => false;

    protected override IRewardTransform Create() => new ClipDelta(new ClipDeltaOptions());
}

public sealed class ClipOfDeltaContract : RewardTransformContract
{
    protected override IRewardTransform Create() => new ClipDelta(new ClipDeltaOptions { Mode = "clip" });
}

public sealed class ConformalThresholdContract : RewardTransformContract
{
    protected override IRewardTransform Create() =>
        new ConformalThreshold(new ConformalThresholdOptions { Alpha = 0.5, Calibration = [0.1f, 0.3f] });
}

public sealed class GroupFlipContract : RewardTransformContract
{
    protected override IRewardTransform Create() => new GroupFlip(new GroupFlipOptions { Probability = 0.5 });
}

public sealed class ShuffleContract : RewardTransformContract
{
    protected override IRewardTransform Create() => new Shuffle(new ShuffleOptions());
}

public sealed class HysteresisContract : RewardTransformContract
{
    protected override bool TakesCompletions => false;

    protected override IRewardTransform Create() => new Hysteresis(new HysteresisOptions { Low = -0.3f, High = 0.3f });
}

public sealed class LogSigmoidCenteredContract : RewardTransformContract
{
    protected override IRewardTransform Create() => new LogSigmoidCentered(new LogSigmoidCenteredOptions());
}

public sealed class NoiseRobustContract : RewardTransformContract
{
    protected override IRewardTransform Create() => new NoiseRobust(new NoiseRobustOptions());
}

public sealed class PatternCalibrationContract : RewardTransformContract
{
    protected override bool TakesSteps => false;

    protected override IRewardTransform Create() => new PatternCalibration(new PatternCalibrationOptions { Phrases = ["answer"] });
}

public sealed class RankContract : RewardTransformContract
{
    protected override IRewardTransform Create() => new Rank(new RankOptions());
}

public sealed class BatchRankContract : RewardTransformContract
{
    protected override IRewardTransform Create() => new Rank(new RankOptions { Over = "batch" });
}

public sealed class RateLimitContract : RewardTransformContract
{
    protected override bool TakesCompletions => false;

    protected override IRewardTransform Create() => new RateLimit(new RateLimitOptions { Fall = 0.5f });
}

public sealed class GroupStandardizeContract : RewardTransformContract
{
    protected override IRewardTransform Create() => new Standardize(new StandardizeOptions { Over = "group" });
}

public sealed class BatchStandardizeContract : RewardTransformContract
{
    protected override IRewardTransform Create() => new Standardize(new StandardizeOptions { Over = "batch" });
}

public sealed class TemporalDifferenceContract : RewardTransformContract
{
    protected override bool TakesCompletions => false;

    protected override IRewardTransform Create() => new TemporalDifference(new TemporalDifferenceOptions { Discount = 0.9f });
}

public sealed class ProductContract : RewardCombinatorContract
{
    protected override IRewardCombinator Create() => new Product();
}

public sealed class WeightedSumContract : RewardCombinatorContract
{
    protected override IRewardCombinator Create() => new WeightedSum();
}

public sealed class DecisionHierarchyContract : RewardCombinatorContract
{
    protected override IRewardCombinator Create() => new DecisionHierarchy(new DecisionHierarchyOptions { Margins = [0.5f] });
}

public sealed class BatchDecisionHierarchyContract : RewardCombinatorContract
{
    protected override IRewardCombinator Create() =>
        new DecisionHierarchy(new DecisionHierarchyOptions { Margins = [0.5f], Over = "batch", Deviation = "batch" });
}

public sealed class GateContract : RewardCombinatorContract
{
    protected override IRewardCombinator Create() => new Gate(new GateOptions());
}

public sealed class HarmonicMeanContract : RewardCombinatorContract
{
    protected override IRewardCombinator Create() => new HarmonicMean();
}

public sealed class LexicographicContract : RewardCombinatorContract
{
    protected override IRewardCombinator Create() => new Lexicographic(new LexicographicOptions { Thresholds = [0.5f] });
}

public sealed class LogicalAndContract : RewardCombinatorContract
{
    protected override IRewardCombinator Create() => new LogicalAnd(new LogicalAndOptions());
}

public sealed class ParetoContract : RewardCombinatorContract
{
    protected override IRewardCombinator Create() => new Pareto(new ParetoOptions());
}

public sealed class BatchParetoContract : RewardCombinatorContract
{
    protected override IRewardCombinator Create() => new Pareto(new ParetoOptions { Over = "batch", Output = "front" });
}

public sealed class RouteProgressContract : RewardCombinatorContract
{
    protected override bool TakesCompletions => false;

    protected override double MostScore => 1;

    protected override IRewardCombinator Create() => new RouteProgress(new RouteProgressOptions());
}

public sealed class SignedGeometricMeanContract : RewardCombinatorContract
{
    protected override IRewardCombinator Create() => new SignedGeometricMean();
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
