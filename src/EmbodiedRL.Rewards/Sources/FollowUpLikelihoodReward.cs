using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Rewards.Sources;

/// <summary>Options of <see cref="FollowUpLikelihoodReward"/>.</summary>
public sealed record FollowUpLikelihoodOptions : Options
{
    /// <summary>The language model, of those that the run lends.</summary>
    [Required("the language model"), Length(0, LengthAttribute.Name)]
    public string Model { get; init; } = "";

    /// <summary>
    /// Categories whose sentences are asked for: <c>understanding</c>, <c>relevance</c>, <c>correctness</c>, <c>engagingness</c>,
    /// <c>informativeness</c>, <c>instruction-following</c>; empty takes all. Not read where sentences are given.
    /// </summary>
    [Length(0, 6)]
    public string[] Categories { get; init; } = [];

    /// <summary>What a pleased user says; empty takes the project's sentences.</summary>
    [Length(0, 1000)]
    public string[] Pleased { get; init; } = [];

    /// <summary>What a displeased user says; as many as pleased ones.</summary>
    [Length(0, 1000)]
    public string[] Displeased { get; init; } = [];

    /// <summary>Stands before what the user says.</summary>
    [Length(0, LengthAttribute.Text)]
    public string UserTurn { get; init; } = "User: ";

    /// <summary>Stands before what the model says.</summary>
    [Length(0, LengthAttribute.Text)]
    public string ModelTurn { get; init; } = "Assistant: ";

    /// <summary>Stands between two turns.</summary>
    [Length(0, LengthAttribute.Text)]
    public string TurnEnd { get; init; } = "\n";

    /// <summary>Follow-ups put to the model in one call.</summary>
    [Range(1, 1_000_000)]
    public int AtOnce { get; init; } = 1024;

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        foreach (string category in Categories.Except(FollowUpSentences.Categories))
            yield return $"categories: expected some of {string.Join(", ", FollowUpSentences.Categories)}, found '{category}'.";
        if (Pleased.Length != Displeased.Length)
            yield return FormattableString.Invariant($"displeased: expected as many sentences as pleased ({Pleased.Length}), ")
                + FormattableString.Invariant($"since unequal lists would favor one side, found {Displeased.Length}.");
        if (Pleased.Concat(Displeased).Any(string.IsNullOrWhiteSpace)) yield return "pleased: expected no blank sentence, found one.";
    }

    /// <summary>The sentences by category; given ones are one category without a name.</summary>
    internal IReadOnlyList<(string Category, string[] Pleased, string[] Displeased)> Sentences() => Pleased.Length > 0
        ? [("", Pleased, Displeased)]
        : [.. FollowUpSentences.All.Where(entry => Categories.Length == 0 || Categories.Contains(entry.Category))];
}

/// <summary>
/// Follow-up likelihood as reward (FLR): how much likelier a language model finds a pleased user than a displeased one after a reply.
/// </summary>
/// <remarks>
/// <para>l(f) is the mean over the follow-up's tokens of log p(token | conversation, tokens before); r is the mean of l over pleased
/// follow-ups less its mean over displeased ones. Dividing by length keeps long follow-ups from counting more.</para>
/// <para>The paper leaves open how categories are weighed; here all sentences count alike, and each category's difference, the
/// likelihood-ratio features, is at <see cref="FeaturesAsync"/> and logged. The release reads raw logits at one position; this follows the
/// paper. The sentences are the project's own.</para>
/// </remarks>
[Paper("2409.13948", "Aligning Language Models Using Follow-up Likelihood as Reward Signal", Year = 2024, Method = "S18")]
public sealed class FollowUpLikelihoodReward : Reward, ICompletionReward
{
    private readonly FollowUpLikelihoodOptions _options;
    private readonly ILikelihoodModel _model;
    private readonly IReadOnlyList<(string Category, string[] Pleased, string[] Displeased)> _sentences;

    /// <summary>Borrows the model.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="model">Lent for the life of this reward.</param>
    /// <param name="options">Checked.</param>
    public FollowUpLikelihoodReward(string name, ILikelihoodModel model, FollowUpLikelihoodOptions options)
        : base(new RewardSpec(name, BatchFields.Prompts | BatchFields.Texts)) =>
        (_model, _options, _sentences) = (model, options, options.Sentences());

    /// <summary>Names of the features; the one of given sentences has none.</summary>
    public IReadOnlyList<string> Features => [.. _sentences.Select(entry => entry.Category)];

    /// <summary>Mean l of pleased follow-ups less that of displeased ones, for every category.</summary>
    /// <param name="batch">Lent for the time of the call.</param>
    /// <param name="cancel">Stops between two calls of the model.</param>
    /// <returns>[rows, features], row-major; the caller's.</returns>
    /// <exception cref="NonFiniteException">The model gave no number; names the row.</exception>
    public async ValueTask<double[]> FeaturesAsync(CompletionBatch batch, CancellationToken cancel)
    {
        string[] sentences = [.. _sentences.SelectMany(entry => entry.Pleased.Concat(entry.Displeased))];
        double[] likelihoods = new double[batch.Rows * sentences.Length];
        foreach (int[] some in Enumerable.Range(0, likelihoods.Length).Chunk(_options.AtOnce))
        {
            cancel.ThrowIfCancellationRequested();
            IReadOnlyList<float[]> found = await _model.LogProbabilitiesAsync(
                [.. some.Select(i => new Continuation(Conversation(batch, i / sentences.Length), sentences[i % sentences.Length]))],
                cancel);
            SpecMismatchException.ThrowIfLength($"follow-ups scored by '{_model.Name}'", found.Count, some.Length);
            for (int i = 0; i < some.Length; i++)
            {
                likelihoods[some[i]] = found[i].Average(value => (double)value);
                if (!double.IsFinite(likelihoods[some[i]]))
                    throw new NonFiniteException($"A log-probability of '{_model.Name}'", batch.Describe(some[i] / sentences.Length));
            }
        }

        double[] features = new double[batch.Rows * _sentences.Count];
        for (int row = 0, at = 0; row < batch.Rows; row++)
            for (int k = 0; k < _sentences.Count; k++)
            {
                (int pleased, int displeased) = (_sentences[k].Pleased.Length, _sentences[k].Displeased.Length);
                features[(row * _sentences.Count) + k] = likelihoods[at..(at + pleased)].Average()
                    - likelihoods[(at + pleased)..(at + pleased + displeased)].Average();
                at += pleased + displeased;
            }

        return features;
    }

    /// <inheritdoc/>
    public override async ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
    {
        Check(batch, scores);
        double[] features = await FeaturesAsync(batch.As<CompletionBatch>(), context.Cancel);
        int count = _sentences.Count;
        // categories hold as many sentences each, so the mean over categories is the mean over sentences
        for (int row = 0; row < batch.Rows; row++) scores.Span[row] = (float)features[(row * count)..((row + 1) * count)].Average();
        for (int k = 0; k < count && count > 1; k++)
            context.Metrics.Write($"reward/{Spec.Name}/{_sentences[k].Category}",
                Enumerable.Range(0, batch.Rows).Average(row => features[(row * count) + k]));
    }

    private string Conversation(CompletionBatch batch, int row) =>
        $"{_options.UserTurn}{batch.Prompts[batch.PromptOf(row)]}{_options.TurnEnd}{_options.ModelTurn}{batch.Texts[row]}"
            + $"{_options.TurnEnd}{_options.UserTurn}";
}
