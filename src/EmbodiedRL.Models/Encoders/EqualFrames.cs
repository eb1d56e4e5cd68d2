using System.IO.Hashing;

namespace EmbodiedRL.Models.Encoders;

/// <summary>Search for equal frames, which need to be embedded only once.</summary>
public static class EqualFrames
{
    /// <summary>For every frame, the first one that is equal to it in every byte.</summary>
    /// <param name="frames">N frames one after another.</param>
    /// <param name="size">Bytes of a frame.</param>
    /// <returns>[N]; a frame that is like none before it names itself.</returns>
    public static int[] FirstOfEach(ReadOnlySpan<byte> frames, int size)
    {
        int[] first = new int[frames.Length / size];
        var known = new Dictionary<UInt128, int>(first.Length);
        for (int i = 0; i < first.Length; i++)
        {
            ReadOnlySpan<byte> frame = frames.Slice(i * size, size);
            UInt128 hash = XxHash128.HashToUInt128(frame);
            // a hash is a hint: only equal bytes are equal frames
            bool isNew = known.TryAdd(hash, i) || !frames.Slice(known[hash] * size, size).SequenceEqual(frame);
            first[i] = isNew ? i : known[hash];
        }

        return first;
    }
}
