using EmbodiedRL.Benchmarks.Exploration;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.App.Tests.Benchmarks;

/// <summary>What bonuses with networks are for, on one seed in half the steps of the bench; PPO alone does not arrive there.</summary>
public sealed class ExplorationBenchTests
{
    private const ulong Seed = 1007;
    private const long Budget = 102_400;

    [Theory]
    [InlineData("rnd")]
    [InlineData("icm")]
    [InlineData("e3b")]
    public void A_bonus_finds_a_goal_that_the_agent_alone_does_not(string bonus)
    {
        Assert.Equal(0, ExplorationBench.Train("", Seed, Budget, CancellationToken.None));
        double arrived = ExplorationBench.Train(bonus, Seed, Budget, CancellationToken.None);
        Assert.True(arrived > 0.5, $"{bonus}: {arrived:0.00} of the last episodes arrived");
    }

    /// <summary>Every wall has a door, so some walk arrives; the goal alone is paid, and ends the episode.</summary>
    [Fact]
    public void The_goal_can_be_reached_and_is_paid_once()
    {
        using var environment = new RoomsEnv(1, map: 3);
        var buffer = new StepBuffer(1, environment.Info);
        environment.Reset(1, StartDistribution.Task, buffer);
        float total = 0;
        for (int step = 0; step < 400 && buffer.Kinds[0] != StepKind.Terminated; step++)
        {
            // right where that is possible, else along the wall, up and down in turn
            float x = buffer.States[0];
            environment.Step([1], buffer);
            total += buffer.Rewards[0];
            if (buffer.States[0] != x || buffer.Kinds[0].Ends()) continue;
            environment.Step([(step / 4) % 2 == 0 ? 2 : 3], buffer);
            total += buffer.Rewards[0];
        }

        Assert.Equal((StepKind.Terminated, 1f), (buffer.Kinds[0], total));
    }
}
