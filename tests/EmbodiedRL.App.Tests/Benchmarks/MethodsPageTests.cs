using System.Text.Json.Nodes;
using EmbodiedRL.App.Commands;
using EmbodiedRL.App.Tests.Commands;
using EmbodiedRL.Benchmarks;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Benchmarks.Methods;
using EmbodiedRL.Benchmarks.Proofs;
using EmbodiedRL.Training.Tests;

namespace EmbodiedRL.App.Tests.Benchmarks;

/// <summary>The page of the house, and the figures of all proofs that it shows.</summary>
public sealed class MethodsPageTests
{
    private static readonly Checkout Here = Checkout.Find();

    [Fact]
    public void The_page_is_current() => Assert.True(MethodsPage.Of(Here) == File.ReadAllText(Here.At(MethodsPage.Kept)),
        $"{MethodsPage.Kept} is not what source and figures say; make it anew: {MethodsPage.Command}");

    [Fact]
    public void Every_proof_has_kept_figures_from_one_run_and_no_figure_is_without_its_proof()
    {
        Assert.Equal(MethodsPage.Proofs().Select(method => $"{method}/proof").Order(StringComparer.Ordinal),
            MethodsPage.Figures(Here).Keys.Order(StringComparer.Ordinal));
        Assert.All(MethodsPage.Figures(Here).Values, row => Assert.True(row.Holds is not null && row.Reference.Length > 0));
    }

    [Fact]
    public void Every_method_has_its_source_and_its_tests() => Assert.All(Method.In(Here),
        method => Assert.True(method.Sources.Count > 0 && method.Tests.Count > 0 && method.Paper.Year > 2000, method.Number));

    [Fact]
    public async Task All_proofs_are_run_and_one_that_does_not_hold_shows_in_the_exit_code()
    {
        using var folder = new TemporaryFolder();
        var bench = new BenchCommand(new ProofsBench([new Claim("S01", 3, holds: true), new Claim("S02", 1, holds: false)]));
        (int code, string output, string error) =
            await Verbs.RunAsync([bench], BenchCommand.Verb, ProofsBench.Verb, "--json", folder["proofs.json"]);
        Assert.Equal((ExitCode.DidNotHold, "S01 ...\nS02 ...\n"), (code, error));
        Assert.Contains("S01/proof  3.00   2.00       apples  1.50   HOLDS, first 1", output, StringComparison.Ordinal);
        JsonArray rows = JsonNode.Parse(await File.ReadAllTextAsync(folder["proofs.json"]))!["rows"]!.AsArray();
        Assert.Equal(["S01/proof", "S02/proof"], rows.Select(row => (string)row!["name"]!));
        Assert.Equal([true, false], rows.Select(row => (bool)row!["holds"]!));
        Assert.Equal((3.0, 2.0, 1), ((double)rows[0]!["value"]!, (double)rows[0]!["referenceValue"]!, (int)rows[0]!["first"]!));
    }

    [Theory]
    [InlineData("S50")]
    [InlineData("S83")]
    public async Task A_quick_proof_holds(string method)
    {
        (int code, string output, string error) = await Verbs.RunAsync([BenchCommand.Shipped], BenchCommand.Verb, method);
        Assert.True(code == ExitCode.Done, output + error);
    }

    private sealed class Claim(string method, double value, bool holds) : Proof(method, "nothing.", "Apples.")
    {
        protected override BenchRow Prove(ulong firstSeed, CancellationToken cancel) =>
            Row(value, "apples", "pears", 2, holds, ("first", firstSeed));
    }
}
