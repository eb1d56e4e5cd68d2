using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Rewards.Verifiers;
using EmbodiedRL.Rewards.Verifiers.Boxes;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary><c>bench S15</c>: VLAA-Thinker's mixed reward, learned from alone and after imitating long, flawed reasoning.</summary>
/// <remarks>
/// arXiv 2504.11468. Five kinds of questions of a scene through one reward: counts, colors by option, sums, a box, and a description that a
/// grader marks by what it tells. The policy first chooses how to reason: it looks, and answers by what it sees, or it writes a long
/// doubting text, in which what it saw is lost in 40% of all answers. Imitation teaches the long text and its answers; both arms then learn
/// the same number of updates by the reward. That long reasoning is flawed is put in, as in the paper's traces; what is measured is whether
/// learning gets away from it.
/// </remarks>
internal sealed class MixedAnswerProof() : Proof("S15",
    "VLAA-Thinker's mixed reward: learning from it alone ends above learning from it after imitating long, flawed reasoning.",
    "Figure: mean reward of held-out questions of five kinds, mean of 5 seeds. Reference: the same updates after imitation. It "
    + "holds if it is "
    + "above the reference in every seed although it begins below in every seed, all rewards lie in [0, 1], and the open reward is 0 "
    + "at the "
    + "reference and rises with the margin.")
{
    private const int Seeds = 5, Kinds = 5, Questions = 10, Updates = 150, Imitated = 300, HeldOut = 500, Things = 4, Parts = 3, Slots = 3;
    private const double Rate = 0.03, Lost = 0.4, Beta = 1;

    protected override BenchRow Prove(ulong firstSeed, CancellationToken cancel)
    {
        Outcome[] alone = ForSeeds(firstSeed, Seeds, seed => Train(seed, 0), cancel),
            after = ForSeeds(firstSeed, Seeds, seed => Train(seed, Imitated), cancel);
        double leastGain = alone.Zip(after, (left, right) => left.End - right.End).Min(),
            leastHead = alone.Zip(after, (left, right) => right.Begin - left.Begin).Min();
        (double least, double most) = (alone.Concat(after).Min(one => one.Least), alone.Concat(after).Max(one => one.Most));
        return Row(alone.Average(one => one.End), "mean reward", "the same updates after imitation", after.Average(one => one.End),
            leastGain > 0 && leastHead > 0 && least >= 0 && most <= 1 && IsMargin(),
            ("leastGain", leastGain), ("begun", alone.Average(one => one.Begin)), ("begunAfterImitation", after.Average(one => one.Begin)),
            ("looks", alone.Average(one => one.Looks)), ("looksAfterImitation", after.Average(one => one.Looks)),
            ("leastReward", least), ("greatestReward", most));
    }

    private static bool IsMargin()
    {
        double[] margins = [.. Enumerable.Range(-4, 12).Select(i => MixedAnswerReward.Margin(3 + (0.5 * i), 3, Beta))];
        return margins[4] == 0 && margins.Zip(margins.Skip(1)).Skip(4).All(pair => pair.Second > pair.First)
            && margins.All(one => one is >= 0 and <= 1);
    }

    private static Outcome Train(ulong seed, int imitated)
    {
        var rng = Rng.For(seed, "S15");
        var policy = new Policy();
        var trainer = new CompletionTrainer(policy.Heads, Rate, seed, "S15-completions") { Completions = 4 };
        using var reward = new MixedAnswerReward("mixed", new MixedAnswerOptions
        {
            OpenKinds = ["describe"],
            Model = "grader",
            Beta = Beta,
            Checks = ["count=number", "color=option", "sum=number", "box=box-iou"],
        }, new Grader());
        for (int step = 0; step < imitated; step++)
        {
            Asked[] shown = Asked.Draw(Questions, ref rng);
            trainer.Imitate(Questions, i => shown[i].LongTrace(), (i, pen) => policy.Write(shown[i], pen));
        }

        (double begin, _, double least, double most) = Measure();
        for (int update = 0; update < Updates; update++)
        {
            Asked[] asked = Asked.Draw(Questions, ref rng);
            trainer.Learn(reward, [.. asked.Select(one => one.Question)], (i, pen) => policy.Write(asked[i], pen));
        }

        (double end, double looks, double leastAfter, double mostAfter) = Measure();
        return new Outcome(begin, end, looks, Math.Min(least, leastAfter), Math.Max(most, mostAfter));

        (double Mean, double Looks, double Least, double Most) Measure()
        {
            var heldOut = Rng.For(seed, "S15-held-out");
            Asked[] tests = Asked.Draw(HeldOut, ref heldOut);
            string[] texts = [.. tests.Select((one, i) => policy.Write(one, Pen.Drawing(Rng.For(seed, "S15-tests", i))))];
            float[] scores = CompletionTrainer.Score(reward, CompletionBatch.Of([.. tests.Select(one => one.Question)], 1, texts));
            return (scores.Average(), texts.Average(text => text.Contains("Wait", StringComparison.Ordinal) ? 0.0 : 1),
                scores.Min(), scores.Max());
        }
    }

    private readonly record struct Outcome(double Begin, double End, double Looks, double Least, double Most);

    /// <summary>Marks a description by the true colors in it, which it reads from the question, 1 for each.</summary>
    private sealed class Grader : ITextModel
    {
        public string Name => "grader";

        public ValueTask<IReadOnlyList<string>> ReplyAsync(IReadOnlyList<string> prompts, CancellationToken cancel) =>
            ValueTask.FromResult<IReadOnlyList<string>>([.. prompts.Select(prompt =>
            {
                string truth = prompt.Split('(', ')')[1], answer = prompt.Split("Answer:\n")[1].Split("\n\n")[0];
                return $"{answer.Split(", ").Zip(truth.Split(", "), (said, wanted) => said == wanted ? 1 : 0).Sum()}";
            })]);
    }

    /// <summary>A question of a scene.</summary>
    /// <param name="Question">Its kind is <c>count</c>, <c>color</c>, <c>sum</c>, <c>box</c> or <c>describe</c>.</param>
    /// <param name="Kind">Place of the kind.</param>
    /// <param name="Truths">What is to be chosen for it, one for each slot, of <see cref="Things"/>.</param>
    /// <param name="Lost">What is left of it after long reasoning.</param>
    /// <param name="Truth">The box that is asked for.</param>
    private sealed record Asked(Question Question, int Kind, int[] Truths, int[] Lost, Box Truth)
    {
        public int Slots => Kind == 4 ? MixedAnswerProof.Slots : 1;

        public static Asked[] Draw(int count, ref Rng rng)
        {
            var asked = new Asked[count];
            for (int i = 0; i < count; i++)
            {
                var scene = MadeScene.Draw(Parts, ref rng);
                Box box = scene.Objects[0].Box;
                int[] truths = [rng.Below(Things), rng.Below(Things), rng.Below(Things)], lost = [.. truths];
                for (int slot = 0; slot < lost.Length; slot++)
                    if (rng.NextDouble() < MixedAnswerProof.Lost) lost[slot] = rng.Below(Things);
                string colors = string.Join(", ", truths.Select(truth => MadeScene.Colors[truth]));
                int kind = i % Kinds;
                asked[i] = new Asked(kind switch
                {
                    0 => new Question("How many things are there?", $"{truths[0]}", AnswerForm.Number) { Kind = "count" },
                    1 => new Question("Which color has the thing?", MadeScene.Colors[truths[0]], AnswerForm.Option)
                    {
                        Kind = "color",
                        Options = MadeScene.Colors,
                    },
                    2 => new Question("What is half of twice the count, and a tenth more?", $"{truths[0] + 0.1:0.0}", AnswerForm.Number)
                    {
                        Kind = "sum",
                    },
                    3 => new Question("Where is the thing?", MadeScene.Json([("thing", box)]), AnswerForm.Boxes) { Kind = "box" },
                    _ => new Question($"Describe the colors ({colors}).", "something, there, is", AnswerForm.Text) { Kind = "describe" },
                }, kind, truths, lost, box);
            }

            return asked;
        }

        /// <summary>What a teacher of long reasoning chooses.</summary>
        public IEnumerable<int> LongTrace() => Lost.Take(Slots).Prepend(1);

        /// <summary>The answer of choices.</summary>
        public string Answer(int[] said) => Kind switch
        {
            0 => $"{said[0]}",
            1 => MadeScene.Colors[said[0]],
            2 => $"{said[0] + 0.1:0.0}",
            3 => MadeScene.Json([("thing", Moved((said[0] - Truths[0]) * 0.3 * Truth.Width))]),
            _ => string.Join(", ", said.Select(one => MadeScene.Colors[one])),
        };

        private Box Moved(double by) => Truth with { Left = Truth.Left + by, Right = Truth.Right + by };
    }

    private sealed class Policy
    {
        private readonly ChoiceHead _mode = new(Kinds, 2), _answer = new(2 * Things, Things);

        public IReadOnlyList<ChoiceHead> Heads => [_mode, _answer];

        public string Write(Asked asked, Pen pen)
        {
            bool isLong = pen.Choose(_mode, MadeScene.OneHot(asked.Kind, Kinds)) == 1;
            int[] seen = isLong ? asked.Lost : asked.Truths;
            int[] said = [.. seen.Take(asked.Slots).Select(one =>
                pen.Choose(_answer, MadeScene.OneHot(isLong ? Things + one : one, 2 * Things)))];
            return MadeScene.Tagged(isLong ? "Wait, perhaps it is not so. Wait, I check again. Wait." : "I look.", asked.Answer(said));
        }
    }
}
