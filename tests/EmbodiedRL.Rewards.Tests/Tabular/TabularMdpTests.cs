using EmbodiedRL.Core;
using EmbodiedRL.Rewards.Tabular;

namespace EmbodiedRL.Rewards.Tests.Tabular;

public class TabularMdpTests
{
    /// <summary>Two states: stay or swap. Being in state 1 pays 1; V(1) = 1 / (1 - gamma), V(0) = gamma V(1).</summary>
    [Fact]
    public void ValuesAreThoseOfTheClosedForm()
    {
        TabularMdp world = Swapping();
        double[,,] reward = PaysInStateOne();
        double[] values = world.OptimalValues(reward);
        Assert.Equal(10, values[1], 1e-10);
        Assert.Equal(9, values[0], 1e-10);
        bool[,] best = world.OptimalActions(reward);
        Assert.True(best[0, 1] && best[1, 0] && !best[0, 0] && !best[1, 1]);
        Assert.Equal(9, world.Return(reward, world.OptimalPolicy(reward)), 1e-10);
    }

    [Fact]
    public void NothingFollowsATerminalState()
    {
        TabularMdp world = Swapping(terminal: [false, true]);
        Assert.Equal([0, 0], world.OptimalValues(PaysInStateOne()));
    }

    [Fact]
    public void TheBestPolicyOfARandomWorldIsWorthItsOptimalValues()
    {
        for (int index = 0; index < 20; index++)
        {
            var rng = Rng.For(3, "worlds", index);
            TabularMdp world = TabularMdp.Random(6, 3, 0.9, ref rng, terminal: 1);
            double[,,] reward = world.RandomReward(ref rng);
            double[] best = world.OptimalValues(reward), followed = world.Values(reward, world.OptimalPolicy(reward));
            for (int state = 0; state < world.States; state++) Assert.Equal(best[state], followed[state], 1e-9);
            Assert.Equal(0, best[5]);
        }
    }

    [Fact]
    public void DrawnSuccessorsAreAsOftenAsTheirProbabilities()
    {
        var rng = Rng.For(4, "worlds");
        TabularMdp world = TabularMdp.Random(5, 2, 0.9, ref rng);
        int[] counts = new int[world.States];
        for (int draw = 0; draw < 20_000; draw++) counts[world.Draw(1, 0, ref rng)]++;
        for (int next = 0; next < world.States; next++) Assert.Equal(world.Transition(1, 0, next), counts[next] / 20_000.0, 0.02);
        Assert.Equal(1, Swapping().Draw(0, 1, ref rng));
    }

    [Fact]
    public void ADistributionThatDoesNotAddUpIsRefused()
    {
        var error = Assert.Throws<ArgumentException>(() => new TabularMdp(new double[1, 1, 1], [1], 0.9));
        Assert.Contains("state 0 under action 0", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new TabularMdp(new double[,,] { { { 1 } } }, [0.5], 0.9));
    }

    private static TabularMdp Swapping(bool[]? terminal = null) =>
        new(new double[,,] { { { 1, 0 }, { 0, 1 } }, { { 0, 1 }, { 1, 0 } } }, [1, 0], 0.9, terminal);

    private static double[,,] PaysInStateOne() => new double[,,] { { { 0, 0 }, { 0, 0 } }, { { 1, 1 }, { 1, 1 } } };
}
