using System.CommandLine;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Simulation.Checking;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Commands;

/// <summary><c>envs check</c>: tries whether environments keep what every environment promises.</summary>
/// <param name="stations">Environments.</param>
internal sealed class EnvironmentCheckCommand(Stations stations) : ICommand
{
    /// <inheritdoc/>
    public Command Build(CommandServices services)
    {
        var name = new Argument<string?>("name") { Description = "An environment of ./embodied envs list.", Arity = ArgumentArity.ZeroOrOne };
        var all = new Option<bool>("--all") { Description = "Check every environment." };
        var drawn = new Option<bool>("--drawn") { Description = "Also draw states, to see that the body shows in the pictures; needs GL." };
        var only = new Option<string[]>("--only") { Description = "Try this check alone; may be said again." };
        Option<bool> json = SharedOptions.Json();
        var command = new Command("check",
            $"Try whether an environment keeps its promises: {string.Join(", ", EnvironmentCheck.All.Select(check => check.Name))}. Ends with {ExitCode.DidNotHold} if one is broken.\n\n"
            + "Example: ./embodied envs check cartpole --drawn\nExample: ./embodied envs check --all --json") { name, all, drawn, only, json };
        command.SetAction(parsed =>
        {
            string[] names = Names(parsed.GetValue(name), parsed.GetValue(all));
            EnvironmentCheck[] checks = parsed.GetValue(only) is { Length: > 0 } asked ? [.. asked.Select(EnvironmentCheck.Named)] : [.. EnvironmentCheck.All];
            var reports = new List<Report>();
            foreach (string environment in names) reports.Add(Check(environment, checks, parsed.GetValue(drawn), services.Cancel));
            if (parsed.GetValue(json)) services.Output.Write(RunJson.Of(reports));
            else foreach (Report report in reports) Write(services.Output, report);
            return reports.TrueForAll(report => report.Holds) ? ExitCode.Done : ExitCode.DidNotHold;
        });
        return command;
    }

    private string[] Names(string? name, bool all) => (name, all) switch
    {
        (null, true) => [.. stations.Environments],
        ({ } one, false) => [KnownNames.Require("environment", one, stations.Environments)],
        _ => throw new SettingsException("envs check", ["expected an environment or --all, " + (all ? "found both." : "found neither.")]),
    };

    private Report Check(string name, IEnumerable<EnvironmentCheck> checks, bool drawn, CancellationToken cancel)
    {
        IVectorEnvironment Create(int count, int workers) => stations.Environment(name, count, workers);
        var outcomes = new List<CheckOutcome>();
        foreach (EnvironmentCheck check in checks)
        {
            cancel.ThrowIfCancellationRequested();
            outcomes.Add(check.Run(Create));
        }

        if (drawn) outcomes.Add(DrawnCheck.Run(Create));
        return new Report(name, outcomes.TrueForAll(outcome => outcome.Holds), outcomes);
    }

    private static void Write(TextWriter output, Report report)
    {
        foreach (CheckOutcome outcome in report.Checks.Where(outcome => !outcome.Holds))
        {
            output.WriteLine($"{report.Environment}: {outcome.Name} does not hold. {outcome.Promise}");
            foreach (Simulation.Checking.Finding finding in outcome.Findings) output.WriteLine($"  {finding}");
        }

        int held = report.Checks.Count(outcome => outcome.Holds);
        output.WriteLine($"{report.Environment}: {held} of {report.Checks.Count} checks hold.");
    }

    private sealed record Report(string Environment, bool Holds, IReadOnlyList<CheckOutcome> Checks);
}
