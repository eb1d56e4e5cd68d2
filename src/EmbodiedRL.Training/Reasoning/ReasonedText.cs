using System.Globalization;

namespace EmbodiedRL.Training.Reasoning;

/// <summary>
/// Form of reasoned completions, which <see cref="AnswerFigures"/> reads:
/// <c>&lt;think&gt;...&lt;/think&gt;&lt;answer&gt;...&lt;/answer&gt;&lt;confidence&gt;0.7&lt;/confidence&gt;</c>.
/// </summary>
public static class ReasonedText
{
    /// <summary>Composes a completion.</summary>
    /// <param name="thought">What leads to the answer.</param>
    /// <param name="answer">As the reference is written.</param>
    /// <param name="confidence">That the answer is right, in tenths from 0 to 10.</param>
    public static string Compose(string thought, string answer, int confidence) => string.Create(CultureInfo.InvariantCulture,
        $"<think>{thought}</think><answer>{answer}</answer><confidence>{confidence / 10.0:0.0}</confidence>");
}
