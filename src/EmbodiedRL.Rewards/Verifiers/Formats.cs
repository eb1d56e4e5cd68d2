using EmbodiedRL.Rewards.Verifiers.Parsing;

namespace EmbodiedRL.Rewards.Verifiers;

/// <summary>Scores of a completion's format, in [0, 1]: what several papers share.</summary>
public static class Formats
{
    /// <summary>1 where a completion is reasoning and then an answer, each once, with nothing around them; else 0.</summary>
    public static double Binary(ParsedCompletion completion) => completion.IsWellFormed ? 1 : 0;

    /// <summary>A quarter for each of the four tags of reasoning and answer that stands there exactly once.</summary>
    public static double TagQuarters(ParsedCompletion completion, VerifierOptions options)
    {
        if (completion.IsTooLong) return 0;
        double score = 0;
        foreach (string tag in new[] { options.ThinkTag, options.AnswerTag })
            foreach (string mark in new[] { $"<{tag}>", $"</{tag}>" })
                if (IsOnce(completion.Text, mark)) score += 0.25;
        completion.Work.Add(4 * completion.Text.Length);
        return score;
    }

    /// <summary>Weighted mean of an answer's and a format's score.</summary>
    public static double Mean(double answer, double answerWeight, double format, double formatWeight) =>
        ((answerWeight * answer) + (formatWeight * format)) / (answerWeight + formatWeight);

    private static bool IsOnce(string text, string mark)
    {
        int first = text.IndexOf(mark, StringComparison.Ordinal);
        return first >= 0 && text.IndexOf(mark, first + mark.Length, StringComparison.Ordinal) < 0;
    }
}
