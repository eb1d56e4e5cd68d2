using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Simulation.Tasks;

namespace EmbodiedRL.Simulation.Checking;

/// <summary>Numbers of single steps.</summary>
internal static class ValueChecks
{
    private const int Steps = 200;
    private const float Tolerance = 1e-6f;

    public static IEnumerable<Finding> Bounds(EnvironmentCheck.Maker create)
    {
        using var trial = new CheckRollout(create);
        var seen = new HashSet<string>();
        foreach (FieldSpec field in trial.Info.Actions.Vector.Fields.Where(field => !float.IsFinite(field.Minimum)
            || !float.IsFinite(field.Maximum)))
            yield return new($"bounds for the action {field.Name}",
                $"{field.Minimum} to {field.Maximum}",
                "Give the field a least and a greatest value: actions are clipped to them.");
        foreach (string _ in Played(trial))
        {
            for (int row = 0; row < CheckRollout.Usual; row++)
            {
                string? beyond = Beyond(trial.Info.Observations, trial.Observation(row)) ?? Beyond(trial.Info.State, trial.State(row))
                    ?? (trial.Buffer.Kinds[row].Ends() ? Beyond(trial.Info.Observations, trial.FinalObservation(row)) : null);
                if (beyond is not null && seen.Add(beyond.Split(" = ")[0]))
                    yield return new("values within the bounds of their fields",
                        beyond,
                        "Widen the field's bounds, or scale or clamp what the task writes.");
            }
        }
    }

    public static IEnumerable<Finding> Finite(EnvironmentCheck.Maker create)
    {
        using var trial = new CheckRollout(create);
        foreach (string moment in Played(trial))
        {
            StepBuffer buffer = trial.Buffer;
            foreach ((string what,
                float[] values) in new[] { ("observation", buffer.Observations), ("state", buffer.States), ("pose", buffer.Poses),
                    ("reward", buffer.Rewards), ("reward term", buffer.RewardTerms) })
            {
                int at = Array.FindIndex(values, value => !float.IsFinite(value));
                if (at < 0) continue;
                yield return new("finite numbers",
                    $"{values[at]} in a {what} of environment {at / (values.Length / buffer.Count)} {moment}",
                    "Look for a division by zero, a root of a negative number or an acos beyond 1 in the task.");
                yield break;
            }
        }

        if (trial.Environment is VectorEnvironment { Divergences: > 0 and var count })
            yield return new("a simulation that stays good under allowed actions",
                $"{count} episodes whose state went bad",
                "Lower the model's timestep, its gears or the actions' bounds.");
    }

    public static IEnumerable<Finding> Moves(EnvironmentCheck.Maker create)
    {
        using var trial = new CheckRollout(create);
        float[] first = [];
        byte[] seen = [];
        bool isSeen = trial.Info.Observations.Image is not null, changes = false;
        bool[] moved = new bool[trial.Info.Observations.Length];
        foreach (string _ in Played(trial))
        {
            if (first.Length == 0) first = [.. trial.Observation(0)];
            if (seen.Length == 0) seen = [.. trial.Image(0)];
            changes |= isSeen && !trial.Image(0).SequenceEqual(seen);
            for (int row = 0; row < CheckRollout.Usual; row++)
                for (int i = 0; i < moved.Length; i++) moved[i] |= trial.Observation(row)[i] != first[i];
        }

        if (isSeen && !changes)
            yield return new("the image of the observation to change",
                "the same throughout",
                "Draw it anew in every step, of what the action led to.");
        foreach (FieldSpec field in trial.Info.Observations.Fields)
            if (!moved.AsSpan(trial.Info.Observations.Offset(field.Name), field.Length).Contains(true))
                yield return new($"the observation {field.Name} to change",
                    $"{first[trial.Info.Observations.Offset(field.Name)]} throughout",
                    "Write it anew in Observe, or leave the field out: it tells the agent nothing.");
    }

    public static IEnumerable<Finding> Poses(EnvironmentCheck.Maker create)
    {
        using var trial = new CheckRollout(create);
        foreach (string moment in Played(trial))
            for (int at = 0; at < trial.Buffer.Poses.Length; at += SceneDescription.FloatsPerPose)
            {
                int geom = at % trial.Info.RequiredScene.PoseLength / SceneDescription.FloatsPerPose;
                // pieces of tendons are stretched
                if (geom >= trial.Info.RequiredScene.Geoms.Length || IsRotation(trial.Buffer.Poses.AsSpan(at + 3, 9))) continue;
                string name = trial.Info.RequiredScene.Geoms[geom].Name;
                yield return new("a rotation matrix in every pose",
                    $"another matrix in that of geom '{name}' {moment}",
                    "Poses are read after UpdateKinematics; a quaternion that is set must have length 1.");
                yield break;
            }
    }

    public static IEnumerable<Finding> Reward(EnvironmentCheck.Maker create)
    {
        using var trial = new CheckRollout(create);
        int width = trial.Info.RewardTerms.Length;
        foreach (string moment in Played(trial))
            for (int row = 0; row < CheckRollout.Usual; row++)
            {
                double sum = 0, size = 1;
                foreach (float term in trial.Buffer.RewardTerms.AsSpan(row * width, width))
                    (sum, size) = (sum + term, size + Math.Abs(term));
                if (!(Math.Abs(sum - trial.Buffer.Rewards[row]) > 1e-6 * size)) continue; // what is not finite is another check's
                yield return new("a reward that is the sum of its terms",
                    $"{trial.Buffer.Rewards[row]} against {sum} of {string.Join(" + ", trial.Info.RewardTerms)} {moment}",
                    "Write every part of the reward into a term: curves and films are drawn from the terms.");
                yield break;
            }
    }

    /// <summary>Some of everything: starts, even and extreme actions, drawn states. After each the buffer is looked at.</summary>
    private static IEnumerable<string> Played(CheckRollout trial)
    {
        foreach (StartDistribution start in Enum.GetValues<StartDistribution>())
        {
            trial.Reset(5, start);
            yield return "after a reset";
            for (int step = 1; step <= Steps; step++)
            {
                if (step <= Steps / 2) trial.Step();
                else trial.StepHard();
                yield return $"after step {step}";
            }
        }

        foreach (StateSource source in Enum.GetValues<StateSource>())
        {
            trial.Environment.SampleStates(5, 0, source, trial.Buffer);
            yield return $"in a placed state ({source})";
        }
    }

    private static string? Beyond(VectorSpec spec, ReadOnlySpan<float> row)
    {
        int at = 0;
        foreach (FieldSpec field in spec.Fields)
            for (int i = 0; i < field.Length; i++, at++)
                if (float.IsFinite(row[at]) && (row[at] < field.Minimum - Tolerance || row[at] > field.Maximum + Tolerance))
                    return FormattableString.Invariant($"{field.Name} = {row[at]}, beyond {field.Minimum} to {field.Maximum}");
        return null;
    }

    private static bool IsRotation(ReadOnlySpan<float> r)
    {
        const float rounding = 1e-4f;
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++)
            {
                float dot = (r[3 * i] * r[3 * j]) + (r[(3 * i) + 1] * r[(3 * j) + 1]) + (r[(3 * i) + 2] * r[(3 * j) + 2]);
                if (Math.Abs(dot - (i == j ? 1 : 0)) > rounding) return false; // what is not finite is another check's
            }

        return true;
    }
}
