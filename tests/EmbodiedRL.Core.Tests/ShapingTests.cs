using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;

namespace EmbodiedRL.Core.Tests;

[Trait("Category", "Parity")]
public sealed class ShapingTests
{
    [Fact]
    public void Every_falloff_agrees_with_the_recorded_values()
    {
        JsonElement fixture = Fixtures.ReadJson("learning/tolerance.json");
        double[] xs = fixture.GetProperty("inputs").GetProperty("x").Numbers();
        foreach (JsonElement expected in fixture.GetProperty("expected").EnumerateArray())
        {
            Falloff falloff = Enum.Parse<Falloff>(expected.GetProperty("sigmoid").GetString()!.Replace("_", "", StringComparison.Ordinal),
                ignoreCase: true);
            double[] bounds = expected.GetProperty("bounds").Numbers(), values = expected.GetProperty("values").Numbers();
            double margin = expected.GetProperty("margin").Number(), atMargin = expected.GetProperty("value_at_margin").Number();
            for (int i = 0; i < xs.Length; i++)
                Assert.Equal(values[i], Shaping.Tolerance(xs[i], bounds[0], bounds[1], margin, falloff, atMargin), 1e-9);
        }
    }

    [Fact]
    public void Reversed_bounds_and_impossible_values_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Shaping.Tolerance(0, 1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Shaping.Tolerance(2, 0, 1, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Shaping.Tolerance(2, 0, 1, 1, Falloff.Gaussian, 0));
    }
}
