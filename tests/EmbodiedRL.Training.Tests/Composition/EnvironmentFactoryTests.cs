using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rendering;
using EmbodiedRL.Simulation;
using EmbodiedRL.Simulation.Randomizing;
using EmbodiedRL.Simulation.Tasks;
using EmbodiedRL.Simulation.Wrappers;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Tests.Composition;

public sealed class EnvironmentFactoryTests
{
    private const int Side = 16;

    /// <summary>
    /// The frame shown must be the one that the renderer draws of that very state, at starts, in between, at the end and after it.
    /// </summary>
    [Fact]
    public void Pixels_are_what_the_renderer_draws_of_the_state_that_is_acted_on()
    {
        EnvironmentSettings settings = Painted with
        {
            Wrappers = [
                new() { Name = "time-limit", Options = new TimeLimitOptions { Steps = 3 } },
                new() { Name = "pixels", Options = new PixelObservationOptions { Size = Side } }
            ]
        };
        using IVectorEnvironment seeing = Make(settings), bare = Make(settings with { Wrappers = settings.Wrappers[..1] });
        using var renderer = new BatchRenderer(bare.Info.RequiredScene, bare.Info.Camera, Side);
        StepBuffer seen = new(2, seeing.Info), state = new(2, bare.Info, withNext: true);
        seeing.Reset(5, StartDistribution.WholeRange, seen);
        bare.Reset(5, StartDistribution.WholeRange, state);
        Assert.Equal(Drawn(renderer, bare.Info, state.Poses, state.VisualParameters), seen.Images);
        Assert.Empty(seen.Observations);
        for (int step = 1; step <= 7; step++)
        {
            seeing.Step([1, -1], seen);
            bare.Step([1, -1], state);
            Assert.Equal(state.Kinds, seen.Kinds);
            byte[] outcome = Drawn(renderer, bare.Info, state.Poses, state.VisualParameters);
            if (step % 3 != 0) Assert.Equal(outcome, seen.Images);
            else
            {
                Assert.Equal(outcome, seen.FinalImages);
                Assert.Equal(Drawn(renderer, bare.Info, state.NextPoses, state.NextVisualParameters), seen.Images);
                Assert.NotEqual(outcome, seen.Images);
            }
        }
    }

    [Fact]
    public void Numbers_stay_beside_the_image_when_it_is_appended()
    {
        var append = new WrapperSettings { Name = "pixels", Options = new PixelObservationOptions { Size = Side, Append = true } };
        EnvironmentSettings settings = Painted with
        {
            Wrappers = [
                new WrapperSettings { Name = "time-limit", Options = new TimeLimitOptions { Steps = 3 } },
                append,
                new WrapperSettings { Name = "frame-stack", Options = new StackedFramesOptions { Count = 2 } }
            ]
        };
        using IVectorEnvironment seeing = Make(settings),
            bare = Make(settings with { Wrappers = [settings.Wrappers[0], settings.Wrappers[2]] });
        Assert.Equal(bare.Info.Observations.WithoutImage(), seeing.Info.Observations.WithoutImage());
        Assert.Equal(new ImageSpec(Side, Side, 6), seeing.Info.Observations.Image);
        StepBuffer seen = new(2, seeing.Info), numbers = new(2, bare.Info);
        seeing.Reset(5, StartDistribution.WholeRange, seen);
        bare.Reset(5, StartDistribution.WholeRange, numbers);
        for (int step = 1; step <= 7; step++)
        {
            seeing.Step([1, -1], seen);
            bare.Step([1, -1], numbers);
            Assert.Equal(numbers.Observations, seen.Observations);
            if (step % 3 == 0) Assert.Equal(numbers.FinalObservations, seen.FinalObservations);
        }
    }

    /// <summary>Through everything that can stand between renderer and agent, with cuts and repeats in it.</summary>
    [Fact]
    public void Images_go_on_from_a_snapshot_as_if_nothing_had_been()
    {
        EnvironmentSettings settings = Painted with
        {
            Wrappers =
            [
                new WrapperSettings { Name = "pixels", Options = new PixelObservationOptions { Size = Side } },
                new WrapperSettings { Name = "frame-stack", Options = new StackedFramesOptions { Count = 2 } },
                new WrapperSettings { Name = "action-repeat", Options = new ActionRepeatOptions { Times = 2 } },
                new WrapperSettings { Name = "time-limit", Options = new TimeLimitOptions { Steps = 5 } },
                new WrapperSettings { Name = "normalize-observation" },
            ],
        };
        using IVectorEnvironment whole = Make(settings), resumed = Make(settings);
        StepBuffer one = new(2, whole.Info), two = new(2, resumed.Info);
        whole.Reset(5, StartDistribution.WholeRange, one);
        for (int step = 0; step < 3; step++) whole.Step([1, -1], one);
        var snapshot = new Snapshot();
        whole.Save(snapshot);
        resumed.Load(snapshot);
        int ended = 0;
        for (int step = 0; step < 12; step++)
        {
            whole.Step([1, -1], one);
            resumed.Step([1, -1], two);
            Assert.Equal(one.Kinds, two.Kinds);
            Assert.Equal(one.Images, two.Images);
            if (!one.Kinds[0].Ends()) continue;
            ended++;
            Assert.Equal(one.FinalImages, two.FinalImages);
            Assert.NotEqual(one.FinalImages, one.Images);
        }

        Assert.Equal(3, ended);
    }

