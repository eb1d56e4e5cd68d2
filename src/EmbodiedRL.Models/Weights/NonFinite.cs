using System.Numerics;

namespace EmbodiedRL.Models.Weights;

/// <summary>Search for NaN and infinite values by their bits: all bits of the exponent are set.</summary>
internal static class NonFinite
{
    /// <summary>The first place that is NaN or infinite; -1 if there is none.</summary>
    /// <param name="bits">Values as unsigned integers of the same size.</param>
    /// <param name="exponent">The bits of the exponent.</param>
    public static int IndexOf<T>(ReadOnlySpan<T> bits, T exponent) where T : unmanaged, IBinaryInteger<T>
    {
        int done = 0;
        var mask = new Vector<T>(exponent);
        for (; done <= bits.Length - Vector<T>.Count; done += Vector<T>.Count)
            if (Vector.EqualsAny(new Vector<T>(bits[done..]) & mask, mask)) break;
        for (; done < bits.Length; done++)
            if ((bits[done] & exponent) == exponent) return done;
        return -1;
    }
}
