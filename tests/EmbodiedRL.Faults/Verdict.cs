using System.Text.RegularExpressions;
using EmbodiedRL.App.Reporting.Sections;

namespace EmbodiedRL.Faults;

/// <summary>What became of one input.</summary>
internal enum Outcome
{
    /// <summary>Taken, and that is right.</summary>
    Accepted,

    /// <summary>Refused in words with exit code 2, or failed in words with 1.</summary>
    Refused,

    /// <summary>The process ended by a signal.</summary>
    Signal,

    /// <summary>A stack, or the name of a type, was shown.</summary>
    Trace,

    /// <summary>No answer within the limit.</summary>
    Hang,

    /// <summary>Damaged, and taken without a word.</summary>
    Silent,

    /// <summary>As good as the undamaged one, and refused.</summary>
    Wronged,

    /// <summary>Refused without a word, or with files left behind.</summary>
    Careless,
}

/// <summary>Judges answers.</summary>
internal static partial class Verdict
{
    public static (Outcome Outcome, string Words) Of(FaultCase asked, WorkerAnswer? answer, string end)
    {
        if (answer is null) return (end == "hang" ? Outcome.Hang : Outcome.Signal, end);
        string said = answer.Output + answer.Error;
        if (IsTrace(said)) return (Outcome.Trace, answer.Error);
        if (answer.Code == 0) return Taken(asked, answer);
        if (asked.Expected == Expectation.Accepted) return (Outcome.Wronged, answer.Error);
        if (!answer.Error.Contains("Error: ", StringComparison.Ordinal)) return (Outcome.Careless, $"exit {answer.Code}: {answer.Error}");
        if (asked.LeavesNothingAt is { } path && Path.Exists(path)) return (Outcome.Careless, $"{path} was left behind: {answer.Error}");
        return (Outcome.Refused, answer.Error);
    }

    private static (Outcome, string) Taken(FaultCase asked, WorkerAnswer answer) => asked.Expected switch
    {
        Expectation.Refused => (Outcome.Silent, answer.Output),
        Expectation.RefusedOrSame when answer.Output != asked.Answer => (Outcome.Silent, answer.Output),
        _ => (Outcome.Accepted, ""),
    };

    private static bool IsTrace(string said) =>
        said.Contains("mistake of the program", StringComparison.Ordinal) || said.Contains("\n   at ", StringComparison.Ordinal)
            || TypeName().IsMatch(said);

    [GeneratedRegex(@"\w`\d\[|System\.(\w+\.)*(\w*Exception|U?Int\d+|String|Single|Double|Boolean)\b")]
    private static partial Regex TypeName();
}
