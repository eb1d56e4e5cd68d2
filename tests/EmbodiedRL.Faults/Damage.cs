using EmbodiedRL.Core;

namespace EmbodiedRL.Faults;

/// <summary>What happens to bytes on disks and in editors.</summary>
internal static class Damage
{
    /// <summary>Some bits are the other way round.</summary>
    public static byte[] Flip(byte[] content, ref Rng rng, int most = 8)
    {
        byte[] damaged = [.. content];
        for (int left = 1 + rng.Below(most); left > 0; left--) damaged[rng.Below(damaged.Length)] ^= (byte)(1 << rng.Below(8));
        return damaged;
    }

    /// <summary>The end is missing.</summary>
    public static byte[] Cut(byte[] content, ref Rng rng) => content[..(1 + rng.Below(content.Length - 1))];

    /// <summary>A piece is zero, as of a disk block that was never written.</summary>
    public static byte[] Zero(byte[] content, ref Rng rng)
    {
        byte[] damaged = [.. content];
        int first = rng.Below(damaged.Length);
        damaged.AsSpan(first, Math.Min(1 + rng.Below(512), damaged.Length - first)).Clear();
        return damaged;
    }

    /// <summary>A piece is there twice.</summary>
    public static byte[] Repeat(byte[] content, ref Rng rng)
    {
        int first = rng.Below(content.Length), length = Math.Min(1 + rng.Below(256), content.Length - first);
        return [.. content[..(first + length)], .. content[first..]];
    }

    /// <summary>Bytes of nothing.</summary>
    public static byte[] Noise(int length, ref Rng rng)
    {
        byte[] noise = new byte[length];
        for (int i = 0; i < length; i++) noise[i] = (byte)rng.Below(256);
        return noise;
    }

    /// <summary>One of several.</summary>
    public static T Pick<T>(this ref Rng rng, IReadOnlyList<T> items) => items[rng.Below(items.Count)];
}
