using System.CommandLine;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Training.Composition;

namespace EmbodiedRL.App.Commands;

/// <summary>The options of <c>record</c>, and which of them go together.</summary>
internal sealed class RecordOptions
{
    private static readonly string[] Policies = ["run", "expert", "random"];

    private readonly Option<string> _settings = new("--settings")
    {
        Description = "Record in the environment of this settings file instead, with its model file, wrappers and draws."
    };
    private readonly Option<int> _episodes = new("--episodes") { Description = "How many.", DefaultValueFactory = _ => 10 };
    private readonly Option<string> _out = new("--out")
    {
        Description = "The Parquet file, replaced when all is recorded.",
        Required = true
    };
    private readonly Option<int> _frames = new("--frames") { Description = "Also record pictures of so many pixels a side, 16 to 1024." };
    private readonly Option<string> _camera = new("--camera")
    {
        Description = "Of the pictures. Default: the environment's own, the run's for a run."
    };
    private readonly Option<string> _policy = new("--policy")
    {
        Description = "Who acts: run, expert or random. Default: run for a run, expert for an environment."
    };
    private readonly Option<string> _skill = new("--skill")
    {
        Description = "What the expert brings about: a measure of success that it knows. Default: its first."
    };
    private readonly Option<string?> _questions = new("--questions")
    {
        Description = "Also write training questions about the states that were visited, with exact answers, to this JSONL file; pictures "
            + "are in the folder of its name. Needs --frames (64 is what scene-reasoner reads)."
    };
    private readonly Option<int> _questionCount = new("--question-count")
    {
        Description = "Questions at most.",
        DefaultValueFactory = _ => 1000
    };
    private readonly Option<ulong> _seed = SharedOptions.Seed();
    private readonly Option<string> _start = new("--start") { Description = "Where episodes begin: whole-range (default) or task." };

    /// <summary>An environment or the folder of a run.</summary>
    public Argument<string?> Target { get; } = new("target")
    {
        Description = "An environment of ./embodied envs list, or the folder of a run.",
        Arity = ArgumentArity.ZeroOrOne
    };

    /// <summary>All of them but <see cref="Target"/>.</summary>
    public IEnumerable<Option> All =>
        [_settings, _episodes, _out, _frames, _camera, _policy, _skill, _questions, _questionCount, _seed, _start];

    /// <summary>What is asked for, checked as far as it can be without making anything.</summary>
    /// <exception cref="SettingsException">Lists every violation.</exception>
    /// <exception cref="UnknownNameException">There is no such environment or run.</exception>
    public RecordRequest Read(ParseResult parsed, RunServices runServices)
    {
        (string? target, string? settings) = (parsed.GetValue(Target), parsed.GetValue(_settings));
        if (target is null == settings is null)
            throw new SettingsException("record",
                ["expected an environment, the folder of a run or a settings file by --settings, found "
                    + $"{(target is null ? "none of them" : "two of them")}."]);
        bool isRun = target is not null && !runServices.Environments.Contains(target) && Directory.Exists(target);
        if (target is not null && !isRun) KnownNames.Require("environment or run folder", target, runServices.Environments.Names);
        string start = parsed.GetValue(_start) ?? "whole-range";
        var asked = new RecordRequest(target, isRun, parsed.GetRequiredValue(_out))
        {
            Settings = settings,
            Episodes = parsed.GetValue(_episodes),
            FrameSize = parsed.GetValue(_frames),
            Camera = parsed.GetValue(_camera),
            Policy = parsed.GetValue(_policy) ?? (isRun ? "run" : "expert"),
            Skill = parsed.GetValue(_skill),
            Questions = parsed.GetValue(_questions),
            QuestionCount = parsed.GetValue(_questionCount),
            Seed = parsed.GetValue(_seed),
            Start = start == "task" ? StartDistribution.Task : StartDistribution.WholeRange,
        };
        string[] violations = [
            .. Violations(asked),
            .. start is "task" or "whole-range" ? Array.Empty<string>() : [$"--start: expected task or whole-range, found '{start}'."]
        ];
        return violations.Length == 0 ? asked : throw new SettingsException("record", violations);
    }

    private static IEnumerable<string> Violations(RecordRequest asked)
    {
        if (!asked.Out.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase))
            yield return $"--out: expected a file that ends in .parquet, found '{asked.Out}'.";
        if (asked.Episodes is < 1 or > 1_000_000) yield return $"--episodes: expected 1 to 1000000, found {asked.Episodes}.";
        if (asked.FrameSize is not 0 and (< 16 or > 1024)) yield return $"--frames: expected 16 to 1024, found {asked.FrameSize}.";
        if (asked.Questions is { } file && !file.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase))
            yield return $"--questions: expected a file that ends in .jsonl, found '{file}'.";
        if (asked.Questions is not null && asked.FrameSize == 0)
            yield return "--questions: a question shows a picture, and nothing is drawn without --frames.";
        if (asked.QuestionCount is < 1 or > 1_000_000)
            yield return $"--question-count: expected 1 to 1000000, found {asked.QuestionCount}.";
        if (asked.Camera is not null && asked.FrameSize == 0) yield return "--camera: nothing is drawn without --frames.";
        if (!Policies.Contains(asked.Policy)) yield return $"--policy: expected run, expert or random, found '{asked.Policy}'.";
        if (asked.Policy == "run" && !asked.IsRun)
            yield return $"--policy: '{asked.Target ?? asked.Settings}' is an environment and has no agent; name the folder of a run.";
        if (asked.Skill is not null && asked.Policy != "expert") yield return "--skill: only an expert has skills. Say --policy expert.";
    }
}

/// <summary>What <c>record</c> is asked for.</summary>
internal sealed record RecordRequest(string? Target, bool IsRun, string Out)
{
    public string? Settings { get; init; }

    public int Episodes { get; init; }

    public int FrameSize { get; init; }

    public string? Camera { get; init; }

    public required string Policy { get; init; }

    public string? Skill { get; init; }

    public string? Questions { get; init; }

    public int QuestionCount { get; init; }

    public ulong Seed { get; init; }

    public StartDistribution Start { get; init; }
}
