using EmbodiedRL.Training.Evaluation;

namespace EmbodiedRL.Training.Runs;

/// <summary>One of the runs that differ in nothing but their seed; <c>seeds.json</c> is a list of them.</summary>
/// <param name="Seed">Of all its draws.</param>
/// <param name="Folder">Of the run, in the folder of all.</param>
public sealed record SeedOutcome(ulong Seed, string Folder)
{
    /// <summary>Whether it has ended; until then the rest is empty.</summary>
    public bool IsDone { get; init; }

    /// <summary>As in <see cref="RunSummary.Success"/>.</summary>
    public double? Success { get; init; }

    /// <summary>As in <see cref="RunSummary.SuccessInterval"/>: over episodes of this run.</summary>
    public double[]? SuccessInterval { get; init; }

    /// <summary>As in <see cref="RunSummary.SuccessBefore"/>.</summary>
    public double? SuccessBefore { get; init; }

    /// <summary>Mean return of this run's evaluation episodes by the hand-built reward; null if none was counted.</summary>
    public double? Return { get; init; }

    /// <summary>As in <see cref="RunSummary.Measures"/>.</summary>
    public IReadOnlyDictionary<string, double> Measures { get; init; } = new Dictionary<string, double>();

    /// <summary>The outcome of a run that has ended.</summary>
    public static SeedOutcome Of(ulong seed, string folder, RunSummary summary) => new(seed, folder)
    {
        IsDone = true,
        Success = summary.Success,
        SuccessInterval = summary.SuccessInterval,
        SuccessBefore = summary.SuccessBefore,
        Return = summary.Returns?.Return?.Mean,
        Measures = summary.Measures,
    };
}

/// <summary>
/// What came of runs that differ in nothing but their seed, as <c>summary.json</c> in the folder of all says it; scripts rely on the names.
/// </summary>
public sealed record SeedsSummary
{
    /// <summary>How many runs.</summary>
    public required int Seeds { get; init; }

    /// <summary>Name in the catalog of environments.</summary>
    public required string Environment { get; init; }

    /// <summary>The sentence.</summary>
    public required string Goal { get; init; }

    /// <summary>The measures the goal is judged by.</summary>
    public required IReadOnlyList<string> JudgedBy { get; init; }

    /// <summary>Environment steps of each run.</summary>
    public required long Steps { get; init; }

    /// <summary>Mean success rate over seeds; null where the goal matches no measure.</summary>
    public required double? Success { get; init; }

    /// <summary>95 % interval of <see cref="Success"/> over seeds: [low, high]; null for a single seed, and where all agree.</summary>
    public double[]? SuccessInterval { get; init; }

    /// <summary>Interquartile mean of the success rate over seeds.</summary>
    public double? SuccessInterquartileMean { get; init; }

    /// <summary>Mean success rate before training.</summary>
    public double? SuccessBefore { get; init; }

    /// <summary>
    /// Every share in full, by name: success, before training, from the task's own start, at half and at double of the measures'
    /// tolerances, of doing nothing and of random actions, and the measures.
    /// </summary>
    public required IReadOnlyDictionary<string, SeedFigure> Figures { get; init; }

    /// <summary>
    /// Each run's mean over episodes of return, reward seen and length, by name: after and before training, from the whole range and, as
    /// <c>task start: ...</c>, from the task's own start. Published numbers are of <c>task start: return</c>.
    /// </summary>
    public required IReadOnlyDictionary<string, SeedFigure> Returns { get; init; }

    /// <summary>The runs.</summary>
    public required IReadOnlyList<SeedOutcome> Runs { get; init; }

    /// <summary>What a reader must know before trusting the figures, of any run.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Sums up runs that have ended.</summary>
    /// <param name="runs">At least one, in the order of their seeds.</param>
    /// <param name="summaries">Of the same.</param>
    public static SeedsSummary Of(IReadOnlyList<SeedOutcome> runs, IReadOnlyList<RunSummary> summaries)
    {
        RunSummary first = summaries[0];
        Dictionary<string, SeedFigure> figures = new(StringComparer.Ordinal), returns = new(StringComparer.Ordinal);
        Add("success", summary => summary.Success);
        Add("success before training", summary => summary.SuccessBefore);
        Add("task start: success", summary => summary.TaskStart?.Success);
        Add("task start: success before training", summary => summary.TaskStart?.SuccessBefore);
        Add("success, twice as strict", summary => summary.Strictness?.Trained.WholeRange.TwiceAsStrict);
        Add("success, half as strict", summary => summary.Strictness?.Trained.WholeRange.HalfAsStrict);
        Add("success of doing nothing", summary => summary.Strictness?.DoingNothing?.WholeRange.AsAsked);
        Add("success of random actions", summary => summary.Strictness?.RandomActions?.WholeRange.AsAsked);
        AddReturns("", summary => summary.Returns);
        AddReturns("task start: ", summary => summary.TaskStart?.Returns);
        foreach (string measure in first.Measures.Keys)
        {
            Add(measure, summary => summary.Measures.TryGetValue(measure, out double share) ? share : null);
            Add($"{measure} before training", summary => summary.MeasuresBefore.TryGetValue(measure, out double share) ? share : null);
        }

        SeedFigure? success = figures.GetValueOrDefault("success");
        return new SeedsSummary
        {
            Seeds = runs.Count,
            Environment = first.Environment,
            Goal = first.Goal,
            JudgedBy = first.JudgedBy,
            Steps = first.Steps,
            Success = success?.Mean,
            SuccessInterval = success?.Interval,
            SuccessInterquartileMean = success?.InterquartileMean,
            SuccessBefore = figures.GetValueOrDefault("success before training")?.Mean,
            Figures = figures,
            Returns = returns,
            Runs = runs,
            Warnings = [.. summaries.SelectMany(summary => summary.Warnings).Distinct()],
        };

        void Add(string name, Func<RunSummary, double?> of)
        {
            if (Values(of) is { } values) figures[name] = SeedFigure.Of(values, 0, 1);
        }

        void AddReturns(string under, Func<RunSummary, ReturnSummary?> of)
        {
            (string Name, Func<ReturnSummary, Spread?> Of)[] asked =
            [
                ("return", own => own.Return), ("return before training", own => own.ReturnBefore), ("reward seen", own => own.Seen),
                ("reward seen before training", own => own.SeenBefore), ("length", own => own.Length),
                ("length before training", own => own.LengthBefore),
            ];
            foreach ((string name, Func<ReturnSummary, Spread?> figure) in asked)
                if (Values(summary => of(summary) is { } own ? figure(own)?.Mean : null) is { } values)
                    returns[$"{under}{name}"] = SeedFigure.Of(values);
        }

        // a figure that one of the runs lacks is not one of all of them
        double[]? Values(Func<RunSummary, double?> of)
        {
            double[] values = [.. summaries.Select(of).OfType<double>()];
            return values.Length == summaries.Count ? values : null;
        }
    }
}
