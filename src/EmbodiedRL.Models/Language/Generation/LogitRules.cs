using System.Numerics;
using System.Runtime.InteropServices;
using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Language.Generation;

/// <summary>Rules that change the logits of one row before a token is drawn. A token that is ruled out gets minus infinity.</summary>
public static class LogitRules
{
    private const float Out = float.NegativeInfinity;

    /// <summary>Divides positive and multiplies negative logits of tokens that were there, once each (arXiv 1909.05858, 4.1).</summary>
    public static void Penalize(Span<float> logits, ReadOnlySpan<int> tokens, double penalty)
    {
        float by = (float)penalty;
        var seen = new HashSet<int>();
        foreach (int token in tokens)
            if (seen.Add(token)) logits[token] = logits[token] < 0 ? logits[token] * by : logits[token] / by;
    }

    /// <summary>Rules out tokens that would repeat a sequence of <paramref name="size"/> tokens.</summary>
    public static void ForbidRepeats(Span<float> logits, ReadOnlySpan<int> tokens, int size)
    {
        if (tokens.Length + 1 < size) return;
        ReadOnlySpan<int> last = tokens[(tokens.Length - size + 1)..];
        for (int end = size - 1; end < tokens.Length; end++)
            if (tokens.Slice(end - size + 1, size - 1).SequenceEqual(last)) logits[tokens[end]] = Out;
    }

    /// <summary>Divides logits by a temperature.</summary>
    public static void Heat(Span<float> logits, double temperature)
    {
        float by = (float)temperature;
        for (int i = 0; i < logits.Length; i++) logits[i] /= by;
    }

    /// <summary>Keeps the likeliest tokens, with all that tie with the last of them.</summary>
    public static void KeepTop(Span<float> logits, int count)
    {
        if (count >= logits.Length) return;
        float[] sorted = logits.ToArray();
        Array.Sort(sorted);
        float least = sorted[^count];
        for (int i = 0; i < logits.Length; i++) if (logits[i] < least) logits[i] = Out;
    }

    /// <summary>Keeps the likeliest tokens until their sum reaches p, the one that crosses it included (arXiv 1904.09751, 3.1).</summary>
    public static void KeepNucleus(Span<float> logits, double p, int least = 1)
    {
        if (p >= 1) return;
        double[] shares = Shares(logits);
        // whatever is less likely than this adds up to less than 1 - p: none of it is reached
        double bound = least > 1 ? 0 : (1 - p) / logits.Length;
        KeepPrefix(logits, shares, Ranked(shares, bound, i => -shares[i]), p, least);
    }

    /// <summary>Keeps tokens at least a share as likely as the likeliest (arXiv 2407.01082, section 3).</summary>
    public static void KeepMinimum(Span<float> logits, double share, int least = 1)
    {
        float most = Largest(logits);
        double bound = most + Math.Log(share);
        if (least > 1)
        {
            float[] sorted = logits.ToArray();
            Array.Sort(sorted);
            bound = Math.Min(bound, sorted[Math.Max(0, sorted.Length - least)]);
        }

        for (int i = 0; i < logits.Length; i++) if (logits[i] < bound) logits[i] = Out;
    }

    /// <summary>Keeps tokens whose surprise is nearest to the mean until their sum reaches p (arXiv 2202.00666, section 4).</summary>
    public static void KeepTypical(Span<float> logits, double p, int least = 1)
    {
        if (p >= 1) return;
        double[] shares = Shares(logits);
        double entropy = 0;
        foreach (double share in shares) if (share > 0) entropy -= share * Math.Log(share);
        KeepPrefix(logits, shares, Ranked(shares, double.Epsilon, i => Math.Abs(-Math.Log(shares[i]) - entropy)), p, least);
    }

