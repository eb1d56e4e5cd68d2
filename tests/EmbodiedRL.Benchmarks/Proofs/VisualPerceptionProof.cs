using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Rewards.Diagnostics;
using EmbodiedRL.Rewards.Verifiers;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary><c>bench S01</c>: paying for facts of the picture, where most answers follow from the question's words alone.</summary>
/// <remarks>
/// arXiv 2506.07218. How many of four objects have a color; the question's words hint at the right number four times of five. The policy
/// first states the color of every object, each by a softmax over what it sees of it, then answers by a softmax over the hint and over what
/// it counts in what it stated. Facts are judged by rule, not by a language model; the policy is linear. Trained much longer on answers
/// alone, so small a policy begins to look as well.
/// </remarks>
internal sealed class VisualPerceptionProof() : Proof("S01",
    "the visual perception reward: paid for facts, a policy looks at the picture, which paying for answers alone does not teach it.",
    "Figure: share of facts of held-out scenes that are stated right, mean of 5 seeds. Reference: paid for answer and format alone. It "
    + "holds if it is 0.2 above the reference in every seed, answers are not less often right, McNemar's test of scenes without a "
    + "wrong fact "
    + "gives p < 0.05 against the reference in every seed, and p > 0.05 between the reference and the untrained policy in the median.")
{
    private const int Seeds = 5, Objects = 4, Counts = Objects + 1, Updates = 200, Questions = 16, HeldOut = 200;
    private const double Rate = 0.02, Hinted = 0.8, Gain = 0.2, Significant = 0.05;

    private static readonly string[] Places = ["first", "second", "third", "fourth"];

    protected override BenchRow Prove(ulong firstSeed, CancellationToken cancel)
    {
        Outcome[] Run(double factWeight, int updates) => ForSeeds(firstSeed, Seeds, seed => Train(seed, factWeight, updates), cancel);
        Outcome[] facts = Run(new VisualPerceptionOptions().FactWeight, Updates), answers = Run(0, Updates), untrained = Run(0, 0);
        double[] p = [.. facts.Zip(answers, P)], begun = [.. answers.Zip(untrained, P).Order()];
        double leastGain = facts.Zip(answers, (left, right) => left.Recall - right.Recall).Min();
        double leastAnswerGain = facts.Zip(answers, (left, right) => left.Accuracy - right.Accuracy).Min();
        return Row(facts.Average(one => one.Recall), "share of facts", "paid for answer and format alone",
            answers.Average(one => one.Recall),
            leastGain >= Gain && leastAnswerGain >= 0 && p.Max() < Significant && begun[Seeds / 2] > Significant,
            ("leastGain", leastGain), ("untrained", untrained.Average(one => one.Recall)),
            ("accuracy", facts.Average(one => one.Accuracy)), ("accuracyOfReference", answers.Average(one => one.Accuracy)),
            ("leastAnswerGain", leastAnswerGain), ("greatestP", p.Max()), ("medianPOfReference", begun[Seeds / 2]));
    }

    private static double P(Outcome first, Outcome second) => McNemarTest.PValue(
        first.IsSeen.Zip(second.IsSeen).Count(pair => pair.First && !pair.Second),
        first.IsSeen.Zip(second.IsSeen).Count(pair => pair.Second && !pair.First));

    private static Outcome Train(ulong seed, double factWeight, int updates)
    {
        var rng = Rng.For(seed, "S01");
        int colors = MadeScene.Colors.Count;
        ChoiceHead facts = new(colors, colors), answer = new(2 * Counts, Counts);
        var trainer = new CompletionTrainer([facts, answer], Rate, seed, "S01-completions");
        using var reward = new VisualPerceptionReward("facts", new VisualPerceptionOptions { FactWeight = factWeight });
        for (int update = 0; update < updates; update++)
        {
            Asked[] asked = Ask(Questions, ref rng);
            trainer.Learn(reward, [.. asked.Select(one => one.Question)], (i, pen) => Write(asked[i], facts, answer, pen, out _));
        }

        var heldOut = Rng.For(seed, "S01-held-out");
        Asked[] tests = Ask(HeldOut, ref heldOut);
        (double recall, double accuracy) = (0, 0);
        bool[] isSeen = new bool[HeldOut];
        for (int i = 0; i < HeldOut; i++)
        {
            Asked test = tests[i];
            string text = Write(test, facts, answer, Pen.Drawing(Rng.For(seed, "S01-tests", i)), out int[] stated);
            recall += stated.Where((color, o) => color == test.Scene.Objects[o].Color).Count() / (double)(Objects * HeldOut);
            isSeen[i] = stated.SequenceEqual(test.Scene.Objects.Select(one => one.Color));
            accuracy += text.Contains($"<answer>{test.Question.Reference}</answer>", StringComparison.Ordinal) ? 1.0 / HeldOut : 0;
        }

        return new Outcome(recall, accuracy, isSeen);
    }

    private static Asked[] Ask(int count, ref Rng rng)
    {
        var asked = new Asked[count];
        for (int i = 0; i < count; i++)
        {
            var scene = MadeScene.Draw(Objects, ref rng);
            int color = rng.Below(MadeScene.Colors.Count), truth = scene.Objects.Count(one => one.Color == color);
            int hint = rng.NextDouble() < Hinted ? truth : (truth + 1 + rng.Below(Counts - 1)) % Counts;
            asked[i] = new Asked(scene, color, hint, new Question(
                $"How many things are {MadeScene.Colors[color]}? Usually there are {hint}.", $"{truth}", AnswerForm.Number)
            {
                WorkedAnswer = MadeScene.Tagged(Thought(scene.Objects.Select(one => one.Color)), $"{truth}"),
            });
        }

        return asked;
    }

    private static string Write(Asked asked, ChoiceHead facts, ChoiceHead answer, Pen pen, out int[] stated)
    {
        int colors = MadeScene.Colors.Count;
        stated = [.. asked.Scene.Objects.Select(one => pen.Choose(facts, MadeScene.OneHot(one.Color, colors)))];
        int color = asked.Color, counted = stated.Count(one => one == color);
        int said = pen.Choose(answer, [.. MadeScene.OneHot(asked.Hint, Counts), .. MadeScene.OneHot(counted, Counts)]);
        return MadeScene.Tagged(Thought(stated), $"{said}");
    }

    private static string Thought(IEnumerable<int> colors) =>
        string.Join(' ', colors.Select((color, o) => $"The {Places[o]} thing is {MadeScene.Colors[color]}."));

    private sealed record Asked(MadeScene Scene, int Color, int Hint, Question Question);

    private sealed record Outcome(double Recall, double Accuracy, bool[] IsSeen);
}
