using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Simulation.Checking;

namespace EmbodiedRL.Contracts;

/// <summary>What every environment must obey: all that <c>./embodied envs check</c> tries. Inherit it and say how to make yours.</summary>
public abstract class EnvironmentContract
{
    public static TheoryData<string> Checks => [.. EnvironmentCheck.All.Select(check => check.Name)];

    /// <summary>N environments, stepped by so many threads.</summary>
    protected abstract IVectorEnvironment Create(int count, int workers);

    /// <summary>Whether a number of the observation changes with the state; few do not, e.g. a mass.</summary>
    protected virtual bool CanMove(FieldSpec field, int index) => true;

    /// <summary>Steps within which every number of the observation that can move has moved.</summary>
    protected virtual int StepsUntilAllMoved => 200;

    /// <summary>Whether rewards of one environment say nothing of the others; a statistic over all of them does.</summary>
    protected virtual bool RewardsAreEachOnesOwn => true;

    /// <summary>Checks of promises that this kind of environment does not make; its own tests say what it does instead.</summary>
    protected virtual IReadOnlyCollection<string> NotPromised => [];

    [Theory]
    [MemberData(nameof(Checks))]
    public void It_keeps_the_promise_of(string check)
    {
        CheckOutcome outcome = EnvironmentCheck.Named(check).Run(Create);
        if (outcome.Skipped is { } reason) Assert.Skip(reason);
        if (NotPromised.Contains(check)) return;
        if (check == "rows" && !RewardsAreEachOnesOwn)
        {
            Assert.All(outcome.Findings, finding => Assert.Contains(" in reward ", finding.Found, StringComparison.Ordinal));
            return;
        }

        Assert.True(outcome.Holds, $"{outcome.Promise}\n{string.Join('\n', outcome.Findings)}");
    }

    /// <summary>More than the check asks, which knows fields alone and not what their numbers mean.</summary>
    [Fact]
    public void Every_number_of_the_observation_moves_that_can()
    {
        using IVectorEnvironment environment = Create(3, 1);
        EnvironmentInfo info = environment.Info;
        var buffer = new StepBuffer(3, info);
        var rng = Rng.For(17, "play");
        float[] actions = new float[3 * info.Actions.Length];
        environment.Reset(5, StartDistribution.WholeRange, buffer);
        float[] first = [.. buffer.Observations];
        bool[] moved = new bool[first.Length];
        for (int step = 0; step < StepsUntilAllMoved; step++)
        {
            for (int i = 0; i < actions.Length; i++) actions[i] = (float)rng.Uniform(-0.4, 0.4);
            environment.Step(actions, buffer);
            for (int i = 0; i < moved.Length; i++) moved[i] |= buffer.Observations[i] != first[i];
        }

        int at = 0;
        foreach (FieldSpec field in info.Observations.Fields)
            for (int i = 0; i < field.Length; i++, at++)
                Assert.True(CanMove(field, i) == moved[at], $"{field.Name}[{i}] {(CanMove(field, i) ? "never moved" : "moved")}.");
    }
}
