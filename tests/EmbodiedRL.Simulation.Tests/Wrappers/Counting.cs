using System.Numerics;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Simulation.Tests.Wrappers;

/// <summary>
/// Counts its steps: the observation is (episode, step), the reward the step, and row i ends after 3 + i
/// steps. Remembers what it was told to do.
/// </summary>
internal sealed class Counting(int count, int choices = 0) : IMaskedStepping
{
    private readonly int[] _episode = new int[count];
    private readonly int[] _step = new int[count];

    public EnvironmentInfo Info { get; } = new()
    {
        Name = "counting",
        Summary = "Counts.",
        Observations = new ObservationSpec(new FieldSpec("episode"), new FieldSpec("step")),
        Actions = choices > 0 ? ActionSpec.Discrete("choice", choices) : ActionSpec.Continuous(new FieldSpec("push", 1, -2, 4)),
        State = new StateSpec(new FieldSpec("step")),
        RewardTerms = ["whole", "tenth"],
        Scene = new SceneDescription
        {
            Geoms = [],
            Cameras = [],
            Lights = [new SceneLight(-Vector3.UnitZ, Vector3.One, Vector3.Zero, Vector3.Zero)]
        },
        Camera = "none",
        EpisodeSteps = 100,
        ControlTimestep = 0.1,
        Baseline = "a count",
        DefaultGoal = "a count",
        Measures = [new EmbodiedRL.Core.Facts.SuccessMeasure("late", "late in the episode", state => state[0] > 2 ? 1 : 0, Window: 10)],
        Facts = [],
    };

    public int Count => count;

    public bool SupportsMasking => true;

    /// <summary>[steps][N]: NaN where an environment rested.</summary>
    public List<float[]> Done { get; } = [];

    public void Reset(ulong seed, StartDistribution start, StepBuffer into)
    {
        for (int row = 0; row < count; row++)
        {
            (_episode[row], _step[row]) = (1, 0);
            Write(row, into.Observations);
            into.Kinds[row] = StepKind.First;
        }
    }

    public void Step(ReadOnlySpan<float> actions, StepBuffer into) => StepMasked(actions, new bool[count], into);

    public void StepMasked(ReadOnlySpan<float> actions, ReadOnlySpan<bool> skipped, StepBuffer into)
    {
        float[] done = new float[count];
        for (int row = 0; row < count; row++)
        {
            done[row] = skipped[row] ? float.NaN : actions[row];
            if (skipped[row]) continue;
            _step[row]++;
            into.States[row] = _step[row];
            into.RewardTerms[2 * row] = _step[row];
            into.RewardTerms[(2 * row) + 1] = _step[row] / 10f;
            into.Rewards[row] = into.RewardTerms[2 * row] + into.RewardTerms[(2 * row) + 1];
            into.Kinds[row] = _step[row] == 3 + row ? StepKind.Terminated : StepKind.Mid;
            if (into.Kinds[row].Ends()) Next(row, into);
            Write(row, into.Observations);
        }

        Done.Add(done);
    }

    public void ResetRows(ReadOnlySpan<bool> rows, StepBuffer into)
    {
        for (int row = 0; row < count; row++)
        {
            if (!rows[row]) continue;
            Next(row, into);
            Write(row, into.Observations);
        }
    }

    public void SampleStates(ulong seed, long draw, StateSource source, StepBuffer into)
    {
    }

    public void Save(Snapshot into)
    {
    }

    public void Load(Snapshot from)
    {
    }

    public void Dispose()
    {
    }

    private void Next(int row, StepBuffer into)
    {
        Write(row, into.FinalObservations);
        _episode[row]++;
        _step[row] = 0;
    }

    private void Write(int row, float[] into) => (into[2 * row], into[(2 * row) + 1]) = (_episode[row], _step[row]);
}
