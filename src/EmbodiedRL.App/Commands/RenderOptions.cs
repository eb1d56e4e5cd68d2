using System.CommandLine;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rendering;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Films;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Commands;

/// <summary>The options of <c>render</c>, and which of them go together.</summary>
internal sealed class RenderOptions
{
    private const int WidestPicture = 8192;

    private static readonly Dictionary<string, StateSource> Sources = new(StringComparer.Ordinal)
    {
        ["uniform"] = StateSource.Uniform,
        ["keyframes"] = StateSource.Keyframes,
        ["look-alikes"] = StateSource.HardNegatives,
    };

    private static readonly Dictionary<string, OverlayParts> Parts = Enum.GetValues<OverlayParts>().Where(part => part != OverlayParts.None)
        .ToDictionary(part => part.ToString().ToLowerInvariant(), StringComparer.Ordinal);

    private static readonly Dictionary<string,
        RenderEffects> Effects = new(StringComparer.Ordinal)
        {
            ["full"] = RenderEffects.Full,
            ["smooth"] = RenderEffects.Smoothed,
            ["plain"] = RenderEffects.Plain
        };

    private readonly Option<string> _out = new("--out")
    {
        Description = "A .png or .mp4, overwritten. Default: ENV.png in the current folder."
    };
    private readonly Option<string> _camera = new("--camera") { Description = "Default: the environment's own, with --run the run's." };
    private readonly Option<int?> _size = new("--size")
    {
        Description = "Pixels a side of one environment, 16 to 1024. Default: 256, in a film strip 128."
    };
    private readonly Option<int?> _count = new("--count")
    {
        Description = "Environments side by side. Default: 16 states, or 4 in a video; a film strip shows one."
    };
    private readonly Option<ulong?> _seed = new("--seed")
    {
        Description = "Of states or starts, and of random actions. Default: 1, with --run that of the run's own films."
    };
    private readonly Option<string> _source = new("--source")
    {
        Description = "How states are drawn: uniform (default), keyframes or look-alikes."
    };
    private readonly Option<int?> _steps = new("--steps") { Description = "Control steps of the episode. Default: all." };
    private readonly Option<string> _run = new("--run") { Description = "The folder of a run, whose trained policy acts." };

