using System.Text.Json;
using System.Text.Json.Serialization;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;

namespace EmbodiedRL.Algorithms.Reasoning;

/// <summary>Options of <see cref="SelectiveSampleBuffer"/>.</summary>
public sealed record SelectiveSampleBufferOptions : Options
{
    /// <summary>Samples drawn for each fresh one that taught nothing; 0 keeps no buffer.</summary>
    [Range(0, 1)]
    public double Share { get; init; }

    /// <summary>The most samples kept; the oldest go first.</summary>
    [Range(1, 1 << 20)]
    public int Capacity { get; init; } = 256;

    /// <summary>Samples older than so many updates are dropped: the policy has moved away from them.</summary>
    [Range(1, 1_000_000)]
    public int Age { get; init; } = 20;
}

/// <summary>
/// Selective sample buffer: remembers completions of non-zero advantage, and gives them again where a batch has few of its own.
/// </summary>
/// <remarks>
/// Drawn without replacement with probability proportional to |A|. A drawn sample carries the log-probabilities it was sampled with, so
/// that its importance ratio is that of the policy against its own sampler: with ratio 1, as if it were fresh, the gradient would be
/// biased.
/// Without an advantage of 0 in the batch nothing is drawn, and an empty buffer gives nothing: plain GRPO. Not thread-safe.
/// </remarks>
/// <param name="options">Checked.</param>
/// <param name="seed">Of the draws.</param>
[Paper("2504.16656", "Skywork R1V2: Multimodal Hybrid Reinforcement Learning for Reasoning", Year = 2025, Method = "S62")]
public sealed class SelectiveSampleBuffer(SelectiveSampleBufferOptions options, ulong seed) : ISnapshot
{
    private static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private readonly List<CompletionSample> _samples = []; // oldest first
    private Rng _rng = Rng.For(seed, "buffer");

    /// <summary>Samples kept.</summary>
    public int Count => _samples.Count;

    /// <summary>Keeps those of non-zero advantage.</summary>
    /// <param name="samples">Taken over; must not be changed.</param>
    public void Add(IEnumerable<CompletionSample> samples)
    {
        _samples.AddRange(samples.Where(sample => sample.Advantage != 0 && float.IsFinite(sample.Advantage)));
        if (_samples.Count > options.Capacity) _samples.RemoveRange(0, _samples.Count - options.Capacity);
    }

    /// <summary>Draws samples to stand beside fresh ones.</summary>
    /// <param name="idle">Fresh samples of advantage 0.</param>
    /// <param name="update">Now; older samples than the limit are dropped.</param>
    /// <returns>At most the share of <paramref name="idle"/>; lent.</returns>
    public IReadOnlyList<CompletionSample> Draw(int idle, long update)
    {
        _samples.RemoveAll(sample => update - sample.Update > options.Age);
        int count = Math.Min((int)Math.Round(options.Share * idle), _samples.Count);
        List<CompletionSample> left = [.. _samples], drawn = [];
        for (; drawn.Count < count;)
        {
            double[] chances = Probabilities([.. left.Select(sample => sample.Advantage)]);
            double at = _rng.NextDouble();
            int chosen = 0;
            while (chosen < left.Count - 1 && (at -= chances[chosen]) >= 0) chosen++;
            drawn.Add(left[chosen]);
            left.RemoveAt(chosen);
        }

        return drawn;
    }

    /// <summary>Probability of each sample to be drawn first: |A| / the sum of |A|; 0 for all where all are 0.</summary>
    public static double[] Probabilities(ReadOnlySpan<float> advantages)
    {
        double sum = 0;
        foreach (float advantage in advantages) sum += Math.Abs((double)advantage);
        double[] chances = new double[advantages.Length];
        for (int i = 0; sum > 0 && i < chances.Length; i++) chances[i] = Math.Abs((double)advantages[i]) / sum;
        return chances;
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        into.Put("draws", _rng.Counter);
        into.Put<byte>("samples", JsonSerializer.SerializeToUtf8Bytes(_samples, Json));
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        _rng = Rng.For(seed, "buffer", counter: from.Get<ulong>("draws"));
        _samples.Clear();
        _samples.AddRange(JsonSerializer.Deserialize<List<CompletionSample>>(from.GetAll<byte>("samples"), Json)!);
    }
}
