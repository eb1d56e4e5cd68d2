using System.Collections.Immutable;
using EmbodiedRL.Core.Facts;
using static EmbodiedRL.Envs.Gym.Humanoid.HumanoidState;

namespace EmbodiedRL.Envs.Gym.Humanoid;

/// <summary>Facts and success measures of the humanoid: how true each phrase is of a state, and the conditions of goals.</summary>
/// <remarks>Truths are products of slopes, so that half-way is half true; a measure asks for about the upper end of each slope.</remarks>
internal static class HumanoidCaptions
{
    /// <summary>Subjects of the facts.</summary>
    public static ImmutableArray<Subject> Subjects { get; } =
    [
        new Subject("humanoid",
        [
            "a humanoid robot", "[a|the] humanoid", "the humanoid robot", "[a|the] robot",
            "[a|the] [person|man|figure|android|human|droid|mannequin]", "[he|she|it]", "the [guy|dummy|fella|chap|bot|tin man|doll]",
            "a [dummy|bot|mannequin]",
        ]),
    ];

    /// <summary>What holds in no state.</summary>
    public static ImmutableArray<string> Falsehoods { get; } =
    [
        "the [floor|ground] [|is] [on|on top of|lying on|standing on] [a|the] [humanoid|robot|person]", "two [robots|humanoids|people]",
        "[a|the] [humanoid|robot|person|humanoid robot] [|is] [holding|carrying|throwing] a [ball|box|cup|book]",
        "[a|the] [humanoid|robot|person] [|is] [sitting on a chair|riding a horse|driving a car|swimming|sleeping in a bed]",
        "[a|the] [dog|cat|bird] [on|beside|next to] the [robot|humanoid|person]",
        "[a|the] [robot|humanoid|person] without [a head|legs|arms]",
    ];

    /// <summary>Success measures of goals.</summary>
    public static ImmutableArray<SuccessMeasure> Measures { get; } =
    [
        Turned("standing", "the torso within 32 degrees of upright, the pelvis 75 cm high or more", 0.85f,
            (s, least) => s[Up] >= least && s[PelvisHeight] >= 0.75f),
        Measure("hands-raised", "both hands 10 cm above the head's center or more, the torso within 45 degrees of upright",
            new MeasureTolerance((s, scale) => Lower(s, Hands) >= s[HeadHeight] + (float)(0.1f / scale) && s[Up] >= 0.7f,
                0.1, "m above the head", IsLeast: true)),
        Measure("one-hand-raised",
            "one hand 10 cm above the head's center or more, the other 10 cm below it or lower, the torso within 45 degrees of upright",
            new MeasureTolerance((s, scale) => Upper(s, Hands) >= s[HeadHeight] + (float)(0.1f / scale)
                && Lower(s, Hands) <= s[HeadHeight] - (float)(0.1f / scale) && s[Up] >= 0.7f,
                0.1, "m above and below the head", IsLeast: true)),
        Measure("bending", "the torso 53 degrees from upright or more, the pelvis 70 cm high or more, both feet below 15 cm",
            s => s[Up] <= 0.6f && s[PelvisHeight] >= 0.7f && Upper(s, Feet) <= 0.15f),
        Turned("kneeling", "both knees below 18 cm, the pelvis at 30 to 65 cm, the torso within 45 degrees of upright", 0.7f,
            (s, least) => Upper(s, Knees) <= 0.18f && IsLow(s) && s[Up] >= least),
        Turned("half-kneeling",
            "one knee below 18 cm, the other above 30 cm, the pelvis at 30 to 65 cm, the torso within 45 degrees of upright", 0.7f,
            (s, least) => Lower(s, Knees) <= 0.18f && Upper(s, Knees) >= 0.3f && IsLow(s) && s[Up] >= least),
        Turned("squatting",
            "both knees above 30 cm, both feet below 15 cm, the pelvis at 30 to 65 cm, the torso within 53 degrees of upright", 0.6f,
            (s, least) => Lower(s, Knees) >= 0.3f && Upper(s, Feet) <= 0.15f && IsLow(s) && s[Up] >= least),
        Turned("sitting", "the pelvis below 25 cm, the torso within 45 degrees of upright", 0.7f,
            (s, least) => s[PelvisHeight] <= 0.25f && s[Up] >= least),
        Turned("splits", "sitting with the feet 1.2 m apart or more and the knees within 40 degrees of straight", 0.7f,
            (s, least) => s[PelvisHeight] <= 0.25f && s[Up] >= least && s[FeetApart] >= 1.2f && AreLegsStraight(s)),
        Leveled("lying", "head and pelvis below 40 cm, the torso within 30 degrees of level",
            (s, most) => s[HeadHeight] <= 0.4f && s[PelvisHeight] <= 0.4f && Math.Abs(s[Up]) <= most),
        Turned("on-back", "lying, the chest within 45 degrees of straight up", 0.7f, (s, least) => IsLying(s) && s[Facing] >= least),
        Turned("on-front", "lying, the chest within 45 degrees of straight down", 0.7f, (s, least) => IsLying(s) && s[Facing] <= -least),
        Leveled("on-side", "lying, the chest within 30 degrees of level", (s, most) => IsLying(s) && Math.Abs(s[Facing]) <= most),
        Turned("one-leg", "standing with one foot below 15 cm and the other above 25 cm", 0.85f,
            (s, least) => s[Up] >= least && s[PelvisHeight] >= 0.75f && Lower(s, Feet) <= 0.15f && Upper(s, Feet) >= 0.25f),
        Measure("running", "1.5 m/s or more to where the chest looks, the pelvis 70 cm high or more",
            new MeasureTolerance((s, scale) => s[Pace] >= 1.5f / scale && s[PelvisHeight] >= 0.7f, 1.5, "m/s", IsLeast: true)),
    ];

