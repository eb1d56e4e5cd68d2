using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Extensions.Tests.Grids;

/// <summary>Grid world that draws itself: a red walker on a square board goes to a green cell. No scene, no renderer, no
/// simulator.</summary>
/// <remarks>Choices are left, right, up and down; walls stop. Reward 1 on arrival, which terminates. Views: <c>board</c>, and
/// <c>dark</c> with half the light.</remarks>
public sealed class GridWorld(int count) : IVectorEnvironment, IFrameSource
{
    public const int Side = 4, EpisodeSteps = 20;

    private static readonly (int X, int Y)[] Moves = [(-1, 0), (1, 0), (0, -1), (0, 1)];

    private readonly int[] _cells = new int[count * 4];         // walker x and y, goal x and y
    private readonly int[] _shown = new int[count * 4];         // the same before any reset
    private readonly int[] _step = new int[count];
    private readonly long[] _episode = new long[count];
    private ulong _seed;

    public EnvironmentInfo Info { get; } = new()
    {
        Name = "grid-world",
        Summary = "A walker goes to a green cell.",
        Observations = new ObservationSpec(new FieldSpec("goal/right", 1, -1, 1), new FieldSpec("goal/down", 1, -1, 1)),
        Actions = ActionSpec.Discrete("move", 4),
        State = new StateSpec(Cell("walker/x"), Cell("walker/y"), Cell("goal/x"), Cell("goal/y")),
        EpisodeSteps = EpisodeSteps,
        ControlTimestep = 1,
        Camera = "board",
        Baseline = "a walker on a board",
        DefaultGoal = "the walker on the green cell",
        Measures = [new SuccessMeasure("arrived", "The walker is on the green cell.", state => Arrived(state) ? 1 : 0, EpisodeSteps,
            0.01f)],
        Facts = [new Fact("place", "walker", ["on the green cell"], ["at the green cell"], state => Arrived(state) ? 1 : 0, "arrived")],
        Subjects = [new Subject("walker", ["the walker", "a walker"])],
    };

    public int Count => count;

    public IReadOnlyList<string> Cameras { get; } = ["board", "dark"];

    public void Reset(ulong seed, StartDistribution start, StepBuffer into)
    {
        _seed = seed;
        Array.Clear(_episode);
        for (int row = 0; row < count; row++)
        {
            Begin(row);
            Observe(row, into.Observations);
            Show(row, into);
            (into.Rewards[row], into.RewardTerms[row], into.Kinds[row]) = (0, 0, StepKind.First);
        }
    }

    public void Step(ReadOnlySpan<float> actions, StepBuffer into)
    {
        SpecMismatchException.ThrowIfLength("actions", actions.Length, count);
        NonFiniteException.ThrowIfAny(actions, "actions");
        for (int row = 0; row < count; row++)
        {
            (int x, int y) = Moves[(int)Math.Clamp(MathF.Round(actions[row]), 0, Moves.Length - 1)];
            Span<int> cells = _cells.AsSpan(row * 4, 4);
            (cells[0], cells[1]) = (Math.Clamp(cells[0] + x, 0, Side - 1), Math.Clamp(cells[1] + y, 0, Side - 1));
            _step[row]++;
            Show(row, into);
            bool arrived = Arrived(into.States.AsSpan(row * 4, 4));
            into.Rewards[row] = into.RewardTerms[row] = arrived ? 1 : 0;
            into.Kinds[row] = arrived ? StepKind.Terminated : _step[row] == EpisodeSteps ? StepKind.Truncated : StepKind.Mid;
            if (into.Kinds[row].Ends())
            {
                Observe(row, into.FinalObservations);
                Begin(row);
            }

            Observe(row, into.Observations);
        }
    }

    public void SampleStates(ulong seed, long draw, StateSource source, StepBuffer into)
    {
        for (int row = 0; row < count; row++)
        {
            var rng = Rng.For(seed, $"place/{source}", ((long)row << 32) + draw);
            for (int i = 0; i < 4; i++) _cells[(row * 4) + i] = rng.Below(Side);
            if (source != StateSource.Uniform && rng.Below(2) == 0) _cells.AsSpan((row * 4) + 2, 2).CopyTo(_cells.AsSpan(row * 4));
            Show(row, into);
        }
    }

    public void DrawFrames(FrameSpec spec, Span<byte> frames)
    {
        SpecMismatchException.ThrowIfLength("frames", frames.Length, count * spec.FrameBytes);
        if (spec.Width < Side || spec.Height < Side)
            throw new SpecMismatchException("frames of the board", $"at least {Side} x {Side} pixels", $"{spec}");
        if (spec.Camera.Length > 0 && !Cameras.Contains(spec.Camera)) throw new UnknownNameException("camera", spec.Camera, Cameras);
        byte light = (byte)(spec.Camera == "dark" ? 127 : 255);
        frames.Clear();
        for (int pixel = 0; pixel < frames.Length / 3; pixel++)
        {
            int inside = pixel % (spec.Width * spec.Height), x = inside % spec.Width * Side / spec.Width,
                y = inside / spec.Width * Side / spec.Height;
            ReadOnlySpan<int> cells = _shown.AsSpan(pixel / (spec.Width * spec.Height) * 4, 4);
            if ((x, y) == (cells[0], cells[1])) frames[pixel * 3] = light;
            else if ((x, y) == (cells[2], cells[3])) frames[(pixel * 3) + 1] = light;
        }
    }

    public void Save(Snapshot into)
    {
        into.Put("seed", _seed);
        into.Put<int>("cells", _cells);
        into.Put<int>("shown", _shown);
        into.Put<int>("step", _step);
        into.Put<long>("episode", _episode);
    }

    public void Load(Snapshot from)
    {
        _seed = from.Get<ulong>("seed");
        from.Get<int>("cells", _cells);
        from.Get<int>("shown", _shown);
        from.Get<int>("step", _step);
        from.Get<long>("episode", _episode);
    }

    public void Dispose()
    {
    }

    private static FieldSpec Cell(string name) => new(name, 1, 0, Side - 1);

    private static bool Arrived(ReadOnlySpan<float> state) => state[0] == state[2] && state[1] == state[3];

    private void Begin(int row)
    {
        var rng = Rng.For(_seed, "start", ((long)row << 32) + _episode[row]++);
        int walker = rng.Below(Side * Side), goal = (walker + 1 + rng.Below((Side * Side) - 1)) % (Side * Side); // never on the goal
        Span<int> cells = _cells.AsSpan(row * 4, 4);
        (cells[0], cells[1], cells[2], cells[3], _step[row]) = (walker % Side, walker / Side, goal % Side, goal / Side, 0);
    }

    private void Observe(int row, float[] into)
    {
        ReadOnlySpan<int> cells = _cells.AsSpan(row * 4, 4);
        (into[row * 2], into[(row * 2) + 1]) = ((cells[2] - cells[0]) / (Side - 1f), (cells[3] - cells[1]) / (Side - 1f));
    }

    private void Show(int row, StepBuffer into)
    {
        for (int i = row * 4; i < (row + 1) * 4; i++) into.States[i] = _shown[i] = _cells[i];
    }
}
