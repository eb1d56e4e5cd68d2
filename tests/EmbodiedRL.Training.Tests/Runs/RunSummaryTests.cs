using System.Text.Json;
using EmbodiedRL.Core;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Tests.Runs;

public sealed class RunSummaryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_promised_names_are_in_the_file()
    {
        ExampleSummary.Create().Write(_folder["summary.json"]);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(_folder["summary.json"]));
        JsonElement root = json.RootElement;
        Assert.Equal(0.97, root.GetProperty("success").GetDouble());
        Assert.Equal([0.915, 0.99], root.GetProperty("successInterval").EnumerateArray().Select(item => item.GetDouble()));
        Assert.Equal(0, root.GetProperty("successBefore").GetDouble());
        Assert.Equal(0.97, root.GetProperty("measures").GetProperty("upright").GetDouble());
        Assert.Equal(0.2, root.GetProperty("measuresBefore").GetProperty("hanging").GetDouble());
        JsonElement strictness = root.GetProperty("strictness");
        JsonElement tolerance = strictness.GetProperty("tolerances").GetProperty("upright");
        Assert.Equal("within 7.5 degrees", tolerance.GetProperty("twiceAsStrict").GetString());
        Assert.Equal(0.71, strictness.GetProperty("trained").GetProperty("wholeRange").GetProperty("twiceAsStrict").GetDouble());
        Assert.Equal(0.013, strictness.GetProperty("doingNothing").GetProperty("wholeRange").GetProperty("asAsked").GetDouble());
        Assert.Equal(JsonValueKind.Null, strictness.GetProperty("randomActions").GetProperty("taskStart").ValueKind);
        Assert.False(strictness.TryGetProperty("warning", out _));
        Assert.Equal(163_840, root.GetProperty("steps").GetInt64());
        Assert.Equal(20, root.GetProperty("seconds").GetProperty("score images").GetDouble());
        Assert.Equal(ulong.MaxValue, root.GetProperty("seed").GetUInt64());
        Assert.Equal(Environment.Version.ToString(), root.GetProperty("versions").GetProperty(".NET").GetString());
    }

    /// <summary>The better of the two that have learned nothing is named, and only where the trained policy is no better.</summary>
    [Theory]
    [InlineData(0.5, 0.2, 0.1, null)]
    [InlineData(0.5, 0.5, 0.6, "random actions reached success in 60 %")]
    [InlineData(0.5, 0.5, 0.1, "a policy that does nothing reached success in 50 %")]
    [InlineData(0.0, 0.0, 0.0, null)]
    public void A_success_that_needs_no_learning_is_warned_of(double trained, double still, double random, string? says)
    {
        StrictnessSummary own = ExampleSummary.Create().Strictness!;
        string? warning = (own with { Trained = Of(trained), DoingNothing = Of(still), RandomActions = Of(random) }).Warning;
        if (says is null) Assert.Null(warning);
        else Assert.Contains(says, warning, StringComparison.Ordinal);
        Assert.Null((own with { Trained = Of(trained), DoingNothing = null, RandomActions = null }).Warning);
        PolicySuccess Of(double share) => new(own.Trained.WholeRange with { AsAsked = share }, null);
    }

    [Fact]
    public void A_goal_without_a_measure_has_null_success_and_null_interval()
    {
        (ExampleSummary.Create() with { Success = null, SuccessInterval = null, SuccessBefore = null }).Write(_folder["summary.json"]);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(_folder["summary.json"]));
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("success").ValueKind);
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("successInterval").ValueKind);
        Assert.Null(RunSummary.Read(_folder["summary.json"]).Success);
    }

    [Fact]
    public void What_was_written_is_read_and_what_is_cut_off_is_refused()
    {
        ExampleSummary.Create().Write(_folder["summary.json"]);
        RunSummary read = RunSummary.Read(_folder["summary.json"]);
        Assert.Equal(ExampleSummary.Create().Measures, read.Measures);
        Assert.Equal(ulong.MaxValue, read.Seed);
        File.WriteAllText(_folder["summary.json"], File.ReadAllText(_folder["summary.json"])[..100]);
        Assert.Contains("summary.json",
            Assert.Throws<CorruptFileException>(() => RunSummary.Read(_folder["summary.json"])).Message, StringComparison.Ordinal);
    }
}
