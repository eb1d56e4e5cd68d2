using EmbodiedRL.Core;
using EmbodiedRL.Core.Facts;

namespace EmbodiedRL.Training.Auditing;

/// <summary>An instruction whose truth the simulator knows.</summary>
/// <param name="Sentence">Plain words.</param>
/// <param name="Truth">In [0, 1], of one state row [S].</param>
/// <param name="Measure">The success measure of its fact; null if it has none.</param>
public sealed record Instruction(string Sentence, StateFunction Truth, string? Measure);

/// <summary>
/// The goal of an audit: how true it is of a state, whether a state fulfills it, and how else it, and what else, can be said.
/// </summary>
public sealed class AuditGoal
{
    private const int InstructionsMost = 12, ParaphrasesMost = 3;
    private const float LeastTruth = 0.5f; // from here on a sentence without a measure counts as fulfilled

    private readonly SuccessMeasure[] _measures;

    private AuditGoal(string sentence, SuccessMeasure[] measures, IReadOnlyList<Instruction> instructions) =>
        (Sentence, _measures, Instructions) = (sentence, measures, instructions);

    /// <summary>The sentence.</summary>
    public string Sentence { get; }

    /// <summary>Names of the measures that say whether a state fulfills it; empty where its truth does.</summary>
    public IEnumerable<string> Measures => _measures.Select(measure => measure.Name);

    /// <summary>The goal first, then a plain sentence for each other fact that an image shows, at most 11.</summary>
    public IReadOnlyList<Instruction> Instructions { get; }

    /// <summary>A sentence that denies it; null if none is known.</summary>
    public string? Denial { get; private init; }

    /// <summary>Other wordings of it, at most three, those that were kept back from training first.</summary>
    public IReadOnlyList<string> Paraphrases { get; private init; } = [];

    /// <summary>Takes a sentence apart.</summary>
    /// <param name="info">Of the environment.</param>
    /// <param name="sentence">The goal.</param>
    /// <param name="named">A success measure that judges it whatever it says; empty for those that fit the sentence.</param>
    /// <exception cref="UnknownNameException">There is no such measure.</exception>
    /// <exception cref="SettingsException">Nobody knows how true it is: its wording is unknown and no measure is named.</exception>
    public static AuditGoal Of(EnvironmentInfo info, string sentence, string named = "") => Find(info, sentence, named)
        ?? throw new SettingsException("--goal",
            [$"expected a sentence whose truth '{info.Name}' knows (see ./embodied envs describe {info.Name}), or a success measure by "
                + $"--evaluate:task, found \"{sentence}\"."]);

    /// <summary>The same; null where nobody knows how true the sentence is.</summary>
    /// <inheritdoc cref="Of"/>
    public static AuditGoal? Find(EnvironmentInfo info, string sentence, string named = "")
    {
        var grammar = new CaptionGrammar(info);
        Caption? caption = grammar.Parse(sentence) is { Claims.IsEmpty: false } parsed ? parsed : null;
        string[] names = named.Length > 0 ? [named] : [.. caption?.Measures ?? []];
        SuccessMeasure[] measures = [.. names.Select(name => info.Measures.FirstOrDefault(measure => measure.Name == name)
            ?? throw new UnknownNameException($"success measure of '{info.Name}'", name, info.Measures.Select(measure => measure.Name)))];
        if (caption is null && measures.Length == 0) return null;
        StateFunction truth = caption is null ? state => HoldsAll(measures, state) ? 1 : 0 : caption.Truth;
        string[] claimed = [.. caption?.Claims.Select(claim => claim.Fact.Name) ?? []];
        (Fact Fact, string Sentence)[] others = [.. info.Facts.Where(fact => fact.IsVisible).Zip(grammar.Examples)
            .Where(pair => !claimed.Contains(pair.First.Name))];
        int kept = Math.Min(others.Length, InstructionsMost - 1);
        Instruction[] instructions =
        [
            new(sentence, truth, names is [var only] ? only : null),
            .. Enumerable.Range(0, kept).Select(i => others[(int)((long)i * others.Length / kept)])
                .Select(pair => new Instruction(pair.Sentence, state => Math.Clamp(pair.Fact.Truth(state), 0, 1), pair.Fact.Measure)),
        ];
        Claim? said = caption is { Claims: [var claim] } ? claim : null;
        return new AuditGoal(sentence, measures, instructions)
        {
            Denial = said is { } one ? DenialOf(grammar, info, one) : null,
            Paraphrases = said is { Denied: false } plain ? ParaphrasesOf(grammar, plain, sentence) : [],
        };
    }

    /// <summary>How true the goal is of a state row [S], in [0, 1].</summary>
    public double Truth(ReadOnlySpan<float> state) => Instructions[0].Truth(state);

    /// <summary>Whether a state row [S] fulfills it.</summary>
    public bool Holds(ReadOnlySpan<float> state) =>
        _measures.Length > 0 ? HoldsAll(_measures, state) : Instructions[0].Truth(state) >= LeastTruth;

    private static bool HoldsAll(SuccessMeasure[] measures, ReadOnlySpan<float> state)
    {
        foreach (SuccessMeasure measure in measures)
            if (!(measure.Holds(state) > 0.5f)) return false;
        return true;
    }

    private static string? DenialOf(CaptionGrammar grammar, EnvironmentInfo info, Claim claim) => claim.Denied
        ? info.Facts.Where(fact => fact.IsVisible).Zip(grammar.Examples)
            .FirstOrDefault(pair => pair.First.Name == claim.Fact.Name).Second
        : grammar.Denials.FirstOrDefault(denial => denial.Claims[0].Fact.Name == claim.Fact.Name)?.Text;

    private static string[] ParaphrasesOf(CaptionGrammar grammar, Claim claim, string sentence) =>
        [.. grammar.Paraphrases.Concat(grammar.Phrasings).Where(caption => caption.Claims[0].Fact.Name == claim.Fact.Name)
            .Select(caption => caption.Text).DistinctBy(Core.Facts.Sentence.WithoutArticles)
            .Where(text => Core.Facts.Sentence.WithoutArticles(text) != Core.Facts.Sentence.WithoutArticles(sentence))
            .Take(ParaphrasesMost)];
}
