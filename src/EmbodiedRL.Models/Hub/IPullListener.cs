namespace EmbodiedRL.Models.Hub;

/// <summary>Listener of a pull: told of its progress, on the thread that works.</summary>
public interface IPullListener
{
    /// <summary>Bytes have arrived; called often.</summary>
    void Report(in PullProgress progress);

    /// <summary>Something failed and is tried again, or another process is waited for.</summary>
    /// <param name="what">The file or question.</param>
    /// <param name="reason">One clause.</param>
    /// <param name="wait">Time to the next attempt; zero where it is not known.</param>
    void Wait(string what, string reason, TimeSpan wait);

    /// <summary>Something that a person should know, in one sentence.</summary>
    void Note(string sentence);
}

/// <summary>Listener that nobody is behind.</summary>
internal sealed class SilentListener : IPullListener
{
    public void Report(in PullProgress progress)
    {
    }

    public void Wait(string what, string reason, TimeSpan wait)
    {
    }

    public void Note(string sentence)
    {
    }
}
