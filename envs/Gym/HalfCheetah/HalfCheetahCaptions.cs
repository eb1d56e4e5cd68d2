using System.Collections.Immutable;
using EmbodiedRL.Core.Facts;

namespace EmbodiedRL.Envs.Gym.HalfCheetah;

/// <summary>Facts of the half cheetah, and how people say them.</summary>
internal static class HalfCheetahCaptions
{
    private const string Leg = "[leg|foot|legs|feet|paw|paws]";

    /// <summary>Subjects of the facts.</summary>
    public static ImmutableArray<Subject> Subjects { get; } =
    [
        new Subject("cheetah",
        [
            "a robot cheetah", "[a|the] cheetah", "the robot cheetah", "a half cheetah",
            "the [animal|cat|creature|beast|big cat|robot cat]",
            "a [cat|robot animal|creature]", "it",
        ]),
    ];

    /// <summary>What holds in no state.</summary>
    public static ImmutableArray<string> Falsehoods { get; } =
    [
        "the [floor|ground] [|is] [on|on top of|above|standing on|lying on] [a|the] [cheetah|animal|cat]", "two [cheetahs|animals|cats]",
        "[a|the] [cheetah|animal|cat] [|is] [eating|sleeping in a bed|swimming|reading|holding a ball]",
        "[a|the] [person|man|woman|rider] [on|riding] the [cheetah|animal|cat]", "[a|the] [pole|ball] on the [cheetah|animal]",
        "[a|the] [cheetah|animal|cat] without [a head|legs]",
    ];

    /// <summary>Ahead at speed, which a still image does not show.</summary>
    public static Fact Running(StateFunction truth) => new("running", "cheetah",
        ["running forwards", "running", "running [to the right|fast|ahead|forward]", "sprinting"], [], truth, "running")
    {
        IsVisible = false,
        Verbs = ["runs [forwards|forward|to the right|fast|]"],
        Infinitives = ["run [forwards|forward|to the right|fast|ahead|]", "sprint"],
    };

    /// <summary>Everything off the floor.</summary>
    public static Fact Leaping(StateFunction truth) => Say("leaping", truth, null,
        [
            "in the air", "[leaping|jumping|flying] [|through the air]", "[off|above|clear of] the [ground|floor]",
            "in [mid air|midair|a jump]",
            "[up|high] in the air", "floating above the [ground|floor]", $"with all {Leg} off the [ground|floor]", "hovering", "airborne",
        ],
        ["leaping in the air", "jumping off the ground", "high above the floor"], ["[leaps|jumps|flies] [|into the air|through the air]",
            "leaves the [ground|floor]"],
        ["[leap|jump|fly|hop] [|up|high|into the air|through the air]", "leave the [ground|floor]", "take off"], []);

    /// <summary>How the trunk lies; the name is that of the measure too.</summary>
    public static Fact Trunk(string name, StateFunction truth) => name switch
    {
        "upright" => Say(name, truth, name,
            [
                $"on its [feet|legs|paws]", "right way up", "the right way up", $"standing on [both|its] [feet|legs]", "level on its feet",
                "[standing|standing up] [normally|level]", "upright", "with its [back|spine|trunk] level",
                "with its belly [down|to the floor]",
                "with its feet [down|on the ground|on the floor|below it]", "standing", "in a normal [stance|position]",
                "on all [fours|legs]",
            ],
            ["on both feet", "level on its legs", "standing the right way up"], ["stands [on its feet|on its legs|level|normally|]"],
            ["stand [on your feet|on its feet|on its legs|level|normally|]", "stay on its feet", "get [up|on your feet|on its feet]",
                "keep [your|its] feet down"], ["[put|set|turn] [it|the cheetah|the animal] [on its feet|the right way up]"]),
        "flipped" => Say(name, truth, name,
            [
                "on its back", "upside down", "lying on its back", "[flipped|rolled|turned|tipped] [over|upside down]", "belly up",
                $"with its {Leg} [up|in the air|above it]", "the wrong way up", "overturned", $"with its {Leg} pointing [up|at the sky]",
                "with its belly [up|to the sky]",
            ],
            ["flipped on its back", "rolled on its back", "lying belly up"], ["lies [on its back|upside down]"],
            ["lie [on its back|on your back|upside down]", "[roll|turn|flip] [over|upside down|onto its back|onto your back]"],
            ["[turn|flip|roll] [it|the cheetah|the animal] [over|upside down|onto its back]"]),
        "rearing" => Say(name, truth, name,
            [
                "standing on its hind [leg|legs|foot]", "rearing [up|]", "with its [nose|head|snout] up",
                "[upright|standing] on its hind leg",
                "with its [nose|head|snout] [in the air|pointing up|at the top|above its tail]",
                "[standing|sitting] on its [rear|back|hind] [leg|end|foot]",
                "with its front [leg|foot|end] [up|in the air|raised]", "on its hind [leg|legs]", "vertical with its head up",
                "on end with its head up",
            ],
            ["reared up", "on end with its nose up", "rearing on its hind foot"], ["stands on its hind [leg|legs]", "rears up",
            "lifts its [front|head|nose]"],
            ["stand on [its|your|the] hind [leg|legs]", "rear up", "[lift|raise] [its|your|the] [front|head|nose|front leg]"], []),
        _ => Say(name, truth, name,
            [
                "standing on its head", "with its [nose|head|snout] down", "on its [nose|head|snout|face]", "doing a [headstand|handstand]",
                "with its [nose|head|snout] [on the floor|on the ground|pointing down|at the bottom|below its tail]",
                "with its [tail|rear|hind leg|hind end] [up|in the air|at the top]", "vertical with its head down", "head down",
                "upside down on its head",
            ],
            ["standing on its nose", "on its head with its tail up"], ["stands on its [head|nose]", "does a headstand"],
            ["stand on [its|your|the] [head|nose|face]", "do a [headstand|handstand]",
            "[lift|raise] [its|your|the] [tail|rear|hind leg]"], []),
    };

    private static Fact Say(string name, StateFunction truth, string? measure, string[] phrases, string[] heldOut, string[] verbs,
        string[] infinitives, string[] imperatives) =>
        new(name, "cheetah", [.. phrases], [.. heldOut], truth, measure)
        {
            Verbs = [.. verbs],
            Infinitives = [.. infinitives],
            Imperatives = [.. imperatives],
        };
}