    private readonly Option<string[]> _overlay = new("--overlay")
    {
        Description = "What is drawn over the frames of a video: caption, score, terms, contacts, axes; several may be named. Caption and "
            + "score need a run.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string> _effects = new("--effects")
    {
        Description = "full (shadows, reflections, smooth edges), smooth (edges alone) or plain, as a model sees it. Default: full for "
            + "states, smooth for a video, plain for a film strip."
    };
    private readonly Option<string> _states = new("--states")
    {
        Description = "A safetensors file with qpos [T, nq], as ./embodied simulate writes it; the environment is then the path of an MJCF."
    };
    private readonly Option<string> _settings = new("--settings") { Description = "A settings file, whose environment is drawn." };

    /// <summary>May be left out if there is a run.</summary>
    public Argument<string?> Environment { get; } = new("env")
    {
        Description = "An environment of ./embodied envs list; with --run it is the run's.",
        Arity = ArgumentArity.ZeroOrOne
    };

    /// <summary>All of them but <see cref="Environment"/>.</summary>
    public IEnumerable<Option> All => [_out, _camera, _size, _count, _seed, _source, _steps, _run, _settings, _overlay, _effects, _states];

    /// <summary>What is asked for, checked as far as it can be without making anything.</summary>
    /// <exception cref="SettingsException">Lists every violation.</exception>
    /// <exception cref="UnknownNameException">There is no such environment or source.</exception>
    public RenderRequest Read(ParseResult parsed, RunServices runServices)
    {
        string? source = parsed.GetValue(_source);
        OverlayParts overlay = parsed.GetRequiredValue(_overlay).SelectMany(part => part.Split(','))
            .Aggregate(OverlayParts.None, (sum, part) => sum | Parts[KnownNames.Require("overlay", part, Parts.Keys)]);
        var asked = new RenderRequest(parsed.GetValue(Environment), parsed.GetValue(_out), parsed.GetValue(_run))
        {
            Settings = parsed.GetValue(_settings),
            States = parsed.GetValue(_states),
            Overlay = overlay,
            Effects = parsed.GetValue(_effects) is { } effects
                ? Effects[KnownNames.Require("set of effects", effects, Effects.Keys)]
                : null,
            Camera = parsed.GetValue(_camera),
            Size = parsed.GetValue(_size),
            Count = parsed.GetValue(_count),
            Seed = parsed.GetValue(_seed),
            Source = source is null ? null : Sources[KnownNames.Require("source of states", source, Sources.Keys)],
            Steps = parsed.GetValue(_steps),
        };
        if (asked.Environment is { } name && asked.States is null) KnownNames.Require("environment", name, runServices.Environments.Names);
        string[] violations = [.. Violations(asked)];
        return violations.Length == 0 ? asked : throw new SettingsException("render", violations);
    }

    private static IEnumerable<string> Violations(RenderRequest asked)
    {
        bool isStates = !asked.IsVideo && asked.Run is null, isFilm = !asked.IsVideo && asked.Run is not null;
        if (asked.Environment is null && asked.Run is null && asked.Settings is null)
            yield return "expected an environment, or a run by --run, found neither. See ./embodied envs list.";
        bool hasGoal = asked.Run is not null, isOfFile = asked.States is not null;
        if (isOfFile
            && (asked.Environment is null || asked.Run is not null || asked.Settings is not null || asked.Overlay != OverlayParts.None
                || asked.Steps is not null || asked.Source is not null || asked.Seed is not null))
            yield return "--states: expected the path of an MJCF, and beside it only --out, --camera, --size, --count and --effects. "
                + "Leave the rest out.";
        if (asked.Overlay != OverlayParts.None && !asked.IsVideo && !isOfFile)
            yield return "--overlay: only a video is drawn over. Let --out end in .mp4.";
        if (!hasGoal && (asked.Overlay & (OverlayParts.Caption | OverlayParts.Score)) != 0)
            yield return "--overlay: caption and score belong to a run. Name one by --run, or leave them out.";
        if (asked.Settings is not null && (asked.Environment is not null || asked.Run is not null))
            yield return "--settings: expected neither an environment nor a run beside it. Leave it out, or them.";
        if (asked.Out is { } path && !asked.IsVideo && !path.EndsWith(".png", StringComparison.OrdinalIgnoreCase))
            yield return $"--out: expected a file that ends in .png or .mp4, found '{path}'.";
        if (asked.Size is < 16 or > 1024) yield return $"--size: expected 16 to 1024, found {asked.Size}.";
        if (asked.Count is < 1 or > 1024) yield return $"--count: expected 1 to 1024, found {asked.Count}.";
        else if (asked.Size is null or <= 1024 && Math.Ceiling(Math.Sqrt(asked.CountOr(1))) * (asked.Size ?? 256) > WidestPicture)
            yield return $"--count: expected a picture of at most {WidestPicture} pixels a side, found {asked.Count} of "
                + $"{asked.Size ?? 256}. Lower --count or --size.";
        if (asked.Steps < 1) yield return $"--steps: expected at least 1, found {asked.Steps}.";
        if (asked.Steps is not null && isStates)
            yield return "--steps: only an episode has steps. Let --out end in .mp4, or name a run by --run.";
        if (asked.Source is not null && !isStates) yield return "--source: only a .png without --run shows drawn states. Leave it out.";
        if (asked.Count > 1 && isFilm) yield return "--count: a film strip shows one environment. Leave it out, or let --out end in .mp4.";
    }
}

/// <summary>What <c>render</c> is asked for; null where the default is meant.</summary>
internal sealed record RenderRequest(string? Environment, string? Out, string? Run)
{
    public string? Settings { get; init; }

    public string? States { get; init; }

    public OverlayParts Overlay { get; init; }

    public RenderEffects? Effects { get; init; }

    public string? Camera { get; init; }

    public int? Size { get; init; }

    public int? Count { get; init; }

    public ulong? Seed { get; init; }

    public StateSource? Source { get; init; }

    public int? Steps { get; init; }

    public bool IsVideo => Out?.EndsWith(".mp4", StringComparison.OrdinalIgnoreCase) == true;

    public int CountOr(int count) => Count ?? count;
}
