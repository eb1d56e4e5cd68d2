using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Benchmarks.Exploration;

/// <summary>
/// Rooms in a row with a door between two of them: a robot starts in the first room and is paid for the far corner of the last alone.
/// </summary>
/// <remarks>
/// Six rooms of 4 x 4 cells; actions: left, right, up, down, and one that does nothing. Doors are drawn once, from the seed of the map.
/// Observed are the column and the row of the robot, one number each for every column and row. Reward 1 at the goal, which terminates; an
/// episode is truncated after 100 steps. A random walk of that length almost never leaves the third room.
/// </remarks>
internal sealed class RoomsEnv : IVectorEnvironment
{
    public const int EpisodeSteps = 100;
    private const int Side = 4, Rooms = 6, Width = (Rooms * (Side + 1)) - 1, ObservationLength = Width + Side, StateLength = 2;

    private static readonly (int X, int Y)[] Moves = [(-1, 0), (1, 0), (0, -1), (0, 1), (0, 0)];

    private readonly int[] _doors;
    private readonly int[] _cells, _step; // [N, 2]: x and y
    private readonly long[] _episode;
    private ulong _seed;

    /// <summary>Environments of one map.</summary>
    /// <param name="count">N.</param>
    /// <param name="map">Seed of the doors.</param>
    public RoomsEnv(int count, ulong map)
    {
        (Count, _cells, _step, _episode) = (count, new int[count * 2], new int[count], new long[count]);
        var rng = Rng.For(map, "doors");
        _doors = new int[Rooms - 1];
        for (int room = 0; room < _doors.Length; room++) _doors[room] = rng.Below(Side);
    }

    public EnvironmentInfo Info { get; } = new()
    {
        Name = "rooms",
        Summary = "A robot walks through rooms in a row to the corner of the last.",
        Observations = new ObservationSpec(new FieldSpec("x", Width), new FieldSpec("y", Side)),
        Actions = ActionSpec.Discrete("move", Moves.Length),
        State = new StateSpec(new FieldSpec("x"), new FieldSpec("y")),
        EpisodeSteps = EpisodeSteps,
        ControlTimestep = 0.1,
        Baseline = "a robot in a room",
        DefaultGoal = "a robot in the last room",
        Measures = [new SuccessMeasure("arrived", "the robot in the corner of the last room", state => AtGoal((int)state[0], (int)state[1])
            ? 1 : 0, Window: 1, Share: 1)],
        Facts = [],
    };

    public int Count { get; }

    /// <summary>Rooms that a state has been left behind for: 0 in the first, 5 in the last.</summary>
    public static int RoomOf(ReadOnlySpan<float> state) => (int)state[0] / (Side + 1);

    public void Reset(ulong seed, StartDistribution start, StepBuffer into)
    {
        _seed = seed;
        Array.Clear(_episode);
        for (int row = 0; row < Count; row++)
        {
            Begin(row);
            (into.Kinds[row], into.Rewards[row], into.RewardTerms[row]) = (StepKind.First, 0, 0);
            Observe(row, into.Observations);
            WriteState(row, into.States);
        }
    }

    public void Step(ReadOnlySpan<float> actions, StepBuffer into)
    {
        SpecMismatchException.ThrowIfLength("actions", actions.Length, Count);
        NonFiniteException.ThrowIfAny(actions, "An action");
        for (int row = 0; row < Count; row++)
        {
            (int x, int y) = Move(_cells[row * 2], _cells[(row * 2) + 1], Moves[(int)Math.Clamp(MathF.Round(actions[row]), 0, 4)]);
            (_cells[row * 2], _cells[(row * 2) + 1]) = (x, y);
            WriteState(row, into.States);
            into.Kinds[row] = AtGoal(x, y) ? StepKind.Terminated : ++_step[row] == EpisodeSteps ? StepKind.Truncated : StepKind.Mid;
            into.Rewards[row] = into.RewardTerms[row] = AtGoal(x, y) ? 1 : 0;
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
        for (int row = 0; row < Count; row++)
        {
            var rng = Rng.For(seed, "place", (draw * Count) + row);
            (_cells[row * 2], _cells[(row * 2) + 1]) = ((rng.Below(Rooms) * (Side + 1)) + rng.Below(Side), rng.Below(Side));
            WriteState(row, into.States);
        }
    }

    public void Save(Snapshot into)
    {
        into.Put("seed", _seed);
        into.Put<int>("cells", _cells);
        into.Put<int>("step", _step);
        into.Put<long>("episode", _episode);
    }

    public void Load(Snapshot from)
    {
        _seed = from.Get<ulong>("seed");
        from.Get<int>("cells", _cells);
        from.Get<int>("step", _step);
        from.Get<long>("episode", _episode);
    }

    public void Dispose()
    {
    }

    private static bool AtGoal(int x, int y) => x == Width - 1 && y == Side - 1;

    private (int X, int Y) Move(int x, int y, (int X, int Y) by)
    {
        (int X, int Y) to = (Math.Clamp(x + by.X, 0, Width - 1), Math.Clamp(y + by.Y, 0, Side - 1));
        bool isWall = to.X % (Side + 1) == Side && to.Y != _doors[to.X / (Side + 1)];
        return isWall ? (x, y) : to;
    }

    private void Begin(int row)
    {
        var rng = Rng.For(_seed, "start", (_episode[row]++ * Count) + row);
        (_cells[row * 2], _cells[(row * 2) + 1], _step[row]) = (rng.Below(Side), rng.Below(Side), 0);
    }

    private void Observe(int row, float[] into)
    {
        Span<float> observation = into.AsSpan(row * ObservationLength, ObservationLength);
        observation.Clear();
        observation[_cells[row * 2]] = observation[Width + _cells[(row * 2) + 1]] = 1;
    }

    private void WriteState(int row, float[] into) =>
        (into[row * StateLength], into[(row * StateLength) + 1]) = (_cells[row * 2], _cells[(row * 2) + 1]);
}
