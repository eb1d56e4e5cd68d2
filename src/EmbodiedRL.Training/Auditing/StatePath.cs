using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Training.Auditing;

/// <summary>Path of states between two sampled ones: positions and speeds are blended, one step is simulated from each.</summary>
/// <remarks>
/// What the scene is made of besides (bodies that are placed anew for an episode, what wrappers remember) is the end's throughout. The step
/// is of action 0, so that the hand-built reward has its say; truths are read after it and so are exact, whatever the way looks like. What
/// a task notes of where the body was is blended as its place is, so a reward of distance covered is that of a state set there only nearly.
/// </remarks>
internal sealed class StatePath(IVectorEnvironment environment, AuditGoal goal, ulong seed)
{
    private const string Positions = "qpos", Speeds = "qvel", Notes = "userdata";

    private readonly StepBuffer _buffer = new(1, environment.Info);
    private readonly float[] _action = new float[environment.Info.Actions.Length];

    /// <summary>Walks a path.</summary>
    /// <param name="kind">Of the trajectory.</param>
    /// <param name="from">Where it begins.</param>
    /// <param name="to">Where it leads.</param>
    /// <param name="shares">[T], how much of the way is done in each frame, in [0, 1].</param>
    /// <param name="instruction">That it is made for.</param>
    public AuditTrajectory Walk(TrajectoryKind kind, SampledState from, SampledState to, double[] shares, int instruction = 0) =>
        Walk(kind, At(from), At(to), shares, instruction);

    /// <summary>Walks a path between two states of the environment.</summary>
    /// <inheritdoc cref="Walk(TrajectoryKind, SampledState, SampledState, double[], int)"/>
    public AuditTrajectory Walk(TrajectoryKind kind, Snapshot first, Snapshot last, double[] shares, int instruction = 0)
    {
        var notes = new TrajectoryNotes(goal);
        foreach (double share in shares)
        {
            environment.Load(Blend(first, last, share));
            environment.Step(_action, _buffer);
            notes.Take(_buffer, _action);
        }

        return notes.Trajectory(kind, instruction);
    }

    /// <summary>A sampled state as the environment is in it.</summary>
    public Snapshot At(SampledState state)
    {
        environment.SampleStates(seed, state.Draw, state.Source, _buffer);
        var snapshot = new Snapshot();
        environment.Save(snapshot);
        return snapshot;
    }

    /// <summary>Positions and speeds of a simulated body; of an environment that has none of these names, all its real numbers.</summary>
    private static Snapshot Blend(Snapshot first, Snapshot last, double share)
    {
        bool isPhysical = last.Entries.Keys.Any(IsOfBody);
        var blended = new Snapshot();
        foreach ((string name, byte[] bytes) in last.Entries)
        {
            Type type = last.TypeOf(name);
            bool isBlended = (!isPhysical || IsOfBody(name)) && first.Contains(name) && first.Entries[name].Length == bytes.Length;
            if (isBlended && type == typeof(double))
                blended.Put<double>(name, Blend(first.GetAll<double>(name), last.GetAll<double>(name)));
            else if (isBlended && type == typeof(float))
                blended.Put<float>(name, Blend(first.GetAll<float>(name), last.GetAll<float>(name)));
            else blended.Put<byte>(name, bytes);
        }

        return blended;

        T[] Blend<T>(T[] one, T[] other) where T : System.Numerics.IFloatingPoint<T>
        {
            var part = T.CreateChecked(share);
            return [.. one.Zip(other, (a, b) => a + (part * (b - a)))];
        }

        static bool IsOfBody(string name) => name[(name.LastIndexOf('/') + 1)..] is Positions or Speeds or Notes;
    }
}
