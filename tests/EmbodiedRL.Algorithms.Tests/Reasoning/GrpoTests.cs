using EmbodiedRL.Algorithms.Reasoning;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Models.Language.Decoders;
using EmbodiedRL.Models.Language.Generation;
using EmbodiedRL.Models.Language.LowRank;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Algorithms.Tests.Reasoning;

/// <summary>GRPO on a model of a few thousand weights that copies a letter.</summary>
[NoTensorLeaks]
public sealed class GrpoTests
{
    private const string Letters = "abcd?";

    private static readonly GrpoOptions Small = new()
    {
        Completions = 4,
        Prompts = 4,
        MaximumTokens = 3,
        LearningRate = 1e-2,
        WeightDecay = 0.01,
    };

    [Fact]
    public void It_learns_to_copy()
    {
        using CausalLanguageModel model = Model(1);
        using var grpo = new Grpo(Small with { Completions = 8, MaximumTokens = 1 }, model, 1);
        double first = 0, last = 0;
        for (int update = 0; update < 80; update++)
        {
            CompletionBatch batch = Sample(model, update, 8, 1);
            float[] rewards = Copied(batch);
            if (update < 5) first += rewards.Average() / 5;
            if (update >= 75) last += rewards.Average() / 5;
            grpo.Update(batch, rewards, default, NullMetricSink.Instance);
        }

        Assert.InRange(first, 0, 0.35);
        Assert.InRange(last, 0.9, 1.001);
    }

    [Theory]
    [InlineData(TokenLossKind.Dapo, 3)]
    [InlineData(TokenLossKind.Grpo, 5)]
    [InlineData(TokenLossKind.DrGrpo, 1)]
    public void Accumulated_gradients_are_those_of_the_whole_batch(TokenLossKind loss, int atOnce)
    {
        GrpoOptions options = Small with { Loss = loss, Beta = 0.1, Entropy = 0.01 };
        float[] whole = After(options), parts = After(options with { Microbatch = atOnce });
        AssertNear(whole, parts, 1e-6);
    }

    [Fact]
    public void Rows_that_cannot_move_a_weight_need_not_be_read()
    {
        // A vanishing entropy bonus has every row read.
        AssertNear(After(Small), After(Small with { Entropy = 1e-20 }), 1e-7);
    }

    [Fact]
    public void It_goes_on_from_a_snapshot_bit_for_bit()
    {
        GrpoOptions options = Small with
        {
            Beta = 0.05,
            Epochs = 2,
            Minibatch = 8,
            Buffer = new SelectiveSampleBufferOptions { Share = 0.5 },
        };
        using CausalLanguageModel model = Model(1), other = Model(2);
        using Grpo one = new(options, model, 1), two = new(options, other, 1);
        for (int update = 0; update < 3; update++) Update(one, Sample(model, update, 4, 3));
        var snapshot = new Snapshot();
        one.Save(snapshot);
        two.Load(snapshot);
        for (int update = 3; update < 6; update++)
        {
            CompletionBatch batch = Sample(model, update, 4, 3);
            Update(one, batch);
            Update(two, batch);
        }

        Assert.Equal(Weights(model), Weights(other));
    }

    [Fact]
    public void A_reference_without_the_adapter_is_the_frozen_copy_in_the_beginning()
    {
        using CausalLanguageModel model = Model(1), other = Model(1);
        var sizes = new LowRankSettings { Rank = 2, Targets = ["q_proj", "v_proj"] };
        using LowRankAdapter one = LowRankAdapter.Attach(model.Module, sizes, 4), two = LowRankAdapter.Attach(other.Module, sizes, 4);
        using var frozen = new Grpo(Small with { Beta = 0.5 }, model, 1, one);
        using var off = new Grpo(Small with { Beta = 0.5, Reference = ReferencePolicy.AdapterOff }, other, 1, two);
        float[] before = Weights(model);
        var metrics = new RecordedMetrics();
        for (int update = 0; update < 2; update++)
        {
            CompletionBatch batch = Sample(model, update, 4, 3);
            Update(frozen, batch, metrics);
            if (update == 0) Assert.Equal(0, metrics.Values["kl"], 1e-6);
            Update(off, batch);
            Assert.Equal(Matrices(one), Matrices(two));
        }

        Assert.Contains(Matrices(one), value => value != 0);
        Assert.Equal(before[..100], Weights(model)[..100]); // the model's own stay
        Update(frozen, Sample(model, 1, 4, 3), metrics);
        Assert.True(metrics.Values["kl"] > 1e-6); // the copy stayed where it was
    }

    [Fact]
    public void A_step_that_fails_leaves_everything_as_it_was()
    {
        using CausalLanguageModel model = Model(1);
        using var grpo = new Grpo(Small with { Epochs = 2, LearningRate = 10, MaxGradientNorm = 1e12, WeightDecay = 1000 }, model, 1);
        CompletionBatch batch = Sample(model, 0, 4, 3);
        Snapshot before = new(), after = new();
        grpo.Save(before);
        float[] weights = Weights(model);
        Exception? error = null;
        // every step multiplies matrices by 1 - 10 * 1000
        for (int update = 0; update < 12 && error is null; update++)
        {
            before = new Snapshot();
            grpo.Save(before);
            weights = Weights(model);
            error = Record.Exception(() => Update(grpo, batch));
        }

        Assert.IsType<NonFiniteException>(error);
        grpo.Save(after);
        Assert.Equal(weights, Weights(model));
        foreach ((string name, byte[] bytes) in before.Entries) Assert.Equal(bytes, after.Entries[name]);
    }

