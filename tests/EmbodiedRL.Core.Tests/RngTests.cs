using CsCheck;
using EmbodiedRL.Core;

namespace EmbodiedRL.Core.Tests;

public sealed class RngTests
{
    [Fact]
    public void Same_names_give_the_same_numbers_and_other_names_do_not()
    {
        Rng first = Rng.For(7, "reset", 3), again = Rng.For(7, "reset", 3);
        Rng[] others = [Rng.For(8, "reset", 3), Rng.For(7, "resets", 3), Rng.For(7, "reset", 4)];
        ulong bits = first.NextBits();
        Assert.Equal(bits, again.NextBits());
        Assert.All(others, other => Assert.NotEqual(bits, other.NextBits()));
    }

    [Fact]
    public void A_stream_continues_from_its_counter() => Gen.Select(Gen.ULong, Gen.Int[0, 50]).Sample((seed, skip) =>
    {
        Rng stream = Rng.For(seed, "x");
        for (int i = 0; i < skip; i++) stream.NextBits();
        Rng resumed = Rng.For(seed, "x", 0, stream.Counter);
        Assert.Equal(stream.NextBits(), resumed.NextBits());
    });

    [Fact]
    public void Uniform_normal_and_bounded_draws_have_their_moments()
    {
        Rng rng = Rng.For(1, "moments");
        const int Draws = 200_000;
        double sum = 0, squares = 0, normal = 0, normalSquares = 0;
        int[] counts = new int[6];
        for (int i = 0; i < Draws; i++)
        {
            double u = rng.NextDouble(), z = rng.Normal();
            (sum, squares, normal, normalSquares) = (sum + u, squares + (u * u), normal + z, normalSquares + (z * z));
            counts[rng.Below(6)]++;
        }

        // Standard errors: 0.29 / sqrt(200,000) = 0.00065; 1 / sqrt(200,000) = 0.0022; five of them each.
        Assert.Equal(0.5, sum / Draws, 0.0033);
        Assert.Equal(1.0 / 3, squares / Draws, 0.0035);
        Assert.Equal(0, normal / Draws, 0.011);
        Assert.Equal(1, normalSquares / Draws, 0.016);
        Assert.All(counts, count => Assert.InRange(count, (Draws / 6) - 850, (Draws / 6) + 850));
    }

    [Fact]
    public void Shuffle_keeps_every_item() => Gen.Int[1, 100].Sample(length =>
    {
        int[] items = [.. Enumerable.Range(0, length)];
        Rng rng = Rng.For((ulong)length, "shuffle");
        rng.Shuffle(items);
        Assert.Equal(Enumerable.Range(0, length), items.Order());
    });
}
