using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Simulation.Wrappers;

namespace EmbodiedRL.Simulation.Tests.Wrappers;

/// <summary>Images go through every wrapper, in every path, as the environment gave them.</summary>
public sealed class ImageWrapperTests
{
    public static TheoryData<string> Kinds =>
        [
            "action-delay", "action-noise", "action-repeat", "normalize-observation", "normalize-reward", "scale-action", "staggered",
            "sticky", "time-limit"
        ];

    /// <summary>Numbers and images of one observation say the same, before and after every end.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void They_are_handed_on(string kind)
    {
        using IVectorEnvironment environment = Wrap(kind, new CountingImages(2));
        Assert.Equal(new ImageSpec(2, 1, 2), environment.Info.Observations.Image);
        var buffer = new StepBuffer(2, environment.Info);
        environment.Reset(1, StartDistribution.Task, buffer);
        Assert.Equal([.. CountingImages.ImageOf(0, 1, 0), .. CountingImages.ImageOf(1, 1, 0)], buffer.Images);
        int[] episode = [1, 1], step = [0, 0];
        for (int played = 0; played < 12; played++)
        {
            environment.Step([0, 0], buffer);
            for (int row = 0; row < 2; row++)
            {
                step[row]++;
                if (!buffer.Kinds[row].Ends())
                {
                    if (kind != "action-repeat")
                        Assert.Equal(CountingImages.ImageOf(row, episode[row], step[row]), Row(buffer.Images, row));
                    continue;
                }

                byte[] last = Row(buffer.FinalImages, row);
                Assert.Equal(episode[row], last[0] / 10);
                if (kind != "action-repeat") Assert.Equal(CountingImages.ImageOf(row, episode[row], step[row]), last);
                (episode[row], step[row]) = (episode[row] + 1, 0);
                Assert.Equal(CountingImages.ImageOf(row, episode[row], 0), Row(buffer.Images, row));
            }
        }

        Assert.True(episode[0] > 2);
    }

    [Fact]
    public void They_are_stacked_along_channels_pixel_by_pixel_and_never_across_episodes()
    {
        using var environment = new StackedFrames(new CountingImages(1), 2);
        Assert.Equal(new ImageSpec(2, 1, 4), environment.Info.Observations.Image);
        var buffer = new StepBuffer(1, environment.Info);
        environment.Reset(1, StartDistribution.Task, buffer);
        Assert.Equal([10, 0, 10, 0, 110, 100, 110, 100], buffer.Images);
        environment.Step([0], buffer);
        Assert.Equal([10, 0, 11, 0, 110, 100, 111, 100], buffer.Images);
        environment.Step([0], buffer);
        environment.Step([0], buffer);
        Assert.Equal(StepKind.Terminated, buffer.Kinds[0]);
        Assert.Equal([12, 0, 13, 0, 112, 100, 113, 100], buffer.FinalImages);
        Assert.Equal([20, 0, 20, 0, 120, 100, 120, 100], buffer.Images);
    }

    [Fact]
    public void A_stack_of_images_within_a_time_limit_begins_anew_when_it_is_cut_short()
    {
        using var environment = new TimeLimit(new StackedFrames(new CountingImages(1), 2), 2);
        var buffer = new StepBuffer(1, environment.Info);
        environment.Reset(1, StartDistribution.Task, buffer);
        environment.Step([0], buffer);
        environment.Step([0], buffer);
        Assert.Equal([11, 0, 12, 0, 111, 100, 112, 100], buffer.FinalImages);
        Assert.Equal([20, 0, 20, 0, 120, 100, 120, 100], buffer.Images);
    }

    [Fact]
    public void A_stack_of_images_comes_back_from_a_snapshot()
    {
        using StackedFrames one = new(new CountingImages(1), 3), two = new(new CountingImages(1), 3);
        var buffer = new StepBuffer(1, one.Info);
        one.Reset(1, StartDistribution.Task, buffer);
        one.Step([0], buffer);
        var snapshot = new Snapshot();
        one.Save(snapshot);
        two.Load(snapshot);
        Snapshot again = new();
        two.Save(again);
        Assert.Equal(snapshot.Entries["image-stacks"], again.Entries["image-stacks"]);
        Assert.Contains((byte)11, again.Entries["image-stacks"]);
    }

    /// <summary>
    /// A wrapper that reshapes numbers works in a buffer of its own; images of the same shape are copied out of it in all three paths.
    /// </summary>
    [Fact]
    public void A_wrapper_that_reshapes_numbers_alone_hands_images_on()
    {
        using var environment = new TimeLimit(new Halved(new CountingImages(2)), 2);
        var buffer = new StepBuffer(2, environment.Info);
        environment.Reset(1, StartDistribution.Task, buffer);
        environment.StepMasked([0, 0], [true, false], buffer);
        Assert.Equal([.. CountingImages.ImageOf(0, 1, 0), .. CountingImages.ImageOf(1, 1, 1)], buffer.Images);
        environment.StepMasked([0, 0], [true, false], buffer); // cut short: row 1 alone
        Assert.Equal(CountingImages.ImageOf(1, 1, 2), Row(buffer.FinalImages, 1));
        Assert.Equal([.. CountingImages.ImageOf(0, 1, 0), .. CountingImages.ImageOf(1, 2, 0)], buffer.Images);
    }

    [Fact]
    public void Standardizing_an_image_alone_changes_nothing()
    {
        var moments = new RunningMoments(0);
        moments.Update<float>([]);
        moments.Standardize([], []);
        Assert.True(moments.Mean.IsEmpty);
        Assert.Throws<SpecMismatchException>(() => moments.Update<float>([1]));
    }

    private static byte[] Row(byte[] images, int row) => images[(row * 4)..((row + 1) * 4)];

    private static IVectorEnvironment Wrap(string kind, IVectorEnvironment inner) => kind switch
    {
        "action-delay" => new ActionDelay(inner, 1),
        "action-noise" => new ActionNoise(inner, 0.1f, "noise"),
        "action-repeat" => new ActionRepeat(inner, 2),
        "normalize-observation" => new NormalizeObservation(inner, new RunningMoments(2), learns: true),
        "normalize-reward" => new NormalizeReward(inner, new RunningMoments(1), learns: true),
        "scale-action" => new ScaleAction(inner),
        "staggered" => new StaggeredStarts(inner),
        "sticky" => new StickyActions(inner, 0.2, "sticky"),
        _ => new TimeLimit(inner, 3),
    };

    /// <summary>Shows the step alone.</summary>
    private sealed class Halved(IVectorEnvironment inner) : Core.Wrapping.EnvironmentWrapper(
        inner,
        inner.Info with
        {
            Observations = new ObservationSpec(inner.Info.Observations.Fields[1..]) { Image = inner.Info.Observations.Image }
        },
        isReshaped: true)
    {
        protected override void OnReset(ulong seed, StepBuffer under, StepBuffer into) => Copy(under.Observations, into.Observations);

        protected override void OnStep(StepBuffer under, StepBuffer into, ReadOnlySpan<bool> skipped) =>
            Copy(under.Observations, into.Observations);

        private void Copy(float[] from, float[] into)
        {
            for (int row = 0; row < Count; row++) into[row] = from[(2 * row) + 1];
        }
    }
}
