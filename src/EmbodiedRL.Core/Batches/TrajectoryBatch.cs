using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Core.Batches;

/// <summary>T steps of N environments as a struct of arrays: what a reward scores and an algorithm learns from.</summary>
/// <remarks>
/// Row (t, n) holds the observation acted on, the action, and what it led to: the state and the frame reached (before any
/// auto-reset), the hand-built reward and the kind of the step. Memory is owned by whoever made the batch and is
/// overwritten by the next rollout. Episode ids go on from rollout to rollout and are part of the snapshot.
/// </remarks>
public sealed class TrajectoryBatch : RewardBatch, ISnapshot
{
    private readonly long[] _episode;
    private readonly long[] _group;
    private readonly long[] _current;
    private readonly int[] _finalSlot;
    private readonly FrameBlock[] _frames;
    private float[] _finals = [];
    private readonly List<byte[]> _finalImages = []; // one array each: all together may be more than an array can hold
    private int _finalCount;

    /// <summary>Memory for a rollout.</summary>
    /// <param name="steps">T.</param>
    /// <param name="count">N.</param>
    /// <param name="info">The environments' specs; <see cref="EnvironmentInfo.WithoutImage"/> where nobody
    /// reads the images of observations.</param>
    /// <param name="frames">Which frames rewards read; none keeps none.</param>
    /// <exception cref="SpecMismatchException">The frames are more than this machine can hold; says what to reduce.</exception>
    public TrajectoryBatch(int steps, int count, EnvironmentInfo info, params IReadOnlyList<FrameSpec> frames)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(steps);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        RequireRoom(steps, count, info, frames);
        (Steps, Count, Info) = (steps, count, info);
        int rows = checked(steps * count);
        Observations = Block(rows, info.Observations.Length, "observations");
        NextObservations = new float[count * info.Observations.Length];
        Actions = Block(rows, info.Actions.Length, "actions");
        LogProbabilities = new float[rows];
        States = Block(rows, info.State.Length, "states");
        TaskRewards = new float[rows];
        Kinds = new StepKind[rows];
        _episode = new long[rows];
        _group = new long[rows];
        _current = new long[count];
        for (int n = 0; n < count; n++) _current[n] = n;
        _finalSlot = new int[rows];
        Array.Fill(_finalSlot, -1);
        if (info.Observations.Image is { } image)
        {
            Images = new FrameBlock(new FrameSpec(image.Width, image.Height), steps, count, image.Channels);
            NextImages = new byte[count * image.Length];
        }

