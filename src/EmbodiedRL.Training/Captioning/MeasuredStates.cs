using System.Collections.Immutable;
using EmbodiedRL.Algorithms.OnPolicy;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Training.Composition;

namespace EmbodiedRL.Training.Captioning;

/// <summary>States that models are measured on: equally many of each source, in blocks.</summary>
internal sealed class MeasuredStates
{
    /// <summary>Names of the sources, in the order of the blocks: three are placed, two are visited.</summary>
    public static readonly ImmutableArray<string> Sources = ["uniform", "keyframes", "hard negatives", "random play", "learning policy"];

    private static readonly StateSource[] Placed = [StateSource.Uniform, StateSource.Keyframes, StateSource.HardNegatives];

    // Environments that are placed, and that random actions play: few, since each holds a physics state of its own.
    private const int Rows = 16;

    private MeasuredStates(EnvironmentInfo info, int perSource)
    {
        (Info, PerSource) = (info, perSource);
        States = new float[Count * info.State.Length];
        Poses = new float[Count * info.RequiredScene.PoseLength];
    }

    /// <summary>Whose states they are.</summary>
    public EnvironmentInfo Info { get; }

    /// <summary>States of one source.</summary>
    public int PerSource { get; }

    /// <summary>N, all states.</summary>
    public int Count => PerSource * Sources.Length;

    /// <summary>[N, S].</summary>
    public float[] States { get; }

    /// <summary>[N, P, 12].</summary>
    public float[] Poses { get; }

    /// <summary>The source of a state, as an index into <see cref="Sources"/>.</summary>
    public int SourceOf(int row) => row / PerSource;

    /// <summary>Whether a state is one of the look-alikes.</summary>
    public bool IsHardNegative(int row) => SourceOf(row) < Placed.Length && Placed[SourceOf(row)] == StateSource.HardNegatives;

    /// <summary>Draws the states of an environment; plays it while a policy learns its hand-built task.</summary>
    /// <param name="settings">Valid ones.</param>
    /// <param name="name">Of the environment.</param>
    /// <param name="services">Where environments come from.</param>
    public static MeasuredStates Draw(MeasurementSettings settings, string name, RunServices services)
    {
        ulong seed = Rng.For(settings.Seed, $"measured/{name}").NextBits();
        using IVectorEnvironment stage = services.Environment(name, Rows, 1);
        var drawn = new MeasuredStates(stage.Info, settings.PerSource);
        for (int source = 0; source < Placed.Length; source++) drawn.Place(stage, seed, source);
        using VisitedStateBuffer random =
            VisitedStateBuffer.AtRandom(services.Environment(name, Rows, 1), settings.Player.Horizon, seed);
        using VisitedStateBuffer learning = VisitedStateBuffer.Learning(services.Environment(name, settings.Players, 0),
            new Ppo(settings.Player, stage.Info, seed), seed);
        for (int rollout = 0; rollout < settings.Rollouts; rollout++)
        {
            double progress = (double)rollout / settings.Rollouts;
            random.Play(progress);
            learning.Play(progress);
        }

        drawn.Visit(random, seed, Placed.Length);
        drawn.Visit(learning, seed, Placed.Length + 1);
        return drawn;
    }

    private void Place(IVectorEnvironment stage, ulong seed, int source)
    {
        (int state, int pose) = (Info.State.Length, Info.RequiredScene.PoseLength);
        var buffer = new StepBuffer(Rows, Info);
        for (int done = 0; done < PerSource; done += Rows)
        {
            stage.SampleStates(seed, done / Rows, Placed[source], buffer);
            int some = Math.Min(Rows, PerSource - done), first = (source * PerSource) + done;
            buffer.States.AsSpan(0, some * state).CopyTo(States.AsSpan(first * state));
            buffer.Poses.AsSpan(0, some * pose).CopyTo(Poses.AsSpan(first * pose));
        }
    }

    private void Visit(VisitedStateBuffer visited, ulong seed, int source)
    {
        (int state, int pose) = (Info.State.Length, Info.RequiredScene.PoseLength);
        var rng = Rng.For(seed, "visited", source);
        visited.Draw(ref rng, States.AsSpan(source * PerSource * state, PerSource * state),
            Poses.AsSpan(source * PerSource * pose, PerSource * pose));
    }
}
