using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Simulation.Checking;

/// <summary>Environments under random actions, the same after every reset. Owns them.</summary>
internal sealed class CheckRollout : IDisposable
{
    private Rng _rng;

    public CheckRollout(EnvironmentCheck.Maker create, int count = Usual, int workers = 1)
    {
        Environment = create(count, workers);
        Buffer = new StepBuffer(count, Info);
        Actions = new float[count * Info.Actions.Length];
    }

    /// <summary>As many as it takes for rows to be mixed up.</summary>
    public const int Usual = 3;

    public IVectorEnvironment Environment { get; }

    public EnvironmentInfo Info => Environment.Info;

    /// <summary>Where the last call wrote.</summary>
    public StepBuffer Buffer { get; private set; }

    /// <summary>[N, A], those of the last step.</summary>
    public float[] Actions { get; }

    public void Reset(ulong seed, StartDistribution start = StartDistribution.WholeRange)
    {
        _rng = Rng.For(17, "try");
        Environment.Reset(seed, start, Buffer);
    }

    /// <summary>Under actions drawn evenly from what is allowed.</summary>
    public void Step() => Step(Draw());

    /// <summary>Under the least and greatest actions allowed, at random.</summary>
    public void StepHard() => Step(Draw(hard: true));

    public void Step(ReadOnlySpan<float> actions) => Environment.Step(actions, Buffer);

    /// <summary>The next actions, without a step.</summary>
    public float[] Draw(bool hard = false)
    {
        for (int at = 0; at < Actions.Length;)
            foreach (FieldSpec field in Info.Actions.Vector.Fields)
                for (int i = 0; i < field.Length; i++) Actions[at++] = Draw(field, hard);
        return Actions;
    }

    /// <summary>Writes into another buffer from here on.</summary>
    public void WriteInto(StepBuffer buffer) => Buffer = buffer;

    public Span<float> Observation(int row) => RowOf(Buffer.Observations, row, Info.Observations.Length);

    public Span<float> FinalObservation(int row) => RowOf(Buffer.FinalObservations, row, Info.Observations.Length);

    /// <summary>Whether an episode's last observation, numbers and image, is the next one's first.</summary>
    public bool LastIsNext(int row) => FinalObservation(row).SequenceEqual(Observation(row)) && FinalImage(row).SequenceEqual(Image(row));

    public Span<byte> Image(int row) => RowOf(Buffer.Images, row, Info.Observations.Image?.Length ?? 0);

    public Span<byte> FinalImage(int row) => RowOf(Buffer.FinalImages, row, Info.Observations.Image?.Length ?? 0);

    public Span<float> State(int row) => RowOf(Buffer.States, row, Info.State.Length);

    public void Dispose() => Environment.Dispose();

    private static Span<T> RowOf<T>(T[] values, int row, int width) => values.AsSpan(row * width, width);

    private float Draw(FieldSpec field, bool hard)
    {
        if (Info.Actions.IsDiscrete) return hard ? (Info.Actions.Choices - 1) * _rng.Below(2) : _rng.Below(Info.Actions.Choices);
        float low = float.IsFinite(field.Minimum) ? field.Minimum : Math.Min(-1, field.Maximum);
        float high = float.IsFinite(field.Maximum) ? field.Maximum : Math.Max(1, low);
        return hard ? (_rng.Below(2) == 0 ? low : high) : (float)_rng.Uniform(low, high);
    }
}
