using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Training.Composition;

namespace EmbodiedRL.Training.Reasoning;

/// <summary>Choice between two facts of one subject, with states in which one holds and the other does not.</summary>
/// <param name="First">A fact.</param>
/// <param name="Second">Another of the same subject.</param>
/// <param name="FirstRows">States in which the first alone holds.</param>
/// <param name="SecondRows">States in which the second alone holds.</param>
internal sealed record FactChoice(Fact First, Fact Second, int[] FirstRows, int[] SecondRows);

/// <summary>Goal with states that reach it and states that do not, by its success measure.</summary>
/// <param name="Fact">What the goal says.</param>
/// <param name="Measure">Decides.</param>
/// <param name="Reached">States in which the measure's condition holds.</param>
/// <param name="Missed">The others.</param>
internal sealed record GoalChoice(Fact Fact, SuccessMeasure Measure, int[] Reached, int[] Missed);

/// <summary>States of one environment, sorted by what can be asked about them.</summary>
/// <remarks>Owns nothing but memory.</remarks>
internal sealed class BodyStates
{
    private const int Rows = 32, Draws = 24, FewestRows = 12;
    private const float Holds = 0.75f, Fails = 0.3f;   // truths of facts in between are not asked about

    private static readonly StateSource[] Sources = [StateSource.Uniform, StateSource.Keyframes, StateSource.HardNegatives];

    private readonly float[] _states, _poses;

    private BodyStates(EnvironmentInfo info, float[] states, float[] poses) => (Info, _states, _poses) = (info, states, poses);

    /// <summary>Whose states they are.</summary>
    public EnvironmentInfo Info { get; }

    /// <summary>How many.</summary>
    public int Count => _states.Length / Info.State.Length;

    /// <summary>Choices that can be asked about.</summary>
    public IReadOnlyList<FactChoice> Choices { get; private set; } = [];

    /// <summary>Goals that can be asked about.</summary>
    public IReadOnlyList<GoalChoice> Goals { get; private set; } = [];

    /// <summary>Draws states.</summary>
    /// <param name="environment">Of <see cref="RowsOf"/> rows; its state is changed.</param>
    /// <param name="seed">Equal seeds give equal states.</param>
    public static BodyStates Draw(IVectorEnvironment environment, ulong seed)
    {
        EnvironmentInfo info = environment.Info;
        (int state, int pose) = (info.State.Length, info.RequiredScene.PoseLength);
        const int count = Rows * Draws;
        var drawn = new BodyStates(info, new float[count * Sources.Length * state], new float[count * Sources.Length * pose]);
        var buffer = new StepBuffer(Rows, drawn.Info);
        for (int draw = 0; draw < Draws * Sources.Length; draw++)
        {
            environment.SampleStates(seed, draw, Sources[draw % Sources.Length], buffer);
            buffer.States.CopyTo(drawn._states, draw * Rows * state);
            buffer.Poses.CopyTo(drawn._poses, draw * Rows * pose);
        }

        drawn.Sort();
        return drawn;
    }

    /// <summary>States that somebody visited, which cannot be rendered here.</summary>
    /// <param name="info">Of their environment.</param>
    /// <param name="states">[B, S]; taken over.</param>
    public static BodyStates Visited(EnvironmentInfo info, float[] states)
    {
        var visited = new BodyStates(info, states, []);
        visited.Sort();
        return visited;
    }

    /// <summary>An environment of as many rows as are drawn at once.</summary>
    public static IVectorEnvironment RowsOf(string name, RunServices services) => services.Environment(name, Rows, 1);

    /// <summary>A state row [S].</summary>
    public ReadOnlySpan<float> State(int row) => _states.AsSpan(row * Info.State.Length, Info.State.Length);

    /// <summary>A pose row [P, 12], of states that were drawn.</summary>
    public ReadOnlySpan<float> Pose(int row) =>
        _poses.AsSpan(row * Info.RequiredScene.PoseLength, Info.RequiredScene.PoseLength);

    /// <summary>The fact of a subject that is truest of a state.</summary>
    /// <param name="subject">Has two facts or more.</param>
    /// <param name="row">Of the state.</param>
    /// <param name="but">A fact that is left out; null for none.</param>
    public Fact Truest(string subject, int row, Fact? but = null)
    {
        Fact? best = null;
        float most = float.NegativeInfinity;
        foreach (Fact fact in Info.Facts)
        {
            if (fact.Subject != subject || !fact.IsVisible || fact == but) continue;
            float truth = fact.Truth(State(row));
            if (truth > most) (best, most) = (fact, truth);
        }

        return best!;
    }

    private void Sort()
    {
        Fact[] visible = [.. Info.Facts.Where(fact => fact.IsVisible)];
        var truths = new float[visible.Length, Count];
        for (int fact = 0; fact < visible.Length; fact++)
            for (int row = 0; row < Count; row++) truths[fact, row] = visible[fact].Truth(State(row));

        var choices = new List<FactChoice>();
        for (int first = 0; first < visible.Length; first++)
            for (int second = first + 1; second < visible.Length; second++)
            {
                if (visible[first].Subject != visible[second].Subject) continue;
                (int a, int b) = (first, second);
                int[] one = [.. Enumerable.Range(0, Count).Where(row => truths[a, row] >= Holds && truths[b, row] <= Fails)];
                int[] other = [.. Enumerable.Range(0, Count).Where(row => truths[b, row] >= Holds && truths[a, row] <= Fails)];
                if (one.Length >= FewestRows && other.Length >= FewestRows)
                    choices.Add(new FactChoice(visible[first], visible[second], one, other));
            }

        Choices = choices;
        var goals = new List<GoalChoice>();
        foreach (SuccessMeasure measure in Info.Measures)
        {
            if (visible.FirstOrDefault(fact => fact.Measure == measure.Name) is not { } fact) continue;
            int[] reached = [.. Enumerable.Range(0, Count).Where(row => measure.Holds(State(row)) > 0)];
            int[] missed = [.. Enumerable.Range(0, Count).Where(row => measure.Holds(State(row)) == 0)];
            if (reached.Length >= FewestRows && missed.Length >= FewestRows)
                goals.Add(new GoalChoice(fact, measure, reached, missed));
        }

        Goals = goals;
    }
}
