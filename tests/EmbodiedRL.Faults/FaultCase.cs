namespace EmbodiedRL.Faults;

/// <summary>What a program that lies to nobody makes of an input.</summary>
internal enum Expectation
{
    /// <summary>Either way, as long as it says so.</summary>
    Either,

    /// <summary>It is damaged in a way that a check or a checksum sees.</summary>
    Refused,

    /// <summary>It is as good as the undamaged one.</summary>
    Accepted,

    /// <summary>If it is taken, the answer is that of the undamaged one: what was hit means nothing.</summary>
    RefusedOrSame,
}

/// <summary>One input and the verb that is given it.</summary>
/// <param name="Name">What was done to it.</param>
/// <param name="Arguments">Of the verb.</param>
/// <param name="Expected">What is right.</param>
internal sealed record FaultCase(string Name, string[] Arguments, Expectation Expected = Expectation.Either)
{
    /// <summary>The folder of weights to load models from; null for the project's own.</summary>
    public string? Weights { get; init; }

    /// <summary>What the undamaged input answers, for <see cref="Expectation.RefusedOrSame"/>.</summary>
    public string Answer { get; init; } = "";

    /// <summary>A path that must not be there after a refusal.</summary>
    public string? LeavesNothingAt { get; init; }
}
