using System.CommandLine;
using EmbodiedRL.App.Viewing;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Learned;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Films;

namespace EmbodiedRL.App.Commands;

/// <summary><c>rewards label</c>: asks a person which of two segments is better, on a page of this machine.</summary>
/// <param name="runServices">Environments.</param>
internal sealed class RewardLabelCommand(RunServices runServices)
{
    private readonly Option<string?> _environment = new("--env") { Description = "Environment, see ./embodied envs list." };
    private readonly Option<string?> _settings = new("--settings")
    {
        Description = "Play in the environment of this settings file instead, with its model file, wrappers and draws."
    };
    private readonly Option<string> _out = new("--out")
    {
        Description = "The file of answers, .jsonl. One that is there goes on where it ended.",
        Required = true
    };
    private readonly Option<int> _pairs = new("--pairs") { Description = "Answers wanted in all.", DefaultValueFactory = _ => 200 };
    private readonly Option<int> _segment = new("--segment")
    {
        Description = "Steps of a segment.",
        DefaultValueFactory = _ => new PreferenceOptions().Segment
    };
    private readonly Option<string> _policy = new("--policy")
    {
        Description = "Who acts: random, expert, or mixed (one of both for each segment). Default: mixed where there is an expert.",
        DefaultValueFactory = _ => ""
    };
    private readonly Option<string> _camera = new("--camera") { Description = "Default: the environment's own." };
    private readonly Option<int> _size = new("--size") { Description = "Pixels a side, 64 to 1024.", DefaultValueFactory = _ => 320 };
    private readonly Option<int> _port = new("--port")
    {
        Description = "Of the page, on this machine alone; 0 takes a free one.",
        DefaultValueFactory = _ => 8090
    };
    private readonly Option<ulong> _seed = SharedOptions.Seed();

    public Command Build(CommandServices services)
    {
        var command = new Command("label",
            "Say which of two short clips is better, by arrow keys in the browser; the reward source 'preference' learns from the answers "
                + "(option labels).\n\nServes a page on this machine until Ctrl-C. Every answer is on the disk at once, and the same "
                + "command goes on later.\n\nExample: ./embodied rewards label --env cartpole --out labels.jsonl")
        {
            _environment, _settings, _out, _pairs, _segment, _policy, _camera, _size, _port, _seed,
        };
        command.SetAction(async (parsed, _) =>
        {
            string[] violations = [.. Violations(parsed)];
            if (violations.Length > 0) throw new SettingsException("rewards label", violations);
            StagedEnvironment staged =
                StagedEnvironment.Of(parsed.GetValue(_environment), parsed.GetValue(_settings), runServices, "rewards label");
            IVectorEnvironment environment = staged.Factory.Create(1, 1, EnvironmentUse.Evaluation);
            ulong seed = parsed.GetValue(_seed);
            var pairs = new SegmentPairs(environment, parsed.GetValue(_policy)!, parsed.GetValue(_segment), seed,
                parsed.GetValue(_camera) ?? staged.Camera, parsed.GetValue(_size));
            using var session = new LabelSession(pairs, parsed.GetRequiredValue(_out), parsed.GetValue(_pairs), seed);
            await ServeAsync(session, parsed.GetValue(_port), parsed.GetRequiredValue(_out), services);
            return ExitCode.Done;
        });
        return command;
    }

    private IEnumerable<string> Violations(ParseResult parsed)
    {
        if (!parsed.GetRequiredValue(_out).EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase))
            yield return $"--out: expected a file that ends in .jsonl, found '{parsed.GetRequiredValue(_out)}'.";
        if (parsed.GetValue(_pairs) is < 1 or > 1_000_000) yield return $"--pairs: expected 1 to 1000000, found {parsed.GetValue(_pairs)}.";
        if (parsed.GetValue(_segment) is < 1 or > 10_000)
            yield return $"--segment: expected 1 to 10000, found {parsed.GetValue(_segment)}.";
        if (parsed.GetValue(_size) is < 64 or > 1024) yield return $"--size: expected 64 to 1024, found {parsed.GetValue(_size)}.";
        if (parsed.GetValue(_port) is < 0 or > 65_535) yield return $"--port: expected 0 to 65535, found {parsed.GetValue(_port)}.";
    }

    /// <summary>Ctrl-C is how it is meant to end.</summary>
    private static async Task ServeAsync(LabelSession session, int port, string path, CommandServices services)
    {
        await using LabelServer server = await LabelServer.StartAsync(session, port);
        LabelStatus begun = session.Status;
        services.Output.WriteLine($"{server.Address} asks about segments of {begun.Environment}; {begun.Answered} of {begun.Wanted} pairs "
            + "are answered. Ctrl-C ends it.");
        await services.Output.FlushAsync();
        try
        {
            await Task.Delay(Timeout.Infinite, services.Cancel);
        }
        catch (OperationCanceledException) when (services.Cancel.IsCancellationRequested)
        {
            LabelStatus ended = session.Status;
            services.Error.WriteLine($"{path}: {ended.Answered} answers, {ended.Skipped} of them skipped.");
        }
    }
}
