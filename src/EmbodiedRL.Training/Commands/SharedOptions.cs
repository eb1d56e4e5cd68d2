using System.CommandLine;

namespace EmbodiedRL.Training.Commands;

/// <summary>Options that mean the same wherever they stand.</summary>
internal static class SharedOptions
{
    /// <summary><c>--json</c>.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Answer in JSON." };

    /// <summary><c>--seed N</c>.</summary>
    public static Option<ulong> Seed() => new("--seed") { Description = "Of everything drawn at random.", DefaultValueFactory = _ => 1 };
}
