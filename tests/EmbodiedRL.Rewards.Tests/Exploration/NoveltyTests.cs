using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards.Exploration;
using static EmbodiedRL.Rewards.Tests.RewardFormulas;

namespace EmbodiedRL.Rewards.Tests.Exploration;

public sealed class NoveltyTests
{
    [Fact]
    public void Fewer_than_k_members_are_taken_as_they_are_and_none_give_0()
    {
        Assert.Equal(0, NoveltyArchive.Novelty([1f, 2f], [], 3));
        Assert.Equal(0, NoveltyArchive.Novelty([1f, 2f], [4f, 6f], 3, except: 0));
        Assert.Equal(5, NoveltyArchive.Novelty([1f, 2f], [4f, 6f], 3));
        Assert.Equal(2.5, NoveltyArchive.Novelty([1f, 2f], [4f, 6f, 1f, 2f], 3));
    }

    /// <summary>Of 1,000 offers each is kept with the same probability, whenever it came.</summary>
    [Fact]
    public void A_full_archive_is_a_uniform_sample_of_all_that_was_offered()
    {
        const int capacity = 20, offers = 1000, archives = 200;
        double early = 0;
        for (ulong seed = 0; seed < archives; seed++)
        {
            var archive = new NoveltyArchive(1, capacity);
            var rng = Rng.For(seed, "offers");
            for (int i = 0; i < offers; i++) archive.Offer([i], ref rng);
            Assert.Equal(capacity, archive.Count);
            foreach (float member in archive.Members) early += member < offers / 2 ? 1 : 0;
        }

        Assert.InRange(early / (capacity * archives), 0.46, 0.54); // five deviations of 4,000 halves
    }

    [Fact]
    public async Task Where_the_run_has_not_been_is_newer_and_a_row_is_not_its_own_neighbor()
    {
        EnvironmentInfo info = Walk.Line(2);
        using var reward = new NoveltyBonus("novelty", new NoveltyOptions { Normalize = false, Neighbors = 1 }, info);
        var walk = new Walk(2, info);
        // four corners of a square of side 2, each twice but the last
        float[] first = await Walk.Score(reward, walk.Rollout(4, (t, n) => t < 3 ? [t % 2 * 2, t / 2 * 2] : [2, n * 2]));
        AssertNear([0, 0, 0, 0, 0, 0], first[..6]);
        Assert.Equal(0, first[6]); // (2, 0) was reached before
        Assert.True(first[7] > 1.5f, $"{first[7]}");
        float[] again = await Walk.Score(reward, walk.Rollout(1, (_, n) => [0, n]), frozen: true);
        Assert.Equal(0, again[0]);
        Assert.True(again[1] > 0.5f, $"{again[1]}");
    }

    [Fact]
    public async Task A_resumed_archive_goes_on_as_it_would_have()
    {
        EnvironmentInfo info = Walk.Line(1);
        var options = new NoveltyOptions { Capacity = 8 };
        using var whole = new NoveltyBonus("novelty", options, info);
        using var resumed = new NoveltyBonus("novelty", options, info);
        var walk = new Walk(2, info);
        var rng = Rng.For(7, "places");
        for (int rollout = 0; rollout < 5; rollout++)
        {
            var batch = walk.Rollout(4, (_, _) => [(float)rng.Normal()]);
            float[] scores = await Walk.Score(whole, batch);
            if (rollout == 4) AssertNear(scores, await Walk.Score(resumed, batch), 0);
            var snapshot = new Snapshot();
            whole.Save(snapshot);
            resumed.Load(snapshot);
        }
    }
}
