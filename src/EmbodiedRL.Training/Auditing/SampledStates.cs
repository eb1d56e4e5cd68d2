using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Training.Auditing;

/// <summary>A state that can be drawn again.</summary>
/// <param name="Source">Where it was drawn.</param>
/// <param name="Draw">Which draw it was.</param>
/// <param name="Truths">[I], how true each instruction is.</param>
/// <param name="Holds">Whether it fulfills the goal.</param>
internal sealed record SampledState(StateSource Source, long Draw, double[] Truths, bool Holds);

/// <summary>States drawn of an environment, from which the ends of paths are chosen by their truth.</summary>
internal sealed class SampledStates
{
    private const int DrawsOfSource = 400;
    private const int Choice = 24; // ends are chosen among so many of the truest

    private static readonly StateSource[] Sources = [StateSource.Uniform, StateSource.Keyframes, StateSource.HardNegatives];

    private readonly SampledState[] _states;

    /// <summary>Draws states.</summary>
    /// <param name="environment">One environment. Lent.</param>
    /// <param name="goal">Says how true they are.</param>
    /// <param name="seed">Of the draws.</param>
    public SampledStates(IVectorEnvironment environment, AuditGoal goal, ulong seed)
    {
        var buffer = new StepBuffer(1, environment.Info);
        _states = new SampledState[Sources.Length * DrawsOfSource];
        for (int i = 0; i < _states.Length; i++)
        {
            (StateSource source, long draw) = (Sources[i / DrawsOfSource], i);
            environment.SampleStates(seed, draw, source, buffer);
            double[] truths = [.. goal.Instructions.Select(instruction => (double)instruction.Truth(buffer.States))];
            _states[i] = new SampledState(source, draw, truths, goal.Holds(buffer.States));
        }

        int holding = _states.Count(state => state.Holds);
        Violation = holding > 0 && holding < _states.Length
            ? null
            : $"expected a goal that some states of '{environment.Info.Name}' fulfill and others do not, found that "
                + $"{(holding == 0 ? "none" : "all")} of {_states.Length} sampled states do.";
    }

    /// <summary>Why there is no way from failure to success; null if there is: some states fulfill the goal, others do not.</summary>
    public string? Violation { get; }

    /// <summary>States that fulfill the goal, the truest.</summary>
    public IReadOnlyList<SampledState> Fulfilling => Truest(_states.Where(state => state.Holds), 0);

    /// <summary>States that do not, the truest of all.</summary>
    public IReadOnlyList<SampledState> Nearest => Truest(_states.Where(state => !state.Holds), 0);

    /// <summary>Look-alikes that do not fulfill it.</summary>
    public IReadOnlyList<SampledState> LookAlikes =>
        [.. _states.Where(state => !state.Holds && state.Source == StateSource.HardNegatives)];

    /// <summary>The states that make an instruction truest, and do not fulfill the goal where another is asked for.</summary>
    public IReadOnlyList<SampledState> Of(int instruction) =>
        Truest(_states.Where(state => instruction == 0 ? state.Holds : !state.Holds), instruction);

    /// <summary>States of which an instruction is less true than of most, and which do not fulfill the goal.</summary>
    public IReadOnlyList<SampledState> FarFrom(int instruction)
    {
        SampledState[] failing = [.. _states.Where(state => !state.Holds).OrderBy(state => state.Truths[instruction])];
        return failing[..Math.Max(1, failing.Length / 3)];
    }

    private static SampledState[] Truest(IEnumerable<SampledState> states, int instruction) =>
        [.. states.OrderByDescending(state => state.Truths[instruction]).Take(Choice)];
}
