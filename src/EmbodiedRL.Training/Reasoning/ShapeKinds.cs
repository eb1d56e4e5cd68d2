using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;

namespace EmbodiedRL.Training.Reasoning;

/// <summary>
/// Draft of a question about a shape scene: the answer is chosen first, so that answers are balanced, then a scene found for it.
/// </summary>
/// <param name="Things">What is in the scene; where they stand is open.</param>
/// <param name="Fits">Whether a placed scene has the answer.</param>
/// <param name="Ask">The question about the rendered scene, without its image.</param>
internal sealed record ShapeDraft(ImmutableArray<SceneThing> Things, Func<ShapeScene, bool> Fits, Func<ShapeScene, Question> Ask);

/// <summary>Kinds of questions about shape scenes.</summary>
internal static class ShapeKinds
{
    private const float SideMargin = 6, OrderMargin = 3;   // pixels between two centers of which one is said to be left of the other
    private const float DepthMargin = 0.2f;                // meters along the view axis

    /// <summary>What is between the list of what is seen and what follows from it.</summary>
    public const string Therefore = " so ";

    private static readonly string[] YesNo = ["yes", "no"];

    private static readonly Relation[] Relations =
    [
        new("left of", (a, b) => b.X - a.X, SideMargin, IsAcross: true), new("right of", (a, b) => a.X - b.X, SideMargin, IsAcross: true),
        new("behind", (a, b) => a.Z - b.Z, DepthMargin, IsAcross: false),
        new("in front of", (a, b) => b.Z - a.Z, DepthMargin, IsAcross: false),
    ];

    private delegate ShapeDraft Drafting(ref Rng rng);

