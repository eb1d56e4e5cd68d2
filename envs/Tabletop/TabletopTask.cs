using System.Collections.Immutable;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Simulation;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Tasks;

namespace EmbodiedRL.Envs.Tabletop;

/// <summary>One to five colored shapes on a table, and a finger that slides over it: scenes to teach and test image-text models.</summary>
/// <remarks>
/// Control step 30 ms, episode 100 steps, never over before. The things are others in every episode and stand still; no two are alike in
/// shape, color and size at once. An episode has something red, which the hand-built reward asks for: in [0, 1], by the finger's distance
/// to the leftmost red thing. Whether there is something of another color is left to chance.
/// </remarks>
[NoPaper("a scene of the project's own")]
public sealed class TabletopTask(MujocoModel model) : ITask, IScriptedExpert
{
    private const double Width = 0.25, Depth = 0.23;          // m, where a finger may begin, either way from the center
    private const double OnThing = 0.35;                      // share of drawn states with the finger on a thing
    private const double Spread = 0.015;                      // m, standard deviation of the finger about that thing's center

    private static readonly TaskInfo Description = Describe();

    private readonly JointId _x = model.Joint("finger_x");
    private readonly JointId _y = model.Joint("finger_y");
    private readonly ActuatorId _pushX = model.Actuator("finger_x");
    private readonly ActuatorId _pushY = model.Actuator("finger_y");
    private readonly MocapId[] _things = [.. Enumerable.Range(0, ThingKind.Count).Select(body => model.Mocap(NameOf(ThingKind.Of(body))))];

    /// <inheritdoc/>
    public TaskInfo Info => Description;

    /// <inheritdoc/>
    public void Start(PhysicsView physics, StartDistribution start, ref Rng rng)
    {
        Arrange(physics, TabletopLayout.DrawWith(ThingKind.Anything with { Color = 0 }, 1 + rng.Below(TabletopState.MostThings), ref rng));
        bool anywhere = start == StartDistribution.WholeRange;
        physics.Position(_x) = anywhere ? rng.Uniform(-Width, Width) : rng.Uniform(-0.02, 0.02);
        physics.Position(_y) = anywhere ? rng.Uniform(-Depth, Depth) : rng.Uniform(-0.02, 0.02);
    }

    /// <inheritdoc/>
    public void Place(PhysicsView physics, StateSource source, ref Rng rng)
    {
        TabletopLayout layout = source switch
        {
            StateSource.Uniform => TabletopLayout.Draw(ThingKind.Anything, 1 + rng.Below(TabletopState.MostThings), ref rng),
            StateSource.Keyframes => TabletopLayout.Draw(ThingKind.Anything, 1 + rng.Below(2), ref rng),
            _ => LookAlikes(ref rng),
        };
        Arrange(physics, layout);
        (physics.Position(_x), physics.Position(_y)) = (rng.Uniform(-Width, Width), rng.Uniform(-Depth, Depth));
        (physics.Velocity(_x), physics.Velocity(_y)) = (rng.Uniform(-0.3, 0.3), rng.Uniform(-0.3, 0.3));
        if (rng.NextDouble() >= OnThing) return;

        (double x, double y) = layout.Place(rng.Below(layout.Count));
        physics.Position(_x) = Math.Clamp(x + (Spread * rng.Normal()), -Width, Width);
        physics.Position(_y) = Math.Clamp(y + (Spread * rng.Normal()), -Depth, Depth);
    }

    /// <inheritdoc/>
    public void Act(PhysicsView physics, ReadOnlySpan<float> action)
    {
        physics.Control(_pushX) = action[0];
        physics.Control(_pushY) = action[1];
    }

    /// <inheritdoc/>
    public ImmutableArray<string> Skills => TabletopCaptions.Colors;

    /// <inheritdoc/>
    /// <remarks>Goes to the leftmost thing of the color, and stops where there is none.</remarks>
    public void Demonstrate(PhysicsView physics, int skill, Span<float> action)
    {
        Span<float> state = stackalloc float[TabletopState.Length];
        ReadState(physics, state);
        int thing = TabletopState.Leftmost(state, ThingKind.Anything with { Color = skill });
        (double x, double y) = (physics.Position(_x), physics.Position(_y));
        (double toX, double toY) = thing < 0
            ? (x, y)
            : (TabletopState.Slot(state, thing)[TabletopState.X], TabletopState.Slot(state, thing)[TabletopState.Y]);
        action[0] = TabletopExpert.Push(toX - x, physics.Velocity(_x));
        action[1] = TabletopExpert.Push(toY - y, physics.Velocity(_y));
    }

    /// <inheritdoc/>
    public void Observe(PhysicsView physics, Span<float> observation) => ReadState(physics, observation);

