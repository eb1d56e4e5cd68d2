using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Simulation.Checking;

/// <summary>What an environment says of itself.</summary>
internal static class DescriptionChecks
{
    private const int Placed = 64, Draws = 16;
    private const float True = 0.8f, Untrue = 0.2f;

    public static IEnumerable<Finding> Description(EnvironmentCheck.Maker create)
    {
        using IVectorEnvironment environment = create(1, 1);
        EnvironmentInfo info = environment.Info;
        if (info.Name.Length == 0) yield return new("a name", "none", "Set Name to what the catalog calls it.");
        if (info.Summary.Length == 0) yield return new("a summary", "none", "Say in one sentence what is done here.");
        if (!(info.ControlTimestep > 0))
            yield return new("a control step of more than 0 s", $"{info.ControlTimestep}", "Set FrameSkip and the model's timestep.");
        if (info.EpisodeSteps < 1) yield return new("at least one step an episode", $"{info.EpisodeSteps}", "Set EpisodeSteps.");
        foreach (Finding finding in Scene(info)) yield return finding;
        if (info.Scene is null && FrameSources.CamerasOf(environment) is { Count: > 0 } views && info.Camera.Length > 0
            && !views.Contains(info.Camera))
            yield return new("one of its own views as the task's camera",
                $"'{info.Camera}'",
                "Set Camera to a name of its Cameras, or leave it empty for the first.");
        if (info.Measures.IsEmpty) yield return new("a measure of success at least", "none", "Say in Measures by what a goal is judged.");
        foreach (IGrouping<string, SuccessMeasure> twins in info.Measures.GroupBy(measure => measure.Name)
            .Where(group => group.Count() > 1))
            yield return new("a name of its own for every measure", $"{twins.Count()} called '{twins.Key}'", "Rename one.");
        foreach (SuccessMeasure measure in info.Measures.Where(measure => measure.Meaning.Length == 0))
            yield return new("a meaning for every measure", $"none for '{measure.Name}'",
                "Say its condition in one clause with units: people read it in the summary.");
        if (info.RewardTerms.Distinct().Count() < info.RewardTerms.Length)
            yield return new("a name of its own for every reward term", string.Join(", ", info.RewardTerms), "Rename one.");
    }

    private static IEnumerable<Finding> Scene(EnvironmentInfo info)
    {
        if (info.Scene is not { } scene) yield break;
        if (scene.Cameras.Length < 2)
            yield return new(EnvironmentCheck.TwoSides, $"{scene.Cameras.Length} cameras", "Add a <camera> to the scene.");
        if (scene.Cameras.Any(camera => camera.Name.Length == 0))
            yield return new("a name for every camera", "one without", "Name it in the scene.");
        if (scene.Cameras.All(camera => camera.Name != info.Camera))
            yield return new("a camera of the scene as the task's own", $"'{info.Camera}'", "Set Camera to the name of one.");
        for (int geom = 0; geom < scene.Geoms.Length; geom++)
            if (scene.Geoms[geom].Name.Length == 0)
                yield return new("a name for every geom that is drawn",
                    $"none for the one at index {geom}",
                    "Name it in the scene: errors and films speak of it.");
    }

    public static IEnumerable<Finding> Facts(EnvironmentCheck.Maker create)
    {
        using var trial = new CheckRollout(create, Placed);
        EnvironmentInfo info = trial.Info;
        foreach (Finding finding in Goals(info)) yield return finding;

        float[] states = Drawn(trial);
        int width = info.State.Length, count = states.Length / width;
        foreach (Fact fact in info.Facts)
        {
            float[] truths = [.. Enumerable.Range(0, count).Select(i => fact.Truth(states.AsSpan(i * width, width)))];
            if (truths.Any(truth => !(truth is >= 0 and <= 1)))
                yield return new($"truths of '{fact.Name}' in [0, 1]",
                    $"{truths.First(truth => !(truth is >= 0 and <= 1))}",
                    "Clamp what its Truth returns.");
            else if (truths.Max() <= True)
                yield return new($"'{fact.Name}' to be true ({True} or more) somewhere in {count} drawn states",
                    $"{truths.Max()} at most",
                    "Let Place draw such states, or grade the truth less strictly.");
            else if (truths.Min() >= Untrue)
                yield return new($"'{fact.Name}' to be untrue ({Untrue} or less) somewhere in {count} drawn states",
                    $"{truths.Min()} at least",
                    "Let Place draw other states too, or grade the truth more strictly.");
        }

        foreach (SuccessMeasure measure in info.Measures)
            for (int i = 0; i < count; i++)
                if (Amiss(measure, states.AsSpan(i * width, width)) is { } finding)
                {
                    yield return finding;
                    break;
                }
    }

    private static Finding? Amiss(SuccessMeasure measure, ReadOnlySpan<float> state)
    {
        float holds = measure.Holds(state);
        if (holds is not (0 or 1))
            return new($"measure '{measure.Name}' to be 0 or 1", $"{holds}",
                "Return 1 where the condition holds, else 0; grades belong to facts.");
        if (measure.Tolerance is not { } tolerance) return null;
        bool strict = tolerance.Holds(state, MeasureTolerance.Strict), loose = tolerance.Holds(state, MeasureTolerance.Loose);
        return (strict && holds == 0) || (holds == 1 && !loose)
            ? new($"measure '{measure.Name}' to hold at a larger scale of its tolerance wherever it holds at a smaller one",
                $"{(strict ? 1 : 0)}, {holds}, {(loose ? 1 : 0)} at scales {MeasureTolerance.Strict}, 1 and {MeasureTolerance.Loose}",
                "Multiply the greatest deviation by the scale, and divide the least value by it.")
            : null;
    }

    private static IEnumerable<Finding> Goals(EnvironmentInfo info)
    {
        var grammar = new CaptionGrammar(info);
        Caption? goal = grammar.Parse(info.DefaultGoal);
        if (goal is null || goal.Claims.IsEmpty)
        {
            yield return new(EnvironmentCheck.KnownGoal, $"\"{info.DefaultGoal}\"",
                $"Say it in a noun and a phrase that are known, e.g. \"{grammar.Examples.FirstOrDefault("")}\".");
        }
        else
        {
            if (goal.Measures.IsEmpty)
                yield return new("a measure by which the default goal is judged", "none", "Name one in the Measure of its fact.");
            foreach (string measure in goal.Measures.Where(measure => info.Measures.All(known => known.Name != measure)))
                yield return new("the measures of the default goal among the environment's",
                    $"'{measure}'",
                    "Mend the name in the fact, or add the measure.");
        }

        if (grammar.Parse(info.Baseline) is { Claims.IsEmpty: false })
            yield return new("a baseline that claims nothing", $"\"{info.Baseline}\"", "Name only what is always seen.");
    }

    private static float[] Drawn(CheckRollout trial)
    {
        var states = new List<float>();
        foreach (StateSource source in Enum.GetValues<StateSource>())
            for (int draw = 0; draw < Draws; draw++)
            {
                trial.Environment.SampleStates(1, draw, source, trial.Buffer);
                states.AddRange(trial.Buffer.States);
            }

        return [.. states];
    }
}
