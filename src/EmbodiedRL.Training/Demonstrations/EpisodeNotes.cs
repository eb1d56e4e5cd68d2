using EmbodiedRL.Core;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Training.Demonstrations;

/// <summary>What is written down of an episode while it is played, step by step.</summary>
internal sealed class EpisodeNotes(EnvironmentInfo info, bool hasFrames)
{
    private readonly List<float> _observations = [], _next = [], _actions = [], _states = [], _rewards = [], _terms = [];
    private readonly List<StepKind> _kinds = [];
    private readonly List<byte[]> _frames = [], _images = [], _nextImages = [];
    private readonly SortedDictionary<string, (Type Type, List<byte> Bytes)> _snapshots = new(StringComparer.Ordinal);

    private bool HasImages => info.Observations.Image is not null;

    public void Before(Snapshot snapshot, StepBuffer seen, ReadOnlySpan<float> action)
    {
        _observations.AddRange(seen.Observations);
        if (HasImages) _images.Add([.. seen.Images]);
        _actions.AddRange(action);
        foreach ((string name, byte[] bytes) in snapshot.Entries)
        {
            if (!_snapshots.TryGetValue(name, out (Type Type, List<byte> Bytes) entry))
                _snapshots[name] = entry = (snapshot.TypeOf(name), []);
            entry.Bytes.AddRange(bytes);
        }
    }

    public void After(StepBuffer outcome, byte[]? frame)
    {
        _next.AddRange(outcome.Kinds[0].Ends() ? outcome.FinalObservations : outcome.Observations);
        if (HasImages) _nextImages.Add([.. outcome.Kinds[0].Ends() ? outcome.FinalImages : outcome.Images]);
        _states.AddRange(outcome.States);
        _rewards.AddRange(outcome.Rewards);
        _terms.AddRange(outcome.RewardTerms);
        _kinds.Add(outcome.Kinds[0]);
        if (frame is not null) _frames.Add(frame);
    }

    public DemonstrationEpisode Episode(long index) => new()
    {
        Index = index,
        Observations = [.. _observations],
        NextObservations = [.. _next],
        Images = HasImages ? [.. _images] : null,
        NextImages = HasImages ? [.. _nextImages] : null,
        Actions = [.. _actions],
        States = [.. _states],
        Rewards = [.. _rewards],
        RewardTerms = [.. _terms],
        Kinds = [.. _kinds],
        Snapshots = _snapshots.ToDictionary(entry => entry.Key,
            entry => Typed(entry.Key, entry.Value.Type, [.. entry.Value.Bytes]), StringComparer.Ordinal),
        Frames = hasFrames ? [.. _frames] : null,
    };

    private Array Typed(string name, Type type, byte[] bytes)
    {
        // A state whose size changes while it is played could not be told apart into steps again.
        if (bytes.Length % _kinds.Count != 0)
            throw new SpecMismatchException($"snapshot entry '{name}' of '{info.Name}'", "equally many bytes in every step", "others");
        Array values = Array.CreateInstance(type.IsPrimitive ? type : typeof(byte),
            type.IsPrimitive ? bytes.Length / Buffer.ByteLength(Array.CreateInstance(type, 1)) : bytes.Length);
        Buffer.BlockCopy(bytes, 0, values, 0, bytes.Length);
        return values;
    }
}
