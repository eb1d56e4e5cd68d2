using System.Collections.Immutable;
using EmbodiedRL.Core.Facts;

namespace EmbodiedRL.Envs.ColorReacher;

/// <summary>Facts of the arm and the four balls, and how people say them.</summary>
internal static class ColorReacherCaptions
{
    private const string Round = "[ball|sphere|marble|dot|circle|bead|one]";

    /// <summary>Subjects of the facts.</summary>
    public static ImmutableArray<Subject> Subjects { get; } =
    [
        new Subject("arm",
        [
            "the arm", "an arm", "[a|the] robot arm", "the [hand|tip|end|fingertip|finger] of the arm", "the [hand|fingertip|finger|tip]",
            "the robot", "the [manipulator|gripper|pointer|limb|claw|elbow]", "it",
            "[its|your] [hand|tip|arm|elbow|finger]", "the [robot|arm] is [tip|finger|fingertip|hand]", "the end of the pointer",
        ]),
    ];

    /// <summary>What holds in no state.</summary>
    public static ImmutableArray<string> Falsehoods { get; } =
    [
        $"[the|an] [arm|hand|robot] [|is] [touching|at|on|reaching] the [purple|black|white|orange|pink|brown|gray] {Round}",
        $"[touch|reach|reach for] the [purple|black|white|orange|pink|brown|gray] {Round}",
        $"the [red|green|blue|yellow] {Round} [|is] [touching|on top of|holding|reaching for] the [red|green|blue|yellow] {Round}",
        $"the [red|green|blue|yellow] {Round} [holds|grabs|picks up|moves|carries] the arm", "the arm without any balls",
        "a [cube|box|cup|dog|person] on the table", "the arm is [broken|gone|missing]", "two arms",
    ];

    /// <summary>The hand on a ball; the ball's color is the name of fact and measure.</summary>
    public static Fact Touching(string color, StateFunction truth)
    {
        string said = color switch
        {
            "red" => "[red|crimson|scarlet|cherry|ruby]",
            "green" => "[green|emerald|grass green|lime]",
            "blue" => "[blue|azure|navy]",
            _ => "[yellow|golden|lemon]",
        };
        string ball = $"{said} [|colored|colored] {Round}", alone = $"[{color}|the {color}]";
        return Say(color, truth, color,
            [
                $"touching the {ball}", $"[at|on|over|above|upon] the {ball}", $"on top of the {ball}", $"reaching the {ball}",
                $"[resting|placed|stopped|positioned|hovering] [on|at|over] the {ball}", $"in contact with the {ball}",
                $"[pointing at|tapping|pressing|meeting|hitting] the {ball}", $"right at the {ball}", $"holding the {ball}",
                $"[hovering|resting|sitting] over the {ball}", $"[in|got] hold of the {ball}", $"got to the {ball}",
                $"[poking|kissing|prodding|grabbing|dabbing at] the {ball}", $"arrived at the {ball}", $"[on|at|touching] {alone}",
                $"[next to|close to|near] the {ball}",
            ],
            [$"resting on top of the {color} ball", $"stopped right at the {color} ball"],
            [$"[touches|reaches|meets|hits|taps|finds] the {ball}", $"[rests|stops|is resting|sits|lies] [on|at] the {ball}",
            $"has [got hold of|made it to|got to|arrived at|landed on|found] the {ball}",
                $"[pokes|dabs at|lands on] the {ball}", $"goes to the {ball}"],
            [
                $"[touch|reach|reach for|hit|tap|meet|find|press|grab|get] the {ball}", $"[go|move|come|get] [to|onto|over] the {ball}",
                $"[stop|rest|stay|point] at the {ball}", $"[rest|stay] on the {ball}",
                $"[poke|prod|boop|go and poke|go and touch|go grab|reach out to|reach over to] the {ball}",
                $"go [for|to] {alone}", $"touch {alone}",
            ],
            [
                $"[put|place|move|bring|lay|get] [the|its|your] [hand|tip|finger|arm|fingertip|end of the arm] "
                    + $"[on|to|onto|over|at|on top of] the {ball}",
                $"give the {ball} a [little|] [poke|tap]",
            ],
            [$"the {ball}", alone]);
    }

    /// <summary>The elbow straight.</summary>
    public static Fact Stretched(StateFunction truth) => Say("stretched", truth, null,
        [
            "stretched out", "[perfectly|completely|] straight", "[|fully] [stretched|extended|straightened|outstretched]",
            "[straightened|reaching|extended] out", "in a straight line", "at full [length|stretch|reach]", "as long as possible",
            "with a straight elbow", "with its elbow [straight|straightened|locked out|locked out straight]", "out straight", "stretched",
            "[extended|stretched|reaching] out as far as it can [go|reach|]", "[extended|stretched] to its full length", "out full length",
            "[lined|stretched] up in one [long|] line", "stiff and straight", "locked out straight", "straightened out", "stuck out stiff",
            "ramrod straight",
        ],
        ["stretched out straight", "fully straight"], ["[stretches|straightens|reaches] out", "[lines|line] up end to end"],
        ["stretch out", "reach out [straight|as far as it can]", "stretch out straight", "straighten out", "[be|stay|get] straight",
        "extend [fully|]", "reach out"],
        ["[stretch|straighten|extend] [out|] [the|its|your] [arm|elbow|limb]", "[stretch|straighten] [the|its] [arm|elbow|limb] out"]);

    /// <summary>The elbow bent as far as it goes.</summary>
    public static Fact Folded(StateFunction truth) => Say("folded", truth, null,
        [
            "folded", "[|sharply|fully|tightly] bent", "folded [up|in|together|over]", "bent [back|double|in half]",
            "[tucked|curled] [in|up]",
            "with a bent elbow", "with its elbow [bent|folded]", "as short as possible", "folded in half",
            "[doubled|folded|tucked] up", "bent back on itself", "[snapped|folded] shut",
            "bent as [tightly|far] as it can [go|be]", "folded away", "[folded|folding] all the way", "folded back on itself",
        ],
        ["folded back", "tightly folded"], ["[folds|curls|doubles] [up|in]", "bends back"],
        ["[fold|curl|tuck] [up|in]", "bend [back|double]", "bend at the elbow"],
        ["[fold|bend|tuck] [up|in|] [the|its|your] [arm|elbow|limb|forearm]",
        "[fold|tuck|bend] [the|its|your] [arm|limb|forearm|elbow] [up|in|back on itself|all the way|in half]"]);

    private static Fact Say(string name, StateFunction truth, string? measure, string[] phrases, string[] heldOut, string[] verbs,
        string[] infinitives, string[] imperatives, string[]? places = null) =>
        new(name, "arm", [.. phrases], [.. heldOut], truth, measure)
        {
            Verbs = [.. verbs],
            Infinitives = [.. infinitives],
            Imperatives = [.. imperatives],
            Places = [.. places ?? []],
        };
}
