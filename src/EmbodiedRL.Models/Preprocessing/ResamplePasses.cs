using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EmbodiedRL.Models.Preprocessing;

/// <summary>Resampling passes: one filtered axis of a picture of bytes, [rows, columns, channels], rounded and clipped to bytes.</summary>
/// <remarks>The vectorized passes give the very bytes of the plain ones, since all sums are exact in 32-bit integers.</remarks>
internal static class ResamplePasses
{
    private const int Half = 1 << (ResampleTaps.Precision - 1);

    /// <summary>Filters along rows.</summary>
    /// <param name="source">Begins at the first row.</param>
    /// <param name="stride">Bytes from one row of the source to the next.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="channels">1, 3 or 4.</param>
    /// <param name="shift">Column of the input axis at which a row of the source begins.</param>
    /// <param name="taps">Of the columns.</param>
    /// <param name="into">[rows, taps.Count, channels].</param>
    /// <param name="vectorized">False for the plain pass.</param>
    public static void Horizontal(
        ReadOnlySpan<byte> source, int stride, int rows, int channels, int shift, ResampleTaps taps, Span<byte> into, bool vectorized)
    {
        if (vectorized && Ssse3.IsSupported && channels >= 3)
        {
            HorizontalVectorized(source, stride, rows, channels, shift, taps, into);
            return;
        }

        for (int row = 0; row < rows; row++)
            for (int x = 0; x < taps.Count; x++)
                HorizontalPlain(source[(row * stride)..], channels, shift, taps, x, into[((row * taps.Count + x) * channels)..]);
    }

    /// <summary>Filters along columns.</summary>
    /// <param name="source">Begins at row <paramref name="shift"/> of the input axis, at the first byte wanted.</param>
    /// <param name="stride">Bytes from one row of the source to the next.</param>
    /// <param name="width">Bytes of a row that are wanted.</param>
    /// <param name="shift">Row of the input axis at which the source begins.</param>
    /// <param name="taps">Of the rows.</param>
    /// <param name="into">[taps.Count, width].</param>
    /// <param name="vectorized">False for the plain pass.</param>
    public static void Vertical(
        ReadOnlySpan<byte> source, int stride, int width, int shift, ResampleTaps taps, Span<byte> into, bool vectorized)
    {
        for (int y = 0; y < taps.Count; y++)
        {
            ReadOnlySpan<byte> rows = source[((taps.Starts[y] - shift) * stride)..];
            Span<byte> target = into.Slice(y * width, width);
            int done = vectorized && Avx2.IsSupported ? VerticalVectorized(rows, stride, taps, y, target) : 0;
            for (int i = done; i < width; i++)
            {
                int sum = Half;
                for (int k = 0; k < taps.Counts[y]; k++) sum += rows[k * stride + i] * taps.Integer[y * taps.Width + k];
                target[i] = Clip(sum);
            }
        }
    }

    private static void HorizontalPlain(
        ReadOnlySpan<byte> row, int channels, int shift, ResampleTaps taps, int x, Span<byte> into)
    {
        ReadOnlySpan<int> weights = taps.Integer.AsSpan(x * taps.Width, taps.Counts[x]);
        int start = (taps.Starts[x] - shift) * channels;
        for (int c = 0; c < channels; c++)
        {
            int sum = Half;
            for (int k = 0; k < weights.Length; k++) sum += row[start + k * channels + c] * weights[k];
            into[c] = Clip(sum);
        }
    }

