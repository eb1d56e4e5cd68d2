using System.CommandLine;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Commands;

/// <summary><c>doctor</c>: what works on this machine, and what to do about the rest.</summary>
public sealed class DoctorCommand : ICommand
{
    private readonly Func<IReadOnlyList<DoctorCheck>> _checks;

    /// <summary>All checks there are.</summary>
    /// <param name="runServices">Models, which are loaded.</param>
    public DoctorCommand(RunServices runServices) : this(() => DoctorChecks.All(runServices))
    {
    }

    /// <summary>Some checks.</summary>
    /// <param name="checks">Listed only when the command runs.</param>
    internal DoctorCommand(Func<IReadOnlyList<DoctorCheck>> checks) => _checks = checks;

    /// <inheritdoc/>
    public Command Build(CommandServices services)
    {
        Option<bool> json = SharedOptions.Json();
        var command = new Command("doctor",
            "Try everything a run needs on this machine, and say what to do about what is missing.\n\n"
                + "Exit code 0 if demo can run, else 1.\n\nExample: ./embodied doctor")
        {
            json
        };
        command.SetAction(parsed => Answer(services, parsed.GetValue(json)));
        return command;
    }

    private int Answer(CommandServices services, bool asJson)
    {
        IReadOnlyList<DoctorCheck> checks = _checks();
        var findings = new List<(DoctorCheck Check, Finding Finding)>(checks.Count);
        int width = checks.Max(check => check.Name.Length);
        foreach (DoctorCheck check in checks)
        {
            services.Cancel.ThrowIfCancellationRequested();
            Finding finding = check.Run();
            findings.Add((check, finding));
            if (!asJson) Write(services.Output, check, finding, width);
        }

        string[] lacking = [.. findings.Where(pair => pair.Check.IsNeeded && pair.Finding.State == FindingState.Missing)
            .Select(pair => pair.Check.Name)];
        bool canRun = lacking.Length == 0;
        if (asJson)
        {
            services.Output.Write(RunJson.Of(new
            {
                CanRunDemo = canRun,
                Checks = findings.Select(pair =>
                    new { pair.Check.Name, pair.Finding.State, pair.Check.IsNeeded, pair.Finding.Found, pair.Finding.Remedy }),
            }));
        }
        else
        {
            services.Output.WriteLine(canRun ? "demo can run." : $"demo cannot run without: {string.Join(", ", lacking)}.");
        }

        return canRun ? ExitCode.Done : ExitCode.Failed;
    }

    /// <summary>Line by line, so that whoever waits for a model to load sees how far it is.</summary>
    private static void Write(TextWriter output, DoctorCheck check, Finding finding, int width)
    {
        string state = finding.State switch
        {
            FindingState.Ok => "ok",
            FindingState.Warning => "warning",
            _ => check.IsNeeded ? "MISSING" : "missing",
        };
        output.WriteLine($"{state,-7}  {check.Name.PadRight(width)}  {finding.Found}");
        if (finding.Remedy.Length > 0) output.WriteLine($"{"",-7}  {new string(' ', width)}  {finding.Remedy}");
    }
}
