using System.Collections.Immutable;
using EmbodiedRL.Core.Facts;

namespace EmbodiedRL.Envs.Tabletop;

/// <summary>Facts about things on a table, and the sentences for them: kinds, counts, relations, and what the finger touches.</summary>
/// <remarks>
/// Made of three lists of words, of shapes, colors and sizes. A name is made as its fact is: <c>red</c>, <c>green-cube</c>,
/// <c>small-ball</c>, <c>large-red</c>, <c>3-things</c>, <c>2-cubes</c>, <c>2-red</c>, <c>red-left-of-blue</c>,
/// <c>ball-before-cube</c>, <c>red-cube-left-of-green-ball</c>, <c>at-red</c>. Weights give each group of facts its share of the
/// sentences, whatever their number.
/// </remarks>
internal static class TabletopCaptions
{
    /// <summary>m, finger to a thing's center along the table: counts as touching it.</summary>
    public const double Touching = 0.05;

    private const double Sight = 0.5;           // m, from where on a thing counts as not reached at all
    private const double Slope = 0.05;          // m, difference of coordinates from which on a relation holds, or its opposite, in full
    private const double Share = 7, RelationShare = 3; // of sentences: six groups of each, relations are 30 % together

    private static readonly Word[] ShapeWords =
        [new("ball", "sphere", "orb", "globe"), new("cube", "box", "block", "brick"), new("cylinder", "can", "tin can", "drum", "tin",
        "barrel")];

    private static readonly Word[] ShapePlurals =
    [
        new("balls", "spheres", "orbs", "globes"), new("cubes", "boxes", "blocks", "bricks"),
        new("cylinders", "cans", "drums", "tins", "barrels"),
    ];

    private static readonly Word[] ColorWords =
    [
        new("red", "crimson", "scarlet"), new("green", "emerald"), new("blue", "azure"), new("yellow", "golden"),
        new("orange", "tangerine"), new("purple", "violet"),
    ];

    private static readonly Word[] SizeWords = [new("small", "little", "teeny", "tiny"), new("large", "big", "great big", "huge", "giant")];

    private static readonly Word Thing = new("thing", "object", "item"), One = new("one", "thing", "object",
    "item"), Things = new("things", "objects", "items", "shapes");

    private static readonly string[] Numbers = ["one", "two", "three", "four", "five"];

    private static readonly Relation[] Relations =
    [
        new("left-of",
        TabletopState.X, "[to the left of|on the left of|left of|further left than|on the left side of|on the left hand side of]",
            "[to the right of|on the right of|right of|further right than|on the right side of|on the right hand side of]",
            "further to the left than", "further to the right than"),
        new("before",
        TabletopState.Y,
            "[in front of|before|nearer than|closer than|nearer to us than|closer to us than|closer to me than|nearer to me than]",
            "[behind|in back of|farther away than|further away than|tucked behind|away behind|at the back of]",
            "further in front than", "[further|farther] back than"),
    ];

    /// <summary>Names in the order of <see cref="ThingKind"/>.</summary>
    public static ImmutableArray<string> Shapes { get; } = [.. ShapeWords.Select(word => word.Plain)];

    /// <summary>Names in the order of <see cref="ThingKind"/>; also of the success measures.</summary>
    public static ImmutableArray<string> Colors { get; } = [.. ColorWords.Select(word => word.Plain)];

    /// <summary>Names in the order of <see cref="ThingKind"/>.</summary>
    public static ImmutableArray<string> Sizes { get; } = [.. SizeWords.Select(word => word.Plain)];

    /// <summary>One for every color.</summary>
    public static ImmutableArray<SuccessMeasure> Measures { get; } =
    [
        .. Colors.Select((name, color) => new SuccessMeasure(name, $"the finger within 5 cm of the center of something {name}",
            new MeasureTolerance((state, scale) => TabletopState.NearestDistance(state, Color(color)) <= scale * Touching, Touching, "m"),
            window: 30)),
    ];

