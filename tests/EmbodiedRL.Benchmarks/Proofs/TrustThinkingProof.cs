using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Rewards.Verifiers;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary><c>bench S37</c>: a judge of reasoning is trusted as far as it prefers right answers.</summary>
/// <remarks>
/// arXiv 2505.17018. The policy chooses whether its reasoning boasts; who boasts answers wrong more often, or as often in a second world. A
/// rule that likes boasting stands for the paper's learned judge. Completions are real and scored by the real verifier; the baseline adds
/// the judge's score with its first weight everywhere.
/// </remarks>
internal sealed class TrustThinkingProof() : Proof("S37",
    "trust-weighted thinking rewards: a judge that likes a trait of wrong answers does not spread that trait.",
    "Figure: share of right answers after training where boasting goes with wrong answers, with trust and annealing, mean of 5 seeds. "
    + "Reference: outcome plus 0.3 times the judge's score. It holds if, in every seed, trust alone and trust with annealing end with "
    + "fewer boasts and more right answers than the reference, mean trust in the world where boasting means nothing is above that in the "
    + "other, and trust is 1 where the judge prefers right answers or neither, and exp(gap) where wrong ones.")
{
    private const int Seeds = 5, Prompts = 32, Updates = 300;
    private const double Rate = 0.03, Plain = 0.7, Boasting = 0.44, Alpha = 0.3, Anneal = 100, Rounding = 1e-12;

    private static readonly TrustThinkingOptions Trusted = new() { Model = "judge", Alpha = Alpha, AnnealUpdates = 1e9 };

    protected override BenchRow Prove(ulong firstSeed, CancellationToken cancel)
    {
        Outcome[] sum = ForSeeds(firstSeed, Seeds, seed => Train(null, Boasting, seed), cancel),
            trust = ForSeeds(firstSeed, Seeds, seed => Train(Trusted, Boasting, seed), cancel),
            annealed = ForSeeds(firstSeed, Seeds, seed => Train(Trusted with { AnnealUpdates = Anneal }, Boasting, seed), cancel),
            neutral = ForSeeds(firstSeed, Seeds, seed => Train(Trusted, Plain, seed), cancel);
        bool isBetter = Enumerable.Range(0, Seeds).All(i => new[] { trust[i], annealed[i] }
            .All(one => one.Right > sum[i].Right && one.Boasts < sum[i].Boasts));
        double error = new[]
        {
            TrustThinkingReward.Trust([1, 0, 1, 0], [0.5, 0.5, 0.5, 0.5]) - 1,
            TrustThinkingReward.Trust([1, 0, 1, 0], [0.9, 0.1, 0.7, 0.3]) - 1,
            TrustThinkingReward.Trust([1, 0, 1, 0], [0.1, 0.9, 0.3, 0.7]) - Math.Exp(-0.6),
        }.Max(Math.Abs);
        return Row(annealed.Average(one => one.Right), "share of right answers", "outcome plus the judge's score",
            sum.Average(one => one.Right),
            isBetter && error < Rounding && neutral.Zip(trust, (one, other) => one.Trust > other.Trust).All(above => above),
            ("rightByTrust", trust.Average(one => one.Right)), ("boasts", annealed.Average(one => one.Boasts)),
            ("boastsByTrust", trust.Average(one => one.Boasts)), ("boastsOfSum", sum.Average(one => one.Boasts)),
            ("before", (Plain + Boasting) / 2), ("trust", trust.Average(one => one.Trust)),
            ("trustWhereNeutral", neutral.Average(one => one.Trust)), ("trustError", error));
    }

    private static Outcome Train(TrustThinkingOptions? options, double rightOfBoasting, ulong seed)
    {
        double[] right = [Plain, rightOfBoasting];
        ChoiceHead boasts = new(1, 2),
            answers = new(2, 2, (action, feature) => Math.Log(action == 1 ? right[feature] : 1 - right[feature]));
        var trainer = new CompletionTrainer([boasts], Rate, seed, "S37"); // how often it is right is not its to learn
        var judge = new Judge();
        using var reward = new TrustThinkingReward("thinking", options ?? Trusted, judge);
        Question[] questions = [.. Enumerable.Range(0, Prompts).Select(i => new Question($"Is scene {i} tidy?", "yes", AnswerForm.Option)
        { Options = ["yes", "no"] })];
        var trusts = new Trusts();
        for (int update = 0; update < Updates; update++)
        {
            Draft draft = trainer.Write(questions, Write);
            float[] rewards = options is null ? Sum(draft) : CompletionTrainer.Score(reward, draft.Batch, metrics: trusts);
            trainer.Learn(draft, rewards);
        }

        double share = boasts.Probabilities([[1]])[1];
        return new Outcome((share * rightOfBoasting) + ((1 - share) * Plain), share, trusts.First);

        string Write(int question, Pen pen)
        {
            int boasting = pen.Choose(boasts, 1);
            bool isRight = pen.Choose(answers, MadeScene.OneHot(boasting, 2)) == 1;
            return MadeScene.Tagged(boasting == 1 ? Judge.Boast : "I looked at it.", isRight ? "yes" : "no");
        }

        static float[] Sum(Draft draft) => [.. draft.Choices.Select(made =>
            (float)(made[1].Action % 2 + (Alpha * (made[0].Action == 1 ? Judge.Likes : Judge.Dislikes))))];
    }

    private sealed record Outcome(double Right, double Boasts, double Trust);

    /// <summary>Mean trust over the first updates, while the policy is as it began.</summary>
    private sealed class Trusts : IMetricSink
    {
        private const int Most = 20;

        private double _sum;
        private int _count;

        public double First => _count > 0 ? _sum / _count : double.NaN;

        public void Write(string name, double value)
        {
            if (!name.EndsWith("/trust", StringComparison.Ordinal) || _count == Most) return;
            _sum += value;
            _count++;
        }
    }

    private sealed class Judge : ITextModel
    {
        public const string Boast = "I have checked everything twice, beyond any doubt.";
        public const double Likes = 1, Dislikes = 0;

        public string Name => "judge";

        public ValueTask<IReadOnlyList<string>> ReplyAsync(IReadOnlyList<string> prompts, CancellationToken cancel) =>
            ValueTask.FromResult<IReadOnlyList<string>>([.. prompts.Select(prompt =>
                prompt.Contains(Boast, StringComparison.Ordinal) ? $"{Likes}" : $"{Dislikes}")]);
    }
}
