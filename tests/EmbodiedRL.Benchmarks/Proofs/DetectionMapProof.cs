using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Rewards.Verifiers;
using EmbodiedRL.Rewards.Verifiers.Boxes;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary><c>bench S44</c>: average precision alone pays for emitting boxes; times a penalty for surplus ones it does not.</summary>
/// <remarks>
/// arXiv 2504.07615. Made scenes of two to five objects, whose boxes stand among false candidates in the order of a noisy score. The
/// policy goes down the list and decides before each box whether to stop. It writes boxes as JSON, scored by the real verifier. The paper
/// trains a vision-language model, which invents the surplus boxes itself.
/// </remarks>
internal sealed class DetectionMapProof() : Proof("S44",
    "the box-count penalty: trained on mean average precision alone a policy emits surplus boxes, with the penalty as many as there are.",
    "Figure: boxes emitted for each object, on scenes never trained on, mean of 5 seeds. Reference: trained on mean average precision "
    + "alone. It holds if in every seed the figure is within 0.2 of 1, the reference is above 1.5, and F1 with the penalty is at least as "
    + "high.")
{
    private const int Seeds = 5, Candidates = 12, Least = 2, Most = 5, Prompts = 32, Updates = 150, Held = 400, Bins = 10;
    private const double Rate = 0.05, Spread = 0.3, Near = 0.2, LeastSurplus = 1.5, Match = 0.5;

    protected override BenchRow Prove(ulong firstSeed, CancellationToken cancel)
    {
        Outcome[] with = ForSeeds(firstSeed, Seeds, seed => Train(hasPenalty: true, seed), cancel),
            without = ForSeeds(firstSeed, Seeds, seed => Train(hasPenalty: false, seed), cancel);
        double leastGain = with.Zip(without, (one, other) => one.F1 - other.F1).Min();
        return Row(with.Average(one => one.Boxes), "boxes for each object", "mean average precision alone",
            without.Average(one => one.Boxes),
            with.All(one => Math.Abs(one.Boxes - 1) <= Near) && without.All(one => one.Boxes > LeastSurplus) && leastGain >= 0,
            ("f1", with.Average(one => one.F1)), ("f1Reference", without.Average(one => one.F1)), ("leastF1Gain", leastGain),
            ("before", with.Average(one => one.BoxesBefore)), ("f1Before", with.Average(one => one.F1Before)));
    }

    private static Outcome Train(bool hasPenalty, ulong seed)
    {
        var goesOn = new ChoiceHead(Bins, 2);
        var trainer = new CompletionTrainer([goesOn], Rate, seed, "S44-completions");
        var reward = new DetectionMapReward("detection", new DetectionMapOptions { CountPenalty = hasPenalty });
        Listed[] held = Draw(Held, Rng.For(seed, "S44-held"));
        (double boxesBefore, double f1Before) = Judge(goesOn, held, seed);
        for (int update = 0; update < Updates; update++)
        {
            Listed[] scenes = Draw(Prompts, Rng.For(seed, "S44-scenes", update));
            trainer.Learn(reward, [.. scenes.Select(one => one.Question)], (i, pen) => Write(scenes[i], goesOn, pen));
        }

        (double boxes, double f1) = Judge(goesOn, held, seed);
        return new Outcome(boxes, f1, boxesBefore, f1Before);
    }

    private static string Write(Listed scene, ChoiceHead goesOn, Pen pen) =>
        MadeScene.Tagged("I look.", MadeScene.Json(scene.Candidates[..Count(scene, goesOn, pen)].Select(one => ("", one.Box))));

    /// <summary>Candidates before it stops.</summary>
    private static int Count(Listed scene, ChoiceHead goesOn, Pen pen)
    {
        int count = 0;
        while (count < Candidates)
        {
            int bin = Math.Clamp((int)((scene.Candidates[count].Score + 0.5) / 2 * Bins), 0, Bins - 1); // scores from -0.5 to 1.5
            if (pen.Choose(goesOn, MadeScene.OneHot(bin, Bins)) == 0) break;
            count++;
        }

        return count;
    }

    private static (double Boxes, double F1) Judge(ChoiceHead goesOn, Listed[] scenes, ulong seed)
    {
        (double emitted, double truth, double hits) = (0, 0, 0);
        for (int i = 0; i < scenes.Length; i++)
        {
            int count = Count(scenes[i], goesOn, Pen.Drawing(Rng.For(seed, "S44-judged", i)));
            emitted += count;
            truth += scenes[i].Truth.Count;
            hits += scenes[i].Truth.Count(box => scenes[i].Candidates[..count].Any(one => BoxOverlap.Iou(one.Box, box) >= Match));
        }

        return (emitted / truth, 2 * hits / (emitted + truth));
    }

    private static Listed[] Draw(int count, Rng rng)
    {
        var scenes = new Listed[count];
        for (int i = 0; i < count; i++)
        {
            MadeScene scene = MadeScene.Draw(Least + rng.Below(Most - Least + 1), ref rng);
            var candidates = new List<(Box Box, double Score)>();
            foreach (MadeObject one in scene.Objects) candidates.Add((one.Box, 1 + (Spread * rng.Normal())));
            while (candidates.Count < Candidates)
                candidates.Add((MadeScene.Draw(1, ref rng).Objects[0].Box, Spread * rng.Normal()));
            Box[] truth = [.. scene.Objects.Select(one => one.Box)];
            scenes[i] = new Listed(new Question("Find all objects.", MadeScene.Json(truth.Select(box => ("", box))), AnswerForm.Boxes),
                truth, [.. candidates.OrderByDescending(one => one.Score)]);
        }

        return scenes;
    }

    private sealed record Outcome(double Boxes, double F1, double BoxesBefore, double F1Before);

    /// <param name="Question">For the boxes.</param>
    /// <param name="Truth">They.</param>
    /// <param name="Candidates">True and false ones, the highest score first.</param>
    private sealed record Listed(Question Question, IReadOnlyList<Box> Truth, (Box Box, double Score)[] Candidates);
}
