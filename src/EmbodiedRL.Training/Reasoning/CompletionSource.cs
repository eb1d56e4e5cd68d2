using EmbodiedRL.Algorithms.Kernel;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Models.Language.Generation;
using EmbodiedRL.Rewards;
using EmbodiedRL.Training.Metrics;

namespace EmbodiedRL.Training.Reasoning;

/// <summary>Batch source of completions: asks the model that learns B questions, G times each.</summary>
/// <remarks>
/// <para>With dynamic sampling, prompts whose completions all earn the same are replaced by others as often as the options allow; what is
/// still flat then stays. The reward is asked beforehand, frozen, so that nothing of it adapts to completions that are dropped; the loop asks
/// it again for those that are kept.</para>
/// <para>A completion draws from a stream named by the seed, the count of prompts before it and its place in the group. Model, questions and
/// reward are lent. Not thread-safe.</para>
/// </remarks>
[Paper("2503.14476", "DAPO: An Open-Source LLM Reinforcement Learning System at Scale", Year = 2025)]
public sealed class CompletionSource : IBatchSource
{
    private readonly ILanguageModel _model;
    private readonly IQuestionSource _questions;
    private readonly CompletionSourceOptions _options;
    private readonly ulong _seed;
    private readonly RewardStack? _reward;
    private readonly PhaseClock? _clock;
    private readonly TextGenerator _generator;
    private readonly SamplingSettings _sampling;
    private CompletionBatch? _batch;
    private long _prompts;
    private long _tokens;
    private int _replaced, _flat;

    /// <summary>Makes ready to ask.</summary>
    /// <param name="model">Lent.</param>
    /// <param name="questions">Lent; its place is in this source's snapshot.</param>
    /// <param name="options">Checked here.</param>
    /// <param name="seed">Of the completions.</param>
    /// <param name="reward">Tells flat groups, and is reported by term; needed with dynamic sampling. Lent.</param>
    /// <param name="clock">Receives the time of generation; null for nobody.</param>
    /// <exception cref="SettingsException">An option cannot be used.</exception>
    public CompletionSource(ILanguageModel model, IQuestionSource questions, CompletionSourceOptions options, ulong seed,
        RewardStack? reward = null, PhaseClock? clock = null)
    {
        options.Require("completions");
        if (options.Resamples > 0 && reward is null)
            throw new SettingsException("completions", ["resamples: expected 0 without a reward that tells flat groups, found "
                + $"{options.Resamples}."]);
        (_model, _questions, _options, _seed, _reward, _clock) = (model, questions, options, seed, reward, clock);
        _generator = new TextGenerator(model);
        _sampling = new SamplingSettings { MaximumTokens = options.MaximumTokens, Temperature = options.Temperature };
    }

    /// <summary>Rows of a batch: B times G.</summary>
    public int Rows => _options.Prompts * _options.Completions;

    /// <summary>Finds the answer in a completion, null where there is none; null for nobody who asks.</summary>
    public Func<string, string?>? Answer { get; init; }

    /// <inheritdoc/>
    public async ValueTask<RewardBatch> NextAsync(CancellationToken cancel)
    {
        CompletionBatch batch = Ask(_options.Prompts, cancel);
        (_replaced, _flat) = (0, 0);
        for (int round = 0; round < _options.Resamples; round++)
        {
            int[] flat = await FlatAsync(batch, cancel);
            if (flat.Length == 0) break;
            _replaced += flat.Length;
            batch = Replace(batch, flat, Ask(flat.Length, cancel));
        }

        _tokens += batch.Tokens!.Sum(tokens => (long)tokens.Length);
        return _batch = batch;
    }

    /// <inheritdoc/>
    public void TakeRewards(ReadOnlySpan<float> rewards)
    {
        _flat = 0;
        for (int first = 0; first < rewards.Length; first += _options.Completions)
            if (GroupAdvantages.IsFlat(rewards.Slice(first, _options.Completions))) _flat++;
    }

    /// <inheritdoc/>
    public void Log(IMetricSink metrics)
    {
        if (_batch is null) return;
        int[] lengths = [.. _batch.Tokens!.Select(tokens => tokens.Length)];
        int[] terminated = [.. lengths.Where((_, row) => !_batch.Truncated![row])];
        Lengths("length", lengths);
        Lengths("terminated_length", terminated.Length > 0 ? terminated : [0]);
        metrics.Write("completions/clipped_ratio", 1 - ((double)terminated.Length / lengths.Length));
        metrics.Write("num_tokens", _tokens);
        metrics.Write("frac_reward_zero_std", (double)_flat / _options.Prompts);
        if (_options.Resamples > 0) metrics.Write("sampling/replaced_prompts", _replaced);
        if (_reward is null) return;
        for (int term = 0; term < _reward.Terms.Count; term++)
        {
            ScoreStatistics scores = ScoreStatistics.Of(_reward.ScoresOf(term).Span);
            metrics.Write($"rewards/{_reward.Terms[term].Name}/mean", scores.Mean);
            metrics.Write($"rewards/{_reward.Terms[term].Name}/std", scores.Deviation);
        }

        void Lengths(string name, int[] values)
        {
            metrics.Write($"completions/mean_{name}", values.Average());
            metrics.Write($"completions/min_{name}", values.Min());
            metrics.Write($"completions/max_{name}", values.Max());
        }
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        into.Put("prompts", _prompts);
        into.Put("tokens", _tokens);
        _questions.Save(into.Section("questions"));
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        _prompts = from.Get<long>("prompts");
        _tokens = from.Get<long>("tokens");
        _questions.Load(from.Section("questions"));
    }

    /// <summary>Nothing to release: model, questions and reward are lent.</summary>
    public void Dispose()
    {
    }

    private Asked Ask(int count, CancellationToken cancel)
    {
        using PhaseClock.Measurement? _ = _clock?.Measure("generate");
        IReadOnlyList<Question> questions = _questions.Next(count);
        SpecMismatchException.ThrowIfLength("questions of a source", questions.Count, count);
        var prompts = new List<EncodedPrompt>();
        try
        {
            foreach (Question question in questions) prompts.Add(_model.Encode(question));
            long first = _prompts;
            _prompts += count;
            return new Asked([.. questions], _generator.Generate(prompts, _options.Completions, _sampling, _seed,
                [.. Enumerable.Range(0, count).Select(i => first + i)], cancellation: cancel));
        }
        finally
        {
            foreach (EncodedPrompt prompt in prompts) prompt.Dispose();
        }
    }

    private CompletionBatch Batch(Asked asked) =>
        CompletionBatch.Of(asked.Questions, _options.Completions, asked.Found.Texts, _batches * Rows).With(asked.Found, Answer);

    /// <summary>Prompts whose completions all earn the same.</summary>
    private async ValueTask<int[]> FlatAsync(CompletionBatch batch, CancellationToken cancel)
    {
        float[] rewards = new float[batch.Rows];
        await _reward!.ScoreAsync(batch, rewards, ScoreContext.Preview(cancel));
        return [.. Enumerable.Range(0, batch.Prompts.Count).Where(prompt =>
            GroupAdvantages.IsFlat<float>(rewards.AsSpan(prompt * batch.Completions, batch.Completions)))];
    }
}
