using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rendering.Images;
using EmbodiedRL.Training.Loop;

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
        using StepCamera? camera = FrameSize > 0 ? new StepCamera(Environment, Camera ?? "", FrameSize) : null;
        using IActor actor = Policy.CreateActor(1, ActorMode.Deterministic, Seed);
        var runner = new EnvironmentRunner(Environment, actor);
        for (int episode = 0; episode < episodes; episode++) yield return Play(episode, runner, camera, cancel);
    }

    private DemonstrationEpisode Play(int index, EnvironmentRunner runner, StepCamera? camera, CancellationToken cancel)
    {
        EnvironmentInfo info = Environment.Info;
        var notes = new EpisodeNotes(info, camera is not null);
        StepBuffer buffer = runner.Buffer;
        float[] action = runner.Actions;
        byte[] frame = new byte[camera?.FrameBytes ?? 0];
        runner.Reset(Rng.For(Seed, "demonstrate", index).NextBits(), Start);
        do
        {
            cancel.ThrowIfCancellationRequested();
            var snapshot = new Snapshot();
            Environment.Save(snapshot);
            runner.Choose();
            Clip(action, info.Actions);
            notes.Before(snapshot, buffer, action);
            Environment.Step(action, buffer);
            camera?.Draw(buffer, frame);
            notes.After(buffer, camera is null ? null : ImageFile.EncodePng(frame, FrameSize, FrameSize));
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
