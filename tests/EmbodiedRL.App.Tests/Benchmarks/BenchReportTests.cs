using System.Text.Json.Nodes;
using EmbodiedRL.Benchmarks.Measuring;

namespace EmbodiedRL.App.Tests.Benchmarks;

public sealed class BenchReportTests
{
    [Fact]
    public void The_file_has_the_promised_shape()
    {
        BenchRow row = BenchRow.Of("a/b", "steps/s", "another", new Comparison([3, 4, 5], [2, 2, 4]), ("bytes", 7L));
        JsonNode file = JsonNode.Parse(new BenchReport(new Dictionary<string, string> { ["CPU"] = "x" }, [row]).ToJson())!;
        Assert.Equal(["machine", "rows"], file.AsObject().Select(pair => pair.Key));
        Assert.Equal("x", (string?)file["machine"]!["CPU"]);
        JsonNode written = Assert.Single(file["rows"]!.AsArray())!;
        Assert.Equal(["name", "value", "unit", "reference", "referenceValue", "ratio", "alternations", "leastRatio", "mostRatio", "bytes"],
            written.AsObject().Select(pair => pair.Key));
        Assert.Equal(("a/b", 4.0, "steps/s", "another"),
            ((string)written["name"]!, (double)written["value"]!, (string)written["unit"]!, (string)written["reference"]!));
        Assert.Equal((2.0, 2.0, 3L), ((double)written["referenceValue"]!, (double)written["ratio"]!, (long)written["alternations"]!));
        Assert.Equal((1.25, 2.0, 7L), ((double)written["leastRatio"]!, (double)written["mostRatio"]!, (long)written["bytes"]!));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_proof_says_whether_it_holds(bool holds)
    {
        var report = new BenchReport(new Dictionary<string, string>(), [new BenchRow("p", 1, "x", "y", 0) { Holds = holds }]);
        JsonNode row = JsonNode.Parse(report.ToJson())!["rows"]![0]!;
        Assert.Equal(holds, (bool)row["holds"]!);
        Assert.Null(row["ratio"]); // nothing is a multiple of zero
    }

    [Fact]
    public void The_table_has_a_line_a_row_and_names_each_reference_once()
    {
        using var output = new StringWriter();
        new BenchReport(new Dictionary<string, string> { ["CPU"] = "x" },
            [
                new BenchRow("first", 12_345.6, "steps/s", "a loop", 24_691.2),
                new BenchRow("second", 0.5, "steps/s", "a loop", 0.25) { Holds = false }
            ]).Write(output);
        string[] lines = output.ToString().Split('\n');
        Assert.Contains("CPU: x", lines);
        Assert.Contains(lines, line => line.StartsWith("first   12,346  24,691     steps/s  0.500", StringComparison.Ordinal));
        Assert.Contains(lines,
            line => line.StartsWith("second  0.500   0.250      steps/s  2.00   DOES NOT HOLD", StringComparison.Ordinal));
        Assert.Single(lines, "Reference: a loop.");
    }
}
