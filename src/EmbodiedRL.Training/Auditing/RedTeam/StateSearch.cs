using EmbodiedRL.Core;

namespace EmbodiedRL.Training.Auditing.RedTeam;

/// <summary>What a search is made in.</summary>
/// <param name="Space">The states.</param>
/// <param name="Probe">Of the same environments.</param>
/// <param name="Seed">Of all draws.</param>
internal sealed record SearchGround(SearchSpace Space, WindowProbe Probe, ulong Seed)
{
    private const int Settling = 2; // control steps until what a task notes of the step before is of the state itself

    /// <summary>Sets N states, lets them settle and scores what comes of them.</summary>
    public async Task<ProbedWindow[]> TryAsync(Snapshot states, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        Probe.Environment.Load(states);
        ProbedWindow[] windows = await Probe.WatchAsync(null, Settling, cancel);
        bool[] reachable = Space.AreReachable();
        return [.. windows.Select((window, row) => window with { IsWhole = window.IsWhole && reachable[row] })];
    }
}

/// <summary>Searches states for the one of highest reward that is no success: one restart, which shares nothing with others.</summary>
internal interface IStateSearch
{
    /// <summary>Its name.</summary>
    Attack Attack { get; }

    /// <summary>Searches.</summary>
    /// <param name="ground">Where.</param>
    /// <param name="restart">Which; another one draws other states.</param>
    /// <param name="batches">How often N states are tried.</param>
    /// <param name="cancel">Asked before every batch.</param>
    /// <returns>The best fraud; null if every state was a success, nearly one, or no state at all.</returns>
    Task<ProbedWindow?> SearchAsync(SearchGround ground, int restart, int batches, CancellationToken cancel);
}

/// <summary>Random search: draws states over the whole range, near keyframes and among look-alikes.</summary>
internal sealed class RandomSearch : IStateSearch
{
    private const long FirstDraw = 1000; // those before say how far the environment reaches

    /// <inheritdoc/>
    public Attack Attack => Attack.Random;

    /// <inheritdoc/>
    public async Task<ProbedWindow?> SearchAsync(SearchGround ground, int restart, int batches, CancellationToken cancel)
    {
        ProbedWindow? best = null;
        for (int batch = 0; batch < batches; batch++)
        {
            Snapshot states = ground.Space.Draw(FirstDraw + ((long)restart * batches) + batch);
            foreach (ProbedWindow window in await ground.TryAsync(states, cancel)) best = ProbedWindow.Better(best, window);
        }

        return best;
    }
}
