using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Rewards.Verifiers.Boxes;
using EmbodiedRL.Rewards.Verifiers.Parsing;

namespace EmbodiedRL.Rewards.Tests.Verifiers;

/// <summary>Overlaps, matchings and average precision against torchvision, SciPy and pycocotools.</summary>
[Trait("Category", "Parity")]
public sealed class BoxParityTests
{
    private const double Tolerance = 1e-9;

    public static TheoryData<string> Overlaps => [.. Fixtures.Family("learning", "boxes*.json")];

    public static TheoryData<string> Precisions => [.. Fixtures.Family("learning", "average_precision*.json")];

    [Theory, MemberData(nameof(Overlaps))]
    public void Overlaps_agree_and_are_0_where_nothing_has_an_area(string file)
    {
        (Box[] predicted, Box[] truth, JsonElement expected) = Read(file);
        Compare("iou", (a, b) => BoxOverlap.Iou(a, b));
        Compare("giou", (a, b) => BoxOverlap.Generalized(a, b));
        Compare("diou", (a, b) => BoxOverlap.Distance(a, b));
        Compare("ciou", (a, b) => BoxOverlap.Complete(a, b));
        JsonElement inputs = Fixtures.ReadJson(file).GetProperty("inputs");
        Solid[] left = Solids(inputs.GetProperty("boxes3d_a")), right = Solids(inputs.GetProperty("boxes3d_b"));
        double[][] solids = Rows(expected.GetProperty("iou3d"));
        for (int i = 0; i < left.Length; i++)
            for (int j = 0; j < right.Length; j++) Assert.Equal(solids[i][j], BoxOverlap.Iou(left[i], right[j]), Tolerance);

        void Compare(string name, Func<Box, Box, double> measure)
        {
            double[][] wanted = Rows(expected.GetProperty(name));
            for (int i = 0; i < predicted.Length; i++)
                for (int j = 0; j < truth.Length; j++)
                    Assert.Equal(double.IsNaN(wanted[i][j]) ? 0 : wanted[i][j], measure(predicted[i], truth[j]), Tolerance);
        }
    }

    [Theory, MemberData(nameof(Overlaps))]
    public void Matchings_agree(string file)
    {
        (Box[] predicted, Box[] truth, JsonElement expected) = Read(file);
        JsonElement inputs = Fixtures.ReadJson(file).GetProperty("inputs");
        double[,] overlaps = BoxOverlap.Matrix(predicted, truth);
        int[] order = BoxMatching.ByScore(inputs.GetProperty("scores").Numbers());
        AssertPairs(expected.GetProperty("greedy_above_0_5"), BoxMatching.Greedy(overlaps, order, 0.5, isStrict: true));
        AssertPairs(expected.GetProperty("greedy_at_least_0_3"), BoxMatching.Greedy(overlaps, order, 0.3));

        double scale = inputs.GetProperty("coordinate_scale").GetDouble();
        double[,] costs = new double[predicted.Length, truth.Length], negated = new double[predicted.Length, truth.Length];
        for (int i = 0; i < predicted.Length; i++)
            for (int j = 0; j < truth.Length; j++)
            {
                (Box a, Box b) = (predicted[i], truth[j]);
                negated[i, j] = -overlaps[i, j];
                double distance = Math.Abs(a.Left - b.Left) + Math.Abs(a.Top - b.Top) + Math.Abs(a.Right - b.Right)
                    + Math.Abs(a.Bottom - b.Bottom);
                double giou = a.Area + b.Area == 0 ? -1 : BoxOverlap.Generalized(a, b);
                costs[i, j] = (distance / scale) - giou;
            }

        Assert.Equal(expected.GetProperty("hungarian_iou").GetProperty("total").GetDouble(),
            -BoxMatching.Hungarian(negated).Sum(pair => pair.Value), Tolerance);
        Assert.Equal(expected.GetProperty("hungarian_l1_minus_giou").GetProperty("total").GetDouble(),
            BoxMatching.Hungarian(costs).Sum(pair => pair.Value), Tolerance);
        foreach (JsonElement pair in expected.GetProperty("hungarian_iou").GetProperty("pairs").EnumerateArray())
            if (overlaps[pair[0].GetInt32(), pair[1].GetInt32()] > 0)
                Assert.Contains(BoxMatching.Hungarian(negated),
                    one => one.Prediction == pair[0].GetInt32() && one.Truth == pair[1].GetInt32());
    }

