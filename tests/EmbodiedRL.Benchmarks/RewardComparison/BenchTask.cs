using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Training.Composition;

namespace EmbodiedRL.Benchmarks.RewardComparison;

/// <summary>A task of the comparison: a success measure of an environment, and the sentence for it.</summary>
/// <param name="Environment">Of the catalog.</param>
/// <param name="Name">The success measure that judges, and that no reward reads but a learned one's teacher.</param>
/// <param name="Goal">The sentence.</param>
internal sealed record BenchTask(string Environment, string Name, string Goal)
{
    /// <summary>As rows and folders have it.</summary>
    public string Path => $"{Environment}/{Name}";

    /// <summary>The tasks of an environment: every measure that a sentence is known for, in its order.</summary>
    /// <exception cref="UnknownNameException">There is no such environment.</exception>
    public static IReadOnlyList<BenchTask> Of(string environment, RunServices services)
    {
        using IVectorEnvironment made = services.Environment(environment, 1, 1);
        EnvironmentInfo info = made.Info;
        var grammar = new CaptionGrammar(info);
        string[] byDefault = [.. grammar.Parse(info.DefaultGoal)?.Measures ?? []];
        var sentences = new Dictionary<string, string>(StringComparer.Ordinal);
        if (byDefault is [var only]) sentences[only] = info.DefaultGoal;
        foreach ((Fact fact, string sentence) in info.Facts.Where(fact => fact.IsVisible).Zip(grammar.Examples))
            if (fact.Measure is { } measure) sentences.TryAdd(measure, sentence);
        return [.. info.Measures.Where(measure => sentences.ContainsKey(measure.Name))
            .Select(measure => new BenchTask(environment, measure.Name, sentences[measure.Name]))];
    }
}
