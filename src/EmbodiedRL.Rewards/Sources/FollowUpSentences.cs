namespace EmbodiedRL.Rewards.Sources;

/// <summary>What a user may say after a reply: pleased and displeased sentences, ten of each in six categories.</summary>
internal static class FollowUpSentences
{
    /// <summary>By the paper's categories, as many pleased as displeased ones in each.</summary>
    public static IReadOnlyList<(string Category, string[] Pleased, string[] Displeased)> All { get; } =
    [
        ("understanding",
        [
            "You understood me.", "Yes, that was my question.", "You got what I meant.", "That is what I was after.", "You read me right.",
            "You saw my point.", "You know what I need.", "That is how I meant it.", "You took it the right way.", "You follow me well.",
        ],
        [
            "You misunderstood me.", "No, that was not my question.", "You missed what I meant.", "That is not what I was after.",
            "You read me wrong.", "You did not see my point.", "You do not know what I need.", "That is not how I meant it.",
            "You took it the wrong way.", "You do not follow me.",
        ]),
        ("relevance",
        [
            "That is to the point.", "This is about what I asked.", "It fits my question.", "All of this matters here.",
            "That belongs here.", "You stayed on the subject.", "This is the right subject.", "That is what this is about.",
            "This applies to my case.", "You answered that very question.",
        ],
        [
            "That is beside the point.", "This is not about what I asked.", "It does not fit my question.", "None of this matters here.",
            "That does not belong here.", "You left the subject.", "This is another subject.", "That is not what this is about.",
            "This does not apply to my case.", "You answered some other question.",
        ]),
        ("correctness",
        [
            "That is right.", "Yes, that is true.", "That is correct.", "I checked, and it holds.", "No mistake there.",
            "The facts are right.", "It adds up.", "That works.", "You are right.", "It is just as you say.",
        ],
        [
            "That is wrong.", "No, that is not true.", "That is incorrect.", "I checked, and it does not hold.", "There is a mistake.",
            "The facts are wrong.", "It does not add up.", "That does not work.", "You are wrong.", "It is not as you say.",
        ]),
        ("engagingness",
        [
            "How interesting.", "Tell me more.", "I enjoy this talk.", "I want to hear the rest.", "That made me curious.",
            "What a good way to say it.", "I like talking to you.", "Please go on.", "This is fun to read.", "You have my attention.",
        ],
        [
            "How boring.", "Say no more.", "I do not enjoy this talk.", "I do not want to hear the rest.", "That left me cold.",
            "What a poor way to say it.", "I do not like talking to you.", "Please stop.", "This is dull to read.",
            "You lost my attention.",
        ]),
        ("informativeness",
        [
            "I learned something.", "That tells me a lot.", "Now I know enough.", "Good details.", "That explains it.",
            "That is useful to know.", "It covers everything.", "Now it is clear.", "That helps me.", "I have no more questions.",
        ],
        [
            "I learned nothing.", "That tells me little.", "I still do not know enough.", "No details.", "That explains nothing.",
            "That is no use to me.", "It leaves out too much.", "It is still not clear.", "That does not help me.",
            "I have as many questions as before.",
        ]),
        ("instruction-following",
        [
            "You did what I asked.", "You kept to my instructions.", "That is how I wanted it.", "Every step is there.",
            "You did all of it.", "The form is as I asked.", "The length is as I asked.", "You left nothing out.",
            "You kept to my limits.", "Just as I told you.",
        ],
        [
            "You did not do what I asked.", "You ignored my instructions.", "That is not how I wanted it.", "Steps are missing.",
            "You did only a part.", "The form is not as I asked.", "The length is not as I asked.", "You left things out.",
            "You broke my limits.", "Not at all as I told you.",
        ]),
    ];

    /// <summary>Names of the categories.</summary>
    public static string[] Categories { get; } = [.. All.Select(entry => entry.Category)];
}