    private static readonly FrozenDictionary<string, Drafting> Kinds = new Dictionary<string, Drafting>
    {
        ["count"] = Count,
        ["color"] = Color,
        ["shape"] = Shape,
        ["exists"] = Exists,
        ["relation"] = Relate,
        ["largest"] = Largest,
        ["box"] = Box,
        ["two-step"] = TwoStep,
        ["point"] = Point,
        ["mask"] = Mask,
        ["order"] = Order,
        ["caption"] = Caption,
        ["error"] = Error,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Names.</summary>
    public static IEnumerable<string> Names => Kinds.Keys;

    /// <summary>Drafts a question.</summary>
    public static ShapeDraft Draft(string kind, ref Rng rng) => Kinds[kind](ref rng);

    /// <summary>What is seen, from left to right: size, color, shape, and column and lower edge in units of four pixels.</summary>
    public static string List(ShapeScene scene) =>
        string.Join("; ", scene.LeftToRight.Select(i => $"{scene.Things[i].FullName} {Column(scene, i)} {Row(scene, i)}"));

    /// <summary>Column of a thing's center, in units of four pixels.</summary>
    public static string Column(ShapeScene scene, int thing) => Coarse((scene.Boxes[thing].Left + scene.Boxes[thing].Right) / 2);

    /// <summary>Row of a thing's lower edge, in units of four pixels.</summary>
    public static string Row(ShapeScene scene, int thing) => Coarse(scene.Boxes[thing].Bottom - 1);

    /// <summary>How hard a scene is: many things, close to each other, are harder. In [0, 1].</summary>
    public static double Difficulty(ShapeScene scene)
    {
        double nearest = double.PositiveInfinity;
        for (int i = 0; i < scene.Things.Length; i++)
            for (int k = 0; k < i; k++)
                nearest = Math.Min(nearest, (scene.Seen[i].AsVector2() - scene.Seen[k].AsVector2()).Length());
        return (0.5 * (scene.Things.Length - 2) / (ShapeGeometry.Slots - 2)) + (0.5 * Math.Clamp(1.2 - (nearest / 32), 0, 1));
    }

    private static ShapeDraft Count(ref Rng rng)
    {
        int what = rng.Below(3);
        if (what == 2)
        {
            ImmutableArray<SceneThing> things = Others(2 + rng.Below(4), _ => true, ref rng);
            return new ShapeDraft(things, Always, scene => Asked("count", "How many things are there?", $"{things.Length}",
                AnswerForm.Number, [], scene, NamesOf(scene, scene.LeftToRight)));
        }

        bool byColor = what == 0;
        int wanted = rng.Below(byColor ? SceneThing.Colors.Length : SceneThing.Shapes.Length), right = rng.Below(4);
        int all = Math.Max(2, right) + rng.Below(ShapeGeometry.Slots + 1 - Math.Max(2, right));
        bool Is(SceneThing thing) => (byColor ? thing.Color : thing.Shape) == wanted;
        ImmutableArray<SceneThing> drawn = [.. Others(right, Is, ref rng), .. Others(all - right, thing => !Is(thing), ref rng)];
        string named = byColor ? $"{SceneThing.Colors[wanted]} things" : SceneThing.Plurals[wanted];
        return new ShapeDraft(Shuffled(drawn, ref rng), Always, scene => Asked("count", $"How many {named} are there?", $"{right}",
            AnswerForm.Number, [], scene, NamesOf(scene, scene.LeftToRight.Where(i => Is(scene.Things[i])))));
    }

    private static ShapeDraft Color(ref Rng rng)
    {
        SceneThing asked = Any(ref rng);
        ImmutableArray<SceneThing> things = [asked, .. Others(1 + rng.Below(4), thing => thing.Shape != asked.Shape, ref rng)];
        return new ShapeDraft(things, Always, scene => Asked("color", $"What color is the {SceneThing.Shapes[asked.Shape]}?",
            SceneThing.Colors[asked.Color], AnswerForm.Option, SceneThing.Colors, scene, asked.Name));
    }

    private static ShapeDraft Shape(ref Rng rng)
    {
        SceneThing asked = Any(ref rng);
        ImmutableArray<SceneThing> things = [asked, .. Others(1 + rng.Below(4), thing => thing.Color != asked.Color, ref rng)];
        return new ShapeDraft(things, Always, scene => Asked("shape", $"What shape is the {SceneThing.Colors[asked.Color]} thing?",
            SceneThing.Shapes[asked.Shape], AnswerForm.Option, SceneThing.Shapes, scene, asked.Name));
    }

    private static ShapeDraft Exists(ref Rng rng)
    {
        SceneThing asked = Any(ref rng);
        bool there = rng.Below(2) == 0;
        bool Differs(SceneThing thing) => thing.Color != asked.Color || thing.Shape != asked.Shape;
        // Where it is not there its color and its shape mostly are, apart; so they are where it is there.
        ImmutableArray<SceneThing> things =
        [
            .. there ? [asked] : Others(1, Differs, ref rng),
            .. Others(1, thing => Differs(thing) && thing.Color == asked.Color, ref rng),
            .. Others(1, thing => Differs(thing) && thing.Shape == asked.Shape, ref rng), .. Others(rng.Below(3), Differs, ref rng),
        ];
        return new ShapeDraft(Shuffled(things, ref rng), Always, scene => Asked("exists", $"Is there a {asked.Name}?", there ? "yes" : "no",
            AnswerForm.Option, YesNo, scene, there ? asked.Name : "none"));
    }

    private static ShapeDraft Relate(ref Rng rng)
    {
        (SceneThing first, SceneThing second, ImmutableArray<SceneThing> things) = Pair(ref rng);
        Relation relation = Relations[rng.Below(Relations.Length)];
        bool holds = rng.Below(2) == 0;
        return new ShapeDraft(things, scene => (holds ? 1 : -1) * relation.Amount(scene.Seen[0], scene.Seen[1]) >= relation.Margin,
            scene => Asked("relation", $"Is the {first.Name} {relation.Words} the {second.Name}?", holds ? "yes" : "no", AnswerForm.Option,
                YesNo, scene, $"{first.Name} {At(relation, scene, 0)}, {second.Name} {At(relation, scene, 1)}"));
    }

    private static ShapeDraft Largest(ref Rng rng)
    {
        SceneThing largest = Any(ref rng) with { IsLarge = true };
        ImmutableArray<SceneThing> things = [largest, .. Others(1 + rng.Below(4), thing => !thing.IsLarge, ref rng)];
        return new ShapeDraft(things, Always, scene => Asked("largest", "What color is the largest thing?",
            SceneThing.Colors[largest.Color], AnswerForm.Option, SceneThing.Colors, scene, largest.FullName));
    }

    private static ShapeDraft Box(ref Rng rng)
    {
        (SceneThing asked, _, ImmutableArray<SceneThing> things) = Pair(ref rng);
        return new ShapeDraft(things, Always, scene => Asked("box", $"Where is the {asked.Name}? Give its box.",
            BoxJson(asked.Name, scene.Boxes[0]), AnswerForm.Boxes, [], scene, $"{asked.Name} {Column(scene, 0)} {Row(scene, 0)}"));
    }

    private static ShapeDraft TwoStep(ref Rng rng)
    {
        SceneThing largest = Any(ref rng) with { IsLarge = true }, asked = Any(ref rng) with { IsLarge = false };
        Relation relation = Relations[rng.Below(Relations.Length)];
        bool byColor = rng.Below(2) == 0;
        ImmutableArray<SceneThing> things = [largest, asked, .. Others(1 + rng.Below(2), thing => !thing.IsLarge, ref rng)];
        (string answer, IReadOnlyList<string> options) = byColor
            ? (SceneThing.Colors[asked.Color], SceneThing.Colors)
            : (SceneThing.Shapes[asked.Shape], (IReadOnlyList<string>)SceneThing.Shapes);
        return new ShapeDraft(things, Fits, scene => Asked("two-step",
            $"What {(byColor ? "color" : "shape")} is the thing {relation.Words} the largest thing?", answer, AnswerForm.Option, options,
            scene, $"{largest.FullName} {At(relation, scene, 0)}, {asked.Name} {At(relation, scene, 1)}"));

        bool Fits(ShapeScene scene)
        {
            for (int i = 1; i < scene.Things.Length; i++)
                if ((i == 1 ? 1 : -1) * relation.Amount(scene.Seen[i], scene.Seen[0]) < relation.Margin) return false;
            return true;
        }
    }

    private static ShapeDraft Point(ref Rng rng)
    {
        (SceneThing asked, _, ImmutableArray<SceneThing> things) = Pair(ref rng);
        return new ShapeDraft(things, Always, scene => Asked("point", $"Where is the {asked.Name}? Point at it.",
            string.Create(CultureInfo.InvariantCulture,
                $"[[{(scene.Boxes[0].Left + scene.Boxes[0].Right) / 2},{(scene.Boxes[0].Top + scene.Boxes[0].Bottom) / 2}]]"),
            AnswerForm.Points, [], scene, $"{asked.Name} {Column(scene, 0)} {Row(scene, 0)}"));
    }

    private static ShapeDraft Mask(ref Rng rng)
    {
        (SceneThing asked, _, ImmutableArray<SceneThing> things) = Pair(ref rng);
        return new ShapeDraft(things, Always, scene => Asked("mask", $"Where is the {asked.Name}? Give its mask.",
            RunLengths.Of(scene.Segments, 0), AnswerForm.Mask, [], scene, asked.Name));
    }

    private static ShapeDraft Order(ref Rng rng)
    {
        var things = new List<SceneThing>();
        for (int count = 2 + rng.Below(3); things.Count < count;)
        {
            SceneThing thing = Any(ref rng);
            if (things.TrueForAll(other => other.Name != thing.Name)) things.Add(thing);
        }

        return new ShapeDraft([.. things], Fits, scene => Asked("order", "Pick up all things from left to right. Which steps are these?",
            $"[{string.Join(',', scene.LeftToRight.Select(i => $"\"pick {scene.Things[i].Name}\""))}]", AnswerForm.Trace, [], scene, ""));

