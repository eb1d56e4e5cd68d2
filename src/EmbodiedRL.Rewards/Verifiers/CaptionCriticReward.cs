using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Verifiers.Parsing;

namespace EmbodiedRL.Rewards.Verifiers;

/// <summary>Options of <see cref="CaptionCriticReward"/>.</summary>
public sealed record CaptionCriticOptions : VerifierOptions
{
    /// <summary>Words of the caption that may stand around the span in an answer, before and behind together.</summary>
    [Range(0, 1000)]
    public int ExtraWords { get; init; } = 4;

    /// <summary>Weight of the answer.</summary>
    [Range(0, 1e6)]
    public double AnswerWeight { get; init; } = 0.9;

    /// <summary>Weight of the format.</summary>
    [Range(0, 1e6)]
    public double FormatWeight { get; init; } = 0.1;
}

/// <summary>ViCrit: find the one span of a caption that does not fit the picture.</summary>
/// <remarks>
/// <para>r = 0.9 answer + 0.1 format. The question's prompt shows the corrupted caption, its reference is the injected span; an answer is
/// right if it is that span, with a few words around it as they stand in the caption. Learn from r less the group's mean, not divided by
/// its deviation.</para>
/// <para>The release only asks that the first changed word occurs in the answer, so that the whole caption pasted scores 1. Here the
/// answer's length is bounded. <see cref="CaptionCorruptor"/> makes the captions.</para>
/// </remarks>
/// <param name="name">The term's name.</param>
/// <param name="options">Checked.</param>
[Paper("2506.10128", "ViCrit: A Verifiable Reinforcement Learning Proxy Task for Visual Perception in VLMs", Year = 2025, Method = "S11")]
public sealed class CaptionCriticReward(string name, CaptionCriticOptions options)
    : RowVerifier(name, options, (0, options.AnswerWeight + options.FormatWeight))
{
    /// <summary>Whether an answer is the span, with at most so many words of the caption around it.</summary>
    public static bool IsSpan(string answer, string span, string caption, int extraWords, ParseWork? work = null)
    {
        if (answer.Length > caption.Length + (2 * span.Length)) return false;
        string said = WordText.Plain(answer, work), wanted = WordText.Plain(span);
        if (wanted == " ") throw new SpecMismatchException("reference of a caption to be criticized", "the injected span", $"'{span}'");
        if (said == wanted) return true;
        return said.Contains(wanted, StringComparison.Ordinal) && Words(said) - Words(wanted) <= extraWords
            && WordText.Plain(caption, work).Contains(said, StringComparison.Ordinal);

        static int Words(string plain) => plain.AsSpan().Count(' ') - 1;
    }

    /// <inheritdoc/>
    protected override double Score(VerifierRow row, ScoreContext context)
    {
        bool isRight = row.Completion.Answer is { IsFound: true } answer
            && IsSpan(answer.Value, row.Question.Reference, row.Question.Prompt, options.ExtraWords, row.Completion.Work);
        return (isRight ? options.AnswerWeight : 0) + (options.FormatWeight * Formats.Binary(row.Completion));
    }
}
