namespace EmbodiedRL.Models.Language.LowRank;

/// <summary>Sizes of a low-rank adapter.</summary>
public sealed record LowRankSettings
{
    /// <summary>r, at least 1.</summary>
    public int Rank { get; init; } = 16;

    /// <summary>Changes are scaled by alpha / r.</summary>
    public double Alpha { get; init; } = 32;

    /// <summary>Last parts of the names of the linear layers that are changed, e.g. <c>q_proj</c>.</summary>
    public IReadOnlyList<string> Targets { get; init; } =
        ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];

    /// <summary>What is wrong with the settings, one sentence each.</summary>
    public IEnumerable<string> Violations()
    {
        if (Rank < 1) yield return $"rank: expected at least 1, found {Rank}.";
        if (!(Alpha > 0) || !double.IsFinite(Alpha))
            yield return FormattableString.Invariant($"alpha: expected a positive number, found {Alpha}.");
        if (Targets.Count == 0) yield return "targets: expected names of layers, found none.";
    }
}
