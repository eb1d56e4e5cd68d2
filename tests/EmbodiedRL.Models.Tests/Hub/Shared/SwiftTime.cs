using System.Collections.Concurrent;
using EmbodiedRL.Models.Hub;

namespace EmbodiedRL.Models.Tests.Hub;

/// <summary>
/// A clock on which waits take no time and are recorded; those of one length, the patience with a silent server, wait for the test.
/// </summary>
internal sealed class SwiftTime(TimeSpan patience) : TimeProvider
{
    private readonly ConcurrentDictionary<SwiftTimer, TimeSpan> _held = [];
    private long _ticks = new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero).Ticks;

    public ConcurrentQueue<TimeSpan> Waits { get; } = [];

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public static SwiftTime Of(HubSettings settings) => new(settings.Patience);

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public void Advance(TimeSpan time) => Interlocked.Add(ref _ticks, time.Ticks);

    /// <summary>The patience is over for whoever waits now.</summary>
    public void LosePatience()
    {
        foreach (SwiftTimer timer in _held.Keys)
            if (_held.TryRemove(timer, out _)) timer.Fire();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SwiftTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class SwiftTimer(SwiftTime time, TimerCallback callback, object? state) : ITimer
    {
        public void Fire() => ThreadPool.QueueUserWorkItem(_ => callback(state));

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            time._held.TryRemove(this, out _);
            if (dueTime == Timeout.InfiniteTimeSpan) return true;
            if (dueTime == time.Patience) time._held[this] = dueTime;
            else
            {
                time.Waits.Enqueue(dueTime);
                time.Advance(dueTime);
                Fire();
            }

            return true;
        }

        public void Dispose() => time._held.TryRemove(this, out _);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }

    private TimeSpan Patience => patience;
}
