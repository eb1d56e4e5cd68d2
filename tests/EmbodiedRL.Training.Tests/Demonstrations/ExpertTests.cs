using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Training.Evaluation;

namespace EmbodiedRL.Training.Tests.Demonstrations;

public sealed class ExpertTests
{
    [Theory]
    [InlineData("cartpole", "upright", 0.95)]
    [InlineData("colour-reacher", "red", 0.9)]
    [InlineData("colour-reacher", "green", 0.9)]
    [InlineData("colour-reacher", "blue", 0.9)]
    [InlineData("colour-reacher", "yellow", 0.9)]
    public void A_script_does_what_it_says_from_anywhere(string name, string skill, double least)
    {
        IVectorEnvironment environment = Envs.Catalog.Create(name, 200);
        using var evaluator = new Evaluator(environment, [skill], seed: 21);
        EvaluationOutcome outcome = evaluator.Evaluate(new ExpertPolicy(environment, skill), CancellationToken.None);
        Assert.True(outcome.Success >= least, $"{skill}: {outcome.Success}");
        Assert.All(outcome.Measures.Where(measure => measure.Key is "red" or "green" or "blue" or "yellow" && measure.Key != skill), other => Assert.True(other.Value < 0.2));
    }

    [Fact]
    public void Every_skill_is_a_measure_of_its_environment()
    {
        foreach (string name in Envs.Catalog.Names)
        {
            using IVectorEnvironment environment = Envs.Catalog.Create(name, 1, 1);
            Assert.Subset(environment.Info.Measures.Select(measure => measure.Name).ToHashSet(), ExpertPolicy.SkillsOf(environment).ToHashSet());
        }
    }

    [Fact]
    public void A_skill_that_nobody_has_is_refused_with_the_nearest()
    {
        using IVectorEnvironment environment = Envs.Catalog.Create("cartpole", 1, 1);
        Assert.Contains("'upright'", Assert.Throws<UnknownNameException>(() => new ExpertPolicy(environment, "upwright")).Message, StringComparison.Ordinal);
        Assert.Contains("fast", Assert.Throws<UnknownNameException>(() => new ExpertPolicy(new Contracts.FastEnv(1))).Message, StringComparison.Ordinal);
    }
}
