namespace EmbodiedRL.Models.Hub;

/// <summary>Retry policy: waits longer after every failure, or as long as the server asks, and gives up after a number of them.</summary>
internal sealed class RetryPolicy(HubSettings settings, TimeProvider time, IPullListener listener)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30), LongestAsked = TimeSpan.FromMinutes(10);

    /// <summary>Runs something until it succeeds.</summary>
    /// <exception cref="HubException">It has failed too often, or the server asks to wait too long.</exception>
    public async Task<T> RunAsync<T>(string what, Func<Task<T>> attempt, CancellationToken cancel)
    {
        for (int failures = 1; ; failures++)
        {
            try
            {
                return await attempt();
            }
            catch (TransferFault fault)
            {
                await WaitAsync(what, fault, failures, cancel);
            }
        }
    }

    /// <summary>Waits before the next attempt.</summary>
    /// <param name="what">What failed.</param>
    /// <param name="fault">How.</param>
    /// <param name="failures">How often, this time included.</param>
    /// <param name="cancel">Ends the waiting.</param>
    /// <exception cref="HubException">It has failed too often, or the server asks to wait too long.</exception>
    public async Task WaitAsync(string what, TransferFault fault, int failures, CancellationToken cancel)
    {
        TimeSpan wait = fault.RetryAfter ?? TimeSpan.FromSeconds(Math.Min(Math.Pow(2, failures - 1), LongestPause.TotalSeconds));
        if (wait > LongestAsked)
            throw new HubException(
                $"{what}: {fault.Message}, and the hub asks to wait {Minutes(wait)}. Try again then: what has arrived is kept.", fault);
        if (failures >= settings.Attempts)
            throw new HubException($"{what}: {fault.Message}, in {failures} attempts. Check the network, the proxy (HTTPS_PROXY) and "
                + $"the hub's address ({settings.Endpoint}, HF_ENDPOINT), and pull again: what has arrived is kept.", fault);
        listener.Wait(what, fault.Message, wait);
        await Task.Delay(wait, time, cancel);
    }

    private static string Minutes(TimeSpan wait) => FormattableString.Invariant($"{Math.Ceiling(wait.TotalMinutes):0} minutes");
}
