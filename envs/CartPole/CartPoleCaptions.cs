using System.Collections.Immutable;
using EmbodiedRL.Core.Facts;

namespace EmbodiedRL.Envs.CartPole;

/// <summary>Facts of the pole on a cart, and how people say them.</summary>
internal static class CartPoleCaptions
{
    private const string Track = "[rail|track|line|bar]";

    /// <summary>Subjects of the facts.</summary>
    public static ImmutableArray<Subject> Subjects { get; } =
    [
        new Subject("pole",
        [
            "a pole on a cart", "a pole * on a cart", "the [pole|stick|rod|pendulum|mast|beam|staff|bar]",
            "[a|its|your] [pole|stick|rod|pendulum]",
            "the [pole|stick|rod] on the [cart|trolley|wagon]", "the [pole|stick|rod] * on [the|its] [cart|trolley|wagon]", "it",
        ]),
        new Subject("cart",
        [
            "the [|little] [cart|trolley|wagon|carriage|car|buggy|vehicle]", "a [cart|trolley|wagon|carriage]", $"a cart on a {Track}",
            "the [cart|trolley] of the [pole|stick]", "the cart with the [pole|stick]",
        ]),
    ];

    /// <summary>What holds in no state.</summary>
    public static ImmutableArray<string> Falsehoods { get; } =
    [
        "[a|the] [cart|trolley|wagon] [|is] [standing|balancing|balanced|upright|standing upright|hanging|lying|sitting] "
            + "[on|on top of|above|from] [a|the] [pole|stick|rod]",
        "[a|the] [cart|trolley|wagon] [stands|hangs|balances|sits] [on|on top of|from] [a|the] [pole|stick|rod]",
        "[a|the] [rail|track] [|is] [on|on top of|above|hanging from] [a|the] [cart|pole]",
        "[a|the] [pole|stick|rod] without [a|the] cart", "[a|the] [cart|trolley] without [a|the] [pole|stick|rod]",
        "two [poles|sticks|carts]", "a broken [pole|stick|rod|cart]", "the [pole|stick|rod] [is|lies|lying] on the [floor|ground]",
        "a [dog|cat|person|bird|ball] on the [cart|pole|rail]",
    ];

