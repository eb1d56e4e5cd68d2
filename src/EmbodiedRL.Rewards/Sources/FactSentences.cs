using EmbodiedRL.Core;
using EmbodiedRL.Core.Facts;

namespace EmbodiedRL.Rewards.Sources;

/// <summary>Plain sentences about an environment's facts: what else a frame may show, and what it shows when a goal is missed.</summary>
internal sealed class FactSentences
{
    private readonly CaptionGrammar? _grammar;
    private readonly Caption[] _plain = [], _denials = [];

    /// <param name="info">The environment; null, or one without facts, has no sentences.</param>
    public FactSentences(EnvironmentInfo? info)
    {
        if (info is null || info.Facts.IsEmpty) return;
        _grammar = new CaptionGrammar(info);
        _plain = [.. _grammar.Phrasings.DistinctBy(caption => caption.Claims[0].Fact.Name)]; // the plainest wording comes first
        _denials = [.. _grammar.Denials];
    }

    /// <summary>One for every fact that an image shows.</summary>
    public IReadOnlyList<string> All => [.. _plain.Select(caption => caption.Text)];

    /// <summary>
    /// Those for facts that the goal does not claim: of its own subject, whose facts tend to exclude each other, if it has others;
    /// else of all.
    /// </summary>
    public IReadOnlyList<string> Others(IReadOnlyList<string> goals)
    {
        Claim[] claims = Claims(goals);
        Caption[] others = [.. _plain.Where(caption => !goals.Contains(caption.Text)
            && !claims.Any(claim => !claim.Denied && Same(claim, caption)))],
            alike = [.. others.Where(caption => claims.Any(claim => claim.Fact.Subject == caption.Claims[0].Fact.Subject))];
        return [.. (alike.Length > 0 ? alike : others).Select(caption => caption.Text)];
    }

    /// <summary>What is said of a state that misses the goal; empty if the goal's claims are not known.</summary>
    public IReadOnlyList<string> Misses(IReadOnlyList<string> goals) =>
    [
        .. Claims(goals).SelectMany(claim => (claim.Denied ? _plain : _denials).Where(caption => Same(claim, caption)))
            .Select(caption => caption.Text).Except(goals).Distinct(),
    ];

    private static bool Same(Claim claim, Caption caption) => claim.Fact.Name == caption.Claims[0].Fact.Name;

    private Claim[] Claims(IReadOnlyList<string> goals) =>
        [.. goals.Select(goal => _grammar?.Parse(goal)).OfType<Caption>().SelectMany(caption => caption.Claims)];
}
