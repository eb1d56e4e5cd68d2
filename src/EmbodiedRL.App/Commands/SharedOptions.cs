using System.CommandLine;

namespace EmbodiedRL.App.Commands;

/// <summary>Options shared by several commands.</summary>
internal static class SharedOptions
{
    /// <summary><c>--json</c>.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Answer in JSON." };

    /// <summary><c>--seed N</c>.</summary>
    public static Option<ulong> Seed() => new("--seed") { Description = "Of everything drawn at random.", DefaultValueFactory = _ => 1 };

    /// <summary><c>--seeds K</c>.</summary>
    public static Option<int?> Seeds() => new("--seeds")
    {
        Description = "Train seeds 1 to K one after the other, into DIR/seed-1 and so on, and sum them up in DIR/summary.json and "
            + "DIR/report.html; ./embodied resume DIR goes on.",
    };
}