    /// <summary>What the facts are said of.</summary>
    public static ImmutableArray<Subject> Subjects { get; } =
    [
        new Subject("scene",
            [
                "there is *", "* on the table", "a table with *", "the table with *", "[i see|i can see] *", "we see *",
                "[put|give me|show me|place] *", "the table has * on it", "[you will find|i spy|i count|the table holds|it has] *",
                "there [is|are] *", "*"
            ])
        { IsExistential = true },
        new Subject("relation", ["*", "there is *", "[i see|show me] *"]) { IsExistential = true },
        new Subject("finger", ["the finger", "a finger", "the [pointer|fingertip|tip]", "[your|its] [finger|fingertip]"]),
    ];

    /// <summary>All facts, group by group.</summary>
    public static ImmutableArray<Fact> Facts { get; } =
    [
        .. Weighted(Share, Shapes.Select((_, shape) => OfShape(shape))),
        .. Weighted(Share, Colors.Select((_, color) => OfColor(color))),
        .. Weighted(Share, ColorShapes().Select(kind => Pair(kind, ColorWords[kind.Color], ShapeWords[kind.Shape]))),
        .. Weighted(Share, SizesOfThings()),
        .. Weighted(Share, Counts()),
        .. Weighted(Share, Colors.Select((_, color) => AtColor(color))),
        .. Relations.SelectMany(relation => new[]
        {
            Weighted(RelationShare, Related(relation, [.. Colors.Select((_, color) => Color(color))])),
            Weighted(RelationShare, Related(relation, [.. Shapes.Select((_, shape) => Shape(shape))])),
            Weighted(RelationShare, Related(relation, [.. ColorShapes()])),
        }).SelectMany(group => group),
    ];

    /// <summary>Patterns of sentences that hold in no state.</summary>
    public static ImmutableArray<string> Falsehoods { get; } =
    [
        "[a|the] table on [a|the] [ball|cube|cylinder]", "[a|the] table under [a|the] floor",
        "a [black|white|pink|brown] [ball|cube|cylinder|thing]", "there is a [black|white|pink|brown] [ball|cube|cylinder] on the table",
        "a [banana|cat|dog|cup] on the table", "a [banana|cat|dog|cup] [next to|on] a [ball|cube|cylinder]",
        "the finger touching the [white|pink|brown] thing", "the finger touching a [banana|cat|dog|cup]",
    ];

    private static ThingKind Shape(int shape) => ThingKind.Anything with { Shape = shape };

    private static ThingKind Color(int color) => ThingKind.Anything with { Color = color };

    /// <summary>All pairs of a color and a shape.</summary>
    private static IEnumerable<ThingKind> ColorShapes() =>
        from color in Enumerable.Range(0, ThingKind.Colors)
        from shape in Enumerable.Range(0, ThingKind.Shapes)
        select ThingKind.Anything with { Color = color, Shape = shape };

    private static IEnumerable<Fact> Weighted(double share, IEnumerable<Fact> group)
    {
        Fact[] facts = [.. group];
        return facts.Select(fact => fact with { Weight = share / facts.Length });
    }

    private static Fact OfShape(int shape)
    {
        Word word = ShapeWords[shape];
        return Exists(word.Plain, Shape(shape), [word.WithArticles, $"at least one {word.All}", $"some kind of {word.All}",
        $"something shaped like {word.WithArticles}"],
            [$"some {word.All}"]);
    }

    private static Fact OfColor(int color)
    {
        Word word = ColorWords[color];
        return Exists(word.Plain, Color(color),
            [$"something {word.All}", $"{word.WithArticles} {Thing.All}", $"some {word.All} {Thing.All}", $"[|anything|any] {word.Plain}"],
            [$"at least one {word.All} {Thing.All}"]);
    }

    private static IEnumerable<Fact> SizesOfThings()
    {
        for (int size = 0; size < ThingKind.Sizes; size++)
        {
            ThingKind sized = ThingKind.Anything with { Size = size };
            for (int shape = 0; shape < ThingKind.Shapes; shape++)
                yield return Pair(sized with { Shape = shape }, SizeWords[size], ShapeWords[shape]);
            for (int color = 0; color < ThingKind.Colors; color++)
            {
                Word word = SizeWords[size], hue = ColorWords[color];
                yield return Exists($"{word.Plain}-{hue.Plain}", sized with { Color = color },
                    [$"{word.WithArticles} {hue.Plain} {Thing.All}", $"{word.WithArticles} {hue.Others} {Thing.ButLast}",
                    $"some {word.ButLast} {hue.Plain} {Thing.ButLast}"],
                    [$"{word.WithArticles} {hue.Others} {Thing.Last}", $"something {word.All} that is {hue.All}"]);
            }
        }
    }

