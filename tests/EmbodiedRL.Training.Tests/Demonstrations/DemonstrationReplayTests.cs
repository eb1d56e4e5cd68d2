using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Training.Demonstrations;

namespace EmbodiedRL.Training.Tests.Demonstrations;

public sealed class DemonstrationReplayTests
{
    private static readonly DemonstrationEpisode Played = Record();

    [Fact]
    public void A_replay_gives_every_number_again()
    {
        using IVectorEnvironment environment = Envs.EnvironmentCatalog.Create("color-reacher", 1, 1);
        int watched = 0;
        Assert.Null(new DemonstrationReplay(environment).Play(Played, _ => watched++));
        Assert.Equal(Played.Steps, watched);
    }

    [Fact]
    public void From_any_row_on_it_is_played_again()
    {
        using IVectorEnvironment environment = Envs.EnvironmentCatalog.Create("color-reacher", 1, 1);
        var buffer = new StepBuffer(1, environment.Info);
        environment.Load(Played.SnapshotAt(120));
        for (int step = 120; step < 140; step++)
        {
            environment.Step(Played.Actions.AsSpan(step * 2, 2), buffer);
            Assert.Equal(Played.States[(step * 14)..((step + 1) * 14)], buffer.States);
        }
    }

    [Fact]
    public void Another_action_diverges_in_the_physics_of_its_own_step()
    {
        float[] actions = [.. Played.Actions];
        actions[50 * 2] += 1e-3f;
        Divergence divergence = Replay(Played with { Actions = actions })!;
        Assert.Equal(50, divergence.Step);
        Assert.StartsWith("state ", divergence.Field, StringComparison.Ordinal);
        Assert.NotEqual(divergence.Recorded, divergence.Replayed);
    }

    [Fact]
    public void Every_kind_of_number_is_compared()
    {
        Assert.Equal((7, "reward"), Of(Replay(Played with { Rewards = Altered(Played.Rewards, 7) })));
        Assert.Equal((7, "reward term reward"), Of(Replay(Played with { RewardTerms = Altered(Played.RewardTerms, 7) })));
        Assert.Equal((7, "state hand/position[1]"), Of(Replay(Played with { States = Altered(Played.States, (7 * 14) + 5) })));
        Assert.Equal((7, "observation elbow/sin"),
            Of(Replay(Played with { NextObservations = Altered(Played.NextObservations, (7 * 16) + 3) })));
        double[] velocities = [.. (double[])Played.Snapshots["qvel"]];
        velocities[(7 * 2) + 1] = Math.BitIncrement(velocities[(7 * 2) + 1]);
        Assert.Equal((7, "snapshot qvel[1]"),
            Of(Replay(Played with { Snapshots = new Dictionary<string, Array>(Played.Snapshots) { ["qvel"] = velocities } })));
        StepKind[] kinds = [.. Played.Kinds];
        kinds[^1] = StepKind.Terminated;
        Assert.Equal((199, "kind"), Of(Replay(Played with { Kinds = kinds })));
    }

    [Fact]
    public void Another_environment_is_refused_with_the_field_that_differs()
    {
        using IVectorEnvironment reacher = Envs.EnvironmentCatalog.Create("color-reacher", 1, 1),
            pole = Envs.EnvironmentCatalog.Create("cartpole", 1, 1);
        Assert.Contains("shoulder/cos [1] as recorded, found cart/position",
            Assert.Throws<SpecMismatchException>(() => DemonstrationFileTests.Header(reacher).Require(pole.Info)).Message,
            StringComparison.Ordinal);
    }

    private static (int Step, string Field) Of(Divergence? divergence) => (divergence!.Step, divergence.Field);

    private static float[] Altered(float[] values, int at)
    {
        float[] altered = [.. values];
        altered[at] = MathF.BitIncrement(altered[at]);
        return altered;
    }

    private static Divergence? Replay(DemonstrationEpisode episode)
    {
        using IVectorEnvironment environment = Envs.EnvironmentCatalog.Create("color-reacher", 1, 1);
        return new DemonstrationReplay(environment).Play(episode);
    }

    private static DemonstrationEpisode Record()
    {
        using IVectorEnvironment environment = Envs.EnvironmentCatalog.Create("color-reacher", 1, 1);
        return new DemonstrationRecording(environment, new ExpertPolicy(environment, "green")).Play(1).Single();
    }
}
