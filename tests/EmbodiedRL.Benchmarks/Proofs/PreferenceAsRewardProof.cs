using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Transforms;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary><c>bench S27</c>: the preference probability as reward, where a reward model can be hacked.</summary>
/// <remarks>
/// arXiv 2502.18770. Answers are 20 tokens, yes or no. Up to 10 times yes the model's score is the truth; beyond it the score grows faster
/// and the truth falls. Every prompt has an offset of its own in the model's scores. Policies are softmax tables over prompts and places,
/// trained by PPO's objective with the same small penalty for leaving the policy they began from, which also gives the references.
/// </remarks>
internal sealed class PreferenceAsRewardProof() : Proof("S27",
    "PAR: where a reward model is wrong far out, the probability of beating a reference is not followed there.",
    "Figure: true reward at the end of training on the preference probability, mean of 5 seeds. Reference: training on the model's "
    + "scores as "
    + "they are. It holds if in every seed the figure is above those of scores as they are, standardized, and clipped, if scores as they "
    + "are end below where training began, and if an offset of scores and references changes nothing.")
{
    private const int Seeds = 5, Prompts = 4, Completions = 16, Tokens = 20, Updates = 300, References = 10, Peak = 10, Judged = 500;
    private const double Rate = 0.02, Usual = 0.3, Penalty = 0.1, Offset = 3;

    private static readonly string[] Arms = ["par", "raw", "standardized", "clipped", "parAgainstGroup"];

    protected override BenchRow Prove(ulong firstSeed, CancellationToken cancel)
    {
        double[][] truths = [.. Arms.Select(arm => ForSeeds(firstSeed, Seeds, seed => Train(arm, seed), cancel))];
        double begun = Begun(firstSeed), error = OffsetError(firstSeed);
        bool isBest = Enumerable.Range(0, Seeds).All(i => truths[0][i] > Math.Max(truths[1][i], Math.Max(truths[2][i], truths[3][i])));
        bool holds = isBest && truths[1].Max() < begun && error < 1e-6;
        return Row(truths[0].Average(), "true reward", "the scores as they are", truths[1].Average(), holds,
            ("atTheBeginning", begun),
            ("standardized", truths[2].Average()),
            ("clipped", truths[3].Average()),
            ("againstTheGroup", truths[4].Average()),
            ("leastPar", truths[0].Min()),
            ("mostOfOthers", truths[1..4].Max(seeds => seeds.Max())),
            ("offsetError", error));
    }

    private static double Score(int count) => count <= Peak ? count : Peak + (2.0 * (count - Peak));

    private static double Truth(int count) => count <= Peak ? count : Peak - (2.0 * (count - Peak));

    private static double Truth(SoftmaxPolicy policy, ref Rng rng)
    {
        double sum = 0;
        for (int i = 0; i < Judged; i++) sum += Truth(Answer.Draw(policy, i % Prompts, ref rng).Count);
        return sum / Judged;
    }

    private static SoftmaxPolicy Start() =>
        new(Prompts * Tokens, 2, (_, action) => action == 1 ? Math.Log(Usual / (1 - Usual)) : 0);

    private static double Begun(ulong seed)
    {
        var rng = Rng.For(seed, "S27-begun");
        return Truth(Start(), ref rng);
    }

    private static double Train(string arm, ulong seed)
    {
        var rng = Rng.For(seed, "S27");
        SoftmaxPolicy start = Start(), policy = Start();
        double[] offsets = [.. Enumerable.Range(0, Prompts).Select(_ => Offset * rng.Normal())];
        var standardize = new Standardize(new StandardizeOptions());
        var clip = new Clip(new ClipOptions { Minimum = -1, Maximum = 1 });
        IRewardTransform[][] transforms = new IRewardTransform[Prompts][];
        for (int prompt = 0; prompt < Prompts; prompt++)
        {
            float[] references = new float[References];
            for (int i = 0; i < References; i++)
                references[i] = (float)(Score(Answer.Draw(start, prompt, ref rng).Count) + offsets[prompt]);
            transforms[prompt] = arm switch
            {
                "par" => [new CenteredSigmoid(new CenteredSigmoidOptions
                {
                    Against = CenteredSigmoidOptions.Given,
                    References = references
                })],
                "parAgainstGroup" => [new CenteredSigmoid(new CenteredSigmoidOptions())],
                "standardized" => [standardize],
                "clipped" => [standardize, clip],
                _ => [],
            };
        }

        var choices = new Choice[Prompts * Completions * Tokens];
        for (int update = 0; update < Updates; update++)
        {
            int next = 0;
            for (int prompt = 0; prompt < Prompts; prompt++)
            {
                var answers = new Answer[Completions];
                float[] scores = new float[Completions];
                for (int i = 0; i < Completions; i++)
                {
                    answers[i] = Answer.Draw(policy, prompt, ref rng);
                    scores[i] = (float)(Score(answers[i].Count) + offsets[prompt]);
                }

                var batch = new CompletionBatch(["p"], Completions, new string[Completions]);
                foreach (IRewardTransform transform in transforms[prompt])
                    transform.Apply(batch, scores, EpisodeBatch.Context(update));
                double[] rewards = [.. answers.Select((answer, i) => scores[i] - (Penalty * answer.LogRatio(start, prompt)))];
                double mean = rewards.Average();
                for (int i = 0; i < Completions; i++)
                    for (int token = 0; token < Tokens; token++)
                        choices[next++] = new Choice(Answer.Place(prompt, token), answers[i].Said[token], rewards[i] - mean,
                            answers[i].LogProbabilities[token]);
            }

            policy.Ascend(choices, Rate);
        }

        return Truth(policy, ref rng);
    }

    private static double OffsetError(ulong seed)
    {
        var rng = Rng.For(seed, "S27-offset");
        double worst = 0;
        for (int i = 0; i < 100; i++)
        {
            // whole numbers, so that adding an offset is exact and what is measured is the transform
            float[] scores = Draw(ref rng), references = Draw(ref rng), moved = [.. scores.Select(score => score + 512)];
            Apply(scores, references);
            Apply(moved, [.. references.Select(reference => reference + 512)]);
            worst = Math.Max(worst, scores.Zip(moved, (left, right) => Math.Abs(left - right)).Max());
        }

        return worst;

        static float[] Draw(ref Rng rng)
        {
            float[] values = new float[8];
            for (int i = 0; i < values.Length; i++) values[i] = rng.Below(64) / 8f;
            return values;
        }

        static void Apply(float[] scores, float[] references) =>
            new CenteredSigmoid(new CenteredSigmoidOptions { Against = CenteredSigmoidOptions.Given, References = references })
                .Apply(new CompletionBatch(["p"], scores.Length, new string[scores.Length]), scores, EpisodeBatch.Context(0));
    }

    /// <summary>Tokens that were drawn, 1 for yes.</summary>
    private sealed record Answer(int[] Said, double[] LogProbabilities)
    {
        public int Count => Said.Sum();

        public static int Place(int prompt, int token) => (prompt * Tokens) + token;

        public static Answer Draw(SoftmaxPolicy policy, int prompt, ref Rng rng)
        {
            var answer = new Answer(new int[Tokens], new double[Tokens]);
            for (int token = 0; token < Tokens; token++)
            {
                double[] probabilities = policy.Probabilities(Place(prompt, token));
                int said = answer.Said[token] = SoftmaxPolicy.Draw(probabilities, ref rng);
                answer.LogProbabilities[token] = Math.Log(probabilities[said]);
            }

            return answer;
        }

        public double LogRatio(SoftmaxPolicy start, int prompt) =>
            Said.Select((said, token) => LogProbabilities[token] - Math.Log(start.Probabilities(Place(prompt, token))[said])).Sum();
    }
}
