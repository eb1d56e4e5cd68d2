namespace EmbodiedRL.App.Viewing;

/// <summary>Frame of the live view.</summary>
/// <param name="Number">Counts frames; a later frame has a larger number.</param>
/// <param name="Jpeg">The picture.</param>
/// <param name="Status">The numbers beside it.</param>
internal sealed record ViewFrame(long Number, byte[] Jpeg, ViewStatus Status);

/// <summary>Status values beside a frame.</summary>
internal sealed record ViewStatus
{
    /// <summary>Name in the catalog.</summary>
    public required string Environment { get; init; }

    /// <summary>Who acts: <c>run</c>, <c>random</c> or <c>still</c>.</summary>
    public required string Policy { get; init; }

    /// <summary>Whether time stands still.</summary>
    public required bool IsPaused { get; init; }

    /// <summary>Episodes begun.</summary>
    public required int Episode { get; init; }

    /// <summary>Control steps of the episode.</summary>
    public required int Step { get; init; }

    /// <summary>Seconds of the episode.</summary>
    public required double Seconds { get; init; }

    /// <summary>The hand-built reward of the last step.</summary>
    public required float Reward { get; init; }

    /// <summary>Its terms by name.</summary>
    public required IReadOnlyDictionary<string, float> Terms { get; init; }

    /// <summary>By measure: whether its condition holds.</summary>
    public required IReadOnlyDictionary<string, bool> Holds { get; init; }

    /// <summary>The sentence; empty for none.</summary>
    public required string Goal { get; init; }

    /// <summary>Its score; null without a sentence.</summary>
    public required float? Score { get; init; }

    /// <summary>Share of the environment's sampled states that score lower; null without a sentence.</summary>
    public double? Percentile { get; init; }

    /// <summary>How the sentence stands to the model's training; empty without one.</summary>
    public string Kind { get; init; } = "";

    /// <summary>What the check before training says of it: <c>trust</c>, <c>doubt</c> or <c>refuse</c>; empty without one.</summary>
    public string Verdict { get; init; } = "";

    /// <summary>Why, one sentence each.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    /// <summary>Words of it that the model has never seen.</summary>
    public required IReadOnlyList<string> UnknownWords { get; init; }

    /// <summary>Bodies that can be pushed.</summary>
    public required IReadOnlyList<string> Bodies { get; init; }

    /// <summary>Cameras of the scene.</summary>
    public required IReadOnlyList<string> Cameras { get; init; }
}
