namespace EmbodiedRL.Core;

/// <summary>Paper that a class implements. Indexes of methods are generated from it.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct, AllowMultiple = true, Inherited = false)]
public sealed class PaperAttribute(string id, string title) : Attribute
{
    /// <summary>arXiv number or DOI.</summary>
    public string Id { get; } = id;

    /// <summary>Full title.</summary>
    public string Title { get; } = title;

    /// <summary>Year of the version that was followed.</summary>
    public int Year { get; init; }

    /// <summary>Number in this project's method catalog, e.g. <c>S46</c>; empty if it is not in it.</summary>
    public string Method { get; init; } = "";
}

/// <summary>Reason why a reward or algorithm has no paper of its own.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct, Inherited = false)]
public sealed class NoPaperAttribute(string reason) : Attribute
{
    /// <summary>One clause, e.g. "textbook formula".</summary>
    public string Reason { get; } = reason;
}