        _frames = [.. frames.Distinct().Select(spec => new FrameBlock(spec, steps, count))];
    }

    /// <summary>Throws unless a rollout of this size fits into this machine's memory.</summary>
    /// <exception cref="SettingsException">It does not; says what to lower.</exception>
    public static void RequireRoom(int steps, int count, EnvironmentInfo info, params IReadOnlyList<FrameSpec> frames)
    {
        double rows = (double)steps * count, image = info.Observations.Image?.Length ?? 0;
        double width = Math.Max(Math.Max(info.Observations.Length, info.State.Length), info.Actions.Length);
        double pixels = frames.Distinct().Sum(spec => (double)spec.FrameBytes / spec.Every) + image;
        double bytes =
            rows * ((sizeof(float) * ((2.0 * info.Observations.Length) + info.State.Length + info.Actions.Length + 2)) + 17 + pixels);
        MemoryRoom.Require($"A rollout of {count} environments times {steps} steps",
            Math.Max(rows * width, count * image),
            bytes,
            "Lower agent:horizon, env:count, or what is observed, or score fewer steps (every).");
    }

    /// <summary>T.</summary>
    public int Steps { get; }

    /// <summary>N.</summary>
    public int Count { get; }

    /// <summary>T times N.</summary>
    public override int Rows => Steps * Count;

    /// <summary>The environments' specs.</summary>
    public EnvironmentInfo Info { get; }

    /// <summary>[T, N, O], what was acted on.</summary>
    public float[] Observations { get; }

    /// <summary>uint8 [T, N, H, W, C], the images that were acted on; null where observations have none.</summary>
    public FrameBlock? Images { get; }

    /// <summary>[N, O], what follows the last step of the rollout.</summary>
    public float[] NextObservations { get; }

    /// <summary>uint8 [N, H, W, C], the images that follow the last step; empty where observations have none.</summary>
    public byte[] NextImages { get; } = [];

    /// <summary>[T, N, A], as the policy sampled them (before any clipping to bounds).</summary>
    public float[] Actions { get; }

    /// <summary>[T, N], of those actions under the policy that sampled them.</summary>
    public float[] LogProbabilities { get; }

    /// <summary>[T, N, S], reached by the action.</summary>
    public float[] States { get; }

    /// <summary>[T, N], the hand-built reward.</summary>
    public float[] TaskRewards { get; }

    /// <summary>[T, N].</summary>
    public StepKind[] Kinds { get; }

    /// <summary>The frames that were asked for.</summary>
    public IReadOnlyList<FrameBlock> FrameBlocks => _frames;

    /// <inheritdoc/>
    public override BatchFields Fields =>
        BatchFields.Observations | BatchFields.Actions | BatchFields.States | BatchFields.TaskRewards | BatchFields.LogProbabilities
            | (_frames.Length == 0 ? BatchFields.None : BatchFields.Frames);

    /// <inheritdoc/>
    public override ReadOnlySpan<long> Episode => _episode;

    /// <inheritdoc/>
    public override ReadOnlySpan<long> Group => _group;

    /// <inheritdoc/>
    public override int NextRow => Count;

    /// <inheritdoc/>
    public override bool EndsEpisode(int row) => Kinds[row].Ends();

    /// <inheritdoc/>
    public override string Describe(int row) => $"step {row / Count} of environment {row % Count}";

    /// <inheritdoc/>
    public override FrameBlock Frames(FrameSpec spec, string reader = "a reward")
    {
        foreach (FrameBlock block in _frames)
            if (block.Spec == spec) return block;
        throw new SpecMismatchException($"frames read by '{reader}'", $"{spec}",
            _frames.Length == 0 ? "no frames" : string.Join("; ", _frames.Select(block => $"{block.Spec}")));
    }

    /// <summary>[O], the last observation of the episode that ended in a row.</summary>
    /// <exception cref="SpecMismatchException">No episode ended there.</exception>
    public ReadOnlySpan<float> FinalObservation(int row) =>
        _finals.AsSpan(SlotOf(row) * Info.Observations.Length, Info.Observations.Length);

    /// <summary>[O], what was observed after the step of a row: of the state that the step's frame shows.</summary>
    public ReadOnlySpan<float> ObservationAfter(int row)
    {
        int width = Info.Observations.Length, next = row + Count;
        if (Kinds[row].Ends()) return FinalObservation(row);
        return next < Rows ? Observations.AsSpan(next * width, width) : NextObservations.AsSpan(row % Count * width, width);
    }

    /// <summary>uint8 [H, W, C], the last image of the episode that ended in a row.</summary>
    /// <exception cref="SpecMismatchException">No episode ended there.</exception>
    public ReadOnlySpan<byte> FinalImage(int row)
    {
        int slot = SlotOf(row);
        return Images is null ? [] : _finalImages[slot];
    }

    /// <summary>Says which environments are compared with each other.</summary>
    /// <param name="groups">[N].</param>
    public void SetGroups(ReadOnlySpan<long> groups)
    {
        SpecMismatchException.ThrowIfLength("groups", groups.Length, Count);
        for (int step = 0; step < Steps; step++) groups.CopyTo(_group.AsSpan(step * Count));
    }

    /// <summary>Copies one step of the environments into row t.</summary>
    /// <param name="step">t; steps are recorded in order.</param>
    /// <param name="observations">What was acted on (the buffer's, before the step).</param>
    /// <param name="actions">[N, A].</param>
    /// <param name="logProbabilities">[N].</param>
    /// <param name="outcome">The buffer after the step.</param>
    public void Record(
        int step, ObservationRows observations, ReadOnlySpan<float> actions, ReadOnlySpan<float> logProbabilities, StepBuffer outcome)
    {
        if (step == 0)
        {
            _finalCount = 0;
            Array.Fill(_finalSlot, -1);
        }

        RowOf(Observations, step, observations.Values);
        RowOf(Actions, step, actions);
        RowOf(LogProbabilities, step, logProbabilities);
        RowOf<float>(States, step, outcome.States);
        RowOf<float>(TaskRewards, step, outcome.Rewards);
        RowOf<StepKind>(Kinds, step, outcome.Kinds);
        if (Images is not null) observations.Images.CopyTo(Images.Step(step).Span);
        for (int n = 0; n < Count; n++)
        {
            _episode[(step * Count) + n] = _current[n];
            if (!outcome.Kinds[n].Ends()) continue;
            _current[n] += Count; // ids of row n are n, n + N, n + 2 N, ...: no order of environments changes one
            int width = Info.Observations.Length, image = Info.Observations.Image?.Length ?? 0;
            SetFinal((step * Count) + n, outcome.FinalObservations.AsSpan(n * width, width), outcome.FinalImages.AsSpan(n * image, image));
        }

        if (step != Steps - 1) return;
        outcome.Observations.CopyTo(NextObservations, 0);
        if (Images is not null) outcome.Images.CopyTo(NextImages, 0);
    }

    /// <summary>Writes the ids of the episodes under way.</summary>
    public void Save(Snapshot into) => into.Put<long>("episodes", _current);

    /// <inheritdoc/>
    public void Load(Snapshot from) => from.Get<long>("episodes", _current);

    /// <summary>Numbers all rows as steps of one episode, where a batch is filled with a recorded one.</summary>
    /// <param name="episode">An id that no other episode of the run has.</param>
    /// <exception cref="SpecMismatchException">There is more than one environment, and so more than one episode.</exception>
    public void SetEpisode(long episode)
    {
        SpecMismatchException.ThrowIfLength("environments of a recorded episode", Count, 1);
        Array.Fill(_episode, episode);
        _current[0] = episode + 1;
    }

    /// <summary>Keeps the last observation of the episode that ended in a row; <see cref="Record"/> does it by itself.</summary>
    /// <param name="row">Whose kind says that it ended.</param>
    /// <param name="observation">[O].</param>
    /// <param name="picture">uint8 [H, W, C]; empty where observations have none.</param>
    public void SetFinal(int row, ReadOnlySpan<float> observation, ReadOnlySpan<byte> picture)
    {
        int width = Info.Observations.Length, image = Info.Observations.Image?.Length ?? 0,
            slot = _finalSlot[row] >= 0 ? _finalSlot[row] : _finalCount++;
        SpecMismatchException.ThrowIfLength("final image", picture.Length, image);
        if (_finals.Length < _finalCount * width) Array.Resize(ref _finals, Math.Min(Rows, Math.Max(_finalCount, 2 * slot)) * width);
        observation.CopyTo(_finals.AsSpan(slot * width));
        if (image > 0)
        {
            while (_finalImages.Count <= slot) _finalImages.Add(new byte[image]);
            picture.CopyTo(_finalImages[slot]);
        }

        _finalSlot[row] = slot;
    }

    private int SlotOf(int row) => _finalSlot[row] is >= 0 and int slot && Kinds[row].Ends()
        ? slot
        : throw new SpecMismatchException($"final observation of {Describe(row)}", "a step that ends an episode", $"{Kinds[row]}");

    private static float[] Block(int rows, int width, string what)
    {
        long values = (long)rows * width;
        return values <= Array.MaxLength ? new float[values]
            : throw new SpecMismatchException($"{what} of one rollout",
                $"at most {Array.MaxLength} values",
                $"{values}; use fewer environments or shorter rollouts");
    }

    private static void RowOf<T>(T[] into, int step, ReadOnlySpan<T> values) => values.CopyTo(into.AsSpan(step * values.Length));
}