        static bool Fits(ShapeScene scene)
        {
            float[] columns = [.. scene.LeftToRight.Select(i => scene.Seen[i].X)];
            for (int i = 1; i < columns.Length; i++)
                if (columns[i] - columns[i - 1] < OrderMargin) return false;
            return true;
        }
    }

    private static ShapeDraft Caption(ref Rng rng) => new(Others(2 + rng.Below(4), _ => true, ref rng), Always, scene =>
        Asked("caption", "Describe the picture.", SceneErrors.Caption(scene.Things, scene.LeftToRight), AnswerForm.Text, [], scene, ""));

    private static ShapeDraft Error(ref Rng rng)
    {
        ImmutableArray<SceneThing> things = Others(2 + rng.Below(4), _ => true, ref rng);
        Rng draws = rng;
        return new ShapeDraft(things, Always, scene =>
        {
            Rng own = draws;
            CaptionError error = SceneErrors.Inject(scene.Things, scene.LeftToRight, ref own);
            return Asked("error", $"One word is wrong: {error.Text}. Which?", error.Wrong, AnswerForm.Text, [], scene, error.Right);
        });
    }

    /// <summary>Box in the form of <see cref="AnswerForm.Boxes"/>.</summary>
    internal static string BoxJson(string label, PixelBox box) => string.Create(CultureInfo.InvariantCulture,
        $"[{{\"label\":\"{label}\",\"box\":[{box.Left},{box.Top},{box.Right},{box.Bottom}]}}]");

    private static Question Asked(string kind, string prompt, string answer, AnswerForm form, IReadOnlyList<string> options,
        ShapeScene scene, string conclusion) => new(prompt, answer, form)
        {
            Kind = kind,
            Options = options,
            Difficulty = Difficulty(scene),
            WorkedAnswer = conclusion.Length > 0 ? List(scene) + Therefore + conclusion : List(scene),
        };

    private static string At(Relation relation, ShapeScene scene, int thing) =>
        relation.IsAcross ? Column(scene, thing) : Row(scene, thing);

    private static string NamesOf(ShapeScene scene, IEnumerable<int> things) =>
        string.Join(", ", things.Select(i => scene.Things[i].Name)) is { Length: > 0 } names ? names : "none";

    private static string Coarse(int pixel) => (pixel / 4).ToString(CultureInfo.InvariantCulture);

    private static bool Always(ShapeScene scene) => true;

    private static SceneThing Any(ref Rng rng) =>
        new(rng.Below(SceneThing.Colors.Length), rng.Below(SceneThing.Shapes.Length), rng.Below(2) == 0);

    /// <summary>Two things of different names, and up to three more whose names are those of neither.</summary>
    private static (SceneThing First, SceneThing Second, ImmutableArray<SceneThing> All) Pair(ref Rng rng)
    {
        SceneThing first = Any(ref rng), second = Others(1, thing => thing.Name != first.Name, ref rng)[0];
        return (first, second,
            [first, second, .. Others(rng.Below(4), thing => thing.Name != first.Name && thing.Name != second.Name, ref rng)]);
    }

    private static ImmutableArray<SceneThing> Others(int count, Func<SceneThing, bool> allowed, ref Rng rng)
    {
        var things = new SceneThing[count];
        for (int i = 0; i < count;)
        {
            things[i] = Any(ref rng);
            if (allowed(things[i])) i++;
        }

        return [.. things];
    }

    private static ImmutableArray<SceneThing> Shuffled(ImmutableArray<SceneThing> things, ref Rng rng)
    {
        int[] order = [.. Enumerable.Range(0, things.Length)];
        rng.Shuffle(order);
        return [.. order.Select(i => things[i])];
    }

    /// <summary>Relation of two things by where the camera sees them.</summary>
    /// <param name="Words">E.g. <c>left of</c>.</param>
    /// <param name="Amount">How far it holds; negative where its opposite does.</param>
    /// <param name="Margin">The least amount that is asked about.</param>
    /// <param name="IsAcross">Whether columns show it, rather than rows.</param>
    private sealed record Relation(string Words, Func<Vector3, Vector3, float> Amount, float Margin, bool IsAcross);
}
