using System.CommandLine;
using EmbodiedRL.Core;
using EmbodiedRL.Rewards;

namespace EmbodiedRL.App.Commands;

/// <summary>The options of <c>score</c>.</summary>
internal sealed class ScoreOptions
{
    private readonly Argument<string[]> _images = new("images")
    {
        Description = "PNG, JPEG or WebP files, or videos (mp4, mkv, mov, webm, avi).",
        Arity = ArgumentArity.OneOrMore
    };
    private readonly Option<string[]> _goals = new("--goal")
    {
        Description = "A sentence; say the option again for another column.",
        Required = true
    };
    private readonly Option<string> _baseline = new("--baseline") { Description = "What every picture shows. Default: the environment's." };
    private readonly Option<string> _environment = new("--env")
    {
        Description = "The environment that is meant: its baseline, percentiles over its states, and a verdict on each sentence. Default: "
            + "the baseline of cartpole alone."
    };
    private readonly Option<string[]> _models = new("--model")
    {
        Description = "The image-text model: a name of ./embodied models list, a repository OWNER/NAME, or a folder; say the option "
            + "again to compare.",
        DefaultValueFactory = _ => ["scene-clip"]
    };
    private readonly Option<string> _source = new("--source")
    {
        Description = "The reward source, one that scores by a sentence: see ./embodied rewards list.",
        DefaultValueFactory = _ => RewardRegistries.GoalBaseline
    };
    private readonly Option<float?> _alpha = new("--alpha")
    {
        Description = "0 is the plain cosine, 1 looks only along the line from baseline to goal. Default: the reward's.",
    };
    private readonly Option<double> _every = new("--every")
    {
        Description = "Seconds between two frames of a video.",
        DefaultValueFactory = _ => 1
    };
    private readonly Option<string> _precision = new("--precision")
    {
        Description = "What a published model computes in: auto, fp32 or bf16.",
        DefaultValueFactory = _ => "auto"
    };
    private readonly Option<string> _parquet = new("--parquet")
    {
        Description = "Also write LeRobot's table of progress: an episode for each file, the first sentence's score kept within 0 and 1."
    };
    private readonly Option<string> _device = new("--device") { Description = "auto, cpu or cuda:N.", DefaultValueFactory = _ => "auto" };

    /// <summary>All of them.</summary>
    public void AddTo(Command command)
    {
        command.Add(_images);
        foreach (Option option in new Option[]
        {
            _goals, _baseline, _environment, _models, _source, _alpha, _every, _precision, _parquet, _device,
        }) command.Add(option);
    }

    /// <summary>What is asked for.</summary>
    /// <exception cref="SettingsException">Lists every violation.</exception>
    public ScoreRequest Read(ParseResult parsed)
    {
        var asked = new ScoreRequest(parsed.GetRequiredValue(_images), parsed.GetRequiredValue(_goals), parsed.GetRequiredValue(_models))
        {
            Baseline = parsed.GetValue(_baseline),
            Environment = parsed.GetValue(_environment),
            Source = parsed.GetRequiredValue(_source),
            Alpha = parsed.GetValue(_alpha),
            Every = parsed.GetValue(_every),
            Device = parsed.GetRequiredValue(_device),
            Precision = parsed.GetRequiredValue(_precision),
            Parquet = parsed.GetValue(_parquet),
        };
        string[] violations = [.. Violations(asked)];
        return violations.Length == 0 ? asked : throw new SettingsException("score", violations);
    }

    private static IEnumerable<string> Violations(ScoreRequest asked)
    {
        if (asked.Goals.Any(string.IsNullOrWhiteSpace)) yield return "--goal: expected a sentence, found nothing.";
        if (asked.Baseline is { } said && string.IsNullOrWhiteSpace(said)) yield return "--baseline: expected a sentence, found nothing.";
        if (PrecisionName.Violation("--precision", asked.Precision) is { } precision) yield return precision;
        if (asked.Models.FirstOrDefault(string.IsNullOrWhiteSpace) is not null) yield return "--model: expected a name, found nothing.";
        if (asked.Parquet is { } file && string.IsNullOrWhiteSpace(file)) yield return "--parquet: expected a file, found nothing.";
        if (asked.Alpha is not (null or (>= 0 and <= 1)))
            yield return FormattableString.Invariant($"--alpha: expected 0 to 1, found {asked.Alpha}.");
        if (asked.Alpha is not null && asked.Source != RewardRegistries.GoalBaseline)
            yield return $"--alpha: expected the source {RewardRegistries.GoalBaseline}, which alone has one, found '{asked.Source}'.";
        if (asked.Every is not (>= 0.001 and <= 86_400))
            yield return FormattableString.Invariant($"--every: expected 0.001 to 86400 seconds, found {asked.Every}.");
    }
}

/// <summary>What <c>score</c> is asked for; null where the default is meant.</summary>
internal sealed record ScoreRequest(string[] Images, string[] Goals, string[] Models)
{
    public string? Baseline { get; init; }

    public string? Environment { get; init; }

    public required string Source { get; init; }

    public float? Alpha { get; init; }

    public required double Every { get; init; }

    public required string Device { get; init; }

    public required string Precision { get; init; }

    public string? Parquet { get; init; }
}
