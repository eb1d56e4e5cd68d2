using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Rewards.Verifiers;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary><c>bench S16</c>: Curr-ReFT's three stages against open questions alone, and the refresh that brings back an old
/// skill.</summary> <remarks> arXiv 2503.07065. An object has one of 48 names, of which the policy sees a vector of features. One set of
/// weights says how well a name fits what is seen: it decides yes or no, picks among four names, or among all. The curriculum spends a
/// fifth of its completions on each of the first two stages. Every answer also chooses between words and digits; learning names teaches
/// words, which spoils counting, and the refresh is imitation of sampled answers that were paid in full: counts of the untrained policy,
/// names of the trained one.
/// </remarks>
internal sealed class CurriculumProof() : Proof("S16",
    "Curr-ReFT: judging, then choosing, then answering learns open answers sooner than open answers alone, and a refresh restores "
    + "old skills.",
    "Figure: completions until half of the open answers are right, mean of 5 seeds (all completions where they never are). Reference: open "
    + "questions alone. It holds if the figure is at most 0.7 of the reference, the final accuracy is higher in every "
    + "seed, and "
    + "the refresh raises counting, which learning lowered, to at least what it was.")
{
    private const int Seeds = 5, Names = 48, Features = 12, Questions = 8, Choices = 4, Digits = 5, Old = 200, Refreshes = 40,
        Budget = 16_000;
    private const double Rate = 0.03, StageShare = 0.1, Half = 0.5, MostRatio = 0.7, Blur = 0.1;
    private const int Measured = 10; // updates between two measurements

    protected override BenchRow Prove(ulong firstSeed, CancellationToken cancel)
    {
        Outcome[] staged = ForSeeds(firstSeed, Seeds, seed => Train(seed, StageShare), cancel),
            open = ForSeeds(firstSeed, Seeds, seed => Train(seed, 0), cancel);
        double ratio = staged.Average(one => one.Reached) / open.Average(one => one.Reached);
        double greatestRatio = staged.Zip(open, (left, right) => left.Reached / right.Reached).Max();
        double leastGain = staged.Zip(open, (left, right) => left.Accuracy - right.Accuracy).Min();
        bool isRestored = staged.All(one => one.Counting < one.CountingBefore && one.CountingAfter >= one.CountingBefore);
        return Row(staged.Average(one => one.Reached), "completions", "open questions alone", open.Average(one => one.Reached),
            ratio <= MostRatio && leastGain > 0 && isRestored,
            ("greatestRatio", greatestRatio), ("accuracy", staged.Average(one => one.Accuracy)),
            ("accuracyOfReference", open.Average(one => one.Accuracy)), ("leastGain", leastGain),
            ("countingBefore", staged.Average(one => one.CountingBefore)), ("counting", staged.Average(one => one.Counting)),
            ("countingRefreshed", staged.Average(one => one.CountingAfter)),
            ("accuracyRefreshed", staged.Average(one => one.AccuracyAfter)));
    }

    private static Outcome Train(ulong seed, double share)
    {
        var rng = Rng.For(seed, "S16");
        var world = new World(ref rng);
        Policy policy = new(), begun = new();
        int[] counts = [4, 2, 4]; // completions of a prompt, by stage
        CompletionTrainer[] trainers = [.. counts.Select((count, stage) =>
            new CompletionTrainer(policy.Heads, Rate, seed, $"S16-stage{stage}") { Completions = count })];
        using var reward = new CurriculumReward("stages", new CurriculumRewardOptions());
        double before = Counting(), reached = Budget;
        long written = 0;
        for (int update = 0; written < Budget; update++)
        {
            int stage = written < share * Budget ? 0 : written < 2 * share * Budget ? 1 : 2;
            Asked[] asked = [.. Enumerable.Range(0, Questions).Select(_ => world.Ask(stage, ref rng))];
            trainers[stage].Learn(reward, [.. asked.Select(one => one.Question)], (i, pen) => policy.Write(asked[i], pen));
            written = trainers.Sum(trainer => trainer.Written);
            if (update % Measured == 0 && reached == Budget && Accuracy() >= Half) reached = written;
        }

        (double accuracy, double counting) = (Accuracy(), Counting());
        Refresh();
        return new Outcome(reached, accuracy, before, counting, Counting(), Accuracy());

        double Accuracy()
        {
            var heldOut = Rng.For(seed, "S16-held-out");
            return Right([.. Enumerable.Range(0, Old).Select(_ => world.Ask(2, ref heldOut))]);
        }

        double Counting()
        {
            var heldOut = Rng.For(seed, "S16-counting");
            return Right([.. Enumerable.Range(0, Old).Select(_ => World.AskCount(ref heldOut))]);
        }

        double Right(Asked[] asked) => Paid([.. asked.Select(one => one.Question)],
            [.. asked.Select((one, i) => policy.Write(one, Pen.Drawing(Rng.For(seed, "S16-tests", i))))]).Average(paid => paid ? 1.0 : 0);

        bool[] Paid(Question[] questions, string[] texts) =>
            [.. CompletionTrainer.Score(reward, CompletionBatch.Of(questions, 1, texts)).Select(score => score == 2)];

        // keeps answers that were paid in full, of the untrained policy to old questions and its own to new ones, and imitates them
        void Refresh()
        {
            var draws = Rng.For(seed, "S16-refresh");
            Asked[] asked = [.. Enumerable.Range(0, Old).Select(i => i % 2 == 0 ? World.AskCount(ref draws) : world.Ask(2, ref draws))];
            Pen[] pens = [.. asked.Select((_, i) => Pen.Drawing(Rng.For(seed, "S16-kept", i)))];
            bool[] isPaid = Paid([.. asked.Select(one => one.Question)],
                [.. asked.Select((one, i) => (one.IsCount ? begun : policy).Write(one, pens[i]))]);
            int[] kept = [.. Enumerable.Range(0, Old).Where(i => isPaid[i])];
            for (int step = 0; step < Refreshes; step++)
                trainers[0].Imitate(kept.Length, i => pens[kept[i]].Choices.Select(chosen => chosen.Action),
                    (i, pen) => policy.Write(asked[kept[i]], pen));
        }
    }

    private readonly record struct Outcome(double Reached, double Accuracy, double CountingBefore, double Counting, double CountingAfter,
        double AccuracyAfter);

    /// <summary>A question with what is seen, and the names among which to choose (-1 for yes or no).</summary>
    private sealed record Asked(Question Question, double[] Seen, int[] Names, bool IsCount);

    private sealed class World
    {
        private readonly double[][] _looks = new double[CurriculumProof.Names][];

        public World(ref Rng rng)
        {
            for (int name = 0; name < _looks.Length; name++)
            {
                _looks[name] = new double[Features];
                for (int f = 0; f < Features; f++) _looks[name][f] = rng.Normal();
            }
        }

        public static Asked AskCount(ref Rng rng)
        {
            int count = rng.Below(Digits);
            return new Asked(new Question("How many are there?", $"{count}", AnswerForm.Number),
                MadeScene.OneHot(count, Features), [], true);
        }

        public Asked Ask(int stage, ref Rng rng)
        {
            int truth = rng.Below(_looks.Length);
            double[] seen = [.. _looks[truth]];
            for (int f = 0; f < Features; f++) seen[f] += Blur * rng.Normal();
            if (stage == 0)
            {
                int named = rng.NextDouble() < 0.5 ? truth : (truth + 1 + rng.Below(_looks.Length - 1)) % _looks.Length;
                return new Asked(new Question($"Is it a {Name(named)}?", named == truth ? "yes" : "no", AnswerForm.Option)
                {
                    Options = ["yes", "no"],
                }, seen, [named], false);
            }

            if (stage == 2)
                return new Asked(new Question("What is it?", Name(truth), AnswerForm.Text), seen,
                    [.. Enumerable.Range(0, _looks.Length)], false);
            int first = rng.Below(_looks.Length - Choices);
            int[] names = [.. Enumerable.Range(0, Choices).Select(i => (truth + (i == 0 ? 0 : first + i)) % _looks.Length)];
            rng.Shuffle(names);
            return new Asked(new Question("Which is it?", Name(truth), AnswerForm.Option)
            {
                Options = [.. names.Select(Name)],
            }, seen, names, false);
        }

        public static string Name(int name) => $"thing-{(char)('a' + (name / 8))}{(char)('a' + (name % 8))}";
    }

    private sealed class Policy
    {
        private const double DigitHabit = 2;

        private readonly ChoiceHead _fit = new((Names * Features) + 1),
            _words = new(2, 2, (word, f) => word == 1 && f == 1 ? DigitHabit : 0),
            _count = new(Features, Digits, (digit, seen) => digit == seen ? 4 : 0);

        public IReadOnlyList<ChoiceHead> Heads => [_fit, _words, _count];

        public string Write(Asked asked, Pen pen)
        {
            bool isDigit = pen.Choose(_words, 1, asked.IsCount ? 1 : 0) == 1;
            string answer;
            if (asked.IsCount) answer = $"{pen.Choose(_count, asked.Seen)}";
            else if (asked.Names is [int named]) answer = pen.Pick(_fit, [Fit(asked.Seen, named), No()]) == 0 ? "yes" : "no";
            else answer = World.Name(asked.Names[pen.Pick(_fit, [.. asked.Names.Select(name => Fit(asked.Seen, name))])]);
            return MadeScene.Tagged("I look.", isDigit == asked.IsCount ? answer : asked.IsCount ? "some" : "7");
        }

        private static double[] No() => MadeScene.OneHot(Names * Features, (Names * Features) + 1);

        private static double[] Fit(double[] seen, int name)
        {
            double[] features = new double[(Names * Features) + 1];
            seen.CopyTo(features, name * Features);
            return features;
        }
    }
}
