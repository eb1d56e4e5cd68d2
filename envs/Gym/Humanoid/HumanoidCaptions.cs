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
        [new Subject("humanoid", ["a humanoid robot", "a humanoid", "the humanoid", "the humanoid robot", "a robot", "the robot"])];

    /// <summary>Success measures of goals.</summary>
    public static ImmutableArray<SuccessMeasure> Measures { get; } =
    [
        Measure("standing", "the torso within 32 degrees of upright, the pelvis 75 cm high or more",
            s => s[Up] >= 0.85f && s[PelvisHeight] >= 0.75f),
        Measure("hands-raised", "both hands 10 cm above the head's center or more, the torso within 45 degrees of upright",
            s => Lower(s, Hands) >= s[HeadHeight] + 0.1f && s[Up] >= 0.7f),
        Measure("kneeling", "both knees below 18 cm, the pelvis at 30 to 65 cm, the torso within 45 degrees of upright",
            s => Upper(s, Knees) <= 0.18f && IsLow(s) && s[Up] >= 0.7f),
        Measure("half-kneeling",
            "one knee below 18 cm, the other above 30 cm, the pelvis at 30 to 65 cm, the torso within 45 degrees of upright",
            s => Lower(s, Knees) <= 0.18f && Upper(s, Knees) >= 0.3f && IsLow(s) && s[Up] >= 0.7f),
        Measure("squatting",
            "both knees above 30 cm, both feet below 15 cm, the pelvis at 30 to 65 cm, the torso within 53 degrees of upright",
            s => Lower(s, Knees) >= 0.3f && Upper(s, Feet) <= 0.15f && IsLow(s) && s[Up] >= 0.6f),
        Measure("sitting", "the pelvis below 25 cm, the torso within 45 degrees of upright",
            s => s[PelvisHeight] <= 0.25f && s[Up] >= 0.7f),
        Measure("splits", "sitting with the feet 1.2 m apart or more and the knees within 40 degrees of straight",
            s => s[PelvisHeight] <= 0.25f && s[Up] >= 0.7f && s[FeetApart] >= 1.2f && AreLegsStraight(s)),
        Measure("lying", "head and pelvis below 40 cm, the torso within 30 degrees of level", IsLying),
        Measure("on-back", "lying, the chest within 45 degrees of straight up", s => IsLying(s) && s[Facing] >= 0.7f),
        Measure("on-front", "lying, the chest within 45 degrees of straight down", s => IsLying(s) && s[Facing] <= -0.7f),
        Measure("one-leg", "standing with one foot below 15 cm and the other above 25 cm",
            s => s[Up] >= 0.85f && s[PelvisHeight] >= 0.75f && Lower(s, Feet) <= 0.15f && Upper(s, Feet) >= 0.25f),
        Measure("running", "1.5 m/s or more to where the chest variations, the pelvis 70 cm high or more",
            s => s[Pace] >= 1.5f && s[PelvisHeight] >= 0.7f),
    ];

    /// <summary>Facts about the state.</summary>
    public static ImmutableArray<Fact> Facts { get; } =
    [
        Said("standing", ["standing up", "standing upright", "standing", "on its feet"], ["standing up straight"],
            ["stands up", "stands upright", "stands"],
            s => Upright(s) * Slope(s[PelvisHeight], 0.45, 0.8)),
        Said("hands-raised", ["raising both hands", "with both hands up", "with its hands above its head", "with its arms raised"],
            ["with both arms up"], ["raises both hands", "raises its arms"],
            s => Upright(s) * Slope(Lower(s, Hands) - s[HeadHeight], -0.5, 0.15)),
        Said("kneeling", ["kneeling", "kneeling on both knees", "on its knees", "kneeling down"],
            ["down on its knees"], ["kneels", "kneels down"],
            s => Upright(s) * Slope(Upper(s, Knees), 0.4, 0.15) * Low(s)),
        Said("half-kneeling", ["kneeling on one knee", "on one knee", "going down on one knee"],
            ["down on one knee"], ["kneels on one knee"],
            s => Upright(s) * Slope(Lower(s, Knees), 0.4, 0.15) * Slope(Upper(s, Knees), 0.1, 0.35) * Low(s)),
        Said("squatting", ["squatting", "crouching", "in a squat", "squatting down"], ["crouching down"], ["squats", "crouches"],
            s => Slope(s[Up], 0.2, 0.75) * Slope(Lower(s, Knees), 0.1, 0.3) * Slope(Upper(s, Feet), 0.35, 0.12) * Low(s)),
        Said("sitting", ["sitting on the floor", "sitting", "sitting down", "seated on the floor"], ["seated"],
            ["sits on the floor", "sits"],
            s => Upright(s) * Slope(s[PelvisHeight], 0.5, 0.2)),
        Said("splits", ["doing the splits", "in the splits", "sitting with its legs wide apart"], ["doing a split"], ["does the splits"],
            s => Upright(s) * Slope(s[PelvisHeight], 0.5, 0.2) * Slope(s[FeetApart], 0.5, 1.2) * StraightLegs(s)),
        Said("lying", ["lying on the floor", "lying down", "lying", "fallen over"], ["lying flat"],
            ["lies on the floor", "lies down"], Lying),
        Said("on-back", ["lying on its back", "on its back", "lying face up"], ["face up on the floor"], ["lies on its back"],
            s => Lying(s) * Slope(s[Facing], 0, 0.8)),
        Said("on-front", ["lying on its front", "lying face down", "on its belly", "lying on its belly"], ["face down on the floor"],
            ["lies on its front", "lies face down"],
            s => Lying(s) * Slope(-s[Facing], 0, 0.8)),
        Said("one-leg", ["standing on one leg", "balancing on one leg", "lifting one leg"], ["balancing on one foot"],
            ["stands on one leg", "lifts one leg"],
            s => Upright(s) * Slope(s[PelvisHeight], 0.45, 0.8) * Slope(Lower(s, Feet), 0.35, 0.12) * Slope(Upper(s, Feet), 0.1, 0.3)),
        Said("running", ["running", "running forwards", "running fast"], ["running ahead"], ["runs", "runs forwards"],
            s => Slope(s[Pace], 0, 1.5) * Slope(s[PelvisHeight], 0.45, 0.75)),
    ];

    private static SuccessMeasure Measure(string name, string meaning, Condition holds) =>
        new(name, meaning, state => holds(state) ? 1 : 0);

    private static Fact Said(string name, string[] phrases, string[] heldOut, string[] verbs, Truth truth) =>
        new(name, "humanoid", [.. phrases], [.. heldOut], state => (float)truth(state), name) { Verbs = [.. verbs] };

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

    private delegate double Truth(ReadOnlySpan<float> state);
}
