using EmbodiedRL.Algorithms.Kernel;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Models.Language.Generation;
using EmbodiedRL.Models.Losses;
using EmbodiedRL.Rewards;
using EmbodiedRL.Training.Metrics;

namespace EmbodiedRL.Training.Reasoning;

/// <summary>Batch source of completions: asks the model that learns B questions, G times each.</summary>
/// <remarks>
/// <para>With dynamic sampling, prompts whose completions all earn the same are replaced by others as often as the options allow; what is
/// still flat then stays. The reward is asked beforehand, frozen, so that nothing of it adapts to completions that are dropped; the loop
/// asks it again for those that are kept.</para>
/// <para>A completion draws from a stream named by the seed, the count of prompts before it and its place in the group. Model, questions
/// and reward are lent. Not thread-safe.</para>
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
    private long _prompts, _batches, _tokens;
    private int _replaced;

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
        Draft draft = Ask(_options.Prompts, cancel);
        _replaced = 0;
        for (int round = 0; round < _options.Resamples; round++)
        {
            int[] flat = await FlatAsync(ToBatch(draft), cancel);
            if (flat.Length == 0) break;
            _replaced += flat.Length;
            draft.Replace(flat, Ask(flat.Length, cancel));
        }

        CompletionBatch batch = ToBatch(draft);
        _batches++;
        _tokens += draft.Tokens.Sum(tokens => (long)tokens.Length);
        return batch;
    }

    /// <inheritdoc/>
    public void Log(IMetricSink metrics)
    {
        metrics.Write("num_tokens", _tokens);
        if (_options.Resamples > 0) metrics.Write("sampling/replaced_prompts", _replaced);
        for (int term = 0; term < (_reward?.Terms.Count ?? 0); term++)
        {
            GroupMoments scores = GroupStatistics.Of(_reward!.ScoresOf(term).Span);
            if (scores.Count == 0) continue;
            metrics.Write($"rewards/{_reward.Terms[term].Name}/mean", scores.Mean);
            metrics.Write($"rewards/{_reward.Terms[term].Name}/std", scores.Deviation);
        }
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        into.Put("prompts", _prompts);
        into.Put("batches", _batches);
        into.Put("tokens", _tokens);
        _questions.Save(into.Section("questions"));
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        _prompts = from.Get<long>("prompts");
        _batches = from.Get<long>("batches");
        _tokens = from.Get<long>("tokens");
        _questions.Load(from.Section("questions"));
    }

    /// <summary>Nothing to release: model, questions and reward are lent.</summary>
    public void Dispose()
    {
    }

    private Draft Ask(int count, CancellationToken cancel)
    {
        using PhaseClock.Measurement? _ = _clock?.Measure("generate");
        IReadOnlyList<Question> questions = _questions.Next(count);
        SpecMismatchException.ThrowIfLength("questions of a source", questions.Count, count);
        long[] streams = [.. Enumerable.Range(0, count).Select(i => _prompts + i)];
        _prompts += count;
        if (_options.SharedUntil.Length > 0) questions = Begin(questions, streams, cancel);
        var prompts = new List<EncodedPrompt>();
        try
        {
            foreach (Question question in questions) prompts.Add(_model.EncodeBegun(question));
            Completions found = _generator.Generate(prompts, _options.Completions, _sampling, _seed, streams, cancellation: cancel);
            if (_options.SharedUntil.Length == 0) return new Draft(questions, found);
            string[] whole = [.. found.Tokens.Select((tokens, row) =>
                _model.Tokenizer.Decode([.. questions[row / _options.Completions].Begun, .. tokens]))];
            return new Draft(questions, found with { Texts = whole });
        }
        finally
        {
            foreach (EncodedPrompt prompt in prompts) prompt.Dispose();
        }
    }

    /// <summary>The same questions with what all completions of each share, drawn once.</summary>
    private IReadOnlyList<Question> Begin(IReadOnlyList<Question> questions, long[] streams, CancellationToken cancel)
    {
        var prompts = new List<EncodedPrompt>();
        try
        {
            foreach (Question question in questions) prompts.Add(_model.EncodeBegun(question));
            Completions begun = _generator.Generate(prompts, 1, _sampling with { Stops = [_options.SharedUntil] },
                Rng.For(_seed, "shared").NextBits(), streams, cancellation: cancel);
            return [.. questions.Select((question, i) => begun.Truncated[i] || _model.Spec.EndIds.Contains(begun.Tokens[i][^1])
                ? question
                : question with { Begun = [.. question.Begun, .. begun.Tokens[i]] })];
        }
        finally
        {
            foreach (EncodedPrompt prompt in prompts) prompt.Dispose();
        }
    }

    private CompletionBatch ToBatch(Draft draft) => new([.. draft.Questions.Select(question => question.Prompt)], _options.Completions,
        draft.Texts, _batches * Rows)
    {
        Questions = draft.Questions,
        Images = [.. draft.Questions.Select(question => question.Images)],
        References = [.. draft.Questions.Select(question => question.Reference)],
        Tokens = draft.Tokens,
        LogProbabilities = draft.LogProbabilities,
        Truncated = draft.Truncated,
        Answers = Answer is null ? null : [.. draft.Texts.Select(Answer)],
    };

    /// <summary>Prompts whose completions all earn the same.</summary>
    private async ValueTask<int[]> FlatAsync(CompletionBatch batch, CancellationToken cancel)
    {
        float[] rewards = new float[batch.Rows];
        await _reward!.ScoreAsync(batch, rewards, ScoreContext.Preview(cancel));
        return [.. Enumerable.Range(0, batch.Prompts.Count).Where(prompt =>
            GroupAdvantages.IsFlat<float>(rewards.AsSpan(prompt * batch.Completions, batch.Completions)))];
    }

    /// <summary>Questions with what was answered, before they are a batch.</summary>
    private sealed class Draft(IReadOnlyList<Question> questions, Completions found)
    {
        private readonly int _group = found.Tokens.Count / questions.Count;

        public Question[] Questions { get; } = [.. questions];

        public string[] Texts { get; } = [.. found.Texts];

        public int[][] Tokens { get; } = [.. found.Tokens];

        public float[][] LogProbabilities { get; } = [.. found.LogProbabilities];

        public bool[] Truncated { get; } = [.. found.Truncated];

        /// <summary>Puts the prompts of another draft in the places of some.</summary>
        public void Replace(int[] places, Draft by)
        {
            for (int i = 0; i < places.Length; i++)
            {
                (int from, int to) = (i * _group, places[i] * _group);
                Questions[places[i]] = by.Questions[i];
                Array.Copy(by.Texts, from, Texts, to, _group);
                Array.Copy(by.Tokens, from, Tokens, to, _group);
                Array.Copy(by.LogProbabilities, from, LogProbabilities, to, _group);
                Array.Copy(by.Truncated, from, Truncated, to, _group);
            }
        }
    }
}
