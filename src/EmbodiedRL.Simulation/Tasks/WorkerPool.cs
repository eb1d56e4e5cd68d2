using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Native;

namespace EmbodiedRL.Simulation.Tasks;

/// <summary>Worker pool: a fixed set of threads that apply one function to many items, again and again, without allocating.</summary>
/// <remarks>
/// The caller works too. Threads take the next few items as they become free; since items do not know of each other, neither the number of
/// threads nor their order changes a result. Between two calls they spin for a moment, since the next call mostly follows at once, then
/// sleep. The caller waits for items, never for threads: one that is slow to wake, or has no core to run
/// on, finds its share done by the others.
/// </remarks>
internal sealed class WorkerPool : IDisposable
{
    private const int SpinsBeforeSleep = 2000;

    private readonly Action<int> _work;
    private readonly int _items;
    private readonly int _atOnce;
    private readonly Thread[] _threads;
    private readonly object _bed = new();
    private readonly object _finish = new();
    private int _next;
    private int _finished;
    private int _sleeping;
    private int _generation;
    private volatile bool _stopped;
    private Exception? _failure;

    /// <summary>Starts the threads.</summary>
    /// <param name="items">How many items there are.</param>
    /// <param name="threads">The caller included; 0 takes all cores.</param>
    /// <param name="work">Called with an item's number, from any of the threads; two calls never get one item.</param>
    public WorkerPool(int items, int threads, Action<int> work)
    {
        (_items, _work) = (items, work);
        int count = Math.Min(threads > 0 ? threads : Environment.ProcessorCount, items);
        _atOnce = Math.Max(1, items / (count * 8)); // few enough that nobody waits long for the last thread
        _threads = new Thread[count - 1];
        for (int i = 0; i < _threads.Length; i++)
        {
            _threads[i] = new Thread(Loop) { IsBackground = true, Name = "environments" };
            _threads[i].Start();
        }
    }

    /// <summary>Threads that work, the caller included.</summary>
    public int Count => _threads.Length + 1;

    /// <summary>Does every item once and returns when all are done.</summary>
    /// <exception cref="Exception">What the first item that failed threw; other items may not have been done.</exception>
    public void Run()
    {
        ObjectDisposedException.ThrowIf(_stopped, this);
        _failure = null;
        _finished = 0;
        Volatile.Write(ref _next, 0); // from here on even a thread that is late from the call before works for this one
        Interlocked.Increment(ref _generation);
        WakeSleepers();
        TakeItems();
        AwaitFinish();
        if (_failure is { } failure) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>Ends the threads.</summary>
    public void Dispose()
    {
        if (_stopped) return;
        _stopped = true;
        Interlocked.Increment(ref _generation);
        WakeSleepers();
        foreach (Thread thread in _threads) thread.Join();
    }

    private void Loop()
    {
        int seen = 0;
        while (true)
        {
            seen = AwaitNext(seen);
            if (_stopped) return;
            TakeItems();
        }
    }

    private int AwaitNext(int seen)
    {
        for (int spin = 0; spin < SpinsBeforeSleep; spin++)
        {
            int generation = Volatile.Read(ref _generation);
            if (generation != seen) return generation;
            Thread.SpinWait(10);
        }

        Interlocked.Increment(ref _sleeping);
        // A thread that raises the generation after this sees a sleeper; one that raised it before is seen here.
        lock (_bed)
        {
            while (Volatile.Read(ref _generation) == seen) Monitor.Wait(_bed);
        }

        Interlocked.Decrement(ref _sleeping);
        return Volatile.Read(ref _generation);
    }

    private void WakeSleepers()
    {
        if (Volatile.Read(ref _sleeping) == 0) return;
        lock (_bed) Monitor.PulseAll(_bed);
    }

    private void TakeItems()
    {
        while (true)
        {
            int first = Interlocked.Add(ref _next, _atOnce) - _atOnce;
            if (first >= _items) return;
            int end = Math.Min(first + _atOnce, _items);
            try
            {
                for (int item = first; item < end && Volatile.Read(ref _failure) is null; item++) _work(item);
            }
            catch (Exception error) // carried over to the caller's thread, nothing is swallowed
            {
                Interlocked.CompareExchange(ref _failure, error, null);
            }

            if (Interlocked.Add(ref _finished, end - first) < _items) continue;
            lock (_finish) Monitor.PulseAll(_finish);
            return;
        }
    }

    private void AwaitFinish()
    {
        for (int spin = 0; spin < SpinsBeforeSleep / 10; spin++)
        {
            if (Volatile.Read(ref _finished) == _items) return;
            Thread.SpinWait(10);
        }

        // A thread that finishes the last item after this check pulses; one that did before is seen here.
        lock (_finish)
        {
            while (Volatile.Read(ref _finished) < _items) Monitor.Wait(_finish);
        }
    }
}
