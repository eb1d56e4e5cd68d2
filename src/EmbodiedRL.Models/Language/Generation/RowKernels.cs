using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace EmbodiedRL.Models.Language.Generation;

/// <summary>Steps of a decoder on rows in plain memory, eight numbers at a time.</summary>
internal static unsafe class RowKernels
{
    private const int Lanes = 8;

    /// <summary>x / sqrt(mean(x^2) + epsilon) * weight.</summary>
    public static void Normalize(float* x, float* weight, int width, float epsilon, float* into)
    {
        Vector256<float> sums = Vector256<float>.Zero;
        int i = 0;
        for (; i + Lanes <= width; i += Lanes)
        {
            Vector256<float> some = Vector256.Load(x + i);
            sums = Vector256.FusedMultiplyAdd(some, some, sums);
        }

        float sum = Vector256.Sum(sums);
        for (; i < width; i++) sum += x[i] * x[i];
        float scale = 1 / MathF.Sqrt((sum / width) + epsilon);
        Vector256<float> scales = Vector256.Create(scale);
        for (i = 0; i + Lanes <= width; i += Lanes) (Vector256.Load(x + i) * scales * Vector256.Load(weight + i)).Store(into + i);
        for (; i < width; i++) into[i] = x[i] * scale * weight[i];
    }

    /// <summary>Turns the pairs of a head, in place.</summary>
    public static void Rotate(float* head, float* cos, float* sin, int half)
    {
        int i = 0;
        for (; i + Lanes <= half; i += Lanes)
        {
            Vector256<float> a = Vector256.Load(head + i), b = Vector256.Load(head + half + i), c = Vector256.Load(cos + i),
                s = Vector256.Load(sin + i);
            ((a * c) - (b * s)).Store(head + i);
            ((b * c) + (a * s)).Store(head + half + i);
        }

        for (; i < half; i++)
        {
            (float a, float b) = (head[i], head[half + i]);
            (head[i], head[half + i]) = ((a * cos[i]) - (b * sin[i]), (b * cos[i]) + (a * sin[i]));
        }
    }

    /// <summary>silu(gate) * up.</summary>
    public static void Gate(float* gate, float* up, int width, float* into)
    {
        int i = 0;
        for (; i + Lanes <= width; i += Lanes)
        {
            Vector256<float> x = Vector256.Load(gate + i);
            (x / (Vector256<float>.One + Exp(-x)) * Vector256.Load(up + i)).Store(into + i);
        }

        for (; i < width; i++) into[i] = gate[i] / (1 + MathF.Exp(-gate[i])) * up[i];
    }

    /// <summary>Scores of a query with keys: scale * q k for each.</summary>
    /// <param name="query">[D].</param>
    /// <param name="keys">[D, stride]: the keys' first channels, then their second ones, and so on.</param>
    /// <param name="size">D.</param>
    /// <param name="count">Keys.</param>
    /// <param name="stride">Room for keys, a multiple of eight.</param>
    /// <param name="scale">1 / sqrt(D).</param>
    /// <param name="into">[count up to a multiple of eight], overwritten.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Score(float* query, float* keys, int size, int count, int stride, float scale, float* into)
    {
        Vector256<float> scales = Vector256.Create(scale);
        int s = 0;
        for (; s + (4 * Lanes) <= count; s += 4 * Lanes)
        {
            Vector256<float> a = Vector256<float>.Zero, b = a, c = a, e = a;
            float* key = keys + s;
            for (int d = 0; d < size; d++, key += stride)
            {
                Vector256<float> q = Vector256.Create(query[d]);
                a = Vector256.FusedMultiplyAdd(q, Vector256.Load(key), a);
                b = Vector256.FusedMultiplyAdd(q, Vector256.Load(key + Lanes), b);
                c = Vector256.FusedMultiplyAdd(q, Vector256.Load(key + (2 * Lanes)), c);
                e = Vector256.FusedMultiplyAdd(q, Vector256.Load(key + (3 * Lanes)), e);
            }

            (a * scales).Store(into + s);
            (b * scales).Store(into + s + Lanes);
            (c * scales).Store(into + s + (2 * Lanes));
            (e * scales).Store(into + s + (3 * Lanes));
        }

        for (; s < count; s += Lanes)
        {
            Vector256<float> a = Vector256<float>.Zero;
            float* key = keys + s;
            for (int d = 0; d < size; d++, key += stride)
                a = Vector256.FusedMultiplyAdd(Vector256.Create(query[d]), Vector256.Load(key), a);
            (a * scales).Store(into + s);
        }
    }