    [Fact]
    public void Two_images_at_once_are_refused() => Assert.Contains("without an image",
        Assert.Throws<SpecMismatchException>(() => Make(Painted with
        {
            Wrappers = [
                new WrapperSettings { Name = "pixels", Options = new PixelObservationOptions { Size = Side } },
                new WrapperSettings { Name = "pixels", Options = new PixelObservationOptions { Size = Side } }
            ]
        })).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Environments_to_be_judged_share_what_was_learned_and_play_other_draws()
    {
        EnvironmentSettings settings = Painted with { Wrappers = [new WrapperSettings { Name = "normalize-observation" }] };
        var factory = new EnvironmentFactory(settings, "", RunServices.Shipped);
        using IVectorEnvironment training = factory.Create(2, 1, EnvironmentUse.Training),
            judged = factory.Create(2, 1, EnvironmentUse.Evaluation);
        StepBuffer first = new(2, training.Info), second = new(2, judged.Info);
        training.Reset(1, StartDistribution.WholeRange, first);
        for (int step = 0; step < 50; step++) training.Step([1, -1], first);
        judged.Reset(9, StartDistribution.WholeRange, second);
        float[] once = [.. second.Observations];
        for (int step = 0; step < 50; step++) judged.Step([1, -1], second);
        judged.Reset(9, StartDistribution.WholeRange, second);
        Assert.Equal(once, second.Observations); // judging taught the normalizer nothing

        training.Reset(9, StartDistribution.WholeRange, first);
        Assert.NotEqual(first.RandomizedParameters, second.RandomizedParameters);
        Assert.NotEqual(first.VisualParameters, second.VisualParameters);
    }

    [Fact]
    public void What_is_trained_in_is_staggered_unless_the_settings_say_no_and_nothing_else_is()
    {
        using IVectorEnvironment training = new EnvironmentFactory(new EnvironmentSettings(), "", RunServices.Shipped).CreateTraining(2, 1);
        Assert.IsType<StaggeredStarts>(training);
        using IVectorEnvironment off =
            new EnvironmentFactory(new EnvironmentSettings { Stagger = false }, "", RunServices.Shipped).CreateTraining(2, 1);
        Assert.IsType<VectorEnvironment>(off);
        foreach (EnvironmentUse use in Enum.GetValues<EnvironmentUse>())
        {
            using IVectorEnvironment whole = new EnvironmentFactory(new EnvironmentSettings(), "", RunServices.Shipped).Create(2, 1, use);
            Assert.IsType<VectorEnvironment>(whole);
        }
    }

    [Fact]
    public void The_moments_come_back_with_the_training_environments()
    {
        EnvironmentSettings settings = Painted with { Wrappers = [new WrapperSettings { Name = "normalize-observation" }] };
        var factory = new EnvironmentFactory(settings, "", RunServices.Shipped);
        using IVectorEnvironment training = factory.Create(2, 1, EnvironmentUse.Training);
        var buffer = new StepBuffer(2, training.Info);
        training.Reset(1, StartDistribution.WholeRange, buffer);
        for (int step = 0; step < 50; step++) training.Step([1, -1], buffer);
        var snapshot = new Snapshot();
        training.Save(snapshot);

        var resumed = new EnvironmentFactory(settings, "", RunServices.Shipped);
        using IVectorEnvironment again = resumed.Create(2, 1, EnvironmentUse.Training),
            judged = resumed.Create(2, 1, EnvironmentUse.Evaluation), known = factory.Create(2, 1, EnvironmentUse.Evaluation);
        again.Load(snapshot);
        StepBuffer first = new(2, judged.Info), second = new(2, known.Info);
        judged.Reset(4, StartDistribution.WholeRange, first);
        known.Reset(4, StartDistribution.WholeRange, second);
        Assert.Equal(second.Observations, first.Observations);
    }

    [Fact]
    public void Environments_of_one_piece_cannot_be_randomized_and_say_so()
    {
        RunServices fast = RunServices.Shipped with { Parts = new Dictionary<string, Simulation.Tasks.EnvironmentParts>() };
        Assert.Contains("env:randomize",
            Assert.Throws<SettingsException>(() => new EnvironmentFactory(Painted, "", fast).Create(1, 1, EnvironmentUse.Training)).Message,
            StringComparison.Ordinal);
    }

    private static EnvironmentSettings Painted => new()
    {
        Randomize = new RandomizationSettings
        {
            Parameters =
            [
                new RandomParameterSettings { Name = "mass", Minimum = 0.5, Maximum = 2 },
                new RandomParameterSettings { Name = "color", Change = DrawChange.Set, Maximum = 1 },
                new RandomParameterSettings { Name = "background", Change = DrawChange.Set, Maximum = 1 },
            ],
        },
    };

    private static IVectorEnvironment Make(EnvironmentSettings settings) =>
        new EnvironmentFactory(settings, "", RunServices.Shipped).Create(2, 1, EnvironmentUse.Training);

    private static byte[] Drawn(BatchRenderer renderer, EnvironmentInfo info, float[] poses, float[] visuals)
    {
        byte[] frames = new byte[2 * renderer.FrameBytes];
        SceneVariations? variations = info.VisualRandomization.Unpack(visuals, 2, info.Camera);
        renderer.Render(poses, 2, frames, variations);
        return frames;
    }
}