    /// <summary>Something of two attributes; the rarer words of both are kept apart.</summary>
    private static Fact Pair(ThingKind kind, Word first, Word second) => Exists($"{first.Plain}-{second.Plain}", kind,
        [
            $"{first.PlainWithArticle} {second.All}", $"{first.OthersWithArticles} {second.ButLast}",
            $"{second.WithArticles} that is {first.Plain}", $"[any|some|a single] {first.Plain} {second.Plain}"
        ],
        [$"{first.OthersWithArticles} {second.Last}", $"at least one {first.All} {second.All}"]);

    private static Fact Exists(string name, ThingKind kind, ImmutableArray<string> phrases, ImmutableArray<string> heldOut) =>
        new(name, "scene", phrases, heldOut, state => TabletopState.Leftmost(state, kind) < 0 ? 0 : 1);

    private static IEnumerable<Fact> Counts()
    {
        for (int count = 1; count <= TabletopState.MostThings; count++)
            yield return Counted("things", count, ThingKind.Anything, Thing.All, Things.All);
        for (int shape = 0; shape < ThingKind.Shapes; shape++)
            for (int count = 1; count <= 3; count++)
                yield return Counted(ShapePlurals[shape].Plain, count, Shape(shape), ShapeWords[shape].All, ShapePlurals[shape].All);
        for (int color = 0; color < ThingKind.Colors; color++)
            yield return Counted(Colors[color], 2, Color(color), "", $"{ColorWords[color].All} [things|objects|items]");
    }

    private static Fact Counted(string name, int count, ThingKind kind, string one, string several)
    {
        string number = $"[{Numbers[count - 1]}|{count}]";
        (ImmutableArray<string> phrases, ImmutableArray<string> heldOut) = count == 1
            ? ((ImmutableArray<string>)[$"a single {one}", $"{number} {one}", $"just {number} {one}", $"[just|] the one {one}",
            $"a lone {one}", $"just a lone {one}"],
                (ImmutableArray<string>)[$"[exactly|only] {number} {one}"])
            : (
                [
                    $"exactly {number} {several}", $"{number} {several}", $"only {number} {several}",
                    $"{number} {several} [in total|in all|altogether]", $"a grand total of {number} {several}",
                    .. count == 2 ? new[] { $"a [couple|pair] of {several}" } : [],
                ],
                [$"just {number} {several}"]);
        return new Fact($"{count}-{name}", "scene", phrases, heldOut, state => TabletopState.Count(state, kind) == count ? 1 : 0);
    }

    private static Fact AtColor(int color)
    {
        Word word = ColorWords[color];
        string thing = $"the {word.All} {One.All}";
        return new Fact($"at-{word.Plain}", "finger",
            [$"[touching|prodding|poking|pressing on] {thing}", $"[touching|prodding] something {word.Plain}",
            $"[at|on] the {word.Plain} {One.All}", $"[at|on] the {word.Others} {Thing.ButLast}"],
            [$"[at|on] the {word.Others} {Thing.Last}"], state => Nearness(TabletopState.NearestDistance(state, Color(color))), word.Plain)
        {
            Verbs = [$"[touches|reaches] {thing}"],
            Infinitives =
            [
                $"[touch|reach|reach for|point at|point to|go to|press|press on|poke|prod|tap] {thing}", $"[touch|reach|poke] {word.Plain}",
                $"[touch|tap] something {word.Plain}",
            ],
            Imperatives = [$"[point|put|move] [the|your] finger [at|on|to] {thing}"],
            Places = [thing, word.Plain],
        };
    }

