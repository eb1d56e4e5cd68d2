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
            "the robot", "the [manipulator|gripper|pointer|limb]", "it",
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
            "red" => "[red|crimson|scarlet]",
            "green" => "[green|emerald]",
            "blue" => "[blue|azure]",
            _ => "[yellow|golden]",
        };
        string ball = $"{said} {Round}";
        return Say(color, truth, color,
            [
                $"touching the {ball}", $"[at|on|over|above|upon] the {ball}", $"on top of the {ball}", $"reaching the {ball}",
                $"[resting|placed|stopped|positioned|hovering] [on|at|over] the {ball}", $"in contact with the {ball}",
                $"[pointing at|tapping|pressing|meeting|hitting] the {ball}", $"right at the {ball}", $"holding the {ball}",
                $"[next to|close to|near] the {ball}",
            ],
            [$"resting on top of the {color} ball", $"stopped right at the {color} ball"],
            [$"[touches|reaches|meets|hits|taps|finds] the {ball}", $"[rests|stops|is resting] [on|at] the {ball}"],
            [
                $"[touch|reach|reach for|hit|tap|meet|find|press|grab|get] the {ball}", $"[go|move|come|get] [to|onto|over] the {ball}",
                $"[stop|rest|stay|point] at the {ball}", $"[rest|stay] on the {ball}",
            ],
            [$"[put|place|move|bring|lay] the [hand|tip|finger|arm|fingertip] [on|to|onto|over|at] the {ball}"]);
    }

    /// <summary>The elbow straight.</summary>
    public static Fact Stretched(StateFunction truth) => Say("stretched", truth, null,
        [
            "stretched out", "[perfectly|completely|] straight", "[|fully] [stretched|extended|straightened|outstretched]",
            "[straightened|reaching|extended] out", "in a straight line", "at full [length|stretch|reach]", "as long as possible",
            "with a straight elbow", "with its elbow straight",
        ],
        ["stretched out straight", "fully straight"], ["[stretches|straightens|reaches] out"],
        ["stretch out", "straighten out", "[be|stay|get] straight", "extend [fully|]", "reach out"],
        ["[stretch|straighten|extend] [out|] the [arm|elbow|limb]"]);

    /// <summary>The elbow bent as far as it goes.</summary>
    public static Fact Folded(StateFunction truth) => Say("folded", truth, null,
        [
            "folded", "[|sharply|fully|tightly] bent", "folded [up|in|together|over]", "bent [back|double|in half]",
            "[tucked|curled] [in|up]",
            "with a bent elbow", "with its elbow [bent|folded]", "as short as possible", "folded in half",
        ],
        ["folded back", "tightly folded"], ["[folds|curls] [up|in]", "bends back"],
        ["[fold|curl|tuck] [up|in]", "bend [back|double]", "bend at the elbow"], ["[fold|bend|tuck] [up|in|] the [arm|elbow|limb]"]);

    private static Fact Say(string name, StateFunction truth, string? measure, string[] phrases, string[] heldOut, string[] verbs,
        string[] infinitives, string[] imperatives) =>
        new(name, "arm", [.. phrases], [.. heldOut], truth, measure)
        {
            Verbs = [.. verbs],
            Infinitives = [.. infinitives],
            Imperatives = [.. imperatives],
        };
}
