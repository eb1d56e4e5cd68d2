using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Contracts;

/// <summary>
/// Grid world without a simulator and without a scene: a robot walks to a green square, and the environment draws itself.
/// </summary>
/// <remarks>
/// 5 x 5 cells; stay, left, right, up, down; 1 for arriving, which ends the episode, and -0.05 a step. Views: <c>board</c>, and
/// <c>mirror</c> with left and right exchanged. The agent sees four numbers, or an image of the board alone.
/// </remarks>
public sealed class GridEnv : IVectorEnvironment, IFrameSource
{
    public const int Side = 5, EpisodeSteps = 30, ImageSize = 40;

    private static readonly (int X, int Y)[] Moves = [(0, 0), (-1, 0), (1, 0), (0, -1), (0, 1)];

    private readonly FrameSpec _imageSpec = FrameSpec.Square(ImageSize);
    private readonly bool _seesImages;
    private readonly int[] _cells;      // [N, 4]: robot x and y, goal x and y
    private readonly int[] _shown;      // the same, as the last step left them before any reset: what frames show
    private readonly int[] _step;
    private readonly ulong[] _drawn;    // numbers drawn so far, by row
    private ulong _seed;
    private StartDistribution _start;

    public GridEnv(int count, bool seesImages = false)
    {
        (Count, _seesImages, Info) = (count, seesImages, Describe(seesImages));
        (_cells, _shown) = (new int[count * 4], new int[count * 4]);
        (_step, _drawn) = (new int[count], new ulong[count]);
    }

    public EnvironmentInfo Info { get; }

    public int Count { get; }

    public IReadOnlyList<string> Cameras { get; } = ["board", "mirror"];

    public static EnvironmentInfo Describe(bool seesImages = false) => new()
    {
        Name = "grid",
        Summary = "A robot walks to a green square.",
        Observations = seesImages
            ? new ObservationSpec { Image = new ImageSpec(ImageSize, ImageSize, 3) }
            : new ObservationSpec(Cell("robot/x"), Cell("robot/y"), Cell("goal/x"), Cell("goal/y")),
        Actions = ActionSpec.Discrete("move", 5),
        State = new StateSpec(Cell("robot/x"), Cell("robot/y"), Cell("goal/x"), Cell("goal/y")),
        RewardTerms = ["arrival", "time"],
        EpisodeSteps = EpisodeSteps,
        ControlTimestep = 0.1,
        Baseline = "a robot",
        DefaultGoal = "a robot on the green square",
        Measures = [new SuccessMeasure("arrived", "the robot on the green square", state => On(state) ? 1 : 0,
            Window: EpisodeSteps, Share: 0.01)],
        Facts = [new Fact("on", "robot", ["on the green square"], ["at the green square"], state => On(state) ? 1 : 0, "arrived")],
        Subjects = [new Subject("robot", ["a robot", "the robot"])],
    };

    public void Reset(ulong seed, StartDistribution start, StepBuffer into)
    {
        (_seed, _start) = (seed, start);
        Array.Clear(_drawn);
        for (int row = 0; row < Count; row++)
        {
            Begin(row);
            into.Kinds[row] = StepKind.First;
            (into.Rewards[row], into.RewardTerms[2 * row], into.RewardTerms[(2 * row) + 1]) = (0, 0, 0);
        }

        Show(into);
    }

    public void Step(ReadOnlySpan<float> actions, StepBuffer into)
    {
        SpecMismatchException.ThrowIfLength("actions", actions.Length, Count);
        NonFiniteException.ThrowIfAny(actions, "An action");
        for (int row = 0; row < Count; row++)
        {
            Span<int> cell = _cells.AsSpan(row * 4, 4);
            (int x, int y) = Moves[(int)MathF.Round(Math.Clamp(actions[row], 0, 4))];
            (cell[0], cell[1]) = (Math.Clamp(cell[0] + x, 0, Side - 1), Math.Clamp(cell[1] + y, 0, Side - 1));
            cell.CopyTo(_shown.AsSpan(row * 4));
            bool arrived = cell[0] == cell[2] && cell[1] == cell[3];
            into.Kinds[row] = arrived ? StepKind.Terminated : ++_step[row] == EpisodeSteps ? StepKind.Truncated : StepKind.Mid;
            (into.RewardTerms[2 * row], into.RewardTerms[(2 * row) + 1]) = (arrived ? 1 : 0, -0.05f);
            into.Rewards[row] = into.RewardTerms[2 * row] + into.RewardTerms[(2 * row) + 1];
            Write(_cells, row, into.States);
            if (into.Kinds[row].Ends())
            {
                Observe(row, into.FinalObservations, into.FinalImages);
                Begin(row);
            }

            Observe(row, into.Observations, into.Images);
        }
    }

