using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Models.Weights;
using EmbodiedRL.Rewards.Diagnostics;

namespace EmbodiedRL.Rewards.Tests.Diagnostics;

/// <summary>Measures of order, accuracy and calibration against SciPy and scikit-learn.</summary>
[Trait("Category", "Parity")]
public sealed class MeasuresParityTests
{
    private const double Tolerance = 1e-12;

    private static readonly Safetensors Inputs = Safetensors.Read(Fixtures.Require("contrastive/openai-metrics/inputs.safetensors"));

    private static JsonElement Expected => Fixtures.ReadJson("contrastive/openai-metrics/expected.json");

    [Fact]
    public void Classes_are_measured_as_by_the_libraries()
    {
        int[] labels = [.. Inputs["labels"].Values<long>().ToArray().Select(label => (int)label)];
        foreach (JsonProperty temperature in Expected.GetProperty("temperatures").EnumerateObject())
        {
            double[] probabilities = Inputs[$"probabilities.t{temperature.Name}"].Values<double>().ToArray();
            (double[] confidences, bool[] isRight) = Classification.Top(probabilities, labels);
            IReadOnlyList<ReliabilityBin> bins = Classification.Reliability(confidences, isRight);
            double[] areas = Classification.AurocByClass(probabilities, labels);
            JsonElement expected = temperature.Value;
            void Compare(string name, double found) => Assert.Equal(expected.GetProperty(name).GetDouble(), found, Tolerance);
            Compare("top1", Classification.Accuracy(probabilities, labels));
            Compare("top5", Classification.Accuracy(probabilities, labels, 5));
            Compare("cross_entropy", Classification.CrossEntropy(probabilities, labels));
            Compare("brier_multiclass_sum", Classification.BrierOfClasses(probabilities, labels));
            Compare("brier_top1_confidence", Classification.Brier(confidences, isRight));
            Compare("auroc_macro", areas.Average());
            Compare("auroc_correctness_from_confidence", Classification.Auroc(confidences, isRight));
            Compare("ece_15", Classification.ExpectedCalibrationError(bins));
            Compare("mce_15", Classification.MaximumCalibrationError(bins));
            double[] wanted = expected.GetProperty("auroc_one_vs_rest").Numbers();
            for (int k = 0; k < areas.Length; k++) Assert.Equal(wanted[k], areas[k], Tolerance);
            JsonElement[] diagram = [.. expected.GetProperty("bins_15").EnumerateArray()];
            Assert.Equal(diagram.Select(bin => bin.GetProperty("count").GetInt32()), bins.Select(bin => bin.Count));
            foreach ((JsonElement bin, ReliabilityBin found) in diagram.Zip(bins).Where(pair => pair.Second.Count > 0))
            {
                Assert.Equal(bin.GetProperty("accuracy").GetDouble(), found.Accuracy, Tolerance);
                Assert.Equal(bin.GetProperty("confidence").GetDouble(), found.Confidence, Tolerance);
            }
        }
    }

    [Fact]
    public void Ties_count_half()
    {
        double[] scores = Inputs["binary.score"].Values<double>().ToArray();
        bool[] labels = [.. Inputs["binary.label"].Values<long>().ToArray().Select(label => label == 1)];
        JsonElement expected = Expected.GetProperty("binary_with_ties");
        Assert.Equal(expected.GetProperty("auroc").GetDouble(), Classification.Auroc(scores, labels), Tolerance);
        Assert.Equal(expected.GetProperty("brier").GetDouble(), Classification.Brier(scores, labels), Tolerance);
        Assert.True(double.IsNaN(Classification.Auroc([1, 2], [true, true])));
    }

    [Fact]
    public void Correlations_are_those_of_the_libraries()
    {
        double[] a = Series("a"), b = Series("b"), c = Series("c"), minusC = [.. c.Select(value => -value)];
        foreach ((string name, double[] left, double[] right) in new[]
            { ("a_b", a, b), ("a_c", a, c), ("b_minus_c", b, minusC), ("a_a", a, a) })
        {
            if (!Expected.GetProperty("correlations").TryGetProperty(name, out JsonElement expected)) continue;
            void Compare(string measure, double found) => Assert.Equal(expected.GetProperty(measure).GetDouble(), found, Tolerance);
            Compare("pearson", Correlations.Pearson(left, right));
            Compare("spearman", Correlations.Spearman(left, right));
            Compare("kendall_tau_b", Correlations.KendallTauB(left, right));
            Compare("kendall_tau_c", Correlations.KendallTauC(left, right));
        }

        Assert.Equal(Inputs["ranks.a_average"].Values<double>().ToArray(), Correlations.Ranks(a));
        Assert.True(double.IsNaN(Correlations.Spearman([1, 1], [1, 2])));
    }

    private static double[] Series(string name) => Inputs[$"correlation.{name}"].Values<double>().ToArray();
}