    /// <summary>exp of each number to two units in the last place (reduction by Cody and Waite, then a polynomial).</summary>
    public static Vector256<float> Exp(Vector256<float> x)
    {
        x = Vector256.Min(Vector256.Max(x, Vector256.Create(-87.3f)), Vector256.Create(88.3f));
        Vector256<float> whole = Vector256.Round(x * Vector256.Create(1.44269504f));
        Vector256<float> r = Vector256.FusedMultiplyAdd(whole, Vector256.Create(-0.693359375f), x);
        r = Vector256.FusedMultiplyAdd(whole, Vector256.Create(2.12194440e-4f), r);
        Vector256<float> p = Vector256.FusedMultiplyAdd(r, Vector256.Create(1.9875691500e-4f), Vector256.Create(1.3981999507e-3f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(8.3334519073e-3f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(4.1665795894e-2f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.6666665459e-1f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(5.0000001201e-1f));
        p = Vector256.FusedMultiplyAdd(p, r * r, r + Vector256<float>.One);
        Vector256<int> power = (Vector256.ConvertToInt32(whole) + Vector256.Create(127)) << 23;
        return p * power.AsSingle();
    }

    /// <summary>The largest of some numbers.</summary>
    public static float Largest(float* x, int count)
    {
        float most = float.NegativeInfinity;
        int i = 0;
        if (count >= Lanes)
        {
            Vector256<float> largest = Vector256.Load(x);
            for (i = Lanes; i + Lanes <= count; i += Lanes) largest = Vector256.Max(largest, Vector256.Load(x + i));
            for (int lane = 0; lane < Lanes; lane++) most = MathF.Max(most, largest[lane]);
        }

        for (; i < count; i++) most = MathF.Max(most, x[i]);
        return most;
    }

    /// <summary>exp(x - most), in place; the sum is returned.</summary>
    public static float Exponentiate(float* x, int count, float most)
    {
        Vector256<float> sums = Vector256<float>.Zero, mosts = Vector256.Create(most);
        int i = 0;
        for (; i + Lanes <= count; i += Lanes)
        {
            Vector256<float> e = Exp(Vector256.Load(x + i) - mosts);
            e.Store(x + i);
            sums += e;
        }

        float sum = Vector256.Sum(sums);
        for (; i < count; i++) sum += x[i] = MathF.Exp(x[i] - most);
        return sum;
    }

    /// <summary>into += sum over keys of weight * value.</summary>
    /// <param name="weights">[count].</param>
    /// <param name="values">[count, D].</param>
    /// <param name="count">Keys.</param>
    /// <param name="size">D.</param>
    /// <param name="into">[D].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Mix(float* weights, float* values, int count, int size, float* into)
    {
        int d = 0;
        for (; d + (4 * Lanes) <= size; d += 4 * Lanes)
        {
            Vector256<float> a = Vector256.Load(into + d), b = Vector256.Load(into + d + Lanes),
                c = Vector256.Load(into + d + (2 * Lanes)), e = Vector256.Load(into + d + (3 * Lanes));
            float* value = values + d;
            for (int s = 0; s < count; s++, value += size)
            {
                Vector256<float> w = Vector256.Create(weights[s]);
                a = Vector256.FusedMultiplyAdd(w, Vector256.Load(value), a);
                b = Vector256.FusedMultiplyAdd(w, Vector256.Load(value + Lanes), b);
                c = Vector256.FusedMultiplyAdd(w, Vector256.Load(value + (2 * Lanes)), c);
                e = Vector256.FusedMultiplyAdd(w, Vector256.Load(value + (3 * Lanes)), e);
            }

            a.Store(into + d);
            b.Store(into + d + Lanes);
            c.Store(into + d + (2 * Lanes));
            e.Store(into + d + (3 * Lanes));
        }

        for (; d + Lanes <= size; d += Lanes)
        {
            Vector256<float> a = Vector256.Load(into + d);
            for (int s = 0; s < count; s++)
                a = Vector256.FusedMultiplyAdd(Vector256.Create(weights[s]), Vector256.Load(values + (s * size) + d), a);
            a.Store(into + d);
        }

        for (; d < size; d++)
            for (int s = 0; s < count; s++) into[d] += weights[s] * values[(s * size) + d];
    }
}