    [Theory, MemberData(nameof(Precisions))]
    public void Average_precision_agrees(string file)
    {
        JsonElement fixture = Fixtures.ReadJson(file), expected = fixture.GetProperty("expected");
        AveragePrecision found = AveragePrecision.Of(Boxes("detections"), Boxes("truth"));
        Assert.Equal(expected.GetProperty("ap_50_95").GetDouble(), found.Mean, Tolerance);
        Assert.Equal(expected.GetProperty("ap_50").GetDouble(), found.At50, Tolerance);
        Assert.Equal(expected.GetProperty("ap_75").GetDouble(), found.At75, Tolerance);
        Assert.Equal(expected.GetProperty("recall_at_100").GetDouble(), found.Recall, Tolerance);
        int t = 0;
        foreach (JsonProperty threshold in expected.GetProperty("ap_per_threshold_and_class").EnumerateObject())
        {
            double[] wanted = [.. threshold.Value.EnumerateArray().Where(one => one.ValueKind == JsonValueKind.Number)
                .Select(one => one.GetDouble())];
            Assert.Equal(wanted.Length, found.ByThreshold[t].Length);
            for (int k = 0; k < wanted.Length; k++) Assert.Equal(wanted[k], found.ByThreshold[t][k], Tolerance);
            t++;
        }

        ImageBox[] Boxes(string list) => [.. fixture.GetProperty("inputs").GetProperty(list).EnumerateArray().Select(one =>
        {
            double[] box = one.GetProperty("bbox").Numbers();
            return new ImageBox(one.GetProperty("image_id").GetInt64(), $"{one.GetProperty("category_id").GetInt32():D6}",
                new Box(box[0], box[1], box[0] + box[2], box[1] + box[3]),
                one.TryGetProperty("score", out JsonElement score) ? score.GetDouble() : 1);
        })];
    }

    private static (Box[] Predicted, Box[] Truth, JsonElement Expected) Read(string file)
    {
        JsonElement fixture = Fixtures.ReadJson(file), inputs = fixture.GetProperty("inputs");
        return (BoxesOf(inputs.GetProperty("predicted")), BoxesOf(inputs.GetProperty("truth")), fixture.GetProperty("expected"));

        static Box[] BoxesOf(JsonElement list) => [.. Rows(list).Select(row => new Box(row[0], row[1], row[2], row[3]))];
    }

    private static double[][] Rows(JsonElement matrix) => [.. matrix.EnumerateArray().Select(row => row.Numbers())];

    private static Solid[] Solids(JsonElement list) => [.. Rows(list).Select(row => Solid.Of(row))];

    private static void AssertPairs(JsonElement expected, IReadOnlyList<MatchedPair> found)
    {
        double[][] wanted = Rows(expected);
        Assert.Equal(wanted.Length, found.Count);
        for (int i = 0; i < wanted.Length; i++)
        {
            Assert.Equal((wanted[i][0], wanted[i][1]), (found[i].Prediction, found[i].Truth));
            Assert.Equal(wanted[i][2], found[i].Value, Tolerance);
        }
    }
}

public sealed class BoxKitTests
{
    [Fact]
    public void A_box_overlaps_itself_in_full_and_a_quarter_of_it_by_hand()
    {
        Assert.Equal(1, BoxOverlap.Iou(new Box(0, 0, 2, 2), new Box(0, 0, 2, 2)));
        Assert.Equal(1 / 7.0, BoxOverlap.Iou(new Box(0, 0, 2, 2), new Box(1, 1, 3, 3)), 1e-12);
        Assert.Equal((1 / 7.0) - (2 / 9.0), BoxOverlap.Generalized(new Box(0, 0, 2, 2), new Box(1, 1, 3, 3)), 1e-12);
        Assert.Equal(0, BoxOverlap.Iou(new Box(2, 2, 0, 0), new Box(0, 0, 2, 2)));
    }

