using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Simulation;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Randomizing;
using EmbodiedRL.Simulation.Tasks;
using EmbodiedRL.Simulation.Wrappers;

namespace EmbodiedRL.Envs.Tests;

/// <summary>A wrapper around an environment obeys all that an environment obeys.</summary>
public abstract class WrappedCartPole : EnvironmentContract
{
    protected sealed override IVectorEnvironment Create(int count, int workers) =>
        Wrap(EnvironmentCatalog.Create("cartpole", count, workers));

    protected abstract IVectorEnvironment Wrap(IVectorEnvironment inner);
}

public sealed class TimeLimitContract : WrappedCartPole
{
    protected override IVectorEnvironment Wrap(IVectorEnvironment inner) => new TimeLimit(inner, 120);
}

public sealed class ActionRepeatContract : WrappedCartPole
{
    protected override IVectorEnvironment Wrap(IVectorEnvironment inner) => new ActionRepeat(inner, 3);
}

public sealed class FrameStackContract : WrappedCartPole
{
    protected override IVectorEnvironment Wrap(IVectorEnvironment inner) => new StackedFrames(inner, 3);
}

public sealed class NormalizeObservationContract : WrappedCartPole
{
    /// <summary>What it has seen of all environments goes on counting.</summary>
    protected override IReadOnlyCollection<string> NotPromised => ["afresh", "rows"];

    protected override IVectorEnvironment Wrap(IVectorEnvironment inner) =>
        new NormalizeObservation(inner, new RunningMoments(5), learns: true);
}

public sealed class NormalizeRewardContract : WrappedCartPole
{
    protected override bool RewardsAreEachOnesOwn => false;

    /// <summary>What it has seen of all environments goes on counting.</summary>
    protected override IReadOnlyCollection<string> NotPromised => ["afresh"];

    protected override IVectorEnvironment Wrap(IVectorEnvironment inner) => new NormalizeReward(inner, new RunningMoments(1), learns: true);
}

public sealed class ActionNoiseContract : WrappedCartPole
{
    protected override IVectorEnvironment Wrap(IVectorEnvironment inner) => new ActionNoise(inner, 0.2f, "noise");
}

public sealed class ActionDelayContract : WrappedCartPole
{
    protected override IVectorEnvironment Wrap(IVectorEnvironment inner) => new ActionDelay(inner, 2);
}

public sealed class StickyActionsContract : WrappedCartPole
{
    protected override IVectorEnvironment Wrap(IVectorEnvironment inner) => new StickyActions(inner, 0.3, "sticky");
}

public sealed class ScaleActionContract : WrappedCartPole
{
    protected override IVectorEnvironment Wrap(IVectorEnvironment inner) => new ScaleAction(inner);
}

public sealed class SuccessRuleContract : WrappedCartPole
{
    protected override IVectorEnvironment Wrap(IVectorEnvironment inner) => new SuccessRule(inner, 100, 0.5);
}

/// <summary>Many at once, inside out: what one does to rows, buffers and resets the others must bear.</summary>
public sealed class ManyWrappersContract : WrappedCartPole
{
    protected override bool RewardsAreEachOnesOwn => false;

    /// <summary>What it has seen of all environments goes on counting.</summary>
    protected override IReadOnlyCollection<string> NotPromised => ["afresh", "rows"];

    protected override IVectorEnvironment Wrap(IVectorEnvironment inner) => new NormalizeReward(
        new NormalizeObservation(
            new TimeLimit(new ActionRepeat(new StackedFrames(new StickyActions(new ActionDelay(new ActionNoise(inner, 0.1f, "noise"), 1),
                0.2, "sticky"),
                2),
                2),
                75),
            new RunningMoments(10), learns: true),
        new RunningMoments(1), learns: true);
}

/// <summary>Masses, gravity and looks drawn for every episode.</summary>
public sealed class RandomizedContract : EnvironmentContract
{
    protected override IVectorEnvironment Create(int count, int workers)
    {
        var settings = new RandomizationSettings
        {
            Parameters =
            [
                new RandomParameterSettings { Name = "mass", Minimum = 0.8, Maximum = 1.2 },
                new RandomParameterSettings { Name = "gravity", Minimum = 0.9, Maximum = 1.1 },
                new RandomParameterSettings { Name = "color", Change = DrawChange.Set, Maximum = 1 },
                new RandomParameterSettings { Name = "cameraPosition", Change = DrawChange.Add, Minimum = -0.1, Maximum = 0.1 },
            ],
        };
        return new VectorEnvironment(MujocoModel.Load(EnvironmentCatalog.SceneOf("cartpole")),
            model => EnvironmentCatalog.CreateTask("cartpole", model), count, workers, new Randomization(settings));
    }
}
