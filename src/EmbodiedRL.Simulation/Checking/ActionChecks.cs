using EmbodiedRL.Core;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Simulation.Checking;

/// <summary>Checks of actions: non-finite actions, actions of a wrong length and actions beyond their bounds.</summary>
internal static class ActionChecks
{
    public static IEnumerable<Finding> Actions(EnvironmentCheck.Maker create)
    {
        using var trial = new CheckRollout(create);
        trial.Reset(1);
        float[] before = [.. trial.Buffer.States], actions = new float[trial.Actions.Length];
        foreach (float bad in new[] { float.NaN, float.PositiveInfinity })
        {
            actions[^1] = bad;
            if (!Throws<NonFiniteException>(() => trial.Step(actions)) || !before.AsSpan().SequenceEqual(trial.Buffer.States))
                yield return new($"an action of {bad} to be refused before anything moves",
                    "a step",
                    "Call NonFiniteException.ThrowIfAny first in Step.");
        }

        if (!Throws<SpecMismatchException>(() => trial.Step(new float[actions.Length + 1])))
            yield return new($"actions of another length than {actions.Length} to be refused",
                "a step",
                "Call SpecMismatchException.ThrowIfLength first in Step.");

        using CheckRollout wild = new(create), tame = new(create);
        wild.Reset(2);
        tame.Reset(2);
        for (int at = 0; at < actions.Length; at++)
        {
            Core.Specs.FieldSpec field = FieldAt(trial.Info.Actions.Vector, at % trial.Info.Actions.Length);
            (actions[at], tame.Actions[at]) = (field.Maximum + 99, field.Maximum);
        }

        wild.Step(actions);
        tame.Step(tame.Actions);
        if (BufferComparison.Difference(tame.Buffer, wild.Buffer, trial.Info) is { } difference)
            yield return new("an action beyond its bounds to count as the bound",
                difference,
                "Clip actions to the bounds of their fields before they are used.");
    }

    private static Core.Specs.FieldSpec FieldAt(Core.Specs.VectorSpec spec, int position) =>
        spec.Fields.Last(field => spec.Offset(field.Name) <= position);

    private static bool Throws<T>(Action act) where T : Exception
    {
        try
        {
            act();
            return false;
        }
        catch (T)
        {
            return true;
        }
    }
}
