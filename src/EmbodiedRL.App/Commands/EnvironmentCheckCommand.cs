using System.CommandLine;
using EmbodiedRL.App.Reporting.Sections;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Simulation.Checking;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.App.Commands;

/// <summary><c>envs check</c>: tries whether environments keep what every environment promises.</summary>
/// <param name="runServices">Environments.</param>
internal sealed class EnvironmentCheckCommand(RunServices runServices) : ICommand
{
    /// <inheritdoc/>
    public Command Build(CommandServices services)
    {
        var name = new Argument<string?>("name")
        {
            Description = "An environment of ./embodied envs list.",
            Arity = ArgumentArity.ZeroOrOne
        };
        var settings = new Option<string>("--settings")
        {
            Description =
                "Check what this settings file makes of an environment, with its model file, wrappers and draws, as it is trained in."
        };
        var all = new Option<bool>("--all") { Description = "Check every environment." };
        var drawn = new Option<bool>("--drawn") { Description = "Also draw states, to see that the body shows in the pictures; needs GL." };
        var only = new Option<string[]>("--only") { Description = "Try this check alone; may be said again." };
        Option<bool> json = SharedOptions.Json();
        var command = new Command("check",
            $"Try whether an environment keeps its promises: {string.Join(", ", EnvironmentCheck.All.Select(check => check.Name))}. Ends "
                + $"with {ExitCode.DidNotHold} if one is broken.\n\n"
            + "Example: ./embodied envs check cartpole --drawn\nExample: ./embodied envs check --all --json\n"
            + "Example: ./embodied envs check --settings mine.json")
        {
            name, settings, all, drawn, only, json
        };
        command.SetAction(parsed =>
        {
            Subject[] subjects = Subjects(parsed.GetValue(name), parsed.GetValue(settings), parsed.GetValue(all));
            EnvironmentCheck[] checks = parsed.GetValue(only) is { Length: > 0 } asked
                ? [.. asked.Select(EnvironmentCheck.Named)]
                : [.. EnvironmentCheck.All];
            var reports = new List<Report>();
            foreach (Subject subject in subjects) reports.Add(Check(subject, checks, parsed.GetValue(drawn), services.Cancel));
            if (parsed.GetValue(json)) services.Output.Write(RunJson.Of(reports));
            else foreach (Report report in reports) Write(services.Output, report);
            return reports.TrueForAll(report => report.Holds) ? ExitCode.Done : ExitCode.DidNotHold;
        });
        return command;
    }

    private Subject[] Subjects(string? name, string? file, bool all) => (name, file, all) switch
    {
        (null, null, true) => [.. runServices.Environments.Names.Select(Named)],
        ({ } one, null, false) => [Named(KnownNames.Require("environment", one, runServices.Environments.Names))],
        (null, { } made, false) => [Composed(made)],
        _ => throw new SettingsException("envs check",
            ["expected an environment, a settings file by --settings, or --all, "
                + (name is null && file is null ? "found none of them." : "found more than one of them.")]),
    };

    private Subject Named(string name) => new(name, (count, workers, _) => runServices.Environment(name, count, workers), []);

    /// <summary>
    /// As it is trained in; each from a factory of its own, so that what the normalizers of one learn is not known to another.
    /// </summary>
    private Subject Composed(string file)
    {
        StagedEnvironment staged = StagedEnvironment.Of(null, file, runServices, "envs check");
        EnvironmentSettings settings = staged.Settings!.Env;
        using IVectorEnvironment one = staged.Factory.Create(1, 1, EnvironmentUse.Evaluation);
        return new(staged.Name,
            (count, workers, use) => new EnvironmentFactory(settings, staged.Folder, runServices).Create(count, workers, use),
            [.. Exemption.Of(settings, one.Info)]);
    }

    private static Report Check(Subject subject, IEnumerable<EnvironmentCheck> checks, bool drawn, CancellationToken cancel)
    {
        var outcomes = new List<CheckOutcome>();
        var exempt = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (EnvironmentCheck check in checks)
        {
            cancel.ThrowIfCancellationRequested();
            (CheckOutcome outcome, string? reason) = Try(check, subject);
            outcomes.Add(outcome);
            if (reason is not null) exempt[check.Name] = reason;
        }

        if (drawn) outcomes.Add(VisibilityCheck.Run(subject.Trained));
        return new Report(subject.Name, outcomes.TrueForAll(outcome => outcome.Holds || exempt.ContainsKey(outcome.Name)),
            outcomes, exempt);
    }

    /// <summary>The outcome, and why it need not hold. What learning breaks must hold where nothing is learned.</summary>
    private static (CheckOutcome Outcome, string? Reason) Try(EnvironmentCheck check, Subject subject)
    {
        CheckOutcome outcome = check.Run(subject.Trained);
        if (outcome.Holds || subject.Exempt.FirstOrDefault(exemption => exemption.Covers(outcome)) is not { } exemption)
            return (outcome, null);
        CheckOutcome frozen = exemption.IsOfLearning ? check.Run(subject.Frozen) : outcome;
        return exemption.IsOfLearning && !frozen.Holds ? (frozen, null) : (outcome, exemption.Reason);
    }

    private static void Write(TextWriter output, Report report)
    {
        foreach (CheckOutcome outcome in report.Checks.Where(outcome => !outcome.Holds && !report.Exempt.ContainsKey(outcome.Name)))
        {
            output.WriteLine($"{report.Environment}: {outcome.Name} does not hold. {outcome.Promise}");
            foreach (Simulation.Checking.Finding finding in outcome.Findings) output.WriteLine($"  {finding}");
        }

        foreach ((string check, string reason) in report.Exempt)
            output.WriteLine($"{report.Environment}: {check} does not hold and is not promised: {reason}.");
        foreach (CheckOutcome outcome in report.Checks.Where(outcome => outcome.Skipped is not null))
            output.WriteLine($"{report.Environment}: {outcome.Name} was not tried: {outcome.Skipped}.");
        CheckOutcome[] tried = [.. report.Checks.Where(outcome => outcome.Skipped is null)];
        output.WriteLine($"{report.Environment}: {tried.Count(outcome => outcome.Holds)} of {tried.Length} checks hold.");
    }

    /// <summary>What is checked: how it is made, and which promises it is exempt from and why.</summary>
    private sealed record Subject(string Name, Func<int, int, EnvironmentUse, IVectorEnvironment> Create, Exemption[] Exempt)
    {
        public IVectorEnvironment Trained(int count, int workers) => Create(count, workers, EnvironmentUse.Training);

        public IVectorEnvironment Frozen(int count, int workers) => Create(count, workers, EnvironmentUse.Evaluation);
    }

    private sealed record Report(string Environment, bool Holds, IReadOnlyList<CheckOutcome> Checks,
        IReadOnlyDictionary<string, string> Exempt);
}
