using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Simulation.Checking;

namespace EmbodiedRL.Envs.Tests.Checking;

public sealed class EnvironmentCheckTests
{
    public static TheoryData<string> Checks => [.. EnvironmentCheck.All.Select(check => check.Name)];

    [Theory]
    [MemberData(nameof(Checks))]
    public void A_broken_promise_is_found_and_nothing_else(string broken)
    {
        CheckOutcome[] outcomes = [.. EnvironmentCheck.All.Select(check => check.Run(BrokenEnvironments.ByCheck[broken]))];
        Assert.Equal([broken], outcomes.Where(outcome => !outcome.Holds).Select(outcome => outcome.Name));
        Assert.All(outcomes.SelectMany(outcome => outcome.Findings),
            finding => Assert.True(finding.Expected.Length > 0 && finding.Found.Length > 0 && finding.Advice.EndsWith('.')));
    }

    [Fact]
    public void A_finding_says_where()
    {
        string Found(string check) => string.Join('\n', EnvironmentCheck.Named(check).Run(BrokenEnvironments.ByCheck[check]).Findings);
        Assert.Contains("pole/cos = ", Found("bounds"), StringComparison.Ordinal);
        Assert.Contains("(HardNegatives)", Found("finite"), StringComparison.Ordinal);
        Assert.Contains("pole/velocity", Found("moves"), StringComparison.Ordinal);
        Assert.Contains("500 steps", Found("endings"), StringComparison.Ordinal);
        Assert.Contains("'upright'", Found("facts"), StringComparison.Ordinal);
        Assert.Contains("'front'", Found("cameras"), StringComparison.Ordinal);
        Assert.Contains("in observation cart/position of environment 0 after step 1", Found("determinism"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tolerance_that_grows_stricter_is_found() =>
        Assert.Contains("'upright'", Assert.Single(EnvironmentCheck.Named("facts")
            .Run((count, workers) => new BrokenEnvironments.Contrary(count, workers)).Findings).Expected, StringComparison.Ordinal);

    [Fact]
    public void What_an_environment_throws_is_a_finding()
    {
        CheckOutcome outcome = EnvironmentCheck.Named("reward").Run((_, _) => throw new InvalidOperationException("no scene today"));
        Assert.Contains("no scene today", Assert.Single(outcome.Findings).Found, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_name_offers_the_nearest() =>
        Assert.Contains("'rewards'",
            Assert.Throws<UnknownNameException>(() => EnvironmentCheck.Named("rewards")).Message, StringComparison.Ordinal);
}
