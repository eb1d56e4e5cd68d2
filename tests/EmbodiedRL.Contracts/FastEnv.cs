using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Contracts;

/// <summary>A point on a line that is pushed and should come to rest at the origin: the smallest thing worth learning.</summary>
/// <remarks>
/// x'' = 4 a, 50 ms a step, 40 steps an episode; it starts anywhere in [-1, 1] at rest, and falls off (terminates, reward -5) beyond 2.
/// Reward 1 - x^2 - 0.1 v^2, at most 1. With choices, the three pushes are left, none and right.
/// </remarks>
public sealed class FastEnv(int count, bool discrete = false) : IVectorEnvironment
{
    public const int EpisodeSteps = 40;
    private const float Timestep = 0.05f;
    private const float Edge = 2;

    private readonly float[] _position = new float[count];
    private readonly float[] _velocity = new float[count];
    private readonly int[] _step = new int[count];
    private readonly long[] _episode = new long[count];
    private ulong _seed;

    public EnvironmentInfo Info { get; } = Describe(discrete);

    public int Count => count;

    public void Reset(ulong seed, StartDistribution start, StepBuffer into)
    {
        _seed = seed;
        Array.Clear(_episode);
        for (int row = 0; row < count; row++)
        {
            Begin(row);
            Observe(row, into.Observations);
            Observe(row, into.States);
            (into.Rewards[row], into.RewardTerms[row]) = (0, 0);
            into.Kinds[row] = StepKind.First;
        }
    }

    public void Step(ReadOnlySpan<float> actions, StepBuffer into)
    {
        SpecMismatchException.ThrowIfLength("actions", actions.Length, count);
        NonFiniteException.ThrowIfAny(actions, "actions");
        for (int row = 0; row < count; row++)
        {
            float push = discrete ? actions[row] - 1 : Math.Clamp(actions[row], -1, 1);
            _velocity[row] += 4 * push * Timestep;
            _position[row] += _velocity[row] * Timestep;
            _step[row]++;

            bool fell = Math.Abs(_position[row]) > Edge;
            into.Kinds[row] = fell ? StepKind.Terminated : _step[row] == EpisodeSteps ? StepKind.Truncated : StepKind.Mid;
            into.Rewards[row] = fell ? -5 : 1 - (_position[row] * _position[row]) - (0.1f * _velocity[row] * _velocity[row]);
            into.RewardTerms[row] = into.Rewards[row];
            Observe(row, into.States);
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
            (_position[row], _velocity[row]) = ((float)rng.Uniform(-1, 1), (float)rng.Uniform(-1, 1));
            Observe(row, into.States);
        }
    }

    public void Save(Snapshot into)
    {
        into.Put("seed", _seed);
        into.Put<float>("position", _position);
        into.Put<float>("velocity", _velocity);
        into.Put<int>("step", _step);
        into.Put<long>("episode", _episode);
    }

    public void Load(Snapshot from)
    {
        _seed = from.Get<ulong>("seed");
        from.Get<float>("position", _position);
        from.Get<float>("velocity", _velocity);
        from.Get<int>("step", _step);
        from.Get<long>("episode", _episode);
    }

    public void Dispose()
    {
    }

    /// <summary>What the environment says of itself; other tests borrow it when they need any environment's specs.</summary>
    public static EnvironmentInfo Describe(bool discrete = false) => new()
    {
        Name = "fast",
        Summary = "A point that should come to rest at the origin.",
        Observations = new ObservationSpec(new FieldSpec("point/position"), new FieldSpec("point/velocity")),
        Actions = discrete ? ActionSpec.Discrete("push", 3) : ActionSpec.Continuous(new FieldSpec("push", 1, -1, 1)),
        State = new StateSpec(new FieldSpec("point/position", Unit: "m"), new FieldSpec("point/velocity", Unit: "m/s")),
        EpisodeSteps = EpisodeSteps,
        ControlTimestep = Timestep,
        Baseline = "a point on a line",
        DefaultGoal = "a point at rest in the middle",
        Measures = [new SuccessMeasure("centered", "Within 0.2 m of the origin.", state => Math.Abs(state[0]) < 0.2f ? 1 : 0, 10)],
        Facts = [],
    };

    private void Begin(int row)
    {
        var rng = Rng.For(_seed, "start", (_episode[row]++ * count) + row);
        (_position[row], _velocity[row], _step[row]) = ((float)rng.Uniform(-1, 1), 0, 0);
    }

    private void Observe(int row, float[] into) => (into[row * 2], into[(row * 2) + 1]) = (_position[row], _velocity[row]);
}