    public void SampleStates(ulong seed, long draw, StateSource source, StepBuffer into)
    {
        for (int row = 0; row < Count; row++)
        {
            var rng = Rng.For(seed, $"place-{source}", row, (ulong)draw * 8);
            Span<int> cell = _cells.AsSpan(row * 4, 4);
            for (int i = 0; i < 4; i++) cell[i] = rng.Below(Side);
            if (source == StateSource.Keyframes) (cell[0], cell[1]) = (cell[2], cell[3]);
        }

        Show(into);
    }

    public void DrawFrames(FrameSpec spec, Span<byte> frames)
    {
        if (spec.Camera.Length > 0 && !Cameras.Contains(spec.Camera)) throw new UnknownNameException("camera", spec.Camera, Cameras);
        SpecMismatchException.ThrowIfLength("frames", frames.Length, Count * spec.FrameBytes);
        for (int row = 0; row < Count; row++) Draw(_shown.AsSpan(row * 4, 4), spec, frames.Slice(row * spec.FrameBytes, spec.FrameBytes));
    }

    public void Save(Snapshot into)
    {
        into.Put("seed", _seed);
        into.Put("start", _start);
        into.Put<int>("cells", _cells);
        into.Put<int>("shown", _shown);
        into.Put<int>("step", _step);
        into.Put<ulong>("drawn", _drawn);
    }

    public void Load(Snapshot from)
    {
        _seed = from.Get<ulong>("seed");
        _start = from.Get<StartDistribution>("start");
        from.Get<int>("cells", _cells);
        from.Get<int>("shown", _shown);
        from.Get<int>("step", _step);
        from.Get<ulong>("drawn", _drawn);
    }

    public void Dispose()
    {
    }

    /// <summary>Colors of the frames: the robot on the goal is yellow.</summary>
    public static (byte R, byte G, byte B) ColorOf(ReadOnlySpan<int> cell, int x, int y)
    {
        bool robot = cell[0] == x && cell[1] == y, goal = cell[2] == x && cell[3] == y;
        return (robot, goal) switch
        {
            (true, true) => (230, 230, 0),
            (true, false) => (230, 30, 30),
            (false, true) => (30, 200, 30),
            _ => (40, 40, 40)
        };
    }

    private static bool On(ReadOnlySpan<float> state) => state[0] == state[2] && state[1] == state[3];

    private static FieldSpec Cell(string name) => new(name, 1, 0, 1, Meaning: "cell, as a share of the board");

    private static void Draw(ReadOnlySpan<int> cell, FrameSpec spec, Span<byte> frame)
    {
        for (int y = 0; y < spec.Height; y++)
            for (int x = 0; x < spec.Width; x++)
            {
                int column = x * Side / spec.Width, at = ((y * spec.Width) + x) * 3;
                (frame[at], frame[at + 1],
                    frame[at + 2]) = ColorOf(cell, spec.Camera == "mirror" ? Side - 1 - column : column, y * Side / spec.Height);
            }
    }

    /// <summary>The task's own start has the robot in the middle.</summary>
    private void Begin(int row)
    {
        var rng = Rng.For(_seed, "start", row, _drawn[row]);
        Span<int> cell = _cells.AsSpan(row * 4, 4);
        do
        {
            for (int i = 0; i < 4; i++) cell[i] = rng.Below(Side);
            if (_start == StartDistribution.Task) (cell[0], cell[1]) = (Side / 2, Side / 2);
        }
        while (cell[0] == cell[2] && cell[1] == cell[3]);
        (_step[row], _drawn[row]) = (0, rng.Counter);
    }

    private void Show(StepBuffer into)
    {
        _cells.CopyTo(_shown, 0);
        for (int row = 0; row < Count; row++)
        {
            Write(_cells, row, into.States);
            Observe(row, into.Observations, into.Images);
        }
    }

    private void Observe(int row, float[] numbers, byte[] images)
    {
        if (!_seesImages) Write(_cells, row, numbers);
        else Draw(_cells.AsSpan(row * 4, 4), _imageSpec, images.AsSpan(row * _imageSpec.FrameBytes, _imageSpec.FrameBytes));
    }

    private static void Write(int[] cells, int row, float[] into)
    {
        for (int i = 0; i < 4; i++) into[(row * 4) + i] = cells[(row * 4) + i] / (Side - 1f);
    }
}