    /// <summary>Whatever settings say, in their order.</summary>
    /// <param name="logits">[V], changed.</param>
    /// <param name="tokens">Prompt and completion so far.</param>
    /// <param name="settings">The rules.</param>
    public static void Apply(Span<float> logits, ReadOnlySpan<int> tokens, SamplingSettings settings)
    {
        if (settings.RepetitionPenalty != 1) Penalize(logits, tokens, settings.RepetitionPenalty);
        if (settings.NoRepeatNgram > 0) ForbidRepeats(logits, tokens, settings.NoRepeatNgram);
        if (settings.Greedy) return;
        if (settings.Temperature != 1) Heat(logits, settings.Temperature);
        if (settings.TopK > 0) KeepTop(logits, settings.TopK);
        if (settings.TopP < 1) KeepNucleus(logits, settings.TopP);
        if (settings.MinP > 0) KeepMinimum(logits, settings.MinP);
        if (settings.TypicalP < 1) KeepTypical(logits, settings.TypicalP);
    }

    /// <summary>The place of the largest logit, the first of equal ones.</summary>
    public static int Best(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int i = 1; i < logits.Length; i++) if (logits[i] > logits[best]) best = i;
        return best;
    }

    /// <summary>The largest logit.</summary>
    public static float Largest(ReadOnlySpan<float> logits)
    {
        int i = 0;
        float most = float.NegativeInfinity;
        if (logits.Length >= Vector<float>.Count)
        {
            ReadOnlySpan<Vector<float>> wide = MemoryMarshal.Cast<float, Vector<float>>(logits);
            Vector<float> largest = wide[0];
            foreach (Vector<float> some in wide) largest = Vector.Max(largest, some);
            for (int lane = 0; lane < Vector<float>.Count; lane++) most = MathF.Max(most, largest[lane]);
            i = wide.Length * Vector<float>.Count;
        }

        for (; i < logits.Length; i++) most = MathF.Max(most, logits[i]);
        return most;
    }

    /// <summary>exp(scale (logit - largest)) of each logit.</summary>
    /// <param name="logits">[V].</param>
    /// <param name="largest">Of them.</param>
    /// <param name="scale">The inverse of a temperature.</param>
    /// <param name="into">[V], overwritten.</param>
    /// <returns>Their sum.</returns>
    public static double Weigh(ReadOnlySpan<float> logits, float largest, float scale, Span<float> into)
    {
        int i = 0;
        double sum = 0;
        ReadOnlySpan<Vector<float>> wide = MemoryMarshal.Cast<float, Vector<float>>(logits);
        Span<Vector<float>> target = MemoryMarshal.Cast<float, Vector<float>>(into);
        Vector<float> total = Vector<float>.Zero, most = new(largest), factor = new(scale);
        for (int at = 0; at < wide.Length; at++) total += target[at] = Vector.Exp((wide[at] - most) * factor);
        sum += Vector.Sum(total);
        for (i = wide.Length * Vector<float>.Count; i < logits.Length; i++)
            sum += into[i] = MathF.Exp((logits[i] - largest) * scale);
        return sum;
    }

    private static double[] Shares(ReadOnlySpan<float> logits)
    {
        float most = Largest(logits);
        double[] shares = new double[logits.Length];
        double sum = 0;
        for (int i = 0; i < shares.Length; i++) sum += shares[i] = Math.Exp((double)logits[i] - most);
        for (int i = 0; i < shares.Length; i++) shares[i] /= sum;
        return shares;
    }

    private static int[] Ranked(double[] shares, double bound, Func<int, double> key)
    {
        int[] places = [.. Enumerable.Range(0, shares.Length).Where(i => shares[i] >= bound)];
        double[] keys = Array.ConvertAll(places, i => key(i));
        Array.Sort(keys, places);
        return places;
    }

    private static void KeepPrefix(Span<float> logits, double[] shares, int[] ranked, double p, int least)
    {
        double before = 0;
        int kept = 0;
        while (kept < ranked.Length && (kept < least || before < p)) before += shares[ranked[kept++]];
        var keep = new bool[logits.Length];
        for (int i = 0; i < kept; i++) keep[ranked[i]] = true;
        for (int i = 0; i < logits.Length; i++) if (!keep[i]) logits[i] = Out;
    }
}
