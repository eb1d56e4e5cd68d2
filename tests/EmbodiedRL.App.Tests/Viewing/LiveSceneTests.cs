using EmbodiedRL.App.Viewing;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Simulation.Randomizing;
using EmbodiedRL.Simulation.Wrappers;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Loop;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;
using EmbodiedRL.Training.Tests;

namespace EmbodiedRL.App.Tests.Viewing;

public sealed class LiveSceneTests
{
    [Fact]
    public void It_plays_as_many_steps_as_the_clock_asks_for()
    {
        using LiveScene scene = Open();
        scene.Advance(0.26); // 50 ms a step
        Assert.Equal((5, 0.25), (scene.Latest.Status.Step, Math.Round(scene.Latest.Status.Seconds, 6)));
        scene.Advance(0.05); // the 10 ms of before are not lost, nor played too early
        Assert.Equal(6, scene.Latest.Status.Step);
        scene.Advance(3600);
        Assert.True(scene.Latest.Status.Step <= 56, "A slow machine falls behind the clock.");
    }

    [Fact]
    public void Paused_it_steps_only_when_told_to()
    {
        using LiveScene scene = Open();
        scene.Do(new ViewRequest { Action = "pause" });
        scene.Advance(10);
        Assert.Equal(0, scene.Latest.Status.Step);
        scene.Do(new ViewRequest { Action = "step" });
        Assert.Equal((1, true), (scene.Latest.Status.Step, scene.Latest.Status.IsPaused));
        scene.Do(new ViewRequest { Action = "play" });
        scene.Advance(0.11);
        Assert.Equal(3, scene.Latest.Status.Step);
        scene.Do(new ViewRequest { Action = "restart" });
        Assert.Equal((2, 0), (scene.Latest.Status.Episode, scene.Latest.Status.Step));
    }

    [Fact]
    public void The_mouse_turns_the_camera_and_the_picture_follows()
    {
        using LiveScene scene = Open();
        byte[] before = scene.Latest.Jpeg;
        scene.Do(new ViewRequest { Action = "orbit", Zoom = 0.5f });
        byte[] nearer = scene.Latest.Jpeg;
        Assert.NotEqual(before, nearer);
        scene.Do(new ViewRequest { Action = "orbit", X = 180 });
        Assert.NotEqual(nearer, scene.Latest.Jpeg);
        scene.Do(new ViewRequest { Action = "camera", Text = "front" });
        Assert.Equal(before, scene.Latest.Jpeg);
    }

    [Fact]
    public void A_sentence_is_scored_from_when_it_is_typed()
    {
        using LiveScene scene = Open();
        Assert.Null(scene.Latest.Status.Score);
        scene.Do(new ViewRequest { Action = "goal", Text = " red " });
        float? score = scene.Latest.Status.Score;
        Assert.InRange(Assert.NotNull(score), -1, 1);
        scene.Do(new ViewRequest { Action = "goal", Text = "blue" });
        Assert.NotEqual(score, scene.Latest.Status.Score);
        scene.Do(new ViewRequest { Action = "goal" });
        Assert.Null(scene.Latest.Status.Score);
    }

    [Fact]
    public void A_typed_sentence_is_judged_by_the_environments_own_states()
    {
        var environment = new SpokenPoint("ball", 1);
        using var scene = new LiveScene(environment, [("still", null)], goal => new GoalScorer(
            new GoalBaselineReward("vlm", new PositionModel(), [goal], ["a red ball"], alpha: 0), environment.Info,
            () => new SpokenPoint("ball", RewardCheck.Rows)), 64, seed: 1, TimeProvider.System);
        Assert.Equal(("", null), (scene.Latest.Status.Verdict, scene.Latest.Status.Percentile));
        scene.Do(new ViewRequest { Action = "goal", Text = "a red ball on the left" });
        double left = Assert.NotNull(scene.Latest.Status.Percentile);
        Assert.Equal("trust", scene.Latest.Status.Verdict);
        scene.Do(new ViewRequest { Action = "goal", Text = "a red ball on the right" });
        Assert.Equal(1 - left, Assert.NotNull(scene.Latest.Status.Percentile), 0.1); // the same place, seen from the other side
        scene.Do(new ViewRequest { Action = "goal", Text = "a dog in the middle" });
        Assert.NotEqual("trust", scene.Latest.Status.Verdict);
        Assert.NotEmpty(scene.Latest.Status.Reasons);
        scene.Do(new ViewRequest { Action = "goal" });
        Assert.Equal(("", null), (scene.Latest.Status.Verdict, scene.Latest.Status.Percentile));
    }

