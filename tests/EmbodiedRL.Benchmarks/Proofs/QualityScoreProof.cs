using System.Globalization;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Rewards.Diagnostics;
using EmbodiedRL.Rewards.Verifiers;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary><c>bench S12</c>: Q-Insight's score and degradation rewards together, against scores alone.</summary>
/// <remarks>
/// arXiv 2503.22679. Frames are vectors of measurements (grain, sharpness, blocks, brightness) with noise; degradations are noise, blur,
/// compression and darkening of four levels, or none. The linear policy states a type and a level in its reasoning, and then a score by
/// what it stated; asked for the degradation it answers with type and level. The score's window begins wide (the option
/// <c>initialTolerance</c>): with the paper's from the start most groups are all 0.
/// </remarks>
internal sealed class QualityScoreProof() : Proof("S12",
    "Q-Insight: learning scores and degradations together rates images better than learning scores alone.",
    "Figure: rank correlation of scores with the truth on held-out frames, mean of 5 seeds. Reference: trained on the scores alone, "
    + "as many "
    + "of them. It holds if it is higher in every seed, also on frames of two degradations at once, which were never trained on, in "
    + "the mean.")
{
    private const int Seeds = 5, Updates = 400, Questions = 8, HeldOut = 400, Levels = 5, Senses = 4;
    private const double Rate = 0.02, Grain = 0.4, RaterNoise = 0.15, Wide = 1.5;

    private static readonly string[] Types = ["none", "noise", "blur", "compression", "darkening"];
    private static readonly string[] LevelNames = ["none", "barely", "slight", "strong", "severe"];

    /// <summary>What a level of each type takes off the score.</summary>
    private static readonly double[] Costs = [0, 0.9, 0.7, 0.5, 0.3];

    private static readonly double[] Scores = [.. Enumerable.Range(0, 9).Select(i => 1 + (0.5 * i))];

    protected override BenchRow Prove(ulong firstSeed, CancellationToken cancel)
    {
        Outcome[] Run(bool isJoint) => ForSeeds(firstSeed, Seeds, seed => Train(seed, isJoint), cancel);
        Outcome[] joint = Run(true), alone = Run(false);
        double leastGain = joint.Zip(alone, (left, right) => left.Correlation - right.Correlation).Min();
        double mixedGain = joint.Average(one => one.Mixed) - alone.Average(one => one.Mixed);
        return Row(joint.Average(one => one.Correlation), "rank correlation", "trained on scores alone",
            alone.Average(one => one.Correlation), leastGain > 0 && mixedGain > 0,
            ("leastGain", leastGain), ("mixed", joint.Average(one => one.Mixed)), ("mixedOfReference", alone.Average(one => one.Mixed)),
            ("types", joint.Average(one => one.Types)), ("typesOfReference", alone.Average(one => one.Types)));
    }

    private static Outcome Train(ulong seed, bool isJoint)
    {
        var rng = Rng.For(seed, "S12");
        var policy = new Policy();
        var trainer = new CompletionTrainer(policy.Heads, Rate, seed, "S12-completions");
        using var reward = new QualityScoreReward("quality", new QualityScoreOptions { InitialTolerance = Wide });
        for (int update = 0; update < Updates; update++)
        {
            Frame[] frames = Frame.Draw(isJoint ? 2 * Questions : Questions, isMixed: false, ref rng);
            Question[] questions = [.. frames.Select((frame, i) => i < Questions ? frame.AskScore() : frame.AskDegradation())];
            trainer.Learn(reward, questions, (i, pen) => policy.Write(frames[i], questions[i].Form == AnswerForm.Number, pen, out _, out _),
                (double)update / Updates);
        }

        var heldOut = Rng.For(seed, "S12-held-out");
        Frame[] frame = Frame.Draw(HeldOut, isMixed: false, ref heldOut), mixed = Frame.Draw(HeldOut, isMixed: true, ref heldOut);
        int right = 0;
        double Correlation(Frame[] frames) => Correlations.Spearman([.. frames.Select(one => one.Truth)],
            [.. frames.Select(one =>
            {
                policy.Write(one, isScore: true, Pen.Greedy(), out int type, out double score);
                right += type == one.Type ? 1 : 0;
                return score;
            })]);
        double correlation = Correlation(frame), types = (double)right / HeldOut;
        return new Outcome(correlation, Correlation(mixed), types);
    }

    private readonly record struct Outcome(double Correlation, double Mixed, double Types);

    /// <summary>A frame as it is measured.</summary>
    /// <param name="Type">Of its degradation.</param>
    /// <param name="Level">0 only of none.</param>
    /// <param name="Truth">Its score from 1 to 5.</param>
    /// <param name="Rated">By a rater.</param>
    /// <param name="Senses">Measurements.</param>
    private sealed record Frame(int Type, int Level, double Truth, double Rated, double[] Senses)
    {
        public static Frame[] Draw(int count, bool isMixed, ref Rng rng)
        {
            var frames = new Frame[count];
            for (int i = 0; i < count; i++)
            {
                int type = isMixed ? 1 + rng.Below(Types.Length - 1) : rng.Below(Types.Length),
                    level = type == 0 ? 0 : 1 + rng.Below(Levels - 1);
                double[] senses = new double[QualityScoreProof.Senses];
                for (int sense = 0; sense < senses.Length; sense++) senses[sense] = Grain * rng.Normal();
                double truth = 5;
                Degrade(type, level);
                if (isMixed) Degrade(1 + ((type + rng.Below(Types.Length - 2)) % (Types.Length - 1)), 1 + rng.Below(2));
                truth = Math.Max(1, truth);
                frames[i] = new Frame(type, level, truth, Math.Clamp(truth + (RaterNoise * rng.Normal()), 1, 5), senses);

                void Degrade(int by, int strength)
                {
                    if (by > 0) senses[by - 1] += strength;
                    truth -= Costs[by] * strength;
                }
            }

            return frames;
        }

        public Question AskScore() =>
            new("Rate the image from 1 to 5.", Rated.ToString("R", CultureInfo.InvariantCulture), AnswerForm.Number);

        public Question AskDegradation() => new("Which degradation has the image, and of which level?",
            $"{{\"type\":\"{Types[Type]}\",\"level\":\"{LevelNames[Level]}\"}}", AnswerForm.Text);
    }

    private sealed class Policy
    {
        private readonly ChoiceHead _type = new(1 + Senses, Types.Length), _level = new(2 + Senses, Levels),
            _score = new(Types.Length * Levels, Scores.Length);

        public IReadOnlyList<ChoiceHead> Heads => [_type, _level, _score];

        public string Write(Frame frame, bool isScore, Pen pen, out int type, out double score)
        {
            type = pen.Choose(_type, [1, .. frame.Senses]);
            double stated = type == 0 ? 0 : frame.Senses[type - 1];
            int level = pen.Choose(_level, [1, stated, .. frame.Senses]);
            string thought = $"The image has {Types[type]}, {LevelNames[level]}.";
            score = double.NaN;
            if (!isScore) return MadeScene.Tagged(thought, $"{{\"type\":\"{Types[type]}\",\"level\":\"{LevelNames[level]}\"}}");
            score = Scores[pen.Choose(_score, MadeScene.OneHot((type * Levels) + level, Types.Length * Levels))];
            return MadeScene.Tagged(thought, string.Create(CultureInfo.InvariantCulture, $"{{\"rating\":{score:R}}}"));
        }
    }
}