    /// <summary>A fact of the pole.</summary>
    /// <param name="name">Of the fact.</param>
    /// <param name="truth">Of the state.</param>
    /// <param name="measure">Of a goal.</param>
    public static Fact Pole(string name, StateFunction truth, string? measure = null) => name switch
    {
        "upright" => Say(name, "pole", truth, measure,
            [
                "standing upright", "upright", "[pointing|straight|aimed|aiming] up", "pointing [straight up|upwards|upward]",
                "standing [straight|tall|up|on end|erect]", "[balanced|balancing] [upright|on end|straight]", "[vertical|erect] and up",
                "[pointing at|pointing to] the [sky|ceiling]", "in an upright position", "raised up", "straight up [in the air|]",
                "balanced [on|on top of] [the|its] [cart|trolley]",
                "balancing [on top of|on] the cart", "[standing|balanced|held] [up|straight up]", "vertical", "bolt upright",
                "standing to attention", "[standing|pointing] straight up in the air",
            ],
            ["poised straight up", "perched on end", "standing up on end"],
            ["[stands|is standing] upright", "points [up|upwards|straight up|at the sky]",
            "stands [straight up|up straight|up|straight|tall|up|on end]", "balances [upright|]"],
            ["stand [upright|bolt upright|up straight|straight up|up|straight|tall|on end]",
            "point [up|upwards|straight up|at the sky]", "balance [upright|]",
            "stay [up|upright|vertical]", "aim at the [sky|ceiling]"],
            [
                "balance [the [pole|stick|rod|pendulum|bar]|it] [|straight up|vertically|upright]",
                "[raise|lift|swing|bring|put] [up|] the [pole|stick|rod|pendulum] upright",
                "swing the [pole|stick|rod|pendulum] up", "raise the [pole|stick|rod|pendulum]",
                "[stand|hold|keep] [the [pole|stick|rod]|it] [up|up straight|vertical|straight up]",
            ]),
        "hanging" => Say(name, "pole", truth, measure,
            [
                "hanging straight down", "hanging [down|]", "pointing [down|downwards|downward]", "upside down",
                "[dangling|drooping|drooped|dropped] [down|]", "[at the bottom|at its lowest]", "at rest below the cart",
                "hanging [below|under|beneath|from] the [cart|trolley]", "[pointing at|pointing to|aimed at] the [floor|ground]",
                "with its tip [down|at the bottom]", "[drooping|dangling|pointing|hanging] [straight|] to the [floor|ground]",
                "[drooping|dangling|hanging] [to the floor|] [under|below|beneath] the [cart|trolley]", "[settled|resting] at the bottom",
                "[with its|] tip under the [pivot|hinge]", "directly under the cart", "hung down", "dangling straight down",
            ],
            ["pointing straight downwards", "dangling at the bottom", "suspended below the cart"],
            ["hangs [down|straight down|below the cart|]", "points [down|downwards|straight down|to the floor]",
            "dangles [down|straight down|below the cart|]", "droops [down|]"],
            ["hang [down|straight down|below the cart|]", "point [down|downwards|at the floor]", "dangle [down|straight down|]",
            "droop", "drop down"],
            ["[lower|drop] the [pole|stick|rod|pendulum]", "[let|put|leave] the [pole|stick|rod] down", "let the [pole|stick|rod] hang"]),
        "left" => Leaning(name, "left", truth, measure),
        "right" => Leaning(name, "right", truth, measure),
        _ => Say(name, "pole", truth, measure,
            [
                "lying level", "horizontal", "level", "lying [flat|sideways]", "held [flat|level|sideways]",
                "parallel to the [rail|track|floor]",
                "[sideways|sticking out to the side|pointing sideways]", "in a horizontal position",
                "[out|held out|sticking out] [flat|level|sideways]", "sideways", "parallel to its rail",
                "lying parallel to the [rail|track]", "flat out", "lying horizontally", "lying down level", "neither up nor down",
            ],
            ["flat", "held horizontal", "lying horizontal"], ["lies [level|flat|sideways]", "sticks out [sideways|flat|level]",
            "is no higher than the hinge"],
            ["lie [level|flat|sideways]", "stay [level|horizontal|flat]"],
            ["[hold|keep|lay|put] [the [pole|stick|rod|bar]|it] [|out] [level|flat|sideways|horizontal]"]),
    };

    /// <summary>A fact of the cart.</summary>
    /// <param name="name">Of the fact.</param>
    /// <param name="truth">Of the state.</param>
    /// <param name="measure">Of a goal.</param>
    public static Fact Cart(string name, StateFunction truth, string? measure = null) => name switch
    {
        "centered" => Say(name, "cart", truth, measure,
            [
                $"in the middle of the {Track}", "in the [middle|center|centre]", $"at the [center|centre] of the {Track}",
                $"[halfway|midway|half way] along the {Track}", "centered", $"at the [midpoint|middle] of the {Track}",
                "[halfway|midway] between the [ends|stops]", "in a central position", "parked in the [middle|center]",
                "[parked|sitting|stopped] [halfway|midway] along [the|its] rail",
                "[halfway|midway] along its [rail|track]", "at the midpoint of its rail", "[at|in] the center",
                "the same distance from both ends [of [the|its] rail|]", "at the midpoint",
            ],
            ["in the center of the rail", "at the middle"],
            ["[stays|sits|stops|waits|stands] in the [middle|center]", $"[sits|waits] at the center of the {Track}",
            "[sits|waits] [halfway|midway] along [the|its] rail"],
            ["[stay|sit|stop|wait|go] [in|to] the [middle|center]", $"[move|drive|go|roll] to the [middle|center] of the {Track}"],
            [
                "center the [cart|trolley|wagon]",
                $"[move|bring|push|drive|park|put|roll|get|keep] [the [cart|trolley|wagon]|it] [to|in|into] the "
                    + $"[middle|center] [|of the {Track}]",
            ],
            [$"the [middle|center|midpoint] [|of the {Track}]"]),
        "left-end" => AtEnd(name, "left", "right", truth, measure),
        _ => AtEnd(name, "right", "left", truth, measure),
    };