    /// <summary>Facts about the state.</summary>
    public static ImmutableArray<Fact> Facts { get; } =
    [
        Say("standing", s => Upright(s) * Slope(s[PelvisHeight], 0.45, 0.8),
            [
                "standing up", "standing [upright|]", "on its feet", "standing on [both|its] [feet|legs]", "[upright|erect] on its feet",
                "standing [tall|straight|normally|still]", "[stood|up] on its feet", "in a standing [position|pose]",
                "on [his|her|your] feet", "[up|back|standing up] on its feet", "just standing there",
                "with its legs straight", "legs straight", "upright", "[standing|upright] with its legs straight", "[standing|stood] there",
            ],
            ["standing up straight", "standing tall on both feet"], ["stands [up|upright|tall|straight|on its feet|]", "gets up"],
            ["stand [up|upright|tall|straight|still|on your feet|on its feet|]",
            "get [up|to your feet|to its feet|up on your feet|up on its feet]", "stand up straight",
            "[stay|rise] [up|on its feet]"]),
        Say("hands-raised", s => Upright(s) * Slope(Lower(s, Hands) - s[HeadHeight], -0.5, 0.15),
            [
                "raising both hands", "with both hands [up|raised|in the air|up in the air|high]",
                "with its [hands|arms] [above|over] its head",
                "with its [hands|arms] raised", "with both arms [raised|above its head|overhead|lifted]",
                "[lifting|stretching] both [arms|hands] [up|into the air]",
                "holding both [hands|arms] [up|high|overhead]", "[reaching|stretching] up with both [hands|arms]",
                "with both [hands|arms] [over|above] [its|your] head", "[both|its] [hands|arms] [up|in the air]",
                "hands up", "arms [up|in the air|overhead]", "with [its|your] arms [up|overhead|in the air]",
                "throwing both [arms|hands] [up|in the air]",
                "with both hands [held|] high above [its|your] head", "with its hands up",
                "both [arms|hands] are [up|in the air|over its head]",
            ],
            ["with both arms up", "holding its hands above its head"], ["raises [both|its] [hands|arms]",
            "[lifts|holds|puts] both [hands|arms] up", "has both [hands|arms] [up|over its head|in the air|above its head]"],
            [
                "[raise|lift] [both|your|its] [hands|arms] [|up|in the air|above your head|above its head]",
                "[put|hold|throw] both [hands|arms] up",
                "put [your|its] [hands|arms] [up|in the air|over its head|above your head]",
                "[stick|throw|put] both [|your|its] [hands|arms] [up|in the air]", "reach up with both [hands|arms]",
            ]),
        Say("one-hand-raised", s => Upright(s) * Slope(Upper(s, Hands) - s[HeadHeight], -0.4, 0.15)
                * Slope(Lower(s, Hands) - s[HeadHeight], 0.1, -0.2),
            [
                "raising one [hand|arm]", "with one [hand|arm] [up|raised|in the air|above its head|lifted|high]",
                "holding one [hand|arm] up",
                "with only one [hand|arm] [up|raised]", "lifting [one|a single] [hand|arm]", "with a [hand|arm] [up|raised]",
                "waving with one [hand|arm]", "with [just|] the one [arm|hand] [up|raised]", "one [hand|arm] [up|in the air|raised]",
                "with one [arm|hand] up in the air and the other at its side", "with one arm up in the air", "with one hand up",
            ],
            ["with merely one arm up", "holding a single hand high"], ["raises [one|a] [hand|arm]", "[lifts|holds] one [hand|arm] up",
            "[has|is got] [one|an|a] [arm|hand] [up|in the air|raised]"],
            ["[raise|lift] [only|just|] [one|a] [hand|arm] [|up|in the air|above your head]",
            "[put|hold|stick] [one|a] [hand|arm] [up|in the air]", "lift a single [hand|arm]", "wave"]),
        Say("bending", s => Slope(s[Up], 0.95, 0.45) * Slope(s[PelvisHeight], 0.4, 0.75) * Slope(Upper(s, Feet), 0.4, 0.12),
            [
                "bending over", "[bent|bowed|stooped] [over|forward|forwards|down|at the waist]",
                "bending [forward|forwards|down|at the waist]",
                "[bowing|stooping] [down|]", "taking a bow", "touching its toes", "with its upper body [bent|bowed] [forward|down]",
                "leaning far [forward|over]", "taking a deep bow", "bending over to touch its toes", "folded at the waist", "bent double",
                "bending over and touching its toes", "with its chest [toward|to] the floor", "chest [toward|to] the floor",
            ],
            ["bowed over at the waist", "bending far over"], ["takes a deep bow", "has bent [over|forward]",
            "bends [over|forward|down]", "bows [down|]", "takes a bow"],
            ["bend [over|forward|down|at the waist]", "bow [down|]", "take a [|deep] bow", "[bend over and|] touch [your|its] toes",
            "[lean|stoop] [far|] [over|forward|down]"]),
        Say("kneeling", s => Upright(s) * Slope(Upper(s, Knees), 0.4, 0.15) * Low(s),
            [
                "kneeling", "kneeling [on both knees|down|on its knees]", "on [its|both|his|her] knees",
                "[resting|standing|sitting] on [its|both] knees",
                "with both knees on the [floor|ground]", "in a kneeling [position|pose]", "knelt down",
                "[down|dropped|up] on [its|both|your] knees", "dropped to its knees", "kneeling in prayer",
            ],
            ["up on both its knees", "resting on its knees on the floor"], ["has dropped to its knees", "kneels [down|on both knees|]",
            "[rests|sits] on its knees"],
            ["kneel [down|on both knees|on the floor|]", "[get|drop|go] [down|] [on|to|onto] [your|its|both] knees"]),
        Say("half-kneeling", s => Upright(s) * Slope(Lower(s, Knees), 0.4, 0.15) * Slope(Upper(s, Knees), 0.1, 0.35) * Low(s),
            [
                "kneeling on one knee", "on one knee", "[going|getting] down on one knee", "half kneeling",
                "with [one|a single] knee on the [floor|ground]",
                "[resting|genuflecting] on one knee", "with only one knee on the floor", "proposing on one knee",
                "[down|dropped down] on one knee", "one knee on the [ground|floor]",
                "one knee on the [ground|floor] and the other foot planted", "one knee down",
            ],
            ["lowered on one knee", "half kneeling on the floor"], ["kneels on one knee", "[goes|drops|gets] down on one knee"],
            ["kneel on [one|a single] knee", "[go|get|drop] [down|] on one knee", "put one knee on the [floor|ground]"]),
        Say("squatting", s => Slope(s[Up], 0.2, 0.75) * Slope(Lower(s, Knees), 0.1, 0.3) * Slope(Upper(s, Feet), 0.35, 0.12) * Low(s),
            [
                "squatting", "crouching", "in a [squat|crouch]", "squatting down", "crouched [down|low|]", "[sitting|resting] on its heels",
                "with [deeply|strongly|] bent knees", "in a squatting [position|pose]", "squatting [low|on both feet]",
                "hunkered down [on both feet|]", "crouched [right|] down", "crouching [|down] low", "crouching on both feet",
            ],
            ["hunched in a crouch", "in a low squat"], ["squats [down|]", "crouches [down|]"],
            ["squat [down|low|]", "crouch [down|low|right down|down low|]", "hunker down", "[do|make|go into] a squat",
            "[sit|rest] on [your|its] heels"]),
        Say("sitting", s => Upright(s) * Slope(s[PelvisHeight], 0.5, 0.2),
            [
                "sitting on the floor", "sitting [down|]", "seated on the [floor|ground]",
                "sitting [on the ground|on its bottom|upright on the floor]",
                "[sat|sitting] down on the [floor|ground]", "in a [sitting|seated] [position|pose]",
                "on its [bottom|backside|behind|bum]", "[sitting|plonked|down|sat] on its [bottom|bum|behind] [on the floor|]",
                "sitting there",
                "sat [down|on the floor|on the ground]", "sitting with its back straight", "seated on its bottom",
            ],
            ["seated upright", "seated on its backside"], ["sits [on the floor|on the ground|down|]"],
            ["sit [down|on the floor|on the ground|down on the floor|]", "[take a seat|have a seat] [on the floor|on the ground|]",
            "sit on [its|your] bottom", "sit [up|] on the [floor|ground]", "be seated"]),
        Say("splits", s => Upright(s) * Slope(s[PelvisHeight], 0.5, 0.2) * Slope(s[FeetApart], 0.5, 1.2) * StraightLegs(s),
            [
                "doing the [splits|side splits]", "in the splits", "sitting with its legs [wide apart|spread|apart|spread wide]",
                "with its legs [spread|stretched] wide on the floor", "performing the splits", "in a split", "down in the splits",
                "sitting in the splits",
            ],
            ["doing a split", "performing a split"], ["does [the splits|a side split]", "sits with its legs wide apart"],
            ["do the [splits|side splits]", "sit with [your|its] legs [wide apart|apart|spread]", "go into the splits",
            "perform the splits"]),
        Say("lying", Lying,
            [
                "lying on the [floor|ground]", "lying [down|]", "fallen [over|down]", "[stretched out|resting] on the [floor|ground]",
                "[laid|lying] out on the [floor|ground]", "flat on the [floor|ground]", "in a lying [position|pose]",
                "sleeping on the [floor|ground]",
                "collapsed [on the floor|]", "[stretched out|spread out] flat on the [floor|ground]",
                "[sprawled|laid] out [on the floor|]", "having a lie down",
                "lying around", "lying flat out", "lying stretched out",
            ],
            ["lying flat", "lying flat on the ground"], ["lies [on the floor|down|on the ground|flat]", "falls [over|down]"],
            ["lie [down|on the floor|on the ground|flat]", "have a lie down", "[fall|drop] [over|down|to the floor|to the ground]",
            "sleep on the floor"]),
        Say("on-back", s => Lying(s) * Slope(s[Facing], 0, 0.8),
            [
                "lying on its back", "on [its|his|her] back", "lying face up", "[flat|resting|stretched out] on its back",
                "facing [the sky|the ceiling|up]",
                "with its [face|chest|belly] [up|to the sky]", "looking up from the floor",
                "[flat on its back|lying on its back] looking at the [sky|ceiling]", "gazing at the [stars|sky]",
                "looking at the [ceiling|sky]", "face up", "[laid|lying] [flat|out] on its back", "[rolled|turned] onto its back",
            ],
            ["belly up on the floor", "lying on the floor face up"], ["lies [on its back|face up|flat on its back]"],
            ["lie [on your back|on its back|face up|flat on your back|flat on its back]", "gaze at the stars",
            "[roll|turn|fall] [onto|on] [your|its] back", "face the [sky|ceiling]"]),
        Say("on-front", s => Lying(s) * Slope(-s[Facing], 0, 0.8),
            [
                "lying on its front", "lying face down", "on its [belly|front|stomach|chest]", "lying on its [belly|stomach|chest]",
                "[flat|resting] on its [belly|stomach|front]", "facing the [floor|ground]",
                "with its [face|chest|belly] [down|on the floor]", "prone", "[flat|lying flat] on its [belly|tummy|face|chest]",
                "lying on its [tummy|face]", "face down [on the floor|on the ground|]", "on its tummy",
                "flat on his [belly|stomach|front]", "rolled onto its [belly|front]",
            ],
            ["prone on the floor", "laid on its chest"], ["lies [on its front|face down|on its belly|on its stomach]"],
            ["lie [face down|on your tummy|on its tummy|on your belly|on its belly|on your stomach|on your front]",
            "[roll|turn|fall] [onto|on] [your|its] [front|belly|stomach|face]"]),
        Say("on-side", s => Lying(s) * Slope(Math.Abs(s[Facing]), 0.9, 0.4),
            [
                "lying on its side", "on [its|his|her|one] side", "[resting|sleeping|flat] on its side", "lying sideways",
                "[turned|rolled] on its side",
                "with one shoulder on the [floor|ground]", "[curled up|lying|flat|rolled over] on [its|his|one] side",
                "lying curled up on its side", "turned to one side",
            ],
            ["resting sideways on the floor", "propped on one side"], ["lies [on its side|sideways]"],
            ["lie [on your side|on its side|sideways]", "[roll|turn|fall] [onto|on] [your|its|one] side"]),
        Say("one-leg",
        s => Upright(s) * Slope(s[PelvisHeight], 0.45, 0.8) * Slope(Lower(s, Feet), 0.35, 0.12) * Slope(Upper(s, Feet), 0.1, 0.3),
            [
                "standing on one leg", "[balancing|standing|hopping] on [one|a single] [leg|foot]", "lifting one [leg|foot|knee]",
                "on one [leg|foot]",
                "with one [leg|foot|knee] [up|raised|lifted|in the air|off the ground|off the floor]", "holding up one [leg|foot]",
                "[perched|balanced|poised|up] on [one|a single] [leg|foot]", "hopping on one leg",
                "with one foot off the floor and standing on the other", "with one leg up and standing on the other",
            ],
            ["staying on merely one foot", "standing with a raised leg"],
            ["is got one foot off the floor", "has one [foot|leg] [off the floor|up|in the air]",
            "stands on one [leg|foot]", "lifts one [leg|foot]",
            "[raises|holds up] one [leg|foot]"],
            ["stand on [one|a single] [leg|foot]", "[balance|hop|hop up|stay] on [one|a single] [leg|foot]",
            "[lift|raise] one [leg|foot|knee] [|up|off the floor]"]),
        new Fact("running", "humanoid", ["running", "running [forwards|fast|forward|ahead]"], [],
            state => (float)(Slope(state[Pace], 0, 1.5) * Slope(state[PelvisHeight], 0.45, 0.75)), "running")
        {
            IsVisible = false,
            Verbs = ["runs [forwards|forward|fast|]"],
            Infinitives = ["run [forwards|forward|fast|ahead|]"],
        },
    ];

