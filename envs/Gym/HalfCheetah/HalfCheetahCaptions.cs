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
            "[a|your|its] [cat|robot animal|creature]", "it", "the [critter|robot|kitty|thing|poor thing]",
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
            "[up|high] in the air", "floating above the [ground|floor]", $"with all {Leg} off the [ground|floor]", "hovering",
            "airborne", "[jumping|leaping] off the [ground|floor]", "in mid jump",
            "[flying|sailing] [along|above the ground|over the floor]",
            "high off the [ground|floor]", "up in [the air|mid air]", "clear of the dirt", "jumping up",
        ],
        ["leaping in the air", "bounding off the ground", "high above the floor"], ["[leaps|jumps|flies] [|into the air|through the air]",
            "[leaves|has left] the [ground|floor]", "hops [off the floor|into the air]", "goes airborne"],
        ["[leap|jump|fly|hop|bound] [|up|high|into the air|through the air|off the floor|off the ground]", "go airborne",
        "leave the [ground|floor]", "take off"], []);

    /// <summary>How the trunk lies; the name is that of the measure too.</summary>
    public static Fact Trunk(string name, StateFunction truth) => name switch
    {
        "upright" => Say(name, truth, name,
            [
                $"on its [feet|legs|paws]", "right way up", "the right way up", $"standing on [both|its] [feet|legs]", "level on its feet",
                "[standing|standing up] [normally|level]", "upright", "with its [back|spine|trunk] level",
                "with its belly [down|to the floor]",
                "with its feet [down|on the ground|on the floor|below it]", "standing", "in a normal [stance|position]",
                "on all [fours|legs]", "standing on [your|all] feet", "[planted|back|standing|up] on its [feet|paws|legs]",
                "on [both|all] [paws|feet|legs]", "[standing|standing on its feet] with its [back|spine] [level|flat|horizontal]",
                "with its [feet|legs] [under|underneath|beneath] [it|you]", "with its back [flat|horizontal]", "standing like normal",
                "with its belly facing the ground", "belly down", "with its back up and its feet down",
            ],
            ["squarely on its feet", "level on its legs", "standing the right way up"],
            ["stands [on its feet|on its legs|level|normally|]"],
            ["stand [on your feet|on its feet|on its legs|on your paws|level|normally|like normal|]", "stay on [its|your] feet",
            "get [up|on your feet|on its feet]",
                "keep [your|its] feet down"],
                ["[put|set|turn|get|keep] [it|the cheetah|the animal|the critter|the cat] [|back] "
                    + "[on its feet|on its paws|on its legs|the right way up]"]),
        "flipped" => Say(name, truth, name,
            [
                "on its back", "upside down", "lying on its back", "[flipped|rolled|turned|tipped] [over|upside down]", "belly up",
                $"with its {Leg} [up|in the air|above it]", "the wrong way up", "overturned", $"with its {Leg} pointing [up|at the sky]",
                "with its belly [up|to the sky]", "[flat|sprawled|landed] on its back", "turned upside down",
                "with its [feet|legs] [uppermost|up]",
                "[toppled|rolled|flipped|turned] over with its legs in the air", "with its [legs|feet] [facing|pointing at] the sky",
                "[paws|feet|legs] in the air", "with its paws in the air", "flipped over on its back", "flat on its back",
                "upside down with its legs in the air",
            ],
            ["tipped on its back", "rolled on its back", "lying belly up"], ["lies [on its back|upside down]",
                "has [landed|ended up] on its back", "has toppled over with its legs in the air"],
            ["lie [on its back|on your back|upside down]", "[roll|turn|flip] [over|upside down|onto its back|onto your back]",
            "land on [its|your] back"],
            ["[turn|flip|roll|put|tip] [it|the cheetah|the animal|the creature|the big cat] [over|upside down|onto its back|on its back]",
                "[turn|roll|flip] [it|the cheetah|the animal|the big cat] over "
                    + "so [|that] its [feet|legs] [face the sky|are uppermost|point up]"]),
        "rearing" => Say(name, truth, name,
            [
                "standing on its hind [leg|legs|foot]", "rearing [up|]", "with its [nose|head|snout] up",
                "[upright|standing] on its hind leg",
                "with its [nose|head|snout] [in the air|pointing up|at the top|above its tail]",
                "[standing|sitting] on its [rear|back|hind] [leg|end|foot]",
                "with its front [leg|foot|end] [up|in the air|raised]", "on its hind [leg|legs]", "vertical with its head up",
                "on end with its head up", "reared up [tall|on its hind leg]", "[up|sitting up] on its haunches", "doing a wheelie",
                "popping a wheelie",
                "[bolt|standing] upright with its [nose|head] [in the air|up|to the sky]", "[body|with its body] [straight up|vertical]",
                "standing bolt upright with its nose in the air", "with its [head|nose] [straight up|on top]", "nose [up|to the sky]",
                "[head|with its head] [on top|at the top]", "with its body vertical and its head on top",
                "[nose|snout] pointing straight up",
                "with its [nose|snout] pointing straight up", "body vertical with its head on top", "vertical with its head at the top",
                "standing up tall on its hind leg",
            ],
            ["reared up high", "on end with its nose up", "rearing on its hind foot"], ["stands on its hind [leg|legs]", "rears up",
            "pops a wheelie",
            "lifts its [front|head|nose]"],
            ["stand on [its|your|the] hind [leg|legs]", "rear up [on [its|your] hind [leg|legs]|]", "[pop|do] a wheelie",
            "[lift|raise] [its|your|the] [front|front end|head|nose|front leg]"],
            ["get its [head|nose] up high"]),
        _ => Say(name, truth, name,
            [
                "standing on its head", "with its [nose|head|snout] down", "on its [nose|head|snout|face]", "doing a [headstand|handstand]",
                "with its [nose|head|snout] [on the floor|on the ground|pointing down|at the bottom|below its tail]",
                "with its [tail|rear|hind leg|hind end] [up|in the air|at the top]", "vertical with its head down", "head down",
                "upside down on its head", "[planted|standing|tipped|resting] on its [snout|face|nose|head]",
                "with its [rump|hindquarters|tail] up high",
                "with its [face|nose] [to|on|in] the [ground|floor]", "tipped forward onto its [snout|face|nose]", "[nose|snout] down",
                "with its rump up", "[snout|nose|with its snout] pointing straight down", "diving head first",
                "[hindquarters|rump] [|straight] up",
                "[tipped|turned] end over end", "plunging headfirst", "diving headfirst",
            ],
            ["balancing on its nose", "on its head with its tail up"], ["stands on its [head|nose|face]",
            "has its face [to|on] the [ground|floor]", "dives head first", "does a headstand"],
            ["stand on [its|your|the] [head|nose|face]", "land on [its|your] [nose|face|head]", "do a [headstand|handstand]",
            "[lift|raise] [its|your|the] [tail|rear|hind leg]"], ["stand [it|the animal|the cheetah] on its [head|nose]"]),
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
