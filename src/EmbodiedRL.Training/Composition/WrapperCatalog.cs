using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Rendering;
using EmbodiedRL.Simulation.Wrappers;

namespace EmbodiedRL.Training.Composition;

/// <summary>What a run lends to a wrapper.</summary>
/// <param name="Inner">What it is put around; owned by the wrapper from here on.</param>
/// <param name="Position">In the list, counted from 0, so that two of a kind draw different numbers.</param>
/// <param name="Use">What the environments are made for.</param>
/// <param name="Camera">What the reward looks through; empty for the task's own.</param>
/// <param name="Moments">Statistics that environments of one run share, by position and number of columns.</param>
public sealed record WrapperContext(IVectorEnvironment Inner, int Position, EnvironmentUse Use, string Camera,
    Func<int, int, RunningMoments> Moments)
{
    /// <summary>Whether normalizers take in what they see.</summary>
    public bool Learns => Use == EnvironmentUse.Training;

    /// <summary>The statistics of this wrapper, shared by all environments of the run.</summary>
    public RunningMoments Shared(int columns) => Moments(Position, columns);

    /// <summary>Name of a random stream of this wrapper's own.</summary>
    public string Stream(string name) => FormattableString.Invariant($"{name}-{Position}");
}

/// <summary>Registry of wrappers. A new one is one file and one line here; one of one's own is added to a copy.</summary>
public static class WrapperCatalog
{
    /// <summary>What the project comes with.</summary>
    public static Registry<WrapperContext,
        IVectorEnvironment> Shipped
    { get; } = new Registry<WrapperContext, IVectorEnvironment>(PartKinds.Wrapper)
        .Add<ActionDelayOptions, ActionDelay>("action-delay", "actions take effect later",
            (options, run) => new ActionDelay(run.Inner, options.Steps))
        .Add<ActionNoiseOptions, ActionNoise>("action-noise", "normal noise on actions",
            (options, run) => new ActionNoise(run.Inner, options.Deviation, run.Stream("action-noise")))
        .Add<ActionRepeatOptions, ActionRepeat>("action-repeat", "every action is played several times",
            (options, run) => new ActionRepeat(run.Inner, options.Times))
        .Add<StackedFramesOptions, StackedFrames>("frame-stack",
            "the last observations together: numbers side by side, images along channels",
            (options, run) => new StackedFrames(run.Inner, options.Count))
        .Add<NormalizeObservationOptions, NormalizeObservation>("normalize-observation", "observations of mean 0 and variance 1",
            (options, run) =>
                new NormalizeObservation(run.Inner, run.Shared(run.Inner.Info.Observations.Length), run.Learns, options.Limit))
        .Add<NormalizeRewardOptions, NormalizeReward>("normalize-reward", "rewards of a return of variance 1",
            (options, run) => new NormalizeReward(run.Inner, run.Shared(1), run.Learns, options.Discount, options.Limit))
        .Add<PixelObservationOptions, PixelObservation>("pixels",
            "images (uint8) of what the camera sees, instead of the observation's numbers or beside them",
            (options, run) =>
                new PixelObservation(run.Inner, run.Camera.Length > 0 ? run.Camera : run.Inner.Info.Camera, options.Size, options.Append))
        .Add("scale-action", "actions run from -1 to 1", run => new ScaleAction(run.Inner))
        .Add<StickyActionsOptions, StickyActions>("sticky-actions", "now and then the last action again",
            (options, run) => new StickyActions(run.Inner, options.Probability, run.Stream("sticky-actions")))
        .Add<SuccessRuleOptions, SuccessRule>("success-rule", "success measures ask for another share of other steps",
            (options, run) => new SuccessRule(run.Inner, options.Window, options.Share))
        .Add<TimeLimitOptions, TimeLimit>("time-limit", "shorter episodes", (options, run) => new TimeLimit(run.Inner, options.Steps))
        .Seal();
}
