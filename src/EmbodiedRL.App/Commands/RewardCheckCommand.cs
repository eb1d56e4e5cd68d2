using System.CommandLine;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.App.Commands;

/// <summary><c>rewards check</c>: says whether a run's reward follows its goal, as <c>train</c> does before it begins.</summary>
/// <param name="runServices">Environments, models and rewards.</param>
internal sealed class RewardCheckCommand(RunServices runServices)
{
    public Command Build(CommandServices services)
    {
        var options = new RunOptions();
        Option<bool> json = SharedOptions.Json();
        var command = new Command("check",
            "Judge a whole reward, all its terms, weights and transforms, on sampled states whose truth the simulator knows, without "
                + $"training. Ends with {ExitCode.DidNotHold} if train would refuse it.\n\n"
                + "Example: ./embodied rewards check --env cartpole --goal \"a pole standing upright on a cart\" --json");
        foreach (Option option in options.OfReward) command.Add(option);
        command.Add(json);
        command.SetAction(parsed =>
        {
            RunSettings settings = options.Read(parsed, runServices, []);
            using TrainingRun run = TrainingRun.Compose(settings, options.Folder(parsed), runServices, services.Time);
            Answer answer = Answer.Of(run);
            if (parsed.GetValue(json)) services.Output.Write(RunJson.Of(answer));
            else answer.Write(services.Output);
            return run.Assessment.Verdict is { Trust: RewardTrust.Refuse } ? ExitCode.DidNotHold : ExitCode.Done;
        });
        return command;
    }

    /// <summary>What scripts read.</summary>
    private sealed record Answer(string Environment, string Goal, string Kind, string Verdict, double? Agreement, double? BestInside,
        string? Follows, double? FollowsBy, bool Inverted, IReadOnlyList<string> Reasons)
    {
        public static Answer Of(TrainingRun run)
        {
            GoalAssessment assessment = run.Assessment;
            // A reward that reads no sentence is what somebody wrote for the task: there is no sentence to compare it with.
            RewardVerdict verdict = assessment.Verdict
                ?? new RewardVerdict(RewardTrust.Doubt, null, null, null, null, ["No term of the reward reads the goal's sentence."]);
            string[] reasons = assessment.Verdict is null ? [.. verdict.Reasons, .. assessment.Warnings] : [.. assessment.Warnings];
            return new Answer(run.Settings.Env.Name, run.Settings.Goal.Prompt, assessment.Kind, verdict.Trust.ToString().ToLowerInvariant(),
                verdict.Agreement, verdict.BestInside, verdict.Follows, verdict.FollowsBy, verdict.Inverted, reasons);
        }

        public void Write(TextWriter output)
        {
            output.WriteLine($"\"{Goal}\" in {Environment}{(Kind.Length > 0 ? $" ({Kind})" : "")}: {Verdict}.");
            if (Agreement is { } agreement)
                output.WriteLine(FormattableString.Invariant(
                    $"Agreement with the truth {agreement:F2} ({RewardVerdict.LeastAgreement:F2} is asked for)."));
            if (BestInside is { } inside)
                output.WriteLine(FormattableString.Invariant(
                    $"The best-rewarded state is inside the measures, or near, in {inside:P0} of scenes ")
                    + FormattableString.Invariant($"({RewardVerdict.LeastInside:P0} are asked for)."));
            if (Follows is not null) output.WriteLine(FormattableString.Invariant($"It follows '{Follows}' best ({FollowsBy:F2})."));
            foreach (string reason in Reasons) output.WriteLine($"- {reason}");
        }
    }
}