    private static void HorizontalVectorized(
        ReadOnlySpan<byte> source, int stride, int rows, int channels, int shift, ResampleTaps taps, Span<byte> into)
    {
        // Bytes of two neighboring pixels, widened to 16 bits and interleaved by channel: r0 r1 g0 g1 b0 b1 (a0 a1).
        Vector128<byte> interleave = channels == 3
            ? Vector128.Create((byte)0, 128, 3, 128, 1, 128, 4, 128, 2, 128, 5, 128, 128, 128, 128, 128)
            : Vector128.Create((byte)0, 128, 4, 128, 1, 128, 5, 128, 2, 128, 6, 128, 3, 128, 7, 128);
        ref byte first = ref MemoryMarshal.GetReference(source);
        ref byte written = ref MemoryMarshal.GetReference(into);
        int step = 2 * channels, output = 0;
        for (int row = 0; row < rows; row++)
        {
            for (int x = 0; x < taps.Count; x++, output += channels)
            {
                int place = row * stride + (taps.Starts[x] - shift) * channels, pairs = (taps.Counts[x] + 1) / 2;
                if (place + (pairs - 1) * step + 8 > source.Length || output + 4 > into.Length)
                {
                    HorizontalPlain(source[(row * stride)..], channels, shift, taps, x, into[output..]);
                    continue;
                }

                Vector128<int> upper = default, lower = default;
                for (int k = 0; k < pairs; k++, place += step)
                {
                    ulong bytes = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, place));
                    Vector128<short> pixels = Ssse3.Shuffle(Vector128.CreateScalarUnsafe(bytes).AsByte(), interleave).AsInt16();
                    int at = x * taps.Pairs + k;
                    upper += Sse2.MultiplyAddAdjacent(pixels, Vector128.Create(taps.UpperPairs[at]).AsInt16());
                    lower += Sse2.MultiplyAddAdjacent(pixels, Vector128.Create(taps.LowerPairs[at]).AsInt16());
                }

                Vector128<int> sum = ((upper << ResampleTaps.LowerBits) + lower + Vector128.Create(Half)) >> ResampleTaps.Precision;
                Vector128<short> words = Sse2.PackSignedSaturate(sum, sum);
                // Three channels: the fourth byte is overwritten by the next pixel.
                Unsafe.WriteUnaligned(ref Unsafe.Add(ref written, output), Sse2.PackUnsignedSaturate(words, words).AsUInt32().ToScalar());
            }
        }
    }

    /// <summary>Sixteen bytes of a row at a time.</summary>
    /// <returns>How many bytes were written.</returns>
    private static int VerticalVectorized(ReadOnlySpan<byte> rows, int stride, ResampleTaps taps, int y, Span<byte> target)
    {
        int pairs = (taps.Counts[y] + 1) / 2, last = (taps.Counts[y] - 1) * stride, i = 0;
        ref byte first = ref MemoryMarshal.GetReference(rows);
        ref byte written = ref MemoryMarshal.GetReference(target);
        for (; i + 16 <= target.Length; i += 16)
        {
            Vector256<int> upperLeft = default, lowerLeft = default, upperRight = default, lowerRight = default;
            for (int k = 0, place = 0; k < pairs; k++, place += 2 * stride)
            {
                // The weight of a missing second row is zero: any row will do.
                Vector128<byte> one = Vector128.LoadUnsafe(ref first, (nuint)(place + i));
                Vector128<byte> two = Vector128.LoadUnsafe(ref first, (nuint)(Math.Min(place + stride, last) + i));
                Vector256<short> left = Avx2.ConvertToVector256Int16(Sse2.UnpackLow(one, two));
                Vector256<short> right = Avx2.ConvertToVector256Int16(Sse2.UnpackHigh(one, two));
                Vector256<short> upper = Vector256.Create(taps.UpperPairs[y * taps.Pairs + k]).AsInt16();
                Vector256<short> lower = Vector256.Create(taps.LowerPairs[y * taps.Pairs + k]).AsInt16();
                upperLeft += Avx2.MultiplyAddAdjacent(left, upper);
                lowerLeft += Avx2.MultiplyAddAdjacent(left, lower);
                upperRight += Avx2.MultiplyAddAdjacent(right, upper);
                lowerRight += Avx2.MultiplyAddAdjacent(right, lower);
            }

            Vector128<short> low = Words(upperLeft, lowerLeft), high = Words(upperRight, lowerRight);
            Sse2.PackUnsignedSaturate(low, high).StoreUnsafe(ref written, (nuint)i);
        }

        return i;
    }

    private static Vector128<short> Words(Vector256<int> upper, Vector256<int> lower)
    {
        Vector256<int> sum = ((upper << ResampleTaps.LowerBits) + lower + Vector256.Create(Half)) >> ResampleTaps.Precision;
        return Sse2.PackSignedSaturate(sum.GetLower(), sum.GetUpper());
    }

    private static byte Clip(int sum) => (byte)Math.Clamp(sum >> ResampleTaps.Precision, 0, 255);
}
