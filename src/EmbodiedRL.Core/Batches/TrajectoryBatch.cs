using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Core.Batches;

/// <summary>T steps of N environments as a struct of arrays: what a reward scores and an algorithm learns from.</summary>
/// <remarks>
/// Row (t, n) holds the observation acted on, the action, and what it led to: the state and the frame reached (before any
/// auto-reset), the hand-built reward and the kind of the step. Memory is owned by whoever made the batch and is
/// overwritten by the next rollout.
/// </remarks>
public sealed class TrajectoryBatch
{
    /// <summary>Memory for a rollout.</summary>
    /// <param name="steps">T.</param>
    /// <param name="count">N.</param>
    /// <param name="info">The environments' specs.</param>
    /// <param name="frameSize">Side of the square frames; 0 keeps none.</param>
    public TrajectoryBatch(int steps, int count, EnvironmentInfo info, int frameSize = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(steps);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfNegative(frameSize);
        RequireRoom(steps, count, info, frameSize);
        (Steps, Count, Info, FrameSize) = (steps, count, info, frameSize);
        int rows = steps * count;
        Observations = new float[rows * info.Observations.Length];
        FinalObservations = new float[rows * info.Observations.Length];
        NextObservations = new float[count * info.Observations.Length];
        Actions = new float[rows * info.Actions.Length];
        LogProbabilities = new float[rows];
        States = new float[rows * info.State.Length];
        TaskRewards = new float[rows];
        Kinds = new StepKind[rows];
        Frames = frameSize > 0 ? new byte[checked(rows * frameSize * frameSize * 3)] : null;
    }

    /// <summary>Throws unless a rollout of this size fits into this machine's memory.</summary>
    /// <exception cref="SettingsException">It does not; says what to lower.</exception>
    public static void RequireRoom(int steps, int count, EnvironmentInfo info, int frameSize = 0)
    {
        double rows = (double)steps * count, frame = (double)frameSize * frameSize * 3;
        double width = Math.Max(Math.Max(info.Observations.Length, info.State.Length), info.Actions.Length);
        double bytes = rows * ((sizeof(float) * ((2.0 * info.Observations.Length) + info.State.Length + info.Actions.Length + 2)) + 1 + frame);
        MemoryRoom.Require($"A rollout of {count} environments times {steps} steps", rows * Math.Max(width, frame), bytes, "Lower agent:horizon, env:count, or what is observed.");
    }

    /// <summary>T.</summary>
    public int Steps { get; }

    /// <summary>N.</summary>
    public int Count { get; }

    /// <summary>T times N.</summary>
    public int Rows => Steps * Count;

    /// <summary>The environments' specs.</summary>
    public EnvironmentInfo Info { get; }

    /// <summary>H = W of <see cref="Frames"/>; 0 if there are none.</summary>
    public int FrameSize { get; }

    /// <summary>[T, N, O], what was acted on.</summary>
    public float[] Observations { get; }

    /// <summary>[T, N, O], the last observation of an episode where <see cref="Kinds"/> says that it ended.</summary>
    public float[] FinalObservations { get; }

    /// <summary>[N, O], what follows the last step of the rollout.</summary>
    public float[] NextObservations { get; }

    /// <summary>[T, N, A], as the policy drew them (before any clipping to bounds).</summary>
    public float[] Actions { get; }

    /// <summary>[T, N], of those actions under the policy that drew them.</summary>
    public float[] LogProbabilities { get; }

    /// <summary>[T, N, S], reached by the action.</summary>
    public float[] States { get; }

    /// <summary>[T, N], the hand-built reward.</summary>
    public float[] TaskRewards { get; }

    /// <summary>[T, N].</summary>
    public StepKind[] Kinds { get; }

    /// <summary>uint8 [T, N, H, W, 3], row 0 at the top; null if nothing reads pixels.</summary>
    public byte[]? Frames { get; }

    /// <summary>The blocks this batch has.</summary>
    public BatchFields Available => BatchFields.Observations | BatchFields.Actions | BatchFields.States | BatchFields.TaskRewards
        | (Frames is null ? BatchFields.None : BatchFields.Frames);

    /// <summary>Pixels of step t, [N, H, W, 3].</summary>
    /// <exception cref="InvalidOperationException">The batch was made without frames.</exception>
    public Span<byte> FramesAt(int step)
    {
        if (Frames is null) throw new InvalidOperationException("This batch holds no frames; make it with a frame size.");
        int length = Count * FrameSize * FrameSize * 3;
        return Frames.AsSpan(step * length, length);
    }

    /// <summary>Copies one step of the environments into row t.</summary>
    /// <param name="step">t.</param>
    /// <param name="observations">[N, O], what was acted on (the buffer's, before the step).</param>
    /// <param name="actions">[N, A].</param>
    /// <param name="logProbabilities">[N].</param>
    /// <param name="outcome">The buffer after the step.</param>
    public void Record(
        int step, ReadOnlySpan<float> observations, ReadOnlySpan<float> actions, ReadOnlySpan<float> logProbabilities, StepBuffer outcome)
    {
        RowOf(Observations, step, observations);
        RowOf(Actions, step, actions);
        RowOf(LogProbabilities, step, logProbabilities);
        RowOf<float>(FinalObservations, step, outcome.FinalObservations);
        RowOf<float>(States, step, outcome.States);
        RowOf<float>(TaskRewards, step, outcome.Rewards);
        RowOf<StepKind>(Kinds, step, outcome.Kinds);
        if (step == Steps - 1) outcome.Observations.CopyTo(NextObservations, 0);
    }

    private static void RowOf<T>(T[] into, int step, ReadOnlySpan<T> values) => values.CopyTo(into.AsSpan(step * values.Length));
}