    [Fact]
    public void Overlap_in_space_is_symmetric_and_does_not_change_with_place_or_scale()
    {
        var rng = Core.Rng.For(3, "solids");
        for (int i = 0; i < 200; i++)
        {
            Solid a = Random(ref rng), b = Random(ref rng);
            double overlap = BoxOverlap.Iou(a, b);
            Assert.InRange(overlap, 0, 1);
            Assert.Equal(overlap, BoxOverlap.Iou(b, a), 1e-12);
            Assert.Equal(overlap, BoxOverlap.Iou(Moved(a, 3, 5), Moved(b, 3, 5)), 1e-9);
            Assert.Equal(1, BoxOverlap.Iou(a, a), 1e-12);
            if (a != b) Assert.True(overlap < 1);
        }

        static Solid Random(ref Core.Rng rng)
        {
            double[] low = [rng.NextDouble(), rng.NextDouble(), rng.NextDouble()];
            return new Solid(low[0], low[1], low[2], low[0] + rng.NextDouble(), low[1] + rng.NextDouble(), low[2] + rng.NextDouble());
        }

        static Solid Moved(Solid a, double by, double scale) => new((a.X1 + by) * scale, (a.Y1 + by) * scale, (a.Z1 + by) * scale,
            (a.X2 + by) * scale, (a.Y2 + by) * scale, (a.Z2 + by) * scale);
    }

    /// <summary>Against every permutation of up to five.</summary>
    [Fact]
    public void The_Hungarian_matching_is_the_cheapest_of_all()
    {
        var rng = Core.Rng.For(4, "costs");
        for (int round = 0; round < 200; round++)
        {
            double[,] costs = new double[1 + rng.Below(5), 1 + rng.Below(5)];
            for (int i = 0; i < costs.GetLength(0); i++)
                for (int j = 0; j < costs.GetLength(1); j++) costs[i, j] = rng.Below(4) == 0 ? 0 : rng.Normal();
            IReadOnlyList<MatchedPair> pairs = BoxMatching.Hungarian(costs);
            Assert.Equal(Math.Min(costs.GetLength(0), costs.GetLength(1)), pairs.Count);
            Assert.Equal(pairs.Count, pairs.Select(pair => pair.Truth).Distinct().Count());
            Assert.Equal(pairs.Count, pairs.Select(pair => pair.Prediction).Distinct().Count());
            Assert.Equal(Least(costs, 0, 0, pairs.Count), pairs.Sum(pair => pair.Value), 1e-9);
        }

        static double Least(double[,] costs, int row, int used, int left)
        {
            if (left == 0) return 0;
            if (row == costs.GetLength(0)) return double.PositiveInfinity;
            double least = Least(costs, row + 1, used, left);
            for (int j = 0; j < costs.GetLength(1); j++)
                if ((used & (1 << j)) == 0) least = Math.Min(least, costs[row, j] + Least(costs, row + 1, used | (1 << j), left - 1));
            return least;
        }
    }

    /// <summary>Against masks that are written out.</summary>
    [Fact]
    public void Masks_overlap_as_their_pixels_do()
    {
        var rng = Core.Rng.For(5, "masks");
        for (int round = 0; round < 100; round++)
        {
            (bool[] a, bool[] b) = (Pixels(ref rng), Pixels(ref rng));
            int shared = a.Zip(b).Count(pair => pair.First && pair.Second), union = a.Zip(b).Count(pair => pair.First || pair.Second);
            Assert.Equal(union == 0 ? 0 : (double)shared / union, BoxOverlap.Iou(Runs(a), Runs(b)), 1e-12);
        }

        static bool[] Pixels(ref Core.Rng rng)
        {
            bool[] pixels = new bool[24];
            for (int i = 0; i < pixels.Length; i++) pixels[i] = rng.Below(3) == 0;
            return pixels;
        }

        static MaskRuns Runs(bool[] pixels)
        {
            var runs = new List<int> { 0 };
            bool current = false;
            foreach (bool pixel in pixels)
            {
                if (pixel != current) runs.Add(0);
                current = pixel;
                runs[^1]++;
            }

            return new MaskRuns(4, 6, runs);
        }
    }
}