    /// <summary>A relation of all ordered pairs of kinds that differ in every attribute they name: no thing can be both.</summary>
    private static IEnumerable<Fact> Related(Relation relation, ThingKind[] kinds) =>
        from first in kinds
        from second in kinds
        where (first.Shape == ThingKind.Any || first.Shape != second.Shape) && (first.Color == ThingKind.Any || first.Color != second.Color)
        select Related(relation, first, second);

    private static Fact Related(Relation relation, ThingKind first, ThingKind second)
    {
        string one = Noun(first), other = Noun(second);
        return new Fact($"{Name(first)}-{relation.Name}-{Name(second)}", "relation",
            [$"{one} [is|] {relation.Forward} {other}", $"{other} [is|] {relation.Backward} {one}", .. relation.Told(one, other)],
            [$"{one} [is|] {relation.HeldForward} {other}", $"{other} [is|] {relation.HeldBackward} {one}"],
            state => Graded(TabletopState.LargestDifference(state, first, second, relation.Axis)))
        {
            Imperatives = [.. relation.Ordered(one, other)],
        };
    }

    private static string Name(ThingKind kind) => kind.Color == ThingKind.Any ? Shapes[kind.Shape]
        : kind.Shape == ThingKind.Any ? Colors[kind.Color] : $"{Colors[kind.Color]}-{Shapes[kind.Shape]}";

    private static string Noun(ThingKind kind) => kind.Color == ThingKind.Any ? $"the {ShapeWords[kind.Shape].All}"
        : $"the {ColorWords[kind.Color].All} {(kind.Shape == ThingKind.Any ? One : ShapeWords[kind.Shape]).All}";

    /// <summary>1 from 5 cm on, 0.5 at none, 0 from 5 cm on the other way round, and where a thing is missing.</summary>
    private static float Graded(double? difference) =>
        difference is { } distance ? (float)Math.Clamp(0.5 + (distance / (2 * Slope)), 0, 1) : 0;

    /// <summary>1 on the thing, 0 from <see cref="Sight"/> on: a slope from far away, and a peak where they touch.</summary>
    private static float Nearness(double distance) =>
        (float)((0.6 * Math.Pow(Math.Max(0, 1 - (distance / Sight)), 2)) + (0.4 * Math.Exp(-0.5 * Math.Pow(distance / Touching, 2))));

    /// <summary>A relation of two things: the second's coordinate is the larger.</summary>
    /// <param name="Name">Between the names of the two.</param>
    /// <param name="Axis">Place of the coordinate in a slot.</param>
    /// <param name="Forward">Said of the first.</param>
    /// <param name="Backward">Said of the second.</param>
    /// <param name="HeldForward">Said of the first, never trained on.</param>
    /// <param name="HeldBackward">Said of the second, never trained on.</param>
    private sealed record Relation(string Name, int Axis, string Forward, string Backward, string HeldForward, string HeldBackward)
    {
        /// <summary>The relation with verbs of their own.</summary>
        public IEnumerable<string> Told(string one, string other) =>
        [
            $"{one} [sits|stands|lies|is sitting|is standing|should be] {Forward} {other}",
            $"{other} [sits|stands|lies|is tucked|is sitting|should be] {Backward} {one}",
        ];

        /// <summary>The relation as an order.</summary>
        public IEnumerable<string> Ordered(string one, string other) =>
            [$"[put|set|place] {one} {Forward} {other}", $"[put|set|tuck] {other} {Backward} {one}"];
    }

    /// <summary>A word and its synonyms, as choices of a pattern.</summary>
    private sealed class Word(string plain, params string[] synonyms)
    {
        public string Plain => plain;

        public string Last => synonyms[^1];

        public string All => Choice([plain, .. synonyms]);

        public string Others => Choice(synonyms);

        public string ButLast => Choice([plain, .. synonyms[..^1]]);

        public string WithArticles => Choice([plain, .. synonyms], Article);

        public string PlainWithArticle => Article(plain);

        public string OthersWithArticles => Choice(synonyms, Article);

        private static string Choice(string[] words, Func<string, string>? change = null) =>
            $"[{string.Join('|', change is null ? words : words.Select(change))}]";

        private static string Article(string word) => (word[0] is 'a' or 'e' or 'i' or 'o' or 'u' ? "an " : "a ") + word;
    }
}
