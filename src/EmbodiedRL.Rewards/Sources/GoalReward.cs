using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Models.Encoders;

namespace EmbodiedRL.Rewards.Sources;

/// <summary>Options of every goal-conditioned source.</summary>
public abstract record GoalRewardOptions : EncodedFrameOptions
{
    /// <summary>Sentences for the goal, averaged; empty takes the run's.</summary>
    [Length(0, 1000)]
    public string[] Prompts { get; init; } = [];

    /// <summary>Sentences for what is always seen, averaged; empty takes the run's.</summary>
    [Length(0, 1000)]
    public string[] Baselines { get; init; } = [];

    /// <summary>The goal's sentences.</summary>
    internal IReadOnlyList<string> GoalsIn(RewardContext run) => Prompts.Length > 0 ? Prompts : run.Goals;

    /// <summary>The baseline's sentences.</summary>
    internal IReadOnlyList<string> BaselinesIn(RewardContext run) => Baselines.Length > 0 ? Baselines : run.Baselines;
}

/// <summary>Base of goal-conditioned sources: scores frames by its own goal, and by others where somebody tries sentences out.</summary>
/// <remarks>A derived class calls <see cref="RequireGoal"/> at the end of its construction.</remarks>
public abstract class GoalReward : EncodedFrameReward, IGoalReward
{
    private readonly Dictionary<string, (EmbeddingScore? Score, string? Violation)> _others = new(StringComparer.Ordinal);
    private EmbeddingScore? _own;

    /// <summary>Keeps the sentences.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="model">Lent for the life of this reward.</param>
    /// <param name="goals">Sentences for the goal.</param>
    /// <param name="baselines">Sentences for what is always seen.</param>
    /// <param name="minimum">Least possible score.</param>
    /// <param name="maximum">Greatest possible score.</param>
    /// <param name="reading">Which frames, and how.</param>
    /// <exception cref="SettingsException">A list of sentences is empty.</exception>
    protected GoalReward(string name, IImageTextModel model, IReadOnlyList<string> goals, IReadOnlyList<string> baselines,
        float minimum, float maximum, FrameReading reading) : base(name, model, minimum, maximum, reading)
    {
        foreach ((string kind, IReadOnlyList<string> sentences) in new[] { ("baseline", baselines), ("goal", goals) })
            if (sentences.Count == 0) throw new SettingsException("goal", [$"{kind}: expected at least one sentence, found none."]);
        (Goals, Baselines) = (goals, baselines);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Goals { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Baselines { get; }

    /// <inheritdoc/>
    protected sealed override EmbeddingScore Looking => _own ??= ScoreOf(Goals);

    /// <inheritdoc/>
    public string? Violation(string goal) => Other(goal).Violation;

    /// <inheritdoc/>
    public void ScoreGoals(RewardBatch batch, IReadOnlyList<string> goals, Span<float> scores, CancellationToken cancel)
    {
        SpecMismatchException.ThrowIfLength($"scores of {goals.Count} sentences", scores.Length, checked(goals.Count * batch.Rows));
        Score(batch, [.. goals.Select(goal => Other(goal).Score)], scores, cancel);
    }

    /// <summary>What scores an embedding where these sentences are the goal.</summary>
    /// <param name="goals">At least one.</param>
    /// <exception cref="SettingsException">They cannot be a goal of this source.</exception>
    protected abstract EmbeddingScore ScoreOf(IReadOnlyList<string> goals);

    /// <summary>Embeds the goal's sentences now, so that a goal that cannot be used is refused at construction.</summary>
    protected void RequireGoal() => _ = Looking;

    /// <summary>Embeddings of sentences, [sentences, D].</summary>
    protected float[] Embed(IReadOnlyList<string> sentences)
    {
        float[] embeddings = new float[sentences.Count * Model.EmbeddingSize];
        Model.EncodeTexts(sentences, embeddings);
        return embeddings;
    }

    /// <summary>The mean of sentences' embeddings, brought to unit length [D]: the classifier of a prompt ensemble.</summary>
    /// <param name="sentences">At least one.</param>
    /// <param name="kind">What they say, for the message.</param>
    /// <exception cref="SettingsException">They mean opposites and have no mean.</exception>
    protected float[] EmbedAsOne(IReadOnlyList<string> sentences, string kind)
    {
        float[] rows = Embed(sentences);
        if (sentences.Count == 1) return rows;
        double[] mean = new double[Model.EmbeddingSize];
        for (int i = 0; i < rows.Length; i++) mean[i % mean.Length] += rows[i];
        double length = Math.Sqrt(mean.Sum(value => value * value));
        if (length < 1e-6 * sentences.Count)
            throw new SettingsException("goal",
                [$"the sentences of the {kind} mean opposites to the model, so they have no mean. Say fewer."]);
        return [.. mean.Select(value => (float)(value / length))];
    }

    /// <summary>The cosine of two unit vectors of one length.</summary>
    private protected static double Cosine(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        double sum = 0;
        for (int i = 0; i < left.Length; i++) sum += (double)left[i] * right[i];
        return sum;
    }

    /// <summary>By another sentence; kept, since who tries a sentence out asks for it at every frame.</summary>
    private (EmbeddingScore? Score, string? Violation) Other(string goal)
    {
        if (_others.TryGetValue(goal, out (EmbeddingScore?, string?) known)) return known;
        try
        {
            known = (ScoreOf([goal]), null);
        }
        catch (SettingsException wrong)
        {
            known = (null, wrong.Violations[0]);
        }

        return _others[goal] = known;
    }
}
