using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Rewards.Verifiers;
using EmbodiedRL.Rewards.Verifiers.Boxes;
using EmbodiedRL.Rewards.Verifiers.Parsing;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary><c>bench S03</c>: Visual-RFT's detection reward against cross-entropy on the same few scenes.</summary>
/// <remarks>
/// arXiv 2503.01785. 16 scenes of three objects, seen as boxes whose sides are shifted; a linear policy leaves an object out or corrects
/// its sides by what it sees, and states how sure it is. Some objects give no clue. Of what it sees, 100 features mean nothing: with many
/// more weights than scenes, cross-entropy learns the scenes by heart (with 12 such features it is the better one). Both arms make as many
/// updates on the same scenes; cross-entropy learns the steps that give the true boxes.
/// </remarks>
internal sealed class DetectionRewardProof() : Proof("S03",
    "Visual-RFT's detection reward: with few scenes, learning from it finds boxes of new scenes as well as cross-entropy on them, "
    + "or better.",
    "Figure: mean IoU of the objects of 300 held-out scenes after training on 16, mean of 5 seeds. Reference: cross-entropy on the "
    + "same 16, "
    + "as many updates. It holds if the figure is not below the reference in any seed, and if the same reward divided by the predictions "
    + "alone finds fewer of the objects in every seed.")
{
    private const int Seeds = 5, Few = 16, HeldOut = 300, Objects = 3, Updates = 300, Reach = 2, Noises = 100;
    private const double Rate = 0.03, Blur = 0.3, HardShare = 0.4, Step = 0.1, IsFound = 0.5;

    private static readonly double[] Confidences = [0.1, 0.5, 0.9];

    protected override BenchRow Prove(ulong firstSeed, CancellationToken cancel)
    {
        Figures[] Run(Func<ulong, Figures> train) => ForSeeds(firstSeed, Seeds, train, cancel);
        Figures[] tuned = Run(seed => Train(seed, new DetectionOptions())), imitated = Run(seed => Train(seed, null)),
            byPredicted = Run(seed => Train(seed, new DetectionOptions { Divisor = "predicted" }));
        double leastGain = tuned.Zip(imitated, (left, right) => left.Iou - right.Iou).Min();
        double leastRecallGain = tuned.Zip(byPredicted, (left, right) => left.Recall - right.Recall).Min();
        return Row(tuned.Average(one => one.Iou), "mean IoU", "cross-entropy on the same scenes", imitated.Average(one => one.Iou),
            leastGain >= 0 && leastRecallGain > 0,
            ("leastGain", leastGain), ("recall", tuned.Average(one => one.Recall)),
            ("recallDividedByPredictions", byPredicted.Average(one => one.Recall)), ("leastRecallGain", leastRecallGain),
            ("boxes", tuned.Average(one => one.Boxes)), ("boxesDividedByPredictions", byPredicted.Average(one => one.Boxes)));
    }

    private static Figures Train(ulong seed, DetectionOptions? options)
    {
        Sight[] few = Sight.Draw(Few, Rng.For(seed, "S03-few")), heldOut = Sight.Draw(HeldOut, Rng.For(seed, "S03-held-out"));
        var policy = new Policy();
        var trainer = new CompletionTrainer(policy.Heads, Rate, seed, "S03");
        using DetectionReward? reward = options is null ? null : new DetectionReward("boxes", options);
        Question[] questions = [.. few.Select(one => one.Scene.BoxesQuestion())];
        for (int update = 0; update < Updates; update++)
        {
            if (reward is null)
                for (int epoch = 0; epoch < trainer.Epochs; epoch++)
                    trainer.Imitate(Few, i => few[i].Teacher(), (i, pen) => policy.Write(few[i], pen));
            else trainer.Learn(reward, questions, (i, pen) => policy.Write(few[i], pen), (double)update / Updates);
        }

        var figures = new Figures(0, 0, 0);
        foreach (Sight sight in heldOut)
        {
            IReadOnlyList<LabeledBox> said =
                BoxText.Parse(new ParsedCompletion(policy.Write(sight, Pen.Greedy())).Answer.Value!).Value!;
            double[] reached = [.. sight.Scene.Objects.Select(one => said.Where(box => box.Label == one.ShapeName)
                .Select(box => BoxOverlap.Iou(box.Box, one.Box)).DefaultIfEmpty(0).Max())];
            figures = new Figures(figures.Iou + (reached.Average() / HeldOut),
                figures.Recall + (reached.Average(iou => iou > IsFound ? 1.0 : 0) / HeldOut),
                figures.Boxes + ((double)said.Count / HeldOut));
        }

        return figures;
    }

    private readonly record struct Figures(double Iou, double Recall, double Boxes);

    /// <summary>What the policy sees of a scene: boxes, features of each side, and which objects give no clue.</summary>
    private sealed record Sight(MadeScene Scene, GlimpsedBox[] Boxes, double[][][] Sides, bool[] IsHard, int[][] Shifts)
    {
        public static Sight[] Draw(int count, Rng rng)
        {
            var sights = new Sight[count];
            for (int i = 0; i < count; i++)
            {
                var scene = MadeScene.Draw(Objects, ref rng);
                scene = new MadeScene([.. scene.Objects.Select((one, o) => one with { Shape = o })]); // one of each shape
                var sight = new Sight(scene, new GlimpsedBox[Objects], new double[Objects][][], new bool[Objects], new int[Objects][]);
                for (int o = 0; o < Objects; o++) sight.See(o, ref rng);
                sights[i] = sight;
            }

            return sights;
        }

        /// <summary>What a teacher chooses: every object, as sure as can be, corrected to the truth.</summary>
        public IEnumerable<int> Teacher() => Shifts.SelectMany(shifts =>
            shifts.Select(shift => Reach - shift).Prepend(Confidences.Length - 1).Prepend(1));

        private void See(int o, ref Rng rng)
        {
            Box truth = Scene.Objects[o].Box;
            IsHard[o] = rng.NextDouble() < HardShare;
            (Sides[o], Shifts[o]) = (new double[GlimpsedBox.Sides][], new int[GlimpsedBox.Sides]);
            for (int side = 0; side < GlimpsedBox.Sides; side++)
            {
                int shift = Shifts[o][side] = rng.Below((2 * Reach) + 1) - Reach;
                double clue = IsHard[o] ? 0 : shift + (Blur * rng.Normal());
                double[] features = new double[2 + Noises];
                (features[0], features[1]) = (1, clue);
                for (int noise = 0; noise < Noises; noise++) features[2 + noise] = rng.Normal();
                Sides[o][side] = features;
            }

            Boxes[o] = GlimpsedBox.Of(truth, Pixels(o, Shifts[o]));
        }

        /// <summary>Steps are shares of the box's sides, larger ones where it gives no clue.</summary>
        public double[] Pixels(int o, IReadOnlyList<int> shifts)
        {
            Box truth = Scene.Objects[o].Box;
            double step = IsHard[o] ? 1.5 * Step : Step;
            return [.. shifts.Select((shift, side) => shift * step * (side % 2 == 0 ? truth.Width : truth.Height))];
        }
    }

    private sealed class Policy
    {
        private readonly ChoiceHead _keeps = new(2, 2), _confidence = new(2, Confidences.Length),
            _shift = new(2 + Noises, (2 * Reach) + 1);

        public IReadOnlyList<ChoiceHead> Heads => [_keeps, _confidence, _shift];

        public string Write(Sight sight, Pen pen)
        {
            var boxes = new List<string>();
            for (int o = 0; o < Objects; o++)
            {
                double[] kind = [1, sight.IsHard[o] ? 1 : 0];
                if (pen.Choose(_keeps, kind) == 0) continue;
                double confidence = Confidences[pen.Choose(_confidence, kind)];
                int[] shifts = [.. sight.Sides[o].Select(side => pen.Choose(_shift, side) - Reach)];
                boxes.Add(MadeScene.Json(sight.Scene.Objects[o].ShapeName, sight.Boxes[o].Corrected(sight.Pixels(o, shifts)), confidence));
            }

            return MadeScene.Tagged("I look at every object.", $"[{string.Join(',', boxes)}]");
        }
    }
}
