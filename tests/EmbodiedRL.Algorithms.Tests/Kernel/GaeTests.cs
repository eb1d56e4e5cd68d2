using System.Text.Json;
using EmbodiedRL.Algorithms.Kernel;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Algorithms.Tests.Kernel;

public sealed class GaeTests
{
    [Fact]
    public void With_lambda_one_returns_are_discounted_sums()
    {
        // Rewards 1, 2, 3, terminated, gamma 1/2: 1 + 2/2 + 3/4 = 2.75, 2 + 3/2 = 3.5, 3.
        (_, float[] returns) = Run([1, 2, 3], [StepKind.Mid, StepKind.Mid, StepKind.Terminated], values: [5, 6, 7], next: 100, lambda: 1);
        Assert.Equal([2.75f, 3.5f, 3f], returns);
    }

    [Fact]
    public void With_lambda_zero_advantages_are_one_step_errors()
    {
        // delta = r + v'/2 - v: 1 + 6/2 - 5 = -1, 2 + 7/2 - 6 = -1/2, 3 + 100/2 - 7 = 46.
        (float[] advantages, _) = Run([1, 2, 3], [StepKind.Mid, StepKind.Mid, StepKind.Mid], values: [5, 6, 7], next: 100, lambda: 0);
        Assert.Equal([-1f, -0.5f, 46f], advantages);
    }

    [Fact]
    public void A_truncation_bootstraps_from_the_final_observation_and_cuts_the_sum()
    {
        // Row 0: 1 + 40/2 - 5 = 16, whatever happens in the next episode.
        (float[] advantages, _) = Run(
            [1, 2], [StepKind.Truncated, StepKind.Mid], values: [5, 6], next: 100, lambda: 1, final: [40, float.NaN]);
        Assert.Equal(16, advantages[0]);
        Assert.Equal(2 + 50 - 6, advantages[1]);
    }

    [Fact]
    public void Environments_do_not_touch_each_other()
    {
        float[] rewards = [1, 10, 2, 20], values = [5, 50, 6, 60], advantages = new float[4], returns = new float[4];
        StepKind[] kinds = [StepKind.Mid, StepKind.Mid, StepKind.Mid, StepKind.Mid];
        Gae.Compute(rewards, kinds, new ValueEstimates<float> { Values = values, FinalValues = new float[4], NextValues = [7, 70] },
            0.5f, 0.5f, advantages, returns);
        for (int row = 0; row < 4; row += 2) Assert.Equal(advantages[row] * 10, advantages[row + 1], 1e-4);
    }

    [Fact]
    public void Lengths_that_do_not_belong_together_are_named()
    {
        var error = Assert.Throws<SpecMismatchException>(() => Gae.Compute<float>(
            [1, 2], [StepKind.Mid], new ValueEstimates<float> { Values = [1, 2], FinalValues = [1, 2], NextValues = [1] },
            0.9f, 0.9f, new float[2], new float[2]));
        Assert.Contains("kinds", error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string> Files() => [.. Fixtures.Family("learning", "returns_gae*.json")];

    [Theory, Trait("Category", "Parity"), MemberData(nameof(Files))]
    public void Float_agrees_with_published_libraries(string file)
    {
        JsonElement fixture = Fixtures.ReadJson(file);
        JsonProperty[] answers = [.. AnswersOf(fixture, JsonValueKind.Object)];
        Assert.NotEmpty(answers);
        foreach (JsonProperty answer in answers)
        {
            (double[] advantages, double[] returns) = Solve<float>(fixture.GetProperty("inputs"), Bootstraps(answer));
            AssertNear(Flat(answer.Value.GetProperty("advantages")), advantages, 2e-5);
            AssertNear(Flat(answer.Value.GetProperty("returns")), returns, 2e-5);
        }
    }

    [Theory, Trait("Category", "Parity"), MemberData(nameof(Files))]
    public void Double_agrees_with_a_second_implementation(string file)
    {
        JsonElement fixture = Fixtures.ReadJson(file);
        JsonProperty[] answers = [.. AnswersOf(fixture, JsonValueKind.Array)];
        Assert.NotEmpty(answers);
        foreach (JsonProperty answer in answers)
        {
            (double[] advantages, _) = Solve<double>(fixture.GetProperty("inputs"), Bootstraps(answer));
            AssertNear(Flat(answer.Value), advantages, 1e-9);
        }
    }

    /// <summary>A library's answers are objects, the second implementation's are bare arrays of advantages.</summary>
    private static IEnumerable<JsonProperty> AnswersOf(JsonElement fixture, JsonValueKind kind) =>
        fixture.GetProperty("expected").EnumerateObject()
            .Where(answer => answer.Name.StartsWith("gae", StringComparison.Ordinal) && answer.Value.ValueKind == kind);

    private static bool Bootstraps(JsonProperty answer) => !answer.Name.Contains("no_bootstrap", StringComparison.Ordinal);

    private static (float[] Advantages, float[] Returns) Run(
        float[] rewards, StepKind[] kinds, float[] values, float next, float lambda, float[]? final = null)
    {
        float[] advantages = new float[rewards.Length], returns = new float[rewards.Length];
        var critic = new ValueEstimates<float> { Values = values, FinalValues = final ?? new float[rewards.Length], NextValues = [next] };
        Gae.Compute(rewards, kinds, critic, 0.5f, lambda, advantages, returns);
        return (advantages, returns);
    }

    /// <summary>Without bootstrap a truncation counts as a termination.</summary>
    private static (double[] Advantages, double[] Returns) Solve<T>(JsonElement inputs, bool bootstrap)
        where T : System.Numerics.IFloatingPoint<T>
    {
        T[] Read(string name) => [.. Flat(inputs.GetProperty(name)).Select(T.CreateTruncating)];
        bool[] terminated = Flags(inputs.GetProperty("terminated")), truncated = Flags(inputs.GetProperty("truncated"));
        StepKind[] kinds = [.. terminated.Zip(truncated, (dead, late) =>
            dead || (late && !bootstrap) ? StepKind.Terminated : late ? StepKind.Truncated : StepKind.Mid)];
        T[] rewards = Read("rewards"), advantages = new T[rewards.Length], returns = new T[rewards.Length];
        var critic = new ValueEstimates<T>
        {
            Values = Read("values"),
            FinalValues = Read("final_values"),
            NextValues = Read("last_values")
        };
        Gae.Compute(rewards, kinds, critic, T.CreateTruncating(inputs.GetProperty("gamma").Number()),
            T.CreateTruncating(inputs.GetProperty("lam").Number()), advantages, returns);
        return ([.. advantages.Select(double.CreateTruncating)], [.. returns.Select(double.CreateTruncating)]);
    }

    private static double[] Flat(JsonElement element) => element.ValueKind == JsonValueKind.Array
        ? [.. element.EnumerateArray().SelectMany(Flat)]
        : [element.Number()];

    private static bool[] Flags(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => [.. element.EnumerateArray().SelectMany(Flags)],
        JsonValueKind.Number => [element.GetDouble() != 0],
        _ => [element.GetBoolean()],
    };

    private static void AssertNear(double[] expected, double[] found, double tolerance)
    {
        Assert.Equal(expected.Length, found.Length);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], found[i], tolerance);
    }
}
