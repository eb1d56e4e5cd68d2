using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Rewards.Diagnostics;
using EmbodiedRL.Rewards.Tabular;

namespace EmbodiedRL.Rewards.Tests.Diagnostics;

/// <summary>Distances of eleven rewards in one world, against two releases and an exact solution.</summary>
[Trait("Category", "Parity")]
public sealed class RewardDistanceParityTests
{
    private const double Tolerance = 1e-9, Invariant = 1e-7;

    public static TheoryData<string> Cases => [.. Fixtures.Family("learning", "reward_comparison*.json")];

    [Theory, MemberData(nameof(Cases))]
    public void Distances_are_those_of_the_releases(string path)
    {
        var fixture = new Fixture(path);
        foreach ((string key, double? expected) in fixture.Distances("starc_value_l2"))
            AssertNear(key, expected!.Value, StarcDistance.Between(fixture.World, fixture.First(key), fixture.Second(key)));
        foreach ((string key, double? expected) in fixture.Distances("epic_pearson"))
        {
            double found = EpicDistance.Between(fixture.First(key), fixture.Second(key), fixture.World.Discount);
            if (expected is { } value) AssertNear(key, value, found);
            else Assert.Equal(IsTrivial(key) ? 0 : 0.5, found, Tolerance); // undefined there; S83's rule on half its scale here
        }

        foreach ((string key, double? expected) in fixture.Distances("epic_l2_normalised"))
            if (expected is { } value)
                AssertNear(key, value, 2 * EpicDistance.Between(fixture.First(key), fixture.Second(key), fixture.World.Discount));
    }

    [Theory, MemberData(nameof(Cases))]
    public void Canonical_rewards_and_values_are_those_of_a_second_implementation(string path)
    {
        var fixture = new Fixture(path);
        foreach (string name in fixture.Names("starc_canonical"))
        {
            double[,] canonical = StarcDistance.Canonical(fixture.World, fixture.Rewards[name]);
            double[][] expected = fixture.Expected("starc_canonical", name).Deserialize<double[][]>()!;
            for (int state = 0; state < fixture.World.States; state++)
                for (int action = 0; action < fixture.World.Actions; action++)
                    Assert.Equal(expected[state][action], canonical[state, action], Tolerance);
        }

        foreach (string name in fixture.Names("epic_canonical"))
        {
            double[,,] canonical = EpicDistance.Canonical(fixture.Rewards[name], fixture.World.Discount);
            double[,,] expected = Fixture.Table(fixture.Expected("epic_canonical", name));
            for (int state = 0; state < fixture.World.States; state++)
                for (int action = 0; action < fixture.World.Actions; action++)
                    for (int next = 0; next < fixture.World.States; next++)
                        Assert.Equal(expected[state, action, next], canonical[state, action, next], Tolerance);
        }

        foreach (string name in fixture.Names("value_uniform_policy"))
        {
            double[] values = fixture.World.Values(fixture.Rewards[name], fixture.World.UniformPolicy());
            double[] expected = fixture.Expected("value_uniform_policy", name).Numbers();
            for (int state = 0; state < values.Length; state++) Assert.Equal(expected[state], values[state], Tolerance);
        }
    }

    /// <summary>Pairs that are equal but for rounding have square roots of it in the fixture.</summary>
    private static void AssertNear(string key, double expected, double found) =>
        Assert.True(Math.Abs(expected - found) <= Tolerance || (expected < Invariant && found < Invariant),
            $"{key}: expected {expected}, found {found}.");

    /// <summary>Whether both rewards of a pair prefer nothing; of two that do, no correlation is undefined.</summary>
    private static bool IsTrivial(string key) => key.Split('|').All(name => name is "constant" or "zero" or "only_potential");

    private sealed class Fixture
    {
        private readonly JsonElement _expected;

        public Fixture(string path)
        {
            JsonElement file = Fixtures.ReadJson(path), inputs = file.GetProperty("inputs");
            _expected = file.GetProperty("expected");
            double[,,] transitions = Table(inputs.GetProperty("transitions"));
            int states = transitions.GetLength(0);
            World = new TabularMdp(transitions, [.. Enumerable.Repeat(1.0 / states, states)], inputs.GetProperty("discount").Number());
            Rewards = inputs.GetProperty("rewards").EnumerateObject().ToDictionary(one => one.Name, one => Table(one.Value));
        }

        public TabularMdp World { get; }

        public Dictionary<string, double[,,]> Rewards { get; }

        public double[,,] First(string key) => Rewards[key.Split('|')[0]];

        public double[,,] Second(string key) => Rewards[key.Split('|')[1]];

        public JsonElement Expected(string table, string name) => _expected.GetProperty(table).GetProperty(name);

        public IEnumerable<string> Names(string table) => _expected.GetProperty(table).EnumerateObject().Select(one => one.Name);

        public IEnumerable<(string Key, double? Distance)> Distances(string table) =>
            _expected.GetProperty(table).EnumerateObject().Select(one =>
                (one.Name, one.Value.ValueKind == JsonValueKind.Null ? (double?)null : one.Value.Number()));

        public static double[,,] Table(JsonElement nested)
        {
            double[][][] rows = nested.Deserialize<double[][][]>()!;
            double[,,] table = new double[rows.Length, rows[0].Length, rows[0][0].Length];
            for (int i = 0; i < rows.Length; i++)
                for (int j = 0; j < rows[0].Length; j++)
                    for (int k = 0; k < rows[0][0].Length; k++) table[i, j, k] = rows[i][j][k];
            return table;
        }
    }
}
