using EmbodiedRL.Training.Loop;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rendering;
using EmbodiedRL.Rendering.Images;

namespace EmbodiedRL.Training.Demonstrations;

/// <summary>Plays episodes and keeps everything of them.</summary>
/// <remarks>One environment, one episode after the other, each from a seed of its own, so that every episode stands for itself.</remarks>
/// <param name="Environment">One environment, alone. Lent.</param>
/// <param name="Policy">Who plays. Lent.</param>
public sealed record DemonstrationRecording(IVectorEnvironment Environment, IPolicy Policy)
{
    /// <summary>Of the starts.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Where episodes begin.</summary>
    public StartDistribution Start { get; init; } = StartDistribution.WholeRange;

    /// <summary>Side of the frames in pixels; 0 takes none.</summary>
    public int FrameSize { get; init; }

    /// <summary>Camera of the frames; null for the task's own.</summary>
    public string? Camera { get; init; }

    /// <summary>Plays, one episode at a time as they are asked for.</summary>
    /// <param name="episodes">How many.</param>
    /// <param name="cancel">Stops between two steps.</param>
    /// <exception cref="SpecMismatchException">There is more than one environment.</exception>
    public IEnumerable<DemonstrationEpisode> Play(int episodes, CancellationToken cancel = default)
    {
        SpecMismatchException.ThrowIfLength("environments that are recorded", Environment.Count, 1);
        using BatchRenderer? renderer = FrameSize > 0 ? new BatchRenderer(Environment.Info.RequiredScene, Camera ?? Environment.Info.Camera, FrameSize) : null;
        using IActor actor = Policy.CreateActor(1, ActorMode.Deterministic, Seed);
        var runner = new EnvironmentRunner(Environment, actor);
        for (int episode = 0; episode < episodes; episode++) yield return Play(episode, runner, renderer, cancel);
    }

    private DemonstrationEpisode Play(int index, EnvironmentRunner runner, BatchRenderer? renderer, CancellationToken cancel)
    {
        EnvironmentInfo info = Environment.Info;
        var notes = new EpisodeNotes(info, renderer is not null);
        StepBuffer buffer = runner.Buffer;
        float[] action = runner.Actions;
        byte[] frame = new byte[renderer?.FrameBytes ?? 0];
        runner.Reset(Rng.For(Seed, "demonstrate", index).NextBits(), Start);
        do
        {
            cancel.ThrowIfCancellationRequested();
            var snapshot = new Snapshot();
            Environment.Save(snapshot);
            runner.Choose();
            Clip(action, info.Actions);
            notes.Before(snapshot, buffer.Observations, action);
            Environment.Step(action, buffer);
            renderer?.Render(buffer.Poses, 1, frame, info.VisualRandomization.Unpack(buffer.VisualParameters, 1, Camera ?? info.Camera));
            notes.After(buffer, renderer is null ? null : ImageFile.EncodePng(frame, FrameSize, FrameSize));
        }
        while (!buffer.Kinds[0].Ends());
        return notes.Episode(index);
    }

    /// <summary>What environments do with an action before they use it, so that what is recorded is what took effect.</summary>
    private static void Clip(Span<float> action, ActionSpec spec)
    {
        int at = 0;
        foreach (FieldSpec field in spec.Vector.Fields)
            for (int i = 0; i < field.Length; i++, at++)
            {
                float value = Math.Clamp(action[at], field.Minimum, field.Maximum);
                action[at] = spec.IsDiscrete ? MathF.Round(value) : value;
            }
    }
}
