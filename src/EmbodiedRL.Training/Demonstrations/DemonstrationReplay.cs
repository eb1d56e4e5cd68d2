using System.Runtime.InteropServices;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Training.Demonstrations;

/// <summary>Where a replay first went another way.</summary>
/// <param name="Episode">From 0.</param>
/// <param name="Step">From 0.</param>
/// <param name="Field">E.g. <c>state pole/angle</c>.</param>
/// <param name="Recorded">What was recorded.</param>
/// <param name="Replayed">What came out.</param>
public sealed record Divergence(long Episode, int Step, string Field, string Recorded, string Replayed)
{
    /// <inheritdoc/>
    public override string ToString() => $"episode {Episode}, step {Step}: {Field} was {Recorded} and is now {Replayed}";
}

/// <summary>Plays a recorded episode again from its recorded start, and compares every number of every step, bit by bit.</summary>
/// <param name="environment">One environment of the recording's kind. Lent.</param>
public sealed class DemonstrationReplay(IVectorEnvironment environment)
{
    private readonly StepBuffer _buffer = new(1, environment.Info);

    /// <summary>Plays one episode.</summary>
    /// <param name="episode">Recorded.</param>
    /// <param name="watch">Called after every step with what the environment wrote; null for nobody.</param>
    /// <param name="cancel">Stops between two steps.</param>
    /// <returns>The first number that differs; null if none does.</returns>
    /// <exception cref="SpecMismatchException">The environment cannot take the recorded state.</exception>
    public Divergence? Play(DemonstrationEpisode episode, Action<StepBuffer>? watch = null, CancellationToken cancel = default)
    {
        SpecMismatchException.ThrowIfLength("environments that are replayed", environment.Count, 1);
        environment.Load(episode.SnapshotAt(0));
        int actions = environment.Info.Actions.Length;
        for (int step = 0; step < episode.Steps; step++)
        {
            cancel.ThrowIfCancellationRequested();
            if (OfSnapshot(episode, step) is { } off) return off;
            environment.Step(episode.Actions.AsSpan(step * actions, actions), _buffer);
            watch?.Invoke(_buffer);
            if (OfOutcome(episode, step) is { } gone) return gone;
        }

        return null;
    }

    private Divergence? OfOutcome(DemonstrationEpisode episode, int step)
    {
        EnvironmentInfo info = environment.Info;
        if (_buffer.Kinds[0] != episode.Kinds[step])
            return new Divergence(episode.Index, step, "kind", $"{episode.Kinds[step]}", $"{_buffer.Kinds[0]}");
        return Of("state", info.State.NameOf, episode.States, _buffer.States, episode, step)
            ?? Of("observation", info.Observations.NameOf, episode.NextObservations,
                _buffer.Kinds[0].Ends() ? _buffer.FinalObservations : _buffer.Observations, episode, step)
            ?? OfImage(episode, step)
            ?? Of("reward term", term => info.RewardTerms[term], episode.RewardTerms, _buffer.RewardTerms, episode, step)
            ?? Of("reward", _ => "", episode.Rewards, _buffer.Rewards, episode, step);
    }

    private Divergence? OfImage(DemonstrationEpisode episode, int step)
    {
        if (environment.Info.Observations.Image is not { } spec) return null;
        if (episode.NextImages is null) return new Divergence(episode.Index, step, "image", "none", "there");
        byte[] recorded = episode.NextImages[step], replayed = _buffer.Kinds[0].Ends() ? _buffer.FinalImages : _buffer.Images;
        int at = recorded.AsSpan().CommonPrefixLength(replayed);
        if (at == recorded.Length && at == replayed.Length) return null;
        string place = $"image row {at / spec.Channels / spec.Width}, column {at / spec.Channels % spec.Width}";
        return new Divergence(episode.Index, step, place, at < recorded.Length ? Text(recorded[at]) : "nothing",
            at < replayed.Length ? Text(replayed[at]) : "nothing");
    }

    private static Divergence? Of(string what, Func<int, string> nameOf, float[] recorded, float[] replayed,
        DemonstrationEpisode episode, int step)
    {
        ReadOnlySpan<float> expected = recorded.AsSpan(step * replayed.Length, replayed.Length);
        int at = MemoryMarshal.AsBytes(expected).CommonPrefixLength(MemoryMarshal.AsBytes(replayed.AsSpan())) / sizeof(float);
        return at == replayed.Length
            ? null
            : new Divergence(episode.Index, step, $"{what} {nameOf(at)}".TrimEnd(), Text(expected[at]), Text(replayed[at]));
    }

    /// <summary>The whole state before the action: what differs here shows in a later step at the latest.</summary>
    private Divergence? OfSnapshot(DemonstrationEpisode episode, int step)
    {
        Snapshot expected = episode.SnapshotAt(step), found = new();
        environment.Save(found);
        foreach ((string name, byte[] bytes) in found.Entries)
        {
            if (!expected.Contains(name)) return new Divergence(episode.Index, step, $"snapshot {name}", "nothing", "there");
            ReadOnlySpan<byte> recorded = expected.Entries[name];
            if (recorded.SequenceEqual(bytes)) continue;
            if (recorded.Length != bytes.Length || found.TypeOf(name) != typeof(double))
                return new Divergence(episode.Index, step, $"snapshot {name}", Convert.ToHexStringLower(recorded),
                    Convert.ToHexStringLower(bytes));
            int at = recorded.CommonPrefixLength(bytes) / sizeof(double);
            return new Divergence(episode.Index, step, $"snapshot {name}[{at}]", Text(MemoryMarshal.Cast<byte, double>(recorded)[at]),
                Text(MemoryMarshal.Cast<byte, double>(bytes)[at]));
        }

        return null;
    }

    private static string Text(IFormattable value) =>
        value.ToString(value is byte ? "D" : "R", System.Globalization.CultureInfo.InvariantCulture);
}
