using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Extensions.Tests.Recurrent;

/// <summary>T-maze without walls: shows a cue at the first observation and asks for it 10 steps later. Without memory nothing better
/// than chance is possible.</summary>
/// <remarks>Observations are the cue (-1 or 1 at first, then 0) and whether the answer counts now. Choice 0 answers -1, choice 1 answers
/// 1; reward 1 if right.</remarks>
public sealed class CueEnv(int count) : IVectorEnvironment
{
    public const int Delay = 10;

    private readonly float[] _cue = new float[count];
    private readonly int[] _step = new int[count];
    private readonly long[] _episode = new long[count];
    private ulong _seed;

    public EnvironmentInfo Info { get; } = new()
    {
        Name = "cue",
        Summary = "A cue is shown once and asked for 10 steps later.",
        Observations = new ObservationSpec(new FieldSpec("cue", 1, -1, 1), new FieldSpec("asked", 1, 0, 1)),
        Actions = ActionSpec.Discrete("answer", 2),
        State = new StateSpec(new FieldSpec("right", 1, 0, 1)),
        EpisodeSteps = Delay + 1,
        ControlTimestep = 1,
        Baseline = "a question",
        DefaultGoal = "the right answer",
        Measures = [new SuccessMeasure("right", "The answer is the cue.", state => state[0], 1)],
        Facts = [],
    };

    public int Count => count;

    public void Reset(ulong seed, StartDistribution start, StepBuffer into)
    {
        _seed = seed;
        Array.Clear(_episode);
        for (int row = 0; row < count; row++)
        {
            Begin(row);
            Observe(row, into.Observations);
            (into.Rewards[row], into.RewardTerms[row], into.States[row], into.Kinds[row]) = (0, 0, 0, StepKind.First);
        }
    }

    public void Step(ReadOnlySpan<float> actions, StepBuffer into)
    {
        SpecMismatchException.ThrowIfLength("actions", actions.Length, count);
        NonFiniteException.ThrowIfAny(actions, "actions");
        for (int row = 0; row < count; row++)
        {
            bool asked = _step[row]++ == Delay;
            float right = asked && (actions[row] > 0.5f ? 1 : -1) == _cue[row] ? 1 : 0;
            (into.Rewards[row], into.RewardTerms[row], into.States[row]) = (right, right, right);
            into.Kinds[row] = asked ? StepKind.Terminated : StepKind.Mid;
            if (asked)
            {
                Observe(row, into.FinalObservations);
                Begin(row);
            }

            Observe(row, into.Observations);
        }
    }

    public void SampleStates(ulong seed, long draw, StateSource source, StepBuffer into)
    {
        for (int row = 0; row < count; row++) into.States[row] = Rng.For(seed, "place", (draw * count) + row).Below(2);
    }

    public void Save(Snapshot into)
    {
        into.Put("seed", _seed);
        into.Put<float>("cue", _cue);
        into.Put<int>("step", _step);
        into.Put<long>("episode", _episode);
    }

    public void Load(Snapshot from)
    {
        _seed = from.Get<ulong>("seed");
        from.Get<float>("cue", _cue);
        from.Get<int>("step", _step);
        from.Get<long>("episode", _episode);
    }

    public void Dispose()
    {
    }

    private void Begin(int row) =>
        (_cue[row], _step[row]) = ((2 * Rng.For(_seed, "cue", (_episode[row]++ * count) + row).Below(2)) - 1, 0);

    private void Observe(int row, float[] into) =>
        (into[row * 2], into[(row * 2) + 1]) = (_step[row] == 0 ? _cue[row] : 0, _step[row] == Delay ? 1 : 0);
}