    private static SuccessMeasure Measure(string name, string meaning, Condition holds) =>
        new(name, meaning, state => holds(state) ? 1 : 0);

    private static SuccessMeasure Measure(string name, string meaning, MeasureTolerance tolerance) => new(name, meaning, tolerance);

    /// <summary>The tolerance is the angle of torso or chest from where it shall point, whose cosine is <paramref name="least"/>.</summary>
    private static SuccessMeasure Turned(string name, string meaning, float least, BoundedCondition holds)
    {
        double angle = Math.Acos(least);
        return new SuccessMeasure(name, meaning, new MeasureTolerance(
            (state, scale) => holds(state, scale == 1 ? least : Math.Cos(Math.Min(Math.PI, scale * angle))),
            Math.Round(double.RadiansToDegrees(angle), 1), "degrees"));
    }

    /// <summary>The tolerance is the angle of torso or chest from level: 30 degrees, whose sine is a half.</summary>
    private static SuccessMeasure Leveled(string name, string meaning, BoundedCondition holds) =>
        new(name, meaning, new MeasureTolerance(
            (state, scale) => holds(state, scale == 1 ? 0.5 : Math.Sin(Math.Min(Math.PI / 2, scale * Math.PI / 6))), 30, "degrees"));

    private static Fact Say(string name, Truth truth, string[] phrases, string[] heldOut, string[] verbs, string[] infinitives) =>
        new(name, "humanoid", [.. phrases], [.. heldOut], state => (float)truth(state), name)
        {
            Verbs = [.. verbs],
            Infinitives = [.. infinitives],
        };

