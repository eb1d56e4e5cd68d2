using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Rewards.Diagnostics;
using EmbodiedRL.Rewards.Verifiers;
using EmbodiedRL.Rewards.Verifiers.Boxes;
using EmbodiedRL.Rewards.Verifiers.Parsing;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary><c>bench S08</c>: DIP-R1's reward for looking where the completions of a question disagree.</summary>
/// <remarks>
/// arXiv 2505.23179; the look reward is the project's own reading of it. Crowded scenes of twelve objects of which a linear policy looks at
/// four. It sees, blurred, how much each overlaps others. The four most crowded have two candidate boxes of which one is right; a look
/// gives a clue which. Others have one. Disagreement is measured on answers without the clues, since looks end it. The budget is small:
/// with more updates the reference looks there as well.
/// </remarks>
internal sealed class InspectionProof() : Proof("S08",
    "DIP-R1's inspection reward: a policy looks where its completions disagree, and finds more for it.",
    "Figure: area under the curve of how well the disagreement of a group tells which objects are looked at, mean of 5 seeds. "
    + "Reference: the "
    + "same reward without its look term. It holds if the figure is at least 0.7 and above the reference in every seed, and the mean F1 of "
    + "boxes is above the reference's.")
{
    private const int Seeds = 5, Objects = 12, Looks = 4, Hard = 4, Questions = 4, Updates = 25, HeldOut = 100, Completions = 8,
        Nuisances = 3;
    private const double Rate = 0.03, Clue = 1.5, Blur = 0.5, Most = 0.4, Shift = 0.6, Enough = 0.7;

    protected override BenchRow Prove(ulong firstSeed, CancellationToken cancel)
    {
        Outcome[] Run(double weight) => ForSeeds(firstSeed, Seeds, seed => Train(seed, weight), cancel);
        Outcome[] looking = Run(new InspectionOptions().LookWeight), plain = Run(0);
        double least = looking.Min(one => one.Auroc), leastGain = looking.Zip(plain, (left, right) => left.Auroc - right.Auroc).Min();
        double[] gains = [.. looking.Zip(plain, (left, right) => left.F1 - right.F1)];
        return Row(looking.Average(one => one.Auroc), "area under the curve", "without the look reward", plain.Average(one => one.Auroc),
            least >= Enough && leastGain > 0 && gains.Average() > 0,
            ("least", least), ("leastGain", leastGain), ("f1", looking.Average(one => one.F1)),
            ("f1OfReference", plain.Average(one => one.F1)), ("leastF1Gain", gains.Min()));
    }

    private static Outcome Train(ulong seed, double lookWeight)
    {
        var rng = Rng.For(seed, "S08");
        var policy = new Policy();
        var trainer = new CompletionTrainer(policy.Heads, Rate, seed, "S08-completions") { Completions = Completions };
        using var reward = new InspectionReward("inspection", new InspectionOptions { LookWeight = lookWeight });
        for (int update = 0; update < Updates; update++)
        {
            Sight[] sights = Sight.Draw(Questions, ref rng);
            trainer.Learn(reward, [.. sights.Select(one => one.Scene.BoxesQuestion())], (i, pen) => policy.Write(sights[i], pen));
        }

        var heldOut = Rng.For(seed, "S08-held-out");
        Sight[] tests = Sight.Draw(HeldOut, ref heldOut);
        Question[] questions = [.. tests.Select(one => one.Scene.BoxesQuestion())];
        Sight[] blind = [.. tests.Select(one => one with { Clues = new double[Objects] })];
        return Measure(tests, trainer.Write(questions, (i, pen) => policy.Write(tests[i], pen)).Batch.Texts,
            trainer.Write(questions, (i, pen) => policy.Write(blind[i], pen)).Batch.Texts);
    }

    private static Outcome Measure(Sight[] tests, IReadOnlyList<string> texts, IReadOnlyList<string> blind)
    {
        var disagreements = new List<double>();
        var isLookedAt = new List<bool>();
        double f1 = 0;
        for (int test = 0; test < tests.Length; test++)
        {
            IReadOnlyList<MadeObject> truth = tests[test].Scene.Objects;
            ParsedCompletion[] written = Parsed(texts, test);
            double[][] overlaps = [.. written.Select(one => Reached(truth, one))],
                atFirstSight = [.. Parsed(blind, test).Select(one => Reached(truth, one))];
            for (int g = 0; g < Completions; g++)
            {
                IReadOnlyList<LabeledBox> looks = BoxText.Parse(written[g].Only("look").Value!).Value!;
                disagreements.AddRange(InspectionReward.Disagreement(atFirstSight, g));
                isLookedAt.AddRange(truth.Select(one => looks.Any(look => look.Box == one.Box)));
                f1 += overlaps[g].Count(iou => iou >= 0.5) / (double)(Objects * texts.Count); // as many boxes as objects
            }
        }

        return new Outcome(Classification.Auroc([.. disagreements], [.. isLookedAt]), f1);
    }

    /// <summary>The IoU that each object is found with: the answer names them in order.</summary>
    private static double[] Reached(IReadOnlyList<MadeObject> truth, ParsedCompletion completion)
    {
        IReadOnlyList<LabeledBox> answer = BoxText.Parse(completion.Answer.Value!).Value!;
        return [.. truth.Select((one, o) => BoxOverlap.Iou(one.Box, answer[o].Box))];
    }

    private static ParsedCompletion[] Parsed(IReadOnlyList<string> texts, int test) => [.. Enumerable.Range(0, Completions)
        .Select(g => new ParsedCompletion(texts[(test * Completions) + g], others: "look"))];

    private readonly record struct Outcome(double Auroc, double F1);

    /// <summary>What the policy sees of a scene.</summary>
    /// <param name="Scene">Crowded.</param>
    /// <param name="Features">[objects][features]: constant, crowdedness, and some that mean nothing.</param>
    /// <param name="IsCrowded">Whether there are two candidates.</param>
    /// <param name="Wrong">The wrong candidate of each object.</param>
    /// <param name="IsFirst">Whether the first candidate is right.</param>
    /// <param name="Clues">Positive where the first candidate is right, more or less; seen only by looking.</param>
    private sealed record Sight(MadeScene Scene, double[][] Features, bool[] IsCrowded, Box[] Wrong, bool[] IsFirst, double[] Clues)
    {
        public static Sight[] Draw(int count, ref Rng rng)
        {
            var sights = new Sight[count];
            for (int i = 0; i < count; i++)
            {
                var scene = MadeScene.Draw(Objects, ref rng, Most);
                double[][] features = new double[Objects][];
                bool[] isCrowded = new bool[Objects], isFirst = new bool[Objects];
                var wrong = new Box[Objects];
                double[] clues = new double[Objects], crowdedness = [.. scene.Objects.Select(one => scene.Objects
                    .Where(other => other != one).Max(other => BoxOverlap.Iou(other.Box, one.Box)))];
                for (int o = 0; o < Objects; o++)
                {
                    Box box = scene.Objects[o].Box;
                    isCrowded[o] = crowdedness.Count(other => other > crowdedness[o]) < Hard;
                    features[o] = [1, (isCrowded[o] ? 1 : -1) + (Blur * rng.Normal()), .. new double[Nuisances]];
                    for (int n = 0; n < Nuisances; n++) features[o][2 + n] = rng.Normal();
                    double shift = rng.NextDouble() < 0.5 ? Shift : -Shift;
                    wrong[o] = new Box(box.Left + (shift * box.Width), box.Top, box.Right + (shift * box.Width), box.Bottom);
                    isFirst[o] = rng.NextDouble() < 0.5;
                    clues[o] = (isFirst[o] ? 1 : -1) + (Clue * rng.Normal());
                }

                sights[i] = new Sight(scene, features, isCrowded, wrong, isFirst, clues);
            }

            return sights;
        }
    }

    private sealed class Policy
    {
        private readonly ChoiceHead _look = new(2 + Nuisances), _candidate = new(2, 2);

        public IReadOnlyList<ChoiceHead> Heads => [_look, _candidate];

        public string Write(Sight sight, Pen pen)
        {
            List<int> left = [.. Enumerable.Range(0, Objects)], looked = [];
            while (looked.Count < Looks)
            {
                int picked = pen.Pick(_look, [.. left.Select(o => sight.Features[o])]);
                looked.Add(left[picked]);
                left.RemoveAt(picked);
            }

            var answer = new List<(string, Box)>();
            for (int o = 0; o < Objects; o++)
            {
                MadeObject one = sight.Scene.Objects[o];
                bool isRight = !sight.IsCrowded[o]
                    || pen.Choose(_candidate, 1, looked.Contains(o) ? sight.Clues[o] : 0) == (sight.IsFirst[o] ? 1 : 0);
                answer.Add((one.ShapeName, isRight ? one.Box : sight.Wrong[o]));
            }

            string look = MadeScene.Json(looked.Select(o => (sight.Scene.Objects[o].ShapeName, sight.Scene.Objects[o].Box)));
            return $"<think>Some things overlap.</think><look>{look}</look><answer>{MadeScene.Json(answer)}</answer>";
        }
    }
}