    [Fact]
    public void A_reward_that_is_not_finite_is_refused()
    {
        using CausalLanguageModel model = Model(1);
        using var grpo = new Grpo(Small, model, 1);
        float[] rewards = new float[16];
        rewards[3] = float.NaN;
        Assert.Throws<NonFiniteException>(() => grpo.Update(Sample(model, 0, 4, 3), rewards, default, NullMetricSink.Instance));
        Assert.Throws<SettingsException>(() => new Grpo(Small with { Beta = 1, Reference = ReferencePolicy.AdapterOff }, model, 1));
    }

    [Fact]
    public void Truncated_completions_can_be_left_out()
    {
        using CausalLanguageModel model = Model(1);
        using var grpo = new Grpo(Small with { MasksTruncated = true, WeightDecay = 0 }, model, 1);
        CompletionBatch batch = Sample(model, 0, 4, 3, truncated: true);
        float[] before = Weights(model);
        Update(grpo, batch);
        Assert.Equal(before, Weights(model));
    }

    [Fact]
    public void A_buffer_is_silent_where_no_group_is_flat()
    {
        using CausalLanguageModel model = Model(1), other = Model(1);
        using Grpo plain = new(Small, model, 1),
            buffered = new(Small with { Buffer = new SelectiveSampleBufferOptions { Share = 1 } }, other, 1);
        float[] rewards = [.. Enumerable.Range(0, 16).Select(row => (float)(row % 4))];
        for (int update = 0; update < 3; update++)
        {
            CompletionBatch batch = Sample(model, update, 4, 3);
            plain.Update(batch, rewards, default, NullMetricSink.Instance);
            buffered.Update(batch, rewards, default, NullMetricSink.Instance);
        }

        Assert.Equal(Weights(model), Weights(other));

        // a flat batch learns from what was kept
        CompletionBatch last = Sample(model, 3, 4, 3);
        plain.Update(last, new float[16], default, NullMetricSink.Instance);
        var metrics = new RecordedMetrics();
        buffered.Update(last, new float[16], default, metrics);
        Assert.Equal(16, metrics.Values["buffer/drawn"]);
        Assert.NotEqual(Weights(model), Weights(other));
    }

    [Fact]
    public void Samples_of_a_buffer_are_clipped_against_the_policy_that_drew_them()
    {
        // In one gradient step the ratio of a fresh sample is 1: what is clipped was drawn, and kept its own log-probabilities.
        using CausalLanguageModel model = Model(1);
        using var grpo = new Grpo(Small with { LearningRate = 0.1, Buffer = new SelectiveSampleBufferOptions { Share = 1 } }, model, 1);
        var metrics = new RecordedMetrics();
        Update(grpo, Sample(model, 0, 4, 3), metrics);
        Assert.Equal(0, metrics.Values["clip_ratio/region_mean"]);
        grpo.Update(Sample(model, 1, 4, 3), new float[16], default, metrics);
        Assert.True(metrics.Values["buffer/drawn"] > 0);
        Assert.True(metrics.Values["clip_ratio/region_mean"] > 0);
    }

    [Fact]
    public void Overlong_completions_earn_less()
    {
        // Equal rewards, different lengths: only the penalty makes a difference.
        GrpoOptions options = Small with { OverlongMargin = 3, WeightDecay = 0 };
        using CausalLanguageModel model = Model(1), other = Model(1);
        using Grpo plain = new(Small with { WeightDecay = 0 }, model, 1), shaped = new(options, other, 1);
        CompletionBatch batch = Sample(model, 0, 4, 3);
        Assert.True(batch.Tokens!.Select(tokens => tokens.Length).Distinct().Count() > 1);
        float[] before = Weights(model);
        plain.Update(batch, new float[16], default, NullMetricSink.Instance);
        shaped.Update(batch, new float[16], default, NullMetricSink.Instance);
        Assert.Equal(before, Weights(model));
        Assert.NotEqual(before, Weights(other));
    }

    [Fact]
    public void Tensors_do_not_grow_over_many_updates()
    {
        using CausalLanguageModel model = Model(1);
        using var grpo = new Grpo(Small with { Beta = 0.01, Epochs = 2, Minibatch = 8, Microbatch = 4 }, model, 1);
        Update(grpo, Sample(model, 0, 4, 3));
        long before = TorchRuntime.LiveTensors;
        for (int update = 1; update <= 60; update++) Update(grpo, Sample(model, update, 4, 3));
        Assert.Equal(before, TorchRuntime.LiveTensors);
    }

