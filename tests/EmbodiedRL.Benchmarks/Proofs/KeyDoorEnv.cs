using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary>
/// Key and door: two rooms of 3 x 3 cells with a door between them. The robot finds the key, opens the door and walks to the goal, which
/// alone is paid.
/// </summary>
/// <remarks>
/// Actions: left, right, up, down, use. Using picks the key up where it lies, opens the door from the cell beside it with the key in hand,
/// and drops the key anywhere else. Reward 1 at the goal, which terminates; an episode is cut after 100 steps.
/// </remarks>
internal sealed class KeyDoorEnv(int count) : IVectorEnvironment
{
    public const int EpisodeSteps = 100;
    private const int Width = 7, Height = 3, Room = 3, Use = 4;
    private const int DoorX = 3, DoorY = 1, GoalX = 6, GoalY = 0;
    private const int ObservationLength = (2 * (Width + Height)) + 2, StateLength = 7;

    private static readonly (int X, int Y)[] Moves = [(-1, 0), (1, 0), (0, -1), (0, 1)];

    private readonly int[] _cells = new int[count * 6]; // x, y, key's x and y, whether it is held, whether the door is open
    private readonly int[] _step = new int[count];
    private readonly long[] _episode = new long[count];
    private ulong _seed;

    public EnvironmentInfo Info { get; } = new()
    {
        Name = "key-door",
        Summary = "A robot fetches a key, opens a door and walks to a goal.",
        Observations = new ObservationSpec(new FieldSpec("x", Width), new FieldSpec("y", Height), new FieldSpec("key/x", Width),
            new FieldSpec("key/y", Height), new FieldSpec("key/held"), new FieldSpec("door/open")),
        Actions = ActionSpec.Discrete("act", 5),
        State = new StateSpec(new FieldSpec("x"), new FieldSpec("y"), new FieldSpec("key/x"), new FieldSpec("key/y"),
            new FieldSpec("key/held"), new FieldSpec("door/open"), new FieldSpec("valid")),
        EpisodeSteps = EpisodeSteps,
        ControlTimestep = 0.1,
        Baseline = "a robot and a door",
        DefaultGoal = "a robot at the goal",
        Measures = [new SuccessMeasure("arrived", "the robot at the goal", state => AtGoal(state) ? 1 : 0, Window: 1, Share: 1)],
        Subjects = [new Subject("robot", ["a robot", "the robot"]), new Subject("door", ["a door", "the door"])],
        Facts =
        [
            new Fact("holding", "robot", ["holding the key"], ["carrying the key"], state => state[4]),
            new Fact("open", "door", ["standing open"], ["wide open"], state => state[5]),
            new Fact("arrived", "robot", ["at the goal"], ["on the goal"], state => AtGoal(state) ? 1 : 0, "arrived"),
        ],
    };

    public int Count => count;

    public static bool AtGoal(ReadOnlySpan<float> state) => state[0] == GoalX && state[1] == GoalY;

    /// <summary>Whether the key was held in an observation, and whether the door was open.</summary>
    public static (bool Held, bool Open) Read(ReadOnlySpan<float> observation) =>
        (observation[ObservationLength - 2] > 0, observation[ObservationLength - 1] > 0);

    /// <summary>The scene of an observation in words, as a language model would read it.</summary>
    public static string Words(ReadOnlySpan<float> observation)
    {
        (bool held, bool open) = Read(observation);
        int x = observation[..Width].IndexOf(1), y = observation.Slice(Width, Height).IndexOf(1),
            keyX = observation.Slice(Width + Height, Width).IndexOf(1), keyY = observation.Slice((2 * Width) + Height, Height).IndexOf(1);
        return Words(x, y, keyX, keyY, held, open);
    }

    /// <summary>The scene of a state in words.</summary>
    public static string WordsOfState(ReadOnlySpan<float> state) =>
        Words((int)state[0], (int)state[1], (int)state[2], (int)state[3], state[4] > 0, state[5] > 0);

