namespace EmbodiedRL.Core;

/// <summary>Counter-based random stream: draw k of stream (seed, stream, index) is a pure function of the four.</summary>
/// <remarks>
/// Because nothing is shared, environment i draws the same numbers whether one thread or sixty-four step it.
/// The mixing function is SplitMix64's finalizer over a Weyl sequence (Steele, Lea and Flood, OOPSLA 2014).
/// A mutable struct: pass it by <c>ref</c>, and save <see cref="Counter"/> to resume it.
/// </remarks>
public struct Rng : IEquatable<Rng>
{
    private const ulong Weyl = 0x9E3779B97F4A7C15;

    private readonly ulong _key;

    private Rng(ulong key, ulong counter) => (_key, Counter) = (key, counter);

    /// <summary>How many 64-bit draws were made; with the three names of the stream this is the whole state.</summary>
    public ulong Counter { get; private set; }

    /// <summary>The stream of one purpose and one index.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="stream">What the numbers are for, e.g. <c>reset</c>. Different words give unrelated numbers.</param>
    /// <param name="index">Which instance, e.g. the environment's row.</param>
    /// <param name="counter">Where to continue; 0 starts the stream.</param>
    public static Rng For(ulong seed, string stream, long index = 0, ulong counter = 0)
    {
        ulong key = Mix(seed + Weyl);
        foreach (char letter in stream) key = Mix(key ^ letter);
        return new Rng(Mix(key ^ Mix((ulong)index + Weyl)), counter);
    }

    /// <summary>64 uniform bits.</summary>
    public ulong NextBits() => Mix(_key + (++Counter * Weyl));

    /// <summary>Uniform in [0, 1), 53 bits.</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [low, high).</summary>
    public double Uniform(double low, double high) => low + ((high - low) * NextDouble());

    /// <summary>Uniform in {0, ..., count - 1}, unbiased (Lemire's rejection).</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is not positive.</exception>
    public int Below(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ulong range = (ulong)count;
        ulong high = Math.BigMul(NextBits(), range, out ulong low);
        if (low >= range) return (int)high;
        for (ulong threshold = (0 - range) % range; low < threshold;) high = Math.BigMul(NextBits(), range, out low);
        return (int)high;
    }

    /// <summary>Standard normal, by Box and Muller; two draws each, so the count of draws never depends on the values.</summary>
    public double Normal()
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        return radius * Math.Cos(2 * Math.PI * NextDouble());
    }

    /// <summary>Shuffles in place (Fisher and Yates).</summary>
    public void Shuffle(Span<int> items)
    {
        for (int last = items.Length - 1; last > 0; last--)
        {
            int chosen = Below(last + 1);
            (items[last], items[chosen]) = (items[chosen], items[last]);
        }
    }

    /// <inheritdoc/>
    public readonly bool Equals(Rng other) => _key == other._key && Counter == other.Counter;

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is Rng other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode() => HashCode.Combine(_key, Counter);

    /// <summary>Same stream, same place.</summary>
    public static bool operator ==(Rng left, Rng right) => left.Equals(right);

    /// <summary>Another stream or another place.</summary>
    public static bool operator !=(Rng left, Rng right) => !left.Equals(right);

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
