using EmbodiedRL.Core.Batches;
using EmbodiedRL.Rewards.Verifiers;
using EmbodiedRL.Rewards.Verifiers.Boxes;
using EmbodiedRL.Rewards.Verifiers.Parsing;
using static EmbodiedRL.Rewards.Tests.RewardFormulas;
using static EmbodiedRL.Rewards.Tests.Verifiers.Verified;

namespace EmbodiedRL.Rewards.Tests.Verifiers;

/// <summary>S44, S24, S03 and S13, worked by hand.</summary>
public sealed class DetectionTests
{
    private static readonly LabeledBox[] Two = [At(0, 0, 10, 10), At(20, 0, 30, 10)];

    /// <summary>S44: both empty 1, one empty 0, and one box too many halves or thirds.</summary>
    [Fact]
    public void Average_precision_pays_less_for_surplus_boxes()
    {
        Assert.Equal(1, DetectionMapReward.Detection([], []));
        Assert.Equal(0, DetectionMapReward.Detection([], Two));
        Assert.Equal(0, DetectionMapReward.Detection(Two, []));
        Assert.Equal(1, DetectionMapReward.Detection(Two, Two), 1e-9);
        LabeledBox[] three = [.. Two, At(50, 50, 60, 60)];
        Assert.Equal(2 / 3.0, DetectionMapReward.Detection(three, Two), 1e-9);
        Assert.Equal(1, DetectionMapReward.Detection(three, Two, countPenalty: false), 1e-9);
        // one of two found: precision 1 up to recall 0.5, that is at 51 of 101 recalls
        Assert.Equal(51 / 101.0, DetectionMapReward.Detection([Two[0]], Two), 1e-9);
    }

    [Fact]
    public async Task Grounding_pays_IoU_and_format()
    {
        Question one = new("Where?", "[[0,0,2,2]]", AnswerForm.Boxes);
        DetectionMapReward Reward() => new("iou", new DetectionMapOptions { Measure = "iou" });
        AssertNear([1 + (1 / 7f), 1 / 7f, 0], await Score(Reward(), one, Tagged("[1,1,3,3]"), "<answer>[1,1,3,3]</answer>",
            Tagged("there")));
    }

    /// <summary>S44's pitfall: pixels of a resized image.</summary>
    [Fact]
    public async Task Coordinates_of_a_resized_image_are_scaled_before_IoU()
    {
        Question one = new("Where?", "[[0,0,200,100]]", AnswerForm.Boxes) { Images = [new RgbImage([], 400, 200)] };
        var options = new DetectionMapOptions { Measure = "iou", FormatWeight = 0 };
        string shown = Tagged("[0,0,100,50]");
        AssertNear([0.25f], await Score(new DetectionMapReward("iou", options), one, shown));
        var resized = options with { Coordinates = "resized", ResizedWidth = 200, ResizedHeight = 100 };
        AssertNear([1], await Score(new DetectionMapReward("iou", resized), one, shown));
    }

    [Theory]
    [InlineData(0.4, 0.5, 0.75, 0)]
    [InlineData(0.5, 0.5, 0.75, 0.5)]
    [InlineData(0.6, 0.5, 0.75, 0.6)]
    [InlineData(0.75, 0.5, 0.75, 0.75)]
    [InlineData(0.8, 0.5, 0.75, 1)]
    public void Values_between_the_bounds_stay(double value, double low, double high, double expected) =>
        Assert.Equal(expected, CriterionDetectionReward.Differentiate(value, low, high));

    /// <summary>S24: IoU 0.8 (8 of 10 columns) and 1.</summary>
    [Fact]
    public void Criteria_tighten_in_mid_run()
    {
        LabeledBox[] found = [At(0, 0, 8, 10), At(20, 0, 30, 10)];
        Assert.Equal((1, 1), CriterionDetectionReward.Criteria(found, Two, (100, 100), isStrict: false));
        Assert.Equal((1, 0.9), CriterionDetectionReward.Criteria(found, Two, (100, 100), isStrict: true));
        // one of two: recall 0.5 stays, precision of the one
        Assert.Equal((0.5, 1), CriterionDetectionReward.Criteria([Two[0]], Two, (100, 100), isStrict: true));
    }

    [Fact]
    public async Task The_phase_is_that_of_the_run()
    {
        Question one = new("Where?", "[[0,0,10,10]]", AnswerForm.Boxes);
        CriterionDetectionReward Reward() => new("c", new CriterionDetectionOptions());
        string text = Tagged("[0,0,7,10]"); // IoU 0.7
        AssertNear([1 + 0.7f + 1], await ScoreAt(Reward(), one, 0.4, text));
        AssertNear([1], await ScoreAt(Reward(), one, 0.6, text));
    }

    /// <summary>S24's hacking check and its pitfall.</summary>
    [Fact]
    public void The_same_box_twenty_times_pays_less_and_GIoU_means_another_thing()
    {
        LabeledBox[] many = [.. Enumerable.Repeat(Two[0], 20)];
        (double recall, double precision) = CriterionDetectionReward.Criteria(many, Two, (100, 100), isStrict: false);
        Assert.Equal((0.5, 1 / 20.0), (recall, precision));
        LabeledBox[] shifted = [At(0, 2, 10, 12)], truth = [At(0, 0, 10, 10)]; // IoU 80 / 120, hull 120
        Assert.Equal((1, 2 / 3.0), CriterionDetectionReward.Criteria(shifted, truth, (100, 100), isStrict: false));
        LabeledBox[] diagonal = [At(1, 1, 11, 11)]; // IoU 81 / 119, GIoU less 2 / 121
        Assert.Equal(81 / 119.0, CriterionDetectionReward.Criteria(diagonal, truth, (100, 100), isStrict: false).Precision, 1e-12);
        Assert.Equal((81 / 119.0) - (2 / 121.0),
            CriterionDetectionReward.Criteria(diagonal, truth, (100, 100), isStrict: false, byGiou: true).Precision, 1e-12);
    }

