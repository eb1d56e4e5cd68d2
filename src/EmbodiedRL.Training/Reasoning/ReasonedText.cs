using System.Globalization;
using System.Text.RegularExpressions;

namespace EmbodiedRL.Training.Reasoning;

/// <summary>
/// Form of reasoned completions:
/// <c>&lt;think&gt;...&lt;/think&gt;&lt;answer&gt;...&lt;/answer&gt;&lt;confidence&gt;0.7&lt;/confidence&gt;</c>.
/// </summary>
public static partial class ReasonedText
{
    /// <summary>Composes a completion.</summary>
    /// <param name="thought">What leads to the answer.</param>
    /// <param name="answer">As the reference is written.</param>
    /// <param name="confidence">That the answer is right, in tenths from 0 to 10.</param>
    public static string Compose(string thought, string answer, int confidence) => string.Create(CultureInfo.InvariantCulture,
        $"<think>{thought}</think><answer>{answer}</answer><confidence>{confidence / 10.0:0.0}</confidence>");

    /// <summary>The parts of a completion; null where it is not of the form.</summary>
    public static (string Thought, string Answer, double Confidence)? Parse(string text)
    {
        Match match = Form().Match(text);
        return match.Success
            ? (match.Groups[1].Value, match.Groups[2].Value, double.Parse(match.Groups[3].Value, CultureInfo.InvariantCulture))
            : null;
    }

    [GeneratedRegex(@"\A<think>([^<]*)</think><answer>([^<]*)</answer><confidence>(0\.\d|1\.0)</confidence>\z")]
    private static partial Regex Form();
}