    [Fact]
    public void It_reports_what_people_watch()
    {
        using CausalLanguageModel model = Model(1);
        using var grpo = new Grpo(Small with { Beta = 0.01 }, model, 1);
        var metrics = new RecordedMetrics();
        Update(grpo, Sample(model, 0, 4, 3), metrics);
        Assert.Superset(new HashSet<string>
        {
            "loss", "grad_norm", "learning_rate", "kl", "entropy", "clip_ratio/low_mean", "clip_ratio/low_min", "clip_ratio/high_mean",
            "clip_ratio/high_max", "clip_ratio/region_mean", "completions/mean_length", "completions/min_length", "completions/max_length",
            "completions/clipped_ratio", "completions/mean_terminated_length", "completions/min_terminated_length",
            "completions/max_terminated_length", "reward", "reward_std", "frac_reward_zero_std",
        }, metrics.Values.Keys.ToHashSet());
        Assert.Equal(Math.Log(Letters.Length + 2), metrics.Values["entropy"], 0.1); // small random weights: nearly uniform
    }

    [Fact]
    public void Learning_rates_rise_and_fall()
    {
        var schedule = new Algorithms.Kernel.WarmupSchedule(2, 0.5, Algorithms.Kernel.Decay.Linear);
        Assert.Equal([0, 1, 2, 1, 0], new[] { 0, 0.25, 0.5, 0.75, 1 }.Select(progress => schedule.At(progress)));
        Assert.Equal(0.4, schedule.At(0, step: 0.1), 1e-12);
        Assert.Equal(1, (schedule with { Decay = Algorithms.Kernel.Decay.Cosine }).At(0.75), 1e-12);
    }

    [Fact]
    public void Layers_that_are_computed_again_give_the_same_weights() =>
        AssertNear(After(Small with { Beta = 0.1 }), After(Small with { Beta = 0.1, Recomputes = true }), 1e-6f);

    private static float[] Matrices(LowRankAdapter adapter)
    {
        using DisposeScope scope = NewDisposeScope();
        return [.. adapter.Weights.SelectMany(pair => pair.Weight.detach().data<float>().ToArray())];
    }

    /// <summary>Weights after one update of a batch with one flat group.</summary>
    private static float[] After(GrpoOptions options)
    {
        using CausalLanguageModel model = Model(1);
        using var grpo = new Grpo(options, model, 1);
        CompletionBatch batch = Sample(model, 0, 4, 3);
        float[] rewards = [.. Enumerable.Range(0, 16).Select(row => row < 4 ? 1f : row % 3)];
        grpo.Update(batch, rewards, default, NullMetricSink.Instance);
        return Weights(model);
    }

    private static CausalLanguageModel Model(ulong seed) => CausalLanguageModel.Create(
        DecoderSettings.Small(Letters.Length + 2, 32, 2, 1, 16) with { InitialScale = 0.05 }, new LetterTokenizer(Letters),
        [LetterTokenizer.End], seed);

    private static CompletionBatch Sample(CausalLanguageModel model, int update, int group, int tokens, bool truncated = false)
    {
        var rng = Rng.For(9, "questions", update);
        Question[] questions = [.. Enumerable.Range(0, 4).Select(_ =>
        {
            char letter = Letters[rng.Below(4)];
            return new Question($"{letter}?", $"{letter}", AnswerForm.Text);
        })];
        EncodedPrompt[] prompts = [.. questions.Select(model.Encode)];
        Completions found = new TextGenerator(model).Generate(prompts, group, new SamplingSettings { MaximumTokens = tokens }, 5,
            [.. Enumerable.Range(0, 4).Select(i => (update * 4L) + i)]);
        return new CompletionBatch([.. questions.Select(question => question.Prompt)], group, found.Texts, update * 4L * group)
        {
            Questions = questions,
            Tokens = found.Tokens,
            LogProbabilities = found.LogProbabilities,
            Truncated = truncated ? [.. found.Truncated.Select(_ => true)] : found.Truncated,
        };
    }

    private static float[] Copied(CompletionBatch batch) =>
        [.. Enumerable.Range(0, batch.Rows).Select(row => batch.Texts[row] == batch.Questions![batch.PromptOf(row)].Reference ? 1f : 0)];

    private static void Update(Grpo grpo, CompletionBatch batch, IMetricSink? metrics = null) => grpo.Update(batch,
        [.. Enumerable.Range(0, batch.Rows).Select(row => batch.Texts[row].Contains('a', StringComparison.Ordinal) ? 1f : 0)],
        default, metrics ?? NullMetricSink.Instance);

    private static float[] Weights(CausalLanguageModel model)
    {
        using DisposeScope scope = NewDisposeScope();
        return [.. model.Module.parameters().SelectMany(weight => weight.detach().data<float>().ToArray())];
    }

    /// <summary>
    /// Root mean square: Adam moves a weight whose gradient is all but 0 by the rounding of sums, which follows how rows are put together.
    /// </summary>
    private static void AssertNear(float[] expected, float[] found, double tolerance)
    {
        Assert.Equal(expected.Length, found.Length);
        double square = expected.Zip(found, (one, other) => Math.Pow(one - other, 2)).Average();
        Assert.True(Math.Sqrt(square) <= tolerance, $"{Math.Sqrt(square)} on average.");
    }
}
