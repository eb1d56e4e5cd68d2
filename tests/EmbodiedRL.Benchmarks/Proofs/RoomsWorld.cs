using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary>Rooms in a row, whose doors lie elsewhere in every map: a grid world with a context, and a tabular learner in it.</summary>
/// <remarks>
/// 8 rooms of 2 x 2 cells with a wall and one door between two of them; left, right, up, down; the goal is a cell of the last room's far
/// side. An episode draws one of M maps, or one that was never seen. What is observed is the map's number and the place, so every map has
/// states of its own; what the learner's table holds is the room and where its door lies from here, so what it learns serves all maps.
/// </remarks>
internal sealed class RoomsWorld
{
    public const int Environments = 8, EpisodeSteps = 60;

    private const int Side = 2, Rooms = 8, Choices = 4, Pitch = Side + 1, Width = (Rooms * Pitch) - 1, Offsets = (2 * Pitch) + 1;
    private const double Rate = 0.1, Discount = 0.95, Random = 0.1;

    private readonly ulong _seed;
    private readonly int _maps;
    private readonly int[] _map = new int[Environments], _steps = new int[Environments];
    private readonly int[] _x = new int[Environments], _y = new int[Environments];
    private readonly int[][] _doors = new int[Environments][];
    private readonly double[] _values = new double[Rooms * Offsets * Offsets * Choices];
    private readonly StepBuffer _buffer = new(Environments, Info);
    private readonly int[] _from = new int[EpisodeSteps * Environments], _to = new int[EpisodeSteps * Environments];
    private Rng _rng;
    private int _unseen;

    /// <summary>A world with its learner, which knows nothing.</summary>
    /// <param name="maps">M; 0 draws a new one for every episode.</param>
    /// <param name="seed">Of maps and moves.</param>
    public RoomsWorld(int maps, ulong seed)
    {
        (_maps, _seed, _rng) = (maps, seed, Rng.For(seed, "moves"));
        Batch = new TrajectoryBatch(EpisodeSteps, Environments, Info);
        for (int n = 0; n < Environments; n++) Begin(n);
    }

    /// <summary>What bonuses read: map and place.</summary>
    public static EnvironmentInfo Info { get; } = new()
    {
        Name = "rooms",
        Summary = "Rooms in a row, whose doors lie elsewhere in every map.",
        Observations = new ObservationSpec(new FieldSpec("map"), new FieldSpec("x"), new FieldSpec("y")),
        Actions = ActionSpec.Discrete("move", Choices),
        State = new StateSpec(new FieldSpec("map"), new FieldSpec("x"), new FieldSpec("y")),
        EpisodeSteps = EpisodeSteps,
        ControlTimestep = 1,
        Baseline = "rooms",
        DefaultGoal = "the last room",
        Measures = [],
        Facts = [],
    };

    /// <summary>The last rollout, [60 steps, 8 environments]; its task reward is 1 at the goal.</summary>
    public TrajectoryBatch Batch { get; }

    /// <summary>Episodes that have ended.</summary>
    public int Episodes { get; private set; }

    /// <summary>Of these, how many reached the goal.</summary>
    public int Arrivals { get; private set; }

    /// <summary>Plays a rollout: the best move by the table, or any at random with probability 0.1.</summary>
    public void Play()
    {
        float[] before = new float[Environments * 3], actions = new float[Environments], none = new float[Environments];
        for (int step = 0; step < EpisodeSteps; step++)
        {
            for (int n = 0; n < Environments; n++)
            {
                Observe(n, before);
                int from = Entry(n), move = Choose(from);
                Move(n, move);
                actions[n] = move;
                (_from[(step * Environments) + n], _to[(step * Environments) + n]) = (from + move, Entry(n));
                bool arrived = _x[n] == Width - 1 && _y[n] == _doors[n][Rooms - 1];
                _buffer.Kinds[n] = arrived ? StepKind.Terminated : ++_steps[n] == EpisodeSteps ? StepKind.Truncated : StepKind.Mid;
                _buffer.Rewards[n] = arrived ? 1 : 0;
                Observe(n, _buffer.States);
                if (_buffer.Kinds[n].Ends())
                {
                    Observe(n, _buffer.FinalObservations);
                    (Episodes, Arrivals) = (Episodes + 1, Arrivals + (arrived ? 1 : 0));
                    Begin(n);
                }

                Observe(n, _buffer.Observations);
            }

            Batch.Record(step, new ObservationRows(before), actions, none, _buffer);
        }
    }

    /// <summary>Q-learning over the rollout, backwards in time.</summary>
    /// <param name="rewards">[steps, environments].</param>
    public void Learn(ReadOnlySpan<float> rewards)
    {
        for (int row = rewards.Length - 1; row >= 0; row--)
        {
            double best = Batch.Kinds[row] == StepKind.Terminated ? 0 : Best(_to[row]);
            _values[_from[row]] += Rate * (rewards[row] + (Discount * best) - _values[_from[row]]);
        }
    }

    private void Begin(int n)
    {
        _map[n] = _maps > 0 ? _rng.Below(_maps) : _unseen++;
        var doors = Rng.For(_seed, "doors", _map[n]);
        _doors[n] = [.. Enumerable.Range(0, Rooms).Select(_ => doors.Below(Side))];
        (_x[n], _y[n], _steps[n]) = (_rng.Below(Side), _rng.Below(Side), 0);
    }

    private void Observe(int n, float[] into) => (into[n * 3], into[(n * 3) + 1], into[(n * 3) + 2]) = (_map[n], _x[n], _y[n]);

    /// <summary>Where the table begins for the room and the way to its door; in the last room the goal is the door.</summary>
    private int Entry(int n)
    {
        int room = _x[n] / Pitch, door = room == Rooms - 1 ? Width - 1 : (room * Pitch) + Side;
        return ((((room * Offsets) + door - _x[n] + Pitch) * Offsets) + _doors[n][room] - _y[n] + Pitch) * Choices;
    }

    private void Move(int n, int move)
    {
        int x = _x[n] + (move switch { 0 => -1, 1 => 1, _ => 0 }), y = _y[n] + (move switch { 2 => -1, 3 => 1, _ => 0 });
        bool isWall = x < 0 || x >= Width || y is < 0 or >= Side || (x % Pitch == Side && y != _doors[n][x / Pitch]);
        if (!isWall) (_x[n], _y[n]) = (x, y);
    }

    private int Choose(int entry)
    {
        if (_rng.NextDouble() < Random) return _rng.Below(Choices);
        double best = Best(entry);
        int ties = 0, chosen = 0;
        for (int move = 0; move < Choices; move++)
            if (_values[entry + move] == best && _rng.Below(++ties) == 0) chosen = move;
        return chosen;
    }

    private double Best(int entry) =>
        Math.Max(Math.Max(_values[entry], _values[entry + 1]), Math.Max(_values[entry + 2], _values[entry + 3]));
}
