using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Rewards.Combinators;
using EmbodiedRL.Rewards.Tests.Transforms;
using static EmbodiedRL.Rewards.Tests.RewardFormulas;

namespace EmbodiedRL.Rewards.Tests.Combinators;

public sealed class RouteProgressTests
{
    [Fact]
    public void Rewards_match_a_second_implementation_in_one_batch_and_in_two()
    {
        JsonElement fixture = Expected("S51 progress times penalties");
        float[] completion = fixture.GetProperty("completion").Floats(), penalty = fixture.GetProperty("final_penalty").Floats();
        float[][] factors = fixture.GetProperty("factors").Rows();
        (float, float[])[] terms = [(1, completion), (1, factors.Column(0)), (1, factors.Column(1)), (1, factors.Column(2)), (1, penalty)];
        float[] expected = fixture.GetProperty("reward").Floats();
        TrajectoryBatch batch = Steps.Of(["-----------x"]).Single();
        AssertNear(expected, CombineIn(batch, Route("e"), terms));
        AssertNear(fixture.GetProperty("no_factors").Floats(), CombineIn(batch, Route("b"), [(1, completion), (1, penalty)]));

        TrajectoryBatch[] parts = [.. Steps.Of(["-----"], ["------x"])];
        RouteProgress first = Route("e"), second = Route("e");
        float[] found = CombineIn(parts[0], first, Part(terms, 0, 5));
        var snapshot = new Snapshot();
        first.Save(snapshot);
        second.Load(snapshot);
        AssertNear(expected, [.. found, .. CombineIn(parts[1], second, Part(terms, 5, 7))]);
    }

    /// <summary>The pitfall: 10, back to 5, and 10 again is no progress.</summary>
    [Fact]
    public void Driving_back_and_forth_earns_nothing_and_a_new_episode_begins_at_zero() =>
        AssertNear([10, 0, 0, 2, 3, 0], CombineIn(Steps.Of(["---x--"]).Single(), Route(), [(1, [10, 5, 10, 12, 3, 1])]));

    [Fact]
    public void Without_infractions_the_return_is_the_final_completion_times_its_weight() => Assert.Equal(150,
        CombineIn(Steps.Of(["---x"]).Single(), Route(), [(2, [10, 40, 30, 75]), (1, [1, 1, float.NaN, 1])]).Sum(), 1e-4f);

    [Fact]
    public void A_penalty_is_paid_where_an_episode_ends_alone() =>
        AssertNear([10, -49, 5], CombineIn(Steps.Of(["-x-"]).Single(), Route("b"), [(1, [10, 11, 5]), (1, [50, 50, 50])]));

    [Fact]
    public void What_cannot_be_a_completion_factor_or_penalty_is_refused()
    {
        TrajectoryBatch batch = Steps.Of(["--"]).Single();
        Refused<SpecMismatchException>("from 0 to 1", () => CombineIn(batch, Route(), [(1, [1, 2]), (1, [0.5f, 1.5f])]));
        Refused<SpecMismatchException>("a score in some row",
            () => CombineIn(batch, Route(), [(1, [Steps.None, Steps.None]), (1, [1, 1])]));
        Refused<UnknownNameException>("'crash'", () => CombineIn(batch, Route("crash"), [(1, [1, 2])]));
        Refused<SpecMismatchException>("another term", () => CombineIn(batch, Route("a"), [(1, [1, 2])]));
        Refused<SpecMismatchException>("route-progress", () => Combine(Route(), [1, 2]));
    }

    private static void Refused<TError>(string named, Action action) where TError : EmbodiedException =>
        Assert.Contains(named, Assert.Throws<TError>(action).Message, StringComparison.Ordinal);

    private static RouteProgress Route(string penalty = "") => new(new RouteProgressOptions { Penalty = penalty });

    private static (float, float[])[] Part((float Weight, float[] Scores)[] terms, int start, int count) =>
        [.. terms.Select(term => (term.Weight, term.Scores[start..(start + count)]))];
}