    /// <summary>
    /// Two scenes that differ in colors alone: the same is played, through the same camera, and pictures and scores differ.
    /// </summary>
    [Fact]
    public void What_was_drawn_of_the_looks_is_shown_and_scored()
    {
        var painted = new RandomizationSettings
        {
            Parameters = [new RandomParameterSettings { Name = "color", Change = DrawChange.Set, Maximum = 1 }]
        };
        using LiveScene plain = Open(null), colored = Open(painted);
        byte[] first = colored.Latest.Jpeg;
        Assert.NotEqual(plain.Latest.Jpeg, first);
        foreach (LiveScene scene in new[] { plain, colored })
        {
            scene.Do(new ViewRequest { Action = "goal", Text = "red" });
            scene.Do(new ViewRequest { Action = "step" });
        }

        Assert.Equal(plain.Latest.Status.Terms, colored.Latest.Status.Terms);
        Assert.NotEqual(plain.Latest.Status.Score, colored.Latest.Status.Score);
        byte[] here = colored.Latest.Jpeg;
        colored.Do(new ViewRequest { Action = "orbit", X = 40 });
        Assert.NotEqual(here, colored.Latest.Jpeg);
        colored.Do(new ViewRequest { Action = "orbit", X = -40 });
        Assert.Equal(here, colored.Latest.Jpeg);

        static LiveScene Open(RandomizationSettings? randomize)
        {
            var settings = new EnvironmentSettings
            {
                Randomize = randomize,
                Wrappers = [new WrapperSettings { Name = "frame-stack", Options = new StackedFramesOptions { Count = 2 } }]
            };
            IVectorEnvironment environment = new EnvironmentFactory(settings, "", RunServices.Shipped).Create(1,
                1, EnvironmentUse.Evaluation);
            return new LiveScene(environment, [("still", null)], goal => Scorer(goal, environment.Info),
                64, seed: 1, TimeProvider.System);
        }
    }

    [Fact]
    public void What_cannot_be_done_is_said_and_changes_nothing()
    {
        using LiveScene scene = Open();
        ViewStatus before = scene.Latest.Status;
        Assert.Contains("'pause'",
            Assert.Throws<UnknownNameException>(() => scene.Do(new ViewRequest { Action = "puase" })).Message, StringComparison.Ordinal);
        Assert.Contains("still",
            Assert.Throws<UnknownNameException>(() => scene.Do(new ViewRequest { Action = "policy", Text = "clever" })).Message,
            StringComparison.Ordinal);
        Assert.Contains("none that can be pushed",
            Assert.Throws<SpecMismatchException>(() => scene.Do(new ViewRequest { Action = "push", Body = "ball" })).Message,
            StringComparison.Ordinal);
        Assert.Throws<NonFiniteException>(() => scene.Do(new ViewRequest { Action = "orbit", X = float.NaN }));
        Assert.Equivalent(before, scene.Latest.Status);
    }

    internal static LiveScene Open()
    {
        var environment = new DrawnPoint(1);
        return new LiveScene(environment, [("random", new RandomPolicy(environment.Info.Actions, 1)), ("still", null)],
            goal => Scorer(goal, environment.Info), 64, seed: 1, TimeProvider.System);
    }

    private static GoalScorer Scorer(string goal, EnvironmentInfo info) =>
        new(new GoalBaselineReward("vlm", new ColorModel(), [goal], ["gray"], alpha: 0), info);
}
