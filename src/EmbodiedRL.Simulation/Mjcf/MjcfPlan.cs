using System.Collections.Immutable;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Scenes;
using EmbodiedRL.Simulation.Tasks;

namespace EmbodiedRL.Simulation.Mjcf;

/// <summary>Resolved settings of a model file: specs, formulas and initial states, shared by the tasks of all environments.</summary>
public sealed class MjcfPlan
{
    internal const string Key = "env:mjcf";

    private MjcfPlan(TaskInfo info, MjcfField[] observation, MjcfField[] state)
    {
        (Info, Observation, State) = (info, observation, state);
        HasSensors = state.Any(field => field.Source == Source.Sensor);
    }

    /// <summary>What the task says of itself.</summary>
    public TaskInfo Info { get; }

    internal MjcfField[] Observation { get; }

    internal MjcfField[] State { get; }

    internal bool HasSensors { get; }

    internal MjcfReset Reset { get; private init; } = new();

    internal KeyframeId? Start { get; private init; }

    internal RowFunction? Reward { get; private init; }

    internal string RewardText { get; private init; } = "";

    internal RowFunction? Over { get; private init; }

    /// <summary>Resolves settings.</summary>
    /// <param name="model">Of the file that they name.</param>
    /// <param name="name">What the environment is called.</param>
    /// <param name="settings">Checked as far as they can be without the model.</param>
    /// <param name="compile">For the formulas.</param>
    /// <exception cref="SettingsException">The camera or a formula is not right; says where, what is
    /// known, and what is nearest.</exception>
    /// <exception cref="UnknownNameException">The model has no joint, sensor, body or keyframe of a name; offers the nearest.</exception>
    public static MjcfPlan Of(MujocoModel model, string name, MjcfSettings settings, FormulaCompiler compile)
    {
        var fields = new MjcfFields(model);
        MjcfField[] state = fields.All(), observation = [.. settings.Observation.SelectMany(fields.Of)];
        if (state.Length == 0)
            throw Wrong("file", "a model in which something moves",
                $"'{settings.File}', which has neither joints nor sensors nor named bodies");
        if (observation.Length == 0) throw Wrong("observation", "blocks that hold something", "none that do; the model has no such things");
        if (Twice(observation) is { } shown) throw Wrong("observation", "every field once", $"'{shown}' twice");
        if (Twice(state) is { } known)
            throw Wrong("file", "a model whose joints, sensors and bodies can be told apart by name", $"two of '{known}'");
        var spec = new StateSpec(state.Select(field => field.Spec));
        ActionSpec actions = ActionsOf(model);
        string baseline = settings.Baseline.Length > 0
            ? settings.Baseline
            : Sentence.Normalize(Path.GetFileNameWithoutExtension(settings.File));
        var info = new TaskInfo
        {
            Name = name,
            Summary = $"Made by settings from {Path.GetFileName(settings.File)}.",
            Observations = new ObservationSpec(observation.Select(field => field.Spec)),
            Actions = actions,
            State = spec,
            Camera = CameraOf(model, settings.Camera),
            EpisodeSteps = settings.EpisodeSteps,
            FrameSkip = settings.FrameSkip,
            Baseline = baseline,
            DefaultGoal = settings.Goal.Length > 0 ? settings.Goal : baseline,
            Measures = [.. settings.Measures.Select((measure, i) => Measure(measure, i, spec, compile))],
            Facts = [],
        };
        return new MjcfPlan(info, observation, state)
        {
            Reset = settings.Reset,
            Start = settings.Reset.Keyframe.Length > 0 ? model.Keyframe(settings.Reset.Keyframe) : null,
            Reward = settings.Reward.Length > 0 ? compile($"{Key}:reward", settings.Reward, spec, actions) : null,
            RewardText = settings.Reward,
            Over = settings.Over.Length > 0 ? compile($"{Key}:over", settings.Over, spec, null) : null,
        };
    }

    private static string? Twice(MjcfField[] fields) =>
        fields.GroupBy(field => field.Spec.Name).FirstOrDefault(group => group.Count() > 1)?.Key;

    private static SuccessMeasure Measure(MjcfMeasure measure, int index, StateSpec state, FormulaCompiler compile)
    {
        string meaning = measure.Meaning.Length > 0 ? measure.Meaning : measure.Text;
        if (measure.Value.Length == 0)
        {
            RowFunction condition =
                compile(FormattableString.Invariant($"{Key}:measures:{index}:condition"), measure.Condition, state, null);
            return new SuccessMeasure(
                measure.Name, meaning, row => condition(row, []) > 0.5 ? 1 : 0, measure.Window, measure.Share);
        }

        RowFunction value = compile(FormattableString.Invariant($"{Key}:measures:{index}:value"), measure.Value, state, null);
        bool isLeast = measure.AtLeast > 0;
        double bound = isLeast ? measure.AtLeast : measure.Within;
        return new SuccessMeasure(measure.Name, meaning,
            new MeasureTolerance(
                isLeast ? (row, scale) => value(row, []) >= bound / scale : (row, scale) => Math.Abs(value(row, [])) <= bound * scale,
                bound, measure.Unit, isLeast),
            measure.Window, measure.Share);
    }

    private static ActionSpec ActionsOf(MujocoModel model)
    {
        string[] names = MjcfFields.NamesOf(model, "actuator");
        ReadOnlySpan<byte> limited = model.Array<byte>("actuator_ctrllimited");
        ReadOnlySpan<double> range = model.Array<double>("actuator_ctrlrange");
        var fields = ImmutableArray.CreateBuilder<FieldSpec>();
        for (int i = 0; i < model.ControlCount; i++)
        {
            string name = i < names.Length ? names[i] : FormattableString.Invariant($"actuator{i}");
            bool isBounded = i < limited.Length && limited[i] != 0;
            fields.Add(isBounded
                ? new FieldSpec(name, 1, (float)range[2 * i], (float)range[(2 * i) + 1])
                : new FieldSpec(name, Meaning: "the model sets no bounds"));
        }

        return ActionSpec.Continuous(fields.ToImmutable());
    }

    private static string CameraOf(MujocoModel model, string asked)
    {
        string[] known = SceneViews.CameraNames(model);
        if (known.Contains(asked)) return asked;
        if (asked.Length == 0 && known is [var only]) return only;
        if (asked.Length == 0) throw Wrong("camera", $"one of the model's cameras ({string.Join(", ", known)})", "nothing");
        throw new SettingsException("settings",
            [$"{Key}:camera: {new UnknownNameException($"camera in {model.File}", asked, known).Message}"]);
    }

    private static SettingsException Wrong(string key, string expected, string found) =>
        new("settings", [$"{Key}:{key}: expected {expected}, found {found}."]);
}