    private static Fact Leaning(string name, string side, StateFunction truth, string? measure) => Say(name, "pole", truth, measure,
        [
            $"pointing {side}", $"[tilted|tilting|tipped|bent] to the {side}", $"leaning [|over] {side}", $"leaning to the {side}",
            $"fallen [|over] to the {side}", $"[falling|tipping|slanting|sloping|toppling] [over|] to the {side}", $"slanted {side}",
            $"inclined to the {side}", $"with its tip [on|to] the {side}", $"leaning {side}wards",
            $"[toppled|keeled|flopped|flopping|tipped|tilted|drooped] [over|] to the {side}",
            $"pointing [at|to] the {side} [edge|side] of the picture", $"[tilting|slanting|sloping|leaning] [off|over|] [to the|] {side}",
            $"sticking out to the {side}", $"aimed [at|to] the {side}", $"pointing over to the {side}", $"tilted over to the {side}",
            $"on the {side} of the hinge",
        ],
        [$"tilted {side}", $"pointing to the {side}", $"listing {side}"],
        [$"has [fallen|toppled|keeled|flopped|tipped] [over|] to the {side}", $"leans [over|] {side}", $"sticks out to the {side}",
        $"leans to the {side}", $"points {side}", $"[tilts|tips|falls|slants] [over|] to the {side}"],
        [$"aim [at the|] {side} [|edge|edge of the picture]", $"lean [over|] [to the|] {side}", $"point [to the|] {side}",
        $"[tilt|tip|fall|slant] [over|] to the {side}"],
        [
            $"[tilt|tip|lean|push|swing|topple|lay|bend] [the [pole|stick|rod|pendulum|bar]|it] [over|] [to the|] {side}",
            $"let the [pole|stick|rod] [lean|fall|tip] [to the|] {side}",
        ]);

    private static Fact AtEnd(string name, string side, string other, StateFunction truth, string? measure) => Say(name, "cart", truth,
        measure,
        [
            $"at the {side} end of the {Track}", $"at the {side} end", $"far to the {side}", $"on the {side} side",
            $"[all the way|fully] to the {side}", $"at the {side}hand end", $"[against|touching|by] the {side} [stop|end|wall]",
            $"on the far {side}", $"as far {side} as [possible|it can go]", $"far away from the {other} end",
            $"as far {side} as it will go", $"[jammed|pressed|pushed] [up|] against the {side} [stop|end]",
            $"at the {side} end of its {Track}", $"at the far {side} end", $"parked [on|at] the far {side}", $"at the far {side}",
            $"against the {side} end of the rail", $"jammed against the {side} end of the rail",
        ],
        [$"on the {side}", $"on the far {side} side", $"against the {side} stop of the rail"],
        [$"has [hit|reached] the {side} [stop|end]", $"has run out of [track|rail] on the {side}",
        $"[sits|waits|stands|stops] at the [far|] {side} end", $"[reaches|touches] the {side} [end|stop]"],
        [
            $"[go|move|drive|roll|run] [all the way|] to the {side} [end|side|]", $"[stay|wait|stop|sit] at the {side} end",
            $"[reach|touch] the {side} [end|stop]",
        ],
        [
            $"[move|push|drive|bring|put|roll|run|shove] [the [|little] [cart|trolley|wagon|car]|it] "
                + $"[all the way|far|] to the {side} [end|side|] "
                + $"[|of [the|its] [rail|track]]",
            $"[move|push|shove|drive|run|send] [the [cart|trolley|wagon]|it] as far {side} as it [can|will] go",
            $"run the [cart|trolley|wagon] into the {side} [end|stop]", $"park [the cart|it] on the far {side}",
        ], [$"the {side} [end|edge|stop] [|of the {Track}]", $"the far {side} [|of the {Track}]"]);

    private static Fact Say(string name, string subject, StateFunction truth, string? measure, string[] phrases, string[] heldOut,
        string[] verbs, string[] infinitives, string[] imperatives, string[]? places = null) =>
        new(name, subject, [.. phrases], [.. heldOut], truth, measure)
        {
            Verbs = [.. verbs],
            Infinitives = [.. infinitives],
            Imperatives = [.. imperatives],
            Places = [.. places ?? []],
        };
}
