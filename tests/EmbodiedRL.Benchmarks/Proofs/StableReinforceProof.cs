using EmbodiedRL.Algorithms.Reasoning;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary><c>bench S52</c>: StableReinforce keeps gradients finite, drops outliers, and makes a judge say what it found.</summary>
/// <remarks>
/// arXiv 2505.02835. In place of a multimodal judge: a decoder of one layer that sees the qualities of two answers, says which it finds
/// better (its analysis) and then its verdict. It begins as one who imitates people with careless analyses. It learns by
/// <see cref="Grpo"/> with the clip before the exponential and the filter, from accuracy (1 + 0.5 c) + 0.5 format; a rule compares analysis
/// and verdict, where the paper asks another model.
/// </remarks>
internal sealed class StableReinforceProof() : Proof("S52",
    "StableReinforce: a judge trained with the consistency reward contradicts its own analysis less, at no loss of accuracy.",
    "Figure: share of verdicts that contradict the analysis before them, on pairs never trained on, mean of 3 seeds. Reference: the same "
    + "training without the consistency reward. It holds if the figure is lower in every seed, accuracy is within 2 points or better in "
    + "the mean, log-ratios of 200 give finite gradients with the clip before the exponential and only with it, and of 127 equal rewards "
    + "and an outlier the outlier is dropped.")
{
    private const int Seeds = 3, Levels = 12, Prompts = 16, Group = 8, Imitated = 400, Updates = 200, Held = 256, Stale = 200;
    private const double ImitationRate = 5e-3, Rate = 1e-3, CarelessAnalysis = 0.35, CarelessVerdict = 0.1, Slack = 0.02, Clip = 0.2;

    private static readonly string[] Sides = ["left", "right"], Verdicts = ["A", "B"];
    private static readonly string[] Words =
        [.. Enumerable.Range(0, Levels).SelectMany(level => new[] { $"a{level}", $"b{level}" }), .. Sides, .. Verdicts];

    protected override bool UsesTorch => true;

    protected override BenchRow Prove(ulong firstSeed, CancellationToken cancel)
    {
        Outcome[] with = ForSeeds(firstSeed, Seeds, seed => Train(new StableReinforceOptions(), seed, cancel), cancel),
            without = ForSeeds(firstSeed, Seeds, seed => Train(new StableReinforceOptions { Consistency = 0 }, seed, cancel), cancel);
        double accuracy = with.Average(one => one.Accuracy), plain = without.Average(one => one.Accuracy);
        double leastGain = with.Zip(without, (one, other) => other.Contradictions - one.Contradictions).Min();
        (bool clipped, bool free) = (IsFinite(new StableReinforceOptions().LogRatioLimit), IsFinite(0));
        float[] rewards = [.. Enumerable.Repeat(1f, 127), 50], kept = new float[rewards.Length];
        int dropped = StableReinforce.Filter(rewards, kept, 3);
        float largest = kept.Max(Math.Abs);
        return Row(with.Average(one => one.Contradictions), "share of verdicts", "the same without the consistency reward",
            without.Average(one => one.Contradictions),
            leastGain > 0 && accuracy >= plain - Slack && clipped && !free && dropped == 1 && largest < 1,
            ("leastGain", leastGain), ("accuracy", accuracy), ("accuracyReference", plain),
            ("contradictionsBefore", with.Average(one => one.Before)), ("accuracyBefore", with.Average(one => one.AccuracyBefore)),
            ("finiteWithClip", clipped), ("finiteWithoutClip", free), ("dropped", dropped), ("largestKept", largest));
    }

    /// <summary>Whether the gradient of a token policy is finite where sampled tokens have become far less and far more likely.</summary>
    private static bool IsFinite(double limit)
    {
        using DisposeScope scope = NewDisposeScope();
        using TokenPolicy policy = TokenPolicy.OfWords(Words, 3, 1);
        Question[] pairs = [Pair(0, 1), Pair(2, 3), Pair(4, 5)];
        Tensor log = policy.LogProbabilities(pairs, [.. pairs.Select(pair => policy.Ended(pair.WorkedAnswer!))]).view(pairs.Length, -1);
        Tensor shift = tensor([-Stale, Stale, 0f]).view(-1, 1), advantages = tensor([-1f, 0f, 1f]);
        TokenLoss.Compute(new TokenLossInputs(log, ones_like(log), advantages) { Old = log.detach() + shift },
            new TokenLossOptions { LogRatioLimit = limit }).Loss.backward();
        return policy.Model.Module.parameters().Where(weight => weight.grad is not null)
            .All(weight => weight.grad!.isfinite().all().ToBoolean());
    }

    private static Outcome Train(StableReinforceOptions reward, ulong seed, CancellationToken cancel)
    {
        using TokenPolicy policy = TokenPolicy.OfWords(Words, 3, seed);
        policy.Imitate(Imitated, ImitationRate, step => Draw(64, Rng.For(seed, "S52-people", step)));
        (double before, double accuracyBefore) = Judge(policy, seed);
        using var grpo = new Grpo(new GrpoOptions
        {
            Prompts = Prompts,
            Completions = Group,
            MaximumTokens = 3,
            LearningRate = Rate,
            Epochs = 2,
            ClipLow = Clip,
            ClipHigh = Clip,
            LogRatioLimit = reward.LogRatioLimit,
            AdvantageSigma = reward.Sigma,
        }, policy.Model, seed);
        for (int update = 0; update < Updates; update++)
        {
            cancel.ThrowIfCancellationRequested();
            CompletionBatch batch = policy.Sample(Draw(Prompts, Rng.For(seed, "S52-rewarded", update)), Group);
            float[] rewards = [.. batch.Texts.Select((text, row) => (float)Reward(text, batch.References![batch.PromptOf(row)], reward))];
            grpo.Update(batch, rewards, default, NullMetricSink.Instance);
        }

        (double contradictions, double accuracy) = Judge(policy, seed);
        return new Outcome(contradictions, accuracy, before, accuracyBefore);
    }

    private static double Reward(string text, string right, StableReinforceOptions options)
    {
        bool isReadable = Read(text) is (not null, not null);
        (int? analysis, int? verdict) = Read(text);
        int agreement = !isReadable ? 0 : analysis == verdict ? 1 : -1;
        return StableReinforce.Reward(verdict is { } said && Verdicts[said] == right ? 1 : 0, agreement, isReadable ? 1 : 0, options);
    }

    /// <summary>Analysis and verdict; null where a completion is not a side and then a verdict.</summary>
    private static (int? Analysis, int? Verdict) Read(string text)
    {
        string[] words = text.Split(' ');
        if (words.Length != 2) return (null, null);
        (int analysis, int verdict) = (Array.IndexOf(Sides, words[0]), Array.IndexOf(Verdicts, words[1]));
        return analysis < 0 || verdict < 0 ? (null, null) : (analysis, verdict);
    }

    /// <summary>Sampled, not likeliest, words on pairs that were held out: what a user of the judge gets.</summary>
    private static (double Contradictions, double Accuracy) Judge(TokenPolicy policy, ulong seed)
    {
        Question[] pairs = Draw(Held, Rng.For(seed, "S52-held"), isHeldOut: true);
        CompletionBatch batch = policy.Sample(pairs, 1);
        return (batch.Texts.Count(text => Read(text) is var (analysis, verdict) && (analysis is null || analysis != verdict))
            / (double)Held,
            batch.Texts.Where((text, row) => Read(text).Verdict is { } said && Verdicts[said] == pairs[row].Reference).Count()
            / (double)Held);
    }

    private static Question[] Draw(int count, Rng rng, bool isHeldOut = false)
    {
        var pairs = new Question[count];
        for (int i = 0; i < count; i++)
        {
            int left, right;
            do (left, right) = (rng.Below(Levels), rng.Below(Levels));
            while (left == right || ((left + (2 * right)) % 5 == 0) != isHeldOut);
            Question pair = Pair(left, right);
            string[] words = pair.WorkedAnswer!.Split(' ');
            if (rng.NextDouble() < CarelessAnalysis) words[0] = Sides[rng.Below(2)];
            if (rng.NextDouble() < CarelessVerdict) words[1] = Verdicts[rng.Below(2)];
            pairs[i] = pair with { WorkedAnswer = string.Join(' ', words) };
        }

        return pairs;
    }

    private static Question Pair(int left, int right)
    {
        int better = left > right ? 0 : 1;
        return new Question($"a{left} b{right}", Verdicts[better], AnswerForm.Text)
        { WorkedAnswer = $"{Sides[better]} {Verdicts[better]}" };
    }

    private sealed record Outcome(double Contradictions, double Accuracy, double Before, double AccuracyBefore);
}
