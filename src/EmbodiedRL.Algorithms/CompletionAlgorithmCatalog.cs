using EmbodiedRL.Algorithms.Reasoning;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Models.Language.LowRank;

namespace EmbodiedRL.Algorithms;

/// <summary>What a run lends to an algorithm that learns from completions.</summary>
/// <param name="Model">Is trained: those of its weights that require gradients.</param>
/// <param name="Seed">Of all draws.</param>
/// <param name="Adapter">Attached to the model and trained in place of its weights; null for a model without one.</param>
public sealed record CompletionAlgorithmContext(ILanguageModel Model, ulong Seed, LowRankAdapter? Adapter = null);

/// <summary>Registry of algorithms that learn from completions of a language model.</summary>
public static class CompletionAlgorithmCatalog
{
    /// <summary>What the project comes with.</summary>
    public static Registry<CompletionAlgorithmContext, IAlgorithm> Shipped { get; } =
        new Registry<CompletionAlgorithmContext, IAlgorithm>(PartKinds.CompletionAlgorithm)
        .Add<GrpoOptions, Grpo>("grpo", "group relative policy optimization, with the objectives that came after it",
            (options, run) => new Grpo(options, run.Model, run.Seed, run.Adapter))
        .Add<SupervisedOptions, Supervised>("supervised", "imitation of worked answers, for comparison",
            (options, run) => new Supervised(options, run.Model, run.Adapter))
        .Seal();
}