    /// <inheritdoc/>
    public void ReadState(PhysicsView physics, Span<float> state)
    {
        state.Clear();
        (state[TabletopState.Finger], state[TabletopState.Finger + 1]) = ((float)physics.Position(_x), (float)physics.Position(_y));
        (state[TabletopState.Velocity], state[TabletopState.Velocity + 1]) = ((float)physics.Velocity(_x), (float)physics.Velocity(_y));

        Span<int> present = stackalloc int[TabletopState.MostThings];
        int count = 0;
        for (int body = 0; body < _things.Length && count < present.Length; body++)
        {
            if (!Stands(physics, body)) continue;
            int place = count++;
            for (; place > 0 && physics.Position(_things[present[place - 1]])[0] > physics.Position(_things[body])[0]; place--)
                present[place] = present[place - 1];
            present[place] = body;
        }

        for (int thing = 0; thing < count; thing++)
        {
            ThingKind kind = ThingKind.Of(present[thing]);
            ReadOnlySpan<double> at = physics.Position(_things[present[thing]]);
            ReadOnlySpan<float> slot = [1, kind.Shape, kind.Color, kind.Size, (float)at[0], (float)at[1]];
            slot.CopyTo(state[(TabletopState.Slots + (thing * TabletopState.SlotLength))..]);
        }
    }

    /// <inheritdoc/>
    public void Reward(PhysicsView physics, ReadOnlySpan<float> state, ReadOnlySpan<float> action, Span<double> terms)
    {
        int red = TabletopState.Leftmost(state, ThingKind.Anything with { Color = 0 });
        terms[0] = red < 0 ? 0 : Shaping.Tolerance(TabletopState.Distance(state, red), margin: 0.4, falloff: Falloff.LongTail);
    }

    private static TaskInfo Describe() => new()
    {
        Name = "tabletop",
        Summary = "A finger slides over a table with colored shapes, which sentences count, compare and name.",
        Observations = new ObservationSpec(
        [
            .. FingerFields(),
            .. Enumerable.Range(1, TabletopState.MostThings).Select(slot => new FieldSpec($"thing-{slot}", TabletopState.SlotLength,
                Meaning: "present (0 or 1), shape (0 to 2), color (0 to 5), size (0 or 1), x and y in m; from left to right")),
        ]),
        Actions = ActionSpec.Continuous(
            new FieldSpec("finger/x", 1, -1, 1, Meaning: "force to the right, 1 is 0.5 N"),
            new FieldSpec("finger/y", 1, -1, 1, Meaning: "force away from the viewer, 1 is 0.5 N")),
        State = new StateSpec([.. FingerFields(), .. Enumerable.Range(1, TabletopState.MostThings).SelectMany(SlotFields)]),
        Camera = "front",
        EpisodeSteps = 100,
        FrameSkip = 3,
        Baseline = "a table with colored shapes",
        DefaultGoal = "the finger touching the red thing",
        Measures = TabletopCaptions.Measures,
        Facts = TabletopCaptions.Facts,
        Subjects = TabletopCaptions.Subjects,
        Falsehoods = TabletopCaptions.Falsehoods,
    };

    private static FieldSpec[] FingerFields() =>
    [
        new FieldSpec("finger/position", 2, Unit: "m", Meaning: "x right, y away from the viewer, 0 is the table's center"),
        new FieldSpec("finger/velocity", 2, Unit: "m/s"),
    ];

    private static FieldSpec[] SlotFields(int slot) =>
    [
        new FieldSpec($"{slot}/present", 1, 0, 1, Meaning: $"1 if there are {slot} things or more; they are numbered from left to right"),
        new FieldSpec($"{slot}/shape", 1, 0, ThingKind.Shapes - 1, Meaning: "0 ball, 1 cube, 2 cylinder; 0 without a thing"),
        new FieldSpec($"{slot}/color", 1, 0, ThingKind.Colors - 1,
            Meaning: "0 red, 1 green, 2 blue, 3 yellow, 4 orange, 5 purple; 0 without a thing"),
        new FieldSpec($"{slot}/size", 1, 0, ThingKind.Sizes - 1, Meaning: "0 small, 1 large; 0 without a thing"),
        new FieldSpec($"{slot}/position", 2, Unit: "m", Meaning: "of the thing's center, 0 without a thing"),
    ];

    private static string NameOf(ThingKind kind) =>
        $"{TabletopCaptions.Sizes[kind.Size]}-{TabletopCaptions.Colors[kind.Color]}-{TabletopCaptions.Shapes[kind.Shape]}";

    /// <summary>The picture hardly changes, the sentence does: twins, neighbors in either order, several of one color or shape.</summary>
    private static TabletopLayout LookAlikes(ref Rng rng)
    {
        switch (rng.Below(4))
        {
            case 0: return TabletopLayout.DrawTwins(ref rng);
            case 1: return TabletopLayout.DrawNeighbors(ref rng);
            case 2:
                return TabletopLayout.Draw(ThingKind.Anything with { Color = rng.Below(ThingKind.Colors) },
                    2 + rng.Below(TabletopState.MostThings - 1), ref rng);
            default:
                return TabletopLayout.Draw(ThingKind.Anything with { Shape = rng.Below(ThingKind.Shapes) },
                    2 + rng.Below(TabletopState.MostThings - 1), ref rng);
        }
    }

    /// <summary>Stands the things of a layout on the table; the others stay where the model parks them.</summary>
    private void Arrange(PhysicsView physics, TabletopLayout layout)
    {
        for (int thing = 0; thing < layout.Count; thing++)
        {
            Span<double> at = physics.Position(_things[layout.Body(thing)]);
            (at[0], at[1]) = layout.Place(thing);
            at[2] = 0;
        }
    }

    /// <summary>Parked things are well below the table's top.</summary>
    private bool Stands(PhysicsView physics, int body) => physics.Position(_things[body])[2] > -0.01;
}
