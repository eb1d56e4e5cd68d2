using EmbodiedRL.Algorithms.Reasoning;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Networks;
using EmbodiedRL.Models.Optimizers;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary><c>bench S06</c>: where to look is learned from pairs of looks, without a single box label.</summary>
/// <remarks>
/// arXiv 2503.07523. Pictures of 48 pixels with a glyph in one of nine cells and gray patches in others; from four times as far away all
/// glyphs are the same gray. The policy, two perceptrons, sees the picture from afar, chooses a cell, and names the glyph from the crop. A
/// rule judges answers by the truth, and crops by whether they show a contrast of pixels, with errors; a language model does so in the
/// paper, whose boxes are free and whose policy begins by imitation.
/// </remarks>
internal sealed class FocusPreferenceProof() : Proof("S06",
    "focus preference: from pairs of looks that it mines itself, without box labels, a policy learns where to look and what it sees.",
    "Figure: share of right answers on pictures never trained on after two rounds of mining, mean of 3 seeds. Reference: a policy of the "
    + "same size that answers without a crop, trained by as many pairs of answers. It holds if the figure is higher in every seed, looks "
    + "hit the glyph in at least 60% of the pictures in every seed, and pairs chosen by the answer alone hit less often in the mean.")
{
    private const int Seeds = 3, Cells = 9, Cell = 16, Side = 48, Far = 4, Coarse = Side / Far, Glyphs = 4, Hidden = 64, Rounds = 2;
    private const int Pictures = 1500, Looks = 18, Held = 1000, Minibatch = 64, Steps = 500;
    private const double Rate = 2e-3, LeastHits = 0.6, JudgeErrors = 0.05;

    private static readonly int[] FocusSizes = [Coarse * Coarse, Hidden, Cells], AnswerSizes = [Cell * Cell, Hidden, Glyphs],
        BlindSizes = [Coarse * Coarse, Hidden, Glyphs];

    protected override bool UsesTorch => true;

    protected override BenchRow Prove(ulong firstSeed, CancellationToken cancel)
    {
        Outcome[] both = ForSeeds(firstSeed, Seeds, seed => Learn(Mining.Both, seed, cancel), cancel),
            answers = ForSeeds(firstSeed, Seeds, seed => Learn(Mining.AnswerAlone, seed, cancel), cancel),
            blind = ForSeeds(firstSeed, Seeds, seed => Learn(Mining.NoCrop, seed, cancel), cancel);
        double leastGain = both.Zip(blind, (one, other) => one.Right - other.Right).Min(), leastHits = both.Min(one => one.Hits);
        return Row(both.Average(one => one.Right), "share of right answers", "a policy of the same size without a crop",
            blind.Average(one => one.Right),
            leastGain > 0 && leastHits >= LeastHits && answers.Average(one => one.Hits) < both.Average(one => one.Hits),
            ("leastGain", leastGain), ("hits", both.Average(one => one.Hits)), ("leastHits", leastHits),
            ("hitsBefore", both.Average(one => one.HitsBefore)), ("hitsByAnswerAlone", answers.Average(one => one.Hits)),
            ("rightByAnswerAlone", answers.Average(one => one.Right)), ("pairs", both.Average(one => one.Pairs)),
            ("pairsByAnswerAlone", answers.Average(one => one.Pairs)));
    }

    private enum Mining
    {
        Both,
        AnswerAlone,
        NoCrop,
    }

    private static Outcome Learn(Mining mining, ulong seed, CancellationToken cancel)
    {
        using var policy = new Policy(seed, mining == Mining.NoCrop);
        Picture[] held = Draw(Held, Rng.For(seed, "S06-held"));
        (double before, _) = policy.Judge(held, Rng.For(seed, "S06-judged"));
        int pairs = 0;
        for (int round = 0; round < Rounds; round++)
        {
            cancel.ThrowIfCancellationRequested();
            var rng = Rng.For(seed, "S06-mined", round);
            Picture[] pictures = Draw(Pictures, Rng.For(seed, "S06-pictures", round));
            List<Pair> mined = Mine(policy, pictures, mining, ref rng);
            pairs += mined.Count;
            if (mined.Count > 0) policy.Prefer(mined, stage: round, ref rng);
        }

        (double hits, double right) = policy.Judge(held, Rng.For(seed, "S06-judged"));
        return new Outcome(hits, right, before, pairs);
    }

    /// <summary>Looks at every cell as often, and keeps the pair that the method finds.</summary>
    private static List<Pair> Mine(Policy policy, Picture[] pictures, Mining mining, ref Rng rng)
    {
        var options = new FocusPreferenceOptions();
        var pairs = new List<Pair>();
        foreach (Picture picture in pictures)
        {
            int[] cells = [.. Enumerable.Range(0, Looks).Select(i => i % Cells)];
            rng.Shuffle(cells); // of equal scores the first is taken
            int[] answers = policy.Answer(picture, cells, ref rng);
            var scores = new FocusScore[Looks];
            for (int i = 0; i < Looks; i++)
            {
                double answer = answers[i] == picture.Glyph ? 1 : 0;
                bool isGood = Contrast(picture, cells[i]) != (rng.NextDouble() < JudgeErrors);
                scores[i] = new FocusScore(answer, mining == Mining.Both ? (isGood ? 1 : 0) : answer);
            }

            if (FocusPreference.Mine(scores, options) is not { } found) continue;
            pairs.Add(new Pair(picture, cells[found.Chosen], answers[found.Chosen], cells[found.Rejected], answers[found.Rejected]));
        }

        return pairs;
    }

    /// <summary>Whether neighboring pixels of a cell differ, as they do within a glyph.</summary>
    private static bool Contrast(Picture picture, int cell)
    {
        float[] crop = picture.Crop(cell);
        double sum = 0;
        for (int i = 1; i < crop.Length; i++)
            if (i % Cell != 0) sum += Math.Abs(crop[i] - crop[i - 1]);
        for (int i = Cell; i < crop.Length; i++) sum += Math.Abs(crop[i] - crop[i - Cell]);
        return sum / crop.Length > 0.15;
    }

    private static Picture[] Draw(int count, Rng rng)
    {
        var pictures = new Picture[count];
        for (int i = 0; i < count; i++)
        {
            float[] pixels = new float[Side * Side];
            (int cell, int glyph) = (rng.Below(Cells), rng.Below(Glyphs));
            for (int other = 0; other < Cells; other++)
            {
                if (other != cell && rng.NextDouble() < 0.5) Fill(pixels, other, (_, _) => 0.25f); // a patch that is no glyph
            }

            Fill(pixels, cell, (x, y) => Glyph(glyph, x, y));
            for (int k = 0; k < pixels.Length; k++) pixels[k] += (float)(0.03 * rng.Normal());
            pictures[i] = new Picture(pixels, cell, glyph);
        }

        return pictures;

        static void Fill(float[] pixels, int cell, Func<int, int, float> value)
        {
            for (int y = 4; y < 12; y++)
                for (int x = 4; x < 12; x++)
                    pixels[(((cell / 3 * Cell) + y) * Side) + (cell % 3 * Cell) + x] = value(x, y);
        }
    }

    /// <summary>Stripes along x, along y, a board, and broad stripes: half of each four by four pixels is white.</summary>
    private static float Glyph(int glyph, int x, int y) => glyph switch
    {
        0 => x % 2,
        1 => y % 2,
        2 => (x + y) % 2,
        _ => x / 2 % 2,
    };

    private sealed record Outcome(double Hits, double Right, double HitsBefore, int Pairs);

    private sealed record Pair(Picture Picture, int Cell, int Answer, int RefusedCell, int RefusedAnswer);

    private sealed record Picture(float[] Pixels, int Place, int Glyph)
    {
        /// <summary>[Coarse * Coarse], means of four by four pixels.</summary>
        public float[] Coarsely()
        {
            float[] means = new float[Coarse * Coarse];
            for (int y = 0; y < Side; y++)
                for (int x = 0; x < Side; x++) means[(y / Far * Coarse) + (x / Far)] += Pixels[(y * Side) + x] / (Far * Far);
            return means;
        }

        /// <summary>[Cell * Cell].</summary>
        public float[] Crop(int cell)
        {
            float[] crop = new float[Cell * Cell];
            for (int y = 0; y < Cell; y++)
                Array.Copy(Pixels, (((cell / 3 * Cell) + y) * Side) + (cell % 3 * Cell), crop, y * Cell, Cell);
            return crop;
        }
    }

    /// <summary>Chooses a cell from afar and names what the crop shows; without a crop it names from afar.</summary>
    private sealed class Policy : IDisposable
    {
        private readonly bool _isBlind;
        private readonly ParameterVector _weights, _reference;
        private readonly MlpModule[] _now, _then; // focus and answer

        public Policy(ulong seed, bool isBlind)
        {
            _isBlind = isBlind;
            int[] answer = isBlind ? BlindSizes : AnswerSizes;
            ParameterShape[] shapes = [.. Mlp.Shapes("focus", FocusSizes), .. Mlp.Shapes("answer", answer)];
            (_weights, _reference) = (new ParameterVector(CPU, shapes), new ParameterVector(CPU, shapes));
            var rng = Rng.For(seed, "policy");
            Mlp.Initialize(_weights, "focus", FocusSizes, 0.01, ref rng);
            Mlp.Initialize(_weights, "answer", answer, 0.01, ref rng);
            MlpModule[] Heads(ParameterVector of) => [new MlpModule(of, "focus", FocusSizes), new MlpModule(of, "answer", answer)];
            (_now, _then) = (Heads(_weights), Heads(_reference));
        }

        /// <summary>An answer for each look at a picture.</summary>
        public int[] Answer(Picture picture, int[] cells, ref Rng rng)
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable still = no_grad();
            return Pick(_now[1].forward(Seen([.. cells.Select(cell => (picture, cell))])), ref rng);
        }

        /// <summary>Learns pairs: whole trajectories in the first stage, box and answer apart in the second.</summary>
        public void Prefer(List<Pair> pairs, int stage, ref Rng rng)
        {
            using (IDisposable still = no_grad()) _reference.Values.copy_(_weights.Values);
            var options = new FocusPreferenceOptions();
            using var adam = new Adam(_weights);
            for (int step = 0; step < Steps; step++)
            {
                var drawn = new Pair[Minibatch];
                for (int i = 0; i < drawn.Length; i++) drawn[i] = pairs[rng.Below(pairs.Count)];
                using DisposeScope scope = NewDisposeScope();
                _weights.Gradients.zero_();
                (PairLogProbabilities box, PairLogProbabilities answer) = Read(drawn);
                Tensor loss = stage == 0
                    ? FocusPreference.Whole(new PairLogProbabilities(box.Chosen + answer.Chosen, box.Rejected + answer.Rejected,
                        box.ReferenceChosen + answer.ReferenceChosen, box.ReferenceRejected + answer.ReferenceRejected), options)
                    : FocusPreference.Stepwise(box, answer, options);
                loss.backward();
                adam.Step(Rate, 1);
            }
        }

        /// <summary>Share of looks that hit, and of right answers, both the likeliest.</summary>
        public (double Hits, double Right) Judge(Picture[] pictures, Rng rng)
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable still = no_grad();
            long[] cells = _now[0].forward(Coarsely(pictures)).argmax(1).data<long>().ToArray();
            long[] answers = _now[1].forward(Seen([.. pictures.Select((picture, i) => (picture, (int)cells[i]))])).argmax(1).data<long>()
                .ToArray();
            return (pictures.Where((picture, i) => picture.Place == cells[i]).Count() / (double)pictures.Length,
                pictures.Where((picture, i) => picture.Glyph == answers[i]).Count() / (double)pictures.Length);
        }

        public void Dispose()
        {
            foreach (MlpModule head in _now.Concat(_then)) head.Dispose();
            _weights.Dispose();
            _reference.Dispose();
        }

        private (PairLogProbabilities Box, PairLogProbabilities Answer) Read(Pair[] pairs)
        {
            Tensor far = Coarsely([.. pairs.Select(pair => pair.Picture)]),
                chosen = Seen([.. pairs.Select(pair => (pair.Picture, pair.Cell))]),
                refused = Seen([.. pairs.Select(pair => (pair.Picture, pair.RefusedCell))]);
            Tensor Log(MlpModule head, Tensor input, Func<Pair, int> said) => head.forward(input).log_softmax(1)
                .gather(1, tensor([.. pairs.Select(pair => (long)said(pair))]).unsqueeze(1)).squeeze(1);
            PairLogProbabilities Of(int head, Tensor good, Tensor bad, Func<Pair, int> said, Func<Pair, int> not)
            {
                (Tensor first, Tensor second) = (Log(_now[head], good, said), Log(_now[head], bad, not));
                using IDisposable still = no_grad();
                return new PairLogProbabilities(first, second, Log(_then[head], good, said), Log(_then[head], bad, not));
            }

            PairLogProbabilities box = Of(0, far, far, pair => pair.Cell, pair => pair.RefusedCell),
                answer = Of(1, chosen, refused, pair => pair.Answer, pair => pair.RefusedAnswer);
            return (box, answer);
        }

        private Tensor Seen((Picture Picture, int Cell)[] looks) => _isBlind ? Coarsely([.. looks.Select(look => look.Picture)])
            : tensor([.. looks.SelectMany(look => look.Picture.Crop(look.Cell))]).view(looks.Length, -1);

        private static Tensor Coarsely(Picture[] pictures) =>
            tensor([.. pictures.SelectMany(picture => picture.Coarsely())]).view(pictures.Length, -1);

        private static int[] Pick(Tensor logits, ref Rng rng)
        {
            float[] shares = logits.softmax(1).data<float>().ToArray();
            int[] picked = new int[shares.Length / Glyphs];
            for (int i = 0; i < picked.Length; i++)
                picked[i] = SoftmaxPolicy.Draw([.. shares.AsSpan(i * Glyphs, Glyphs).ToArray().Select(share => (double)share)], ref rng);
            return picked;
        }
    }
}
