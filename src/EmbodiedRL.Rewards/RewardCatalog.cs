using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Combinators;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Rewards.Transforms;

namespace EmbodiedRL.Rewards;

/// <summary>Everything a reward can be made of, by name. A new source or transform is one file and one line here.</summary>
public static class RewardCatalog
{
    internal const string GoalBaseline = "goal-baseline";
    internal const string Program = "program";

    private static readonly SortedDictionary<string, Func<RewardTermSettings, RewardContext, IReward>> SourceMakers = new(StringComparer.Ordinal)
    {
        [GoalBaseline] = (term, run) => new GoalBaselineReward(term.Name, run.Models(term.Model),
            term.Prompts.Length > 0 ? term.Prompts : run.Goals, term.Baselines.Length > 0 ? term.Baselines : run.Baselines, term.Alpha),
        ["task"] = (term, _) => new TaskReward(term.Name),
        [Program] = (term, run) => new ProgramReward(term.Name, Path.Combine(run.Folder, term.File), run.Info),
    };

    private static readonly SortedDictionary<string, Func<TransformArguments, IRewardTransform>> TransformMakers = new(StringComparer.Ordinal)
    {
        ["standardize"] = _ => new Standardize(),
        ["center"] = _ => new Center(),
        ["clip"] = args => new Clip(new ClipOptions { Minimum = args.Take("minimum", -1), Maximum = args.Take("maximum", 1) }),
        ["scale"] = args => new Scale(new ScaleOptions { Factor = args.Take("factor", 1), Offset = args.Take("offset", 0) }),
        ["hold"] = _ => new Hold(),
        ["interpolate"] = _ => new Interpolate(),
    };

    /// <summary>Names of sources.</summary>
    public static IReadOnlyCollection<string> Sources => SourceMakers.Keys;

    /// <summary>Names of transforms.</summary>
    public static IReadOnlyCollection<string> Transforms => TransformMakers.Keys;

    /// <summary>Names of the ways to join terms.</summary>
    public static IReadOnlyCollection<string> Combinators { get; } = ["product", "sum"];

    /// <summary>Makes the reward that the settings describe.</summary>
    /// <returns>The caller disposes it; models stay with the context's owner.</returns>
    /// <exception cref="SettingsException">A value cannot be used; lists all.</exception>
    /// <exception cref="UnknownNameException">A source, transform or combinator is not known; offers the nearest.</exception>
    /// <exception cref="SpecMismatchException">A term reads what the run cannot supply.</exception>
    public static RewardStack Create(RewardStackSettings settings, RewardContext context)
    {
        settings.Validate();
        if (!Combinators.Contains(settings.Combine)) throw new UnknownNameException("reward combinator", settings.Combine, Combinators);

        var terms = new List<RewardTerm>();
        try
        {
            foreach (RewardTermSettings term in settings.Terms) terms.Add(CreateTerm(term, context));
            return new RewardStack(terms, context.Available, settings.Combine == "product" ? new Product() : new WeightedSum(), $"environment '{context.Info.Name}'");
        }
        catch (EmbodiedException)
        {
            foreach (RewardTerm term in terms) term.Dispose();
            throw;
        }
    }

    /// <summary>Makes a transform.</summary>
    /// <exception cref="UnknownNameException">Its name or the name of an argument is not known.</exception>
    public static IRewardTransform CreateTransform(TransformSettings settings)
    {
        if (!TransformMakers.TryGetValue(settings.Name, out Func<TransformArguments, IRewardTransform>? make))
            throw new UnknownNameException("reward transform", settings.Name, TransformMakers.Keys);
        var arguments = new TransformArguments(settings);
        IRewardTransform transform = make(arguments);
        arguments.ThrowIfLeft();
        return transform;
    }

    private static RewardTerm CreateTerm(RewardTermSettings settings, RewardContext context)
    {
        if (!SourceMakers.TryGetValue(settings.Source, out Func<RewardTermSettings, RewardContext, IReward>? make))
            throw new UnknownNameException("reward source", settings.Source, SourceMakers.Keys);
        IRewardTransform[] transforms = Array.ConvertAll(settings.Transforms, CreateTransform);
        return new RewardTerm(make(settings, context), transforms, settings.Weight);
    }
}
