using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Core.Steps;

/// <summary>Where N environments write one step. The caller owns it; environment i writes only row i.</summary>
/// <remarks>
/// Same-step auto-reset: when row i ends, <see cref="Observations"/> already holds the first observation of the next episode,
/// and <see cref="FinalObservations"/> the last one of the old. <see cref="States"/> and <see cref="Poses"/> are always what the
/// action led to, before any reset: a reward judges the outcome, never the next episode's start.
/// </remarks>
public sealed class StepBuffer
{
    /// <summary>Memory for <paramref name="count"/> environments of one kind.</summary>
    /// <param name="count">N.</param>
    /// <param name="info">Their specs.</param>
    /// <param name="withNext">Whether somebody reads <see cref="NextPoses"/> and <see cref="NextVisualParameters"/>.</param>
    public StepBuffer(int count, EnvironmentInfo info, bool withNext = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        int poses = info.Scene?.PoseLength ?? 0, image = info.Observations.Image?.Length ?? 0;
        double widest = Math.Max(Math.Max(info.Observations.Length, info.State.Length), poses);
        string observed = image > 0
            ? $"{info.Observations.Length} observed values and {image} bytes of image"
            : $"{info.Observations.Length} observed values";
        MemoryRoom.Require($"One step of {count} environments with {observed}", count * Math.Max(widest, image),
            count * ((sizeof(float) * ((2.0 * info.Observations.Length) + widest)) + (2.0 * image)),
            "Lower env:count, evaluate:episodes, or what is observed.");
        Count = count;
        Observations = new float[count * info.Observations.Length];
        FinalObservations = new float[count * info.Observations.Length];
        (Images, FinalImages) = (new byte[count * image], new byte[count * image]);
        States = new float[count * info.State.Length];
        Poses = new float[count * poses];
        Rewards = new float[count];
        RewardScales = new double[count];
        Array.Fill(RewardScales, 1);
        RewardTerms = new float[count * info.RewardTerms.Length];
        Kinds = new StepKind[count];
        VisualParameters = new float[count * info.VisualRandomization.Length];
        RandomizedParameters = new float[count * info.RandomizedParameters.Length];
        HasNext = withNext;
        NextPoses = new float[withNext ? Poses.Length : 0];
        NextVisualParameters = new float[withNext ? VisualParameters.Length : 0];
    }

    /// <summary>N.</summary>
    public int Count { get; }

    /// <summary>[N, O], what the agent acts on next.</summary>
    public float[] Observations { get; }

    /// <summary>[N, O], meaningful where <see cref="Kinds"/> says that the episode ended.</summary>
    public float[] FinalObservations { get; }

    /// <summary>uint8 [N, H, W, C], the images the agent acts on next; empty where observations have none.</summary>
    public byte[] Images { get; }

    /// <summary>
    /// uint8 [N, H, W, C], meaningful where <see cref="Kinds"/> says that the episode ended; empty where observations have none.
    /// </summary>
    public byte[] FinalImages { get; }

    /// <summary>[N, S], what the action led to.</summary>
    public float[] States { get; }

    /// <summary>[N, P, 12], what the action led to, as the renderer reads it (see <see cref="Scenes.SceneDescription"/>).</summary>
    public float[] Poses { get; }

    /// <summary>[N], the hand-built reward of the task.</summary>
    public float[] Rewards { get; }

    /// <summary>[N], by what wrappers have multiplied the task's own reward to get <see cref="Rewards"/>; 1 where none has.</summary>
    public double[] RewardScales { get; }

    /// <summary>
    /// [N, R], the parts that <see cref="Rewards"/> is the sum of, as <see cref="EnvironmentInfo.RewardTerms"/> names them.
    /// </summary>
    public float[] RewardTerms { get; }

    /// <summary>[N].</summary>
    public StepKind[] Kinds { get; }

    /// <summary>
    /// [N, L], how the scene looked that <see cref="Poses"/> stand in, as <see cref="EnvironmentInfo.VisualRandomization"/> lays it out;
    /// empty rows where visuals never change.
    /// </summary>
    public float[] VisualParameters { get; }

    /// <summary>
    /// [N, D], what was drawn for the episode, as <see cref="EnvironmentInfo.RandomizedParameters"/> names it: the
    /// mean over all that a draw was made for.
    /// </summary>
    public float[] RandomizedParameters { get; }

    /// <summary>Whether there is room for <see cref="NextPoses"/> and <see cref="NextVisualParameters"/>.</summary>
    public bool HasNext { get; }

    /// <summary>[N, G, 12], where an episode ended: the poses that the next one begins with; empty unless asked for.</summary>
    public float[] NextPoses { get; }

    /// <summary>[N, L], where an episode ended: the visual parameters of the next; empty unless asked for.</summary>
    public float[] NextVisualParameters { get; }
}