    /// <summary>S03: by falling confidence; the surest takes the true box, duplicates do not count.</summary>
    [Fact]
    public void IoU_and_confidence_are_worked_by_hand()
    {
        LabeledBox[] found =
        [
            At(0, 0, 10, 8) with { Confidence = 0.6 }, At(0, 0, 10, 10) with { Confidence = 0.9 },
                At(0, 0, 10, 10) with { Confidence = 0.2 },
        ];
        (double iou, double confidence) = DetectionReward.Rewards(found, Two);
        Assert.Equal(1 / 2.0, iou, 1e-12); // the second alone is matched; two predictions without the duplicate, two truths
        Assert.Equal((0.9 + (1 - 0.6)) / 2, confidence, 1e-12);
        Assert.Equal((0, 0), DetectionReward.Rewards([], Two));
    }

    /// <summary>S03's ablation: the first version pays in full for one box of two.</summary>
    [Fact]
    public void Dividing_by_predictions_alone_pays_for_one_box_of_many()
    {
        Assert.Equal(1, DetectionReward.Rewards([Two[0]], Two, byPredicted: true).Iou, 1e-12);
        Assert.Equal(0.5, DetectionReward.Rewards([Two[0]], Two).Iou, 1e-12);
    }

    /// <summary>S03's pitfall: the expectation over hits is linear in c, so the best c is 0 or 1 and never p.</summary>
    [Theory]
    [InlineData(0.3, 0)]
    [InlineData(0.7, 1)]
    public void The_confidence_that_pays_best_is_never_the_true_one(double p, double best)
    {
        double Expected(double c) => (p * DetectionReward.Rewards([Two[0] with { Confidence = c }], [Two[0]]).Confidence)
            + ((1 - p) * DetectionReward.Rewards([At(50, 50, 60, 60) with { Confidence = c }], [Two[0]]).Confidence);
        double[] grid = [.. Enumerable.Range(0, 11).Select(i => i / 10.0)];
        Assert.Equal(best, grid.MaxBy(Expected));
        Assert.True(Expected(best) > Expected(p));
    }

    [Fact]
    public async Task Classification_pays_label_and_format()
    {
        Question label = new("Which bird?", "wren", AnswerForm.Text);
        AssertNear([2, 1, 1, 0], await Score(new DetectionReward("d", new DetectionOptions()), label,
            Tagged("Wren"), "<answer>wren</answer>", Tagged("robin"), "robin"));
    }

    /// <summary>S13.</summary>
    [Theory]
    [InlineData(0, 0.85)]
    [InlineData(0.1, 0.85)]
    [InlineData(0.11, 0.95)]
    [InlineData(0.25, 0.95)]
    [InlineData(0.5, 0.99)]
    public void The_threshold_rises_with_the_run(double progress, double threshold) =>
        Assert.Equal(threshold, DynamicIouReward.Threshold(progress, new DynamicIouOptions()));

    [Fact]
    public void Dynamic_IoU_is_worked_by_hand()
    {
        var options = new DynamicIouOptions();
        LabeledBox[] found = [At(0, 0, 9, 10), At(20, 0, 30, 10)]; // IoU 0.9 and 1
        Assert.Equal(0.95, DynamicIouReward.Reward(found, Two, 0, options), 1e-12);
        Assert.Equal(0.5, DynamicIouReward.Reward(found, Two, 0.2, options), 1e-12);
        Assert.Equal(0.6 * 0.5, DynamicIouReward.Reward([Two[0]], Two, 1, options), 1e-12);
        Assert.Equal(0.36, DynamicIouReward.Reward([.. Two, At(50, 50, 60, 60), At(70, 50, 80, 60)], Two, 1, options), 1e-12);
        // one hit of two, no false alarm: completeness 1 - (0.5 + 0) / 2
        Assert.Equal(0.6 * ((0.5 * 0.5) + (0.5 * 0.75)),
            DynamicIouReward.Reward([Two[0]], Two, 1, options with { Completeness = 0.5 }), 1e-12);
        Assert.Equal(0, DynamicIouReward.Reward([], Two, 1, options));
        Assert.Equal(1, DynamicIouReward.Reward([], [], 1, options));
    }

    /// <summary>S13's pitfall: on a grid of 8 pixels the best answer to a box of 30 reaches IoU 0.87, so a fixed 0.99 pays
    /// nothing.</summary>
    [Fact]
    public void A_coarse_grid_does_not_reach_a_strict_threshold()
    {
        LabeledBox[] truth = [At(1, 1, 31, 31)], nearest = [At(0, 0, 32, 32)];
        Assert.True(DynamicIouReward.Reward(nearest, truth, 0, new DynamicIouOptions()) > 0.85);
        Assert.Equal(0, DynamicIouReward.Reward(nearest, truth, 1, new DynamicIouOptions()));
        Assert.NotEqual(0, DynamicIouReward.Reward(nearest, truth, 1, new DynamicIouOptions { Thresholds = [0.5, 0.7, 0.85] }));
    }

    private static LabeledBox At(double left, double top, double right, double bottom) => new("", new Box(left, top, right, bottom));
}
