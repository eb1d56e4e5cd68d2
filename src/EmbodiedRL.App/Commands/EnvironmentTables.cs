using EmbodiedRL.Core;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.App.Commands;

/// <summary>An environment's specs as tables for people and as data for scripts: generated, so that they are never stale.</summary>
internal static class EnvironmentTables
{
    /// <summary>For people.</summary>
    public static void Write(TextWriter output, EnvironmentInfo info)
    {
        output.WriteLine($"{info.Name}: {info.Summary}");
        output.WriteLine();
        TextTable.Write(output, "",
        [
            ["Control step", $"{Text(info.ControlTimestep)} s"],
            ["Episode", $"{info.EpisodeSteps} steps, {Text(Math.Round(info.EpisodeSteps * info.ControlTimestep, 6))} s"],
            ["Default goal", $"\"{info.DefaultGoal}\""],
            ["Baseline", $"\"{info.Baseline}\""],
            ["Cameras", Cameras(info)],
        ]);
        Fields(output, $"Observation, {info.Observations.Length} values", info.Observations);
        if (info.Observations.Image is { } image)
            Section(output, "Image of the observation", ["height", "width", "channels", "type"],
                [[Text(image.Height), Text(image.Width), Text(image.Channels), "uint8"]]);
        Fields(output, $"Action, {(info.Actions.IsDiscrete ? Size(info.Actions) : $"{info.Actions.Length} values")}", info.Actions.Vector);
        Fields(output, $"State, {info.State.Length} values (rewards and measures read it, the agent does not)", info.State);
        Section(output, "Drawn anew from episode to episode", ["name", "what"],
            info.RandomizedParameters.Select(draw => new[] { draw.Name, draw.Meaning }));
        Section(output, "Measures of success (the condition must hold for a share of an episode's last steps)",
            ["name", "steps", "share", "condition"],
            info.Measures.Select(measure => new[] { measure.Name, Text(measure.Window), Text(measure.Share), measure.Meaning }));
        Section(output, "Facts that sentences can say", ["name", "of", "measure", "phrases"],
            info.Facts.Select(fact => new[] { fact.Name, fact.Subject, fact.Measure ?? "-", Quoted([.. fact.Phrases, .. fact.Verbs]) }));
        Section(output, "Phrases held out of a model's training", ["fact", "phrases"],
            info.Facts.Where(fact => !fact.HeldOut.IsEmpty).Select(fact => new[] { fact.Name, Quoted(fact.HeldOut) }));
        Section(output, "What facts are said of", ["name", "nouns"],
            info.Subjects.Select(subject => new[] { subject.Name, Quoted(subject.Nouns) }));
    }

    /// <summary>For scripts; a bound that is not there is null.</summary>
    public static object Data(EnvironmentInfo info, IReadOnlyList<SettingRow> options) => new
    {
        info.Name,
        info.Summary,
        info.ControlTimestep,
        info.EpisodeSteps,
        info.DefaultGoal,
        info.Baseline,
        info.Camera,
        Cameras = info.Scene?.Cameras.Select(camera => camera.Name) ?? [],
        Observation = Data(info.Observations),
        info.Observations.Image,
        Action = new { info.Actions.Length, info.Actions.Choices, Data(info.Actions.Vector).Fields },
        State = Data(info.State),
        Draws = info.RandomizedParameters.Select(draw => new { draw.Name, draw.Meaning }),
        Measures = info.Measures.Select(measure => new { measure.Name, measure.Meaning, measure.Window, measure.Share }),
        Facts = info.Facts.Select(fact => new { fact.Name, fact.Subject, fact.Measure, fact.Phrases, fact.Verbs, fact.HeldOut }),
        Subjects = info.Subjects.Select(subject => new { subject.Name, subject.Nouns }),
        options,
    };

    /// <summary>E.g. <c>2</c> or <c>3 choices</c>.</summary>
    public static string Size(ActionSpec actions) => actions.IsDiscrete ? $"{actions.Choices} choices" : Text(actions.Length);

    private static SpecData Data(VectorSpec spec) => new(spec.Length, [.. spec.Fields.Select(field => new FieldData(
        field.Name, spec.Offset(field.Name), field.Length, Finite(field.Minimum), Finite(field.Maximum), field.Unit, field.Meaning))]);

    private static void Fields(TextWriter output, string title, VectorSpec spec) =>
        Section(output, title, ["field", "length", "bounds", "unit", "meaning"],
            spec.Fields.Select(field =>
                new[] { field.Name, Text(field.Length), Bounds(field), field.Unit.Length > 0 ? field.Unit : "-", field.Meaning }));

    private static void Section(TextWriter output, string title, string[] header, IEnumerable<string[]> rows)
    {
        string[][] all = [header, .. rows];
        if (all.Length == 1) return;
        output.WriteLine();
        output.WriteLine($"{title}:");
        TextTable.Write(output, "  ", all);
    }

    private static string Bounds(FieldSpec field) => (Finite(field.Minimum), Finite(field.Maximum)) switch
    {
        ({ } low, { } high) => $"{Text(low)} to {Text(high)}",
        ({ } low, null) => $"from {Text(low)}",
        (null, { } high) => $"up to {Text(high)}",
        _ => "any",
    };

    private static string Cameras(EnvironmentInfo info) => info.Scene is not { Cameras.IsEmpty: false } scene
        ? "none: it cannot be drawn by a renderer"
        : string.Join(", ", scene.Cameras.Select(camera => camera.Name == info.Camera ? $"{camera.Name} (default)" : camera.Name));

    private static string Quoted(IEnumerable<string> phrases) => string.Join(", ", phrases.Select(phrase => $"\"{phrase}\""));

    private static string Text(IFormattable value) => FormattableString.Invariant($"{value}");

    private static float? Finite(float bound) => float.IsFinite(bound) ? bound : null;

    private sealed record SpecData(int Length, IReadOnlyList<FieldData> Fields);

    private sealed record FieldData(string Name, int Offset, int Length, float? Minimum, float? Maximum, string Unit, string Meaning);
}
