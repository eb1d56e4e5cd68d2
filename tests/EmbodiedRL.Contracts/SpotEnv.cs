using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Contracts;

/// <summary>
/// The smallest task that only an image tells: a bright square stands left or right, and the choice should say where. 1 if it does, else 0.
/// </summary>
/// <remarks>
/// uint8 images, of one channel unless more are asked for; the square moves up and down and its brightness varies. 8
/// steps an episode, which then truncates.
/// </remarks>
public sealed class SpotEnv(int count, int side = 36, int numbers = 0, int channels = 1) : IVectorEnvironment
{
    public const int EpisodeSteps = 8;

    private readonly bool[] _isRight = new bool[count];
    private readonly int[] _step = new int[count];
    private readonly ulong[] _drawn = new ulong[count];
    private readonly int _image = side * side * channels;
    private ulong _seed;

    public EnvironmentInfo Info { get; } = Describe(side, numbers, channels);

    public int Count => count;

    public static EnvironmentInfo Describe(int side = 36, int numbers = 0, int channels = 1) => new()
    {
        Name = "spot",
        Summary = "Say where the bright square is.",
        Observations = new ObservationSpec(numbers > 0 ? [new FieldSpec("step", numbers, 0, 1)] : [])
        {
            Image = new ImageSpec(side, side, channels)
        },
        Actions = ActionSpec.Discrete("side", 2),
        State = new StateSpec(new FieldSpec("right", 1, 0, 1)),
        EpisodeSteps = EpisodeSteps,
        ControlTimestep = 0.1,
        Baseline = "a square",
        DefaultGoal = "a square",
        Measures = [],
        Facts = [],
    };

    public void Reset(ulong seed, StartDistribution start, StepBuffer into)
    {
        _seed = seed;
        Array.Clear(_drawn);
        Array.Clear(_step);
        for (int row = 0; row < count; row++)
        {
            Next(row, into.Images);
            Tell(row, into.Observations);
            into.Kinds[row] = StepKind.First;
        }
    }

    public void Step(ReadOnlySpan<float> actions, StepBuffer into)
    {
        for (int row = 0; row < count; row++)
        {
            into.Rewards[row] = into.RewardTerms[row] = actions[row] == 1 == _isRight[row] ? 1 : 0;
            into.States[row] = _isRight[row] ? 1 : 0;
            Next(row, into.Images);
            into.Kinds[row] = ++_step[row] == EpisodeSteps ? StepKind.Truncated : StepKind.Mid;
            Tell(row, into.Observations);
            if (into.Kinds[row] == StepKind.Mid) continue;
            into.Images.AsSpan(row * _image, _image).CopyTo(into.FinalImages.AsSpan(row * _image));
            into.Observations.AsSpan(row * numbers, numbers).CopyTo(into.FinalObservations.AsSpan(row * numbers));
            _step[row] = 0;
            Next(row, into.Images);
            Tell(row, into.Observations);
        }
    }

    public void SampleStates(ulong seed, long draw, StateSource source, StepBuffer into) => Reset(seed, StartDistribution.WholeRange, into);

    public void Save(Snapshot into)
    {
        into.Put("seed", _seed);
        into.Put<bool>("right", _isRight);
        into.Put<int>("step", _step);
        into.Put<ulong>("drawn", _drawn);
    }

    public void Load(Snapshot from)
    {
        _seed = from.Get<ulong>("seed");
        from.Get<bool>("right", _isRight);
        from.Get<int>("step", _step);
        from.Get<ulong>("drawn", _drawn);
    }

    public void Dispose()
    {
    }

    private void Next(int row, byte[] images)
    {
        var rng = Rng.For(_seed, "spot", row, _drawn[row]);
        _isRight[row] = rng.Below(2) == 1;
        int size = side / 4, x = (_isRight[row] ? side / 2 : 0) + (side / 8), y = rng.Below(side - size);
        byte bright = (byte)(150 + rng.Below(100));
        Span<byte> image = images.AsSpan(row * _image, _image);
        image.Fill(20);
        for (int line = 0; line < size; line++) image.Slice((((y + line) * side) + x) * channels, size * channels).Fill(bright);
        _drawn[row] = rng.Counter;
    }

    private void Tell(int row, float[] observations) => observations.AsSpan(row * numbers, numbers).Fill(_step[row] / (float)EpisodeSteps);
}