    private static bool IsLow(ReadOnlySpan<float> state) => state[PelvisHeight] is >= 0.3f and <= 0.65f;

    private static bool IsLying(ReadOnlySpan<float> state) =>
        state[HeadHeight] <= 0.4f && state[PelvisHeight] <= 0.4f && Math.Abs(state[Up]) <= 0.5f;

    private static bool AreLegsStraight(ReadOnlySpan<float> state) => Math.Min(RightKnee(state), LeftKnee(state)) >= -0.7f;

    private static double Upright(ReadOnlySpan<float> state) => Slope(state[Up], 0.3, 0.9);

    private static double Low(ReadOnlySpan<float> state) => Slope(state[PelvisHeight], 0.15, 0.35) * Slope(state[PelvisHeight], 0.85, 0.6);

    private static double Lying(ReadOnlySpan<float> state) =>
        Slope(Math.Max(state[HeadHeight], state[PelvisHeight]), 0.8, 0.35) * Slope(Math.Abs(state[Up]), 0.9, 0.4);

    private static double StraightLegs(ReadOnlySpan<float> state) => Slope(Math.Min(RightKnee(state), LeftKnee(state)), -1.6, -0.6);

    private static float RightKnee(ReadOnlySpan<float> state) => state[Angles + 6];

    private static float LeftKnee(ReadOnlySpan<float> state) => state[Angles + 10];

    private static float Lower(ReadOnlySpan<float> state, int pair) => Math.Min(state[pair], state[pair + 1]);

    private static float Upper(ReadOnlySpan<float> state, int pair) => Math.Max(state[pair], state[pair + 1]);

    /// <summary>0 at one value and beyond, 1 at the other and beyond, straight between.</summary>
    private static double Slope(double value, double untrue, double quite) => Math.Clamp((value - untrue) / (quite - untrue), 0, 1);

    private delegate bool Condition(ReadOnlySpan<float> state);

    private delegate bool BoundedCondition(ReadOnlySpan<float> state, double bound);

    private delegate double Truth(ReadOnlySpan<float> state);
}
