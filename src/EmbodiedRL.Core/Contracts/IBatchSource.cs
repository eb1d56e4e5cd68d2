using EmbodiedRL.Core.Batches;

namespace EmbodiedRL.Core.Contracts;

/// <summary>
/// Batch source: collects what is scored and learned from. Environments, recorded demonstrations and language models are sources.
/// </summary>
/// <remarks>Not thread-safe. The batch belongs to the source and is overwritten by the next call.</remarks>
public interface IBatchSource : ISnapshot, IDisposable
{
    /// <summary>The next batch.</summary>
    /// <param name="cancel">Stops between two steps; the source is then where it was before the call or its
    /// snapshot is no longer asked for.</param>
    ValueTask<RewardBatch> NextAsync(CancellationToken cancel);

    /// <summary>Takes the rewards that the last batch was learned from, for statistics of episodes.</summary>
    /// <param name="rewards">[rows].</param>
    void TakeRewards(ReadOnlySpan<float> rewards)
    {
    }

    /// <summary>Writes statistics of the last batch, e.g. returns of episodes.</summary>
    void Log(IMetricSink metrics)
    {
    }
}
