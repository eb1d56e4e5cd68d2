using System.Runtime.InteropServices;
using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Language.Generation;

/// <summary>A completion that is being drawn.</summary>
internal sealed class CompletionRow
{
    private Rng _rng;

    public CompletionRow(int index, int[] prompt, int room, Rng rng)
    {
        (Index, Room, _rng) = (index, room, rng);
        All = [.. prompt];
        PromptLength = prompt.Length;
    }

    /// <summary>Row of the result.</summary>
    public int Index { get; }

    /// <summary>The most new tokens.</summary>
    public int Room { get; }

    /// <summary>Tokens of the prompt.</summary>
    public int PromptLength { get; }

    /// <summary>Prompt and completion.</summary>
    public List<int> All { get; }

    /// <summary>Completion.</summary>
    public List<int> New { get; } = [];

    /// <summary>Log-probability of each token, before the rules.</summary>
    public List<float> Raw { get; } = [];

    /// <summary>Log-probability of each token, after the rules.</summary>
    public List<float> Drawn { get; } = [];

    /// <summary>Whether it ended.</summary>
    public bool IsDone { get; set; }

    /// <summary>Whether it ended for want of room.</summary>
    public bool Truncated { get; set; }

    /// <summary>Uniform in [0, 1), one for each token.</summary>
    public double Next() => _rng.NextDouble();

    /// <summary>Adds a token.</summary>
    public void Add(int token, double raw, double drawn)
    {
        All.Add(token);
        New.Add(token);
        Raw.Add((float)raw);
        Drawn.Add((float)drawn);
    }
}

/// <summary>Sampler: draws a token from the logits of a row.</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class Sampler(SamplingSettings settings, int vocabulary)
{
    private readonly float[] _weights = new float[vocabulary], _ruled = new float[vocabulary];
    private readonly float _scale = (float)(1 / settings.Temperature);
    private readonly bool _hasRules = settings.RepetitionPenalty != 1 || settings.NoRepeatNgram > 0
        || (!settings.Greedy && (settings.TopK > 0 || settings.TopP < 1 || settings.MinP > 0 || settings.TypicalP < 1));

    /// <summary>Draws, and adds the token to the row.</summary>
    /// <exception cref="NonFiniteException">A logit is NaN or infinite.</exception>
    public int Draw(ReadOnlySpan<float> logits, CompletionRow row)
    {
        float most = LogitRules.Largest(logits);
        double sum = LogitRules.Weigh(logits, most, _scale, _weights);
        if (!double.IsFinite(sum) || !float.IsFinite(most)) NonFiniteException.ThrowIfAny(logits, "a logit", "The weights have diverged.");
        double Raw(int token, ReadOnlySpan<float> of) => (((double)of[token] - most) * _scale) - Math.Log(sum);
        float highest = float.NegativeInfinity;
        if (_hasRules)
        {
            logits.CopyTo(_ruled);
            LogitRules.Apply(_ruled, CollectionsMarshal.AsSpan(row.All), settings);
            highest = LogitRules.Largest(_ruled);
        }

        // rules can leave nothing, e.g. those of n-grams; the model's own choice is better than none
        bool ruled = highest != float.NegativeInfinity;
        ReadOnlySpan<float> values = ruled ? _ruled : logits;
        if (settings.Greedy)
        {
            int best = LogitRules.Best(values);
            row.Add(best, Raw(best, logits), 0);
            return best;
        }

        double total = ruled ? LogitRules.Weigh(_ruled, highest, 1, _weights) : sum;
        int token = Place(_weights, row.Next() * total);
        double raw = Raw(token, logits);
        row.Add(token, raw, ruled ? (double)_ruled[token] - highest - Math.Log(total) : raw);
        return token;
    }

    /// <summary>The first place at which the sum of weights exceeds a number.</summary>
    private static int Place(ReadOnlySpan<float> weights, double at)
    {
        double before = 0;
        int last = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            if (weights[i] == 0) continue;
            before += weights[i];
            if (before > at) return i;
            last = i; // the sum may fall short of the number by rounding
        }

        return last;
    }
}
