using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Rewards.Transforms;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary><c>bench S68</c>: learning from rewards of which many are flipped, and repairing a judge by how answers are reasoned.</summary>
/// <remarks>
/// arXiv 2505.22653. Sums of which a softmax policy first chooses whether to reason and then the answer; it begins more often right where
/// it reasons. Groups of 8 answers to a question, advantages standardized within the group.
/// </remarks>
internal sealed class GroupFlipProof() : Proof("S68",
    "flipped rewards: with 40% of all groups flipped a policy ends where it does without noise, only later; with 50% it learns nothing.",
    "Figure: accuracy after training with 40% flipped, mean of 5 seeds. Reference: without flips. It holds if it ends within 5 points of "
    + "the "
    + "reference in every seed, was behind it half-way, 50% stays within 5 points of where training began in the mean, flips have the "
    + "mean they "
    + "should and turn standardized advantages around, and a judge that misses 20% of right answers teaches more with calibration.")
{
    private const int Seeds = 5, Questions = 16, Options = 8, Completions = 8, Updates = 1600, Early = 120, Repairs = 30, RepairSeeds = 20;
    private const double Rate = 0.02, Missed = 0.2, Points = 0.05, Rounding = 1e-6;

    private static readonly double[] Shares = [0, 0.2, 0.4, 0.5];

    protected override BenchRow Prove(ulong firstSeed, CancellationToken cancel)
    {
        Curve[][] curves = [.. Shares.Select(share => ForSeeds(firstSeed, Seeds, seed => Train(share, seed), cancel))];
        Curve[] clean = curves[0], noisy = curves[2], blind = curves[3];
        double[] repaired = ForSeeds(firstSeed, RepairSeeds, seed => Repair(isCalibrated: true, seed), cancel),
            missed = ForSeeds(firstSeed, RepairSeeds, seed => Repair(isCalibrated: false, seed), cancel);
        double furthest = clean.Zip(noisy, (left, right) => left.End - right.End).Max();
        bool isLater = clean.Zip(noisy, (left, right) => left.Early > right.Early).All(behind => behind);
        double learned = blind.Average(one => one.End - one.Begin);
        (double meanError, double turnError) = Identities(firstSeed);
        bool holds = furthest <= Points && isLater && Math.Abs(learned) <= Points && meanError < 0.01 && turnError < Rounding
            && repaired.Average() > missed.Average();
        return Row(noisy.Average(one => one.End), "accuracy", "no flips", clean.Average(one => one.End), holds,
            ("begun", clean.Average(one => one.Begin)), ("furthestBehind", furthest),
            ("early", noisy.Average(one => one.Early)), ("earlyWithoutFlips", clean.Average(one => one.Early)),
            ("flipped20", curves[1].Average(one => one.End)), ("flipped50", blind.Average(one => one.End)),
            ("judgeCalibrated", repaired.Average()), ("judge", missed.Average()),
            ("calibratedAbove", repaired.Zip(missed, (left, right) => left > right ? 1.0 : 0).Average()),
            ("meanError", meanError), ("turnError", turnError));
    }

    private static Curve Train(double share, ulong seed)
    {
        var run = new Sums(seed);
        var flip = new GroupFlip(new GroupFlipOptions { Probability = share, Seed = (int)seed });
        double begin = run.Accuracy(), early = 0;
        for (int update = 0; update < Updates; update++)
        {
            if (update == Early) early = run.Accuracy();
            run.Learn(update, (batch, scores) => flip.Apply(batch, scores, EpisodeBatch.Context(update)));
        }

        return new Curve(begin, early, run.Accuracy());
    }

    /// <summary>Accuracy after a short training on a judge that misses right answers.</summary>
    private static double Repair(bool isCalibrated, ulong seed)
    {
        var run = new Sums(seed);
        var calibration = new PatternCalibration(new PatternCalibrationOptions { FullCount = Sums.Phrases });
        var misses = Rng.For(seed, "S68-misses");
        for (int update = 0; update < Repairs; update++)
            run.Learn(update, (batch, scores) =>
            {
                foreach (ref float score in scores)
                    if (misses.NextDouble() < Missed) score = 0;
                if (isCalibrated) calibration.Apply(batch, scores, EpisodeBatch.Context(update));
            });
        return run.Accuracy();
    }

    private static (double Mean, double Turn) Identities(ulong seed)
    {
        const double share = 0.3;
        const int groups = 20_000, rows = 4;
        var batch = new CompletionBatch(new string[groups], rows, new string[groups * rows]);
        float[] scores = [.. Enumerable.Range(0, batch.Rows).Select(row => row % rows == 0 ? 1f : 0)], flipped = [.. scores];
        new GroupFlip(new GroupFlipOptions { Probability = share, Seed = (int)seed }).Apply(batch, flipped, EpisodeBatch.Context(0));
        double mean = 0, turn = 0;
        for (int row = 0; row < batch.Rows; row++) mean += (flipped[row] - (share + ((1 - (2 * share)) * scores[row]))) / batch.Rows;
        for (int group = 0; group < groups; group++)
        {
            float[] before = Sums.Standardized(scores.AsSpan(group * rows, rows));
            float[] after = Sums.Standardized(flipped.AsSpan(group * rows, rows));
            float sign = flipped[group * rows] == scores[group * rows] ? 1 : -1;
            for (int i = 0; i < rows; i++) turn = Math.Max(turn, Math.Abs(after[i] - (sign * before[i])));
        }

        return (Math.Abs(mean), turn);
    }

    private readonly record struct Curve(double Begin, double Early, double End);

    private delegate void Disturbance(CompletionBatch batch, Span<float> scores);

    /// <summary>Questions a + b modulo 8; states are the question, then the question and whether it is reasoned about.</summary>
    private sealed class Sums(ulong seed)
    {
        public const int Phrases = 4;

        private const string Reasoned = "First we consider one, then we check. Therefore", Terse = "It is";
        private const double Sure = 2.0, Unsure = 0.5;

        private readonly SoftmaxPolicy _policy = new(3 * Questions, Options, (state, action) => state < Questions
            ? action < 2 ? 0 : -50 // whether to reason; the other logits do not exist
            : action == Truth((state - Questions) / 2) ? ((state - Questions) % 2 == 1 ? Sure : Unsure) : 0);

        private Rng _rng = Rng.For(seed, "S68");

        public double Accuracy() => Enumerable.Range(0, Questions).Average(question =>
        {
            double[] styles = _policy.Probabilities(question);
            return Enumerable.Range(0, 2).Sum(style => styles[style] * _policy.Probabilities(Place(question, style))[Truth(question)]);
        });

        public void Learn(int update, Disturbance disturb)
        {
            string[] prompts = [.. Enumerable.Range(0, Questions).Select(question => $"{question}")];
            string[] texts = new string[Questions * Completions];
            float[] scores = new float[texts.Length];
            var choices = new Choice[2 * texts.Length];
            for (int row = 0; row < texts.Length; row++)
            {
                int question = row / Completions;
                double[] styles = _policy.Probabilities(question);
                int style = SoftmaxPolicy.Draw(styles, ref _rng);
                double[] answers = _policy.Probabilities(Place(question, style));
                int answer = SoftmaxPolicy.Draw(answers, ref _rng);
                texts[row] = $"{(style == 1 ? Reasoned : Terse)} {answer}.";
                scores[row] = answer == Truth(question) ? 1 : 0;
                choices[2 * row] = new Choice(question, style, 0, Math.Log(styles[style]));
                choices[(2 * row) + 1] = new Choice(Place(question, style), answer, 0, Math.Log(answers[answer]));
            }

            disturb(new CompletionBatch(prompts, Completions, texts, (long)update * texts.Length), scores);
            for (int question = 0; question < Questions; question++)
            {
                float[] advantages = Standardized(scores.AsSpan(question * Completions, Completions));
                for (int i = 0; i < Completions; i++)
                    for (int part = 0; part < 2; part++)
                    {
                        ref Choice choice = ref choices[(2 * ((question * Completions) + i)) + part];
                        choice = choice with { Advantage = advantages[i] };
                    }
            }

            _policy.Ascend(choices, Rate);
        }

        /// <summary>Advantages within a group; zeros where all scores are equal.</summary>
        public static float[] Standardized(ReadOnlySpan<float> scores)
        {
            double mean = 0, squares = 0;
            foreach (float score in scores) mean += score / scores.Length;
            foreach (float score in scores) squares += (score - mean) * (score - mean) / scores.Length;
            float[] result = new float[scores.Length];
            if (squares < 1e-12) return result;
            for (int i = 0; i < result.Length; i++) result[i] = (float)((scores[i] - mean) / Math.Sqrt(squares));
            return result;
        }

        private static int Truth(int question) => ((question / 4) + (question * 3)) % Options;

        private static int Place(int question, int style) => Questions + (2 * question) + style;
    }
}