    public void Reset(ulong seed, StartDistribution start, StepBuffer into)
    {
        _seed = seed;
        Array.Clear(_episode);
        for (int row = 0; row < count; row++)
        {
            Begin(row);
            (into.Kinds[row], into.Rewards[row], into.RewardTerms[row]) = (StepKind.First, 0, 0);
            Observe(row, into.Observations);
            WriteState(row, valid: true, into.States);
        }
    }

    public void Step(ReadOnlySpan<float> actions, StepBuffer into)
    {
        SpecMismatchException.ThrowIfLength("actions", actions.Length, count);
        NonFiniteException.ThrowIfAny(actions, "An action");
        for (int row = 0; row < count; row++)
        {
            bool valid = Act(_cells.AsSpan(row * 6, 6), (int)Math.Clamp(MathF.Round(actions[row]), 0, Use));
            WriteState(row, valid, into.States);
            bool arrived = AtGoal(into.States.AsSpan(row * StateLength, StateLength));
            into.Kinds[row] = arrived ? StepKind.Terminated : ++_step[row] == EpisodeSteps ? StepKind.Truncated : StepKind.Mid;
            into.Rewards[row] = into.RewardTerms[row] = arrived ? 1 : 0;
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
            var rng = Rng.For(seed, "place", (draw * count) + row);
            Place(_cells.AsSpan(row * 6, 6), ref rng);
            WriteState(row, valid: true, into.States);
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

    private static string Words(int x, int y, int keyX, int keyY, bool held, bool open) =>
        $"robot at {x},{y}; {(held ? "key in hand" : $"key at {keyX},{keyY}")}; door {(open ? "open" : "closed")}";

    /// <summary>Returns whether the action could be executed.</summary>
    private static bool Act(Span<int> cell, int action)
    {
        if (action == Use) return Uses(cell);
        int x = cell[0] + Moves[action].X, y = cell[1] + Moves[action].Y;
        bool isFree = x >= 0 && x < Width && y >= 0 && y < Height && (x != DoorX || (y == DoorY && cell[5] == 1));
        if (isFree) (cell[0], cell[1]) = (x, y);
        if (cell[4] == 1) (cell[2], cell[3]) = (cell[0], cell[1]);
        return isFree;
    }

    private static bool Uses(Span<int> cell)
    {
        bool isBeside = Math.Abs(cell[0] - DoorX) + Math.Abs(cell[1] - DoorY) == 1, isOnKey = cell[0] == cell[2] && cell[1] == cell[3];
        if (cell[4] == 1 && isBeside && cell[5] == 0) cell[5] = 1;
        else if (cell[4] == 1) cell[4] = 0;
        else if (isOnKey) cell[4] = 1;
        else return false;
        return true;
    }

    private static void Place(Span<int> cell, ref Rng rng)
    {
        cell.Clear();
        for (int i = 0; i < 4; i++) cell[i] = rng.Below(Room);
    }

    private void Begin(int row)
    {
        var rng = Rng.For(_seed, "start", (_episode[row]++ * count) + row);
        Place(_cells.AsSpan(row * 6, 6), ref rng);
        _step[row] = 0;
    }

    private void Observe(int row, float[] into)
    {
        Span<int> cell = _cells.AsSpan(row * 6, 6);
        Span<float> observation = into.AsSpan(row * ObservationLength, ObservationLength);
        observation.Clear();
        observation[cell[0]] = observation[Width + cell[1]] = 1;
        observation[Width + Height + cell[2]] = observation[(2 * Width) + Height + cell[3]] = 1;
        (observation[^2], observation[^1]) = (cell[4], cell[5]);
    }

    private void WriteState(int row, bool valid, float[] into)
    {
        for (int i = 0; i < 6; i++) into[(row * StateLength) + i] = _cells[(row * 6) + i];
        into[(row * StateLength) + 6] = valid ? 1 : 0;
    }
}
