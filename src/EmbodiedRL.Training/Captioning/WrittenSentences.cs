using EmbodiedRL.Core;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Rewards.Diagnostics;
using EmbodiedRL.Training.Evaluation;

namespace EmbodiedRL.Training.Captioning;

/// <summary>Judges what a reward makes of sentences that people wrote.</summary>
internal static class WrittenSentences
{
    /// <summary>Agreement with the truth of what the grammar parsed, below which a sentence is refused as a goal.</summary>
    public const double RefusedBelow = RewardVerdict.LeastAgreement;

    private const double ObeyedFrom = 0.6, InvertedTo = -0.3;   // agreement with the intended truth

    /// <summary>Judges one sentence.</summary>
    /// <param name="file">Holds it.</param>
    /// <param name="sentence">The sentence.</param>
    /// <param name="grammar">Of the environment.</param>
    /// <param name="states">What the scores are of.</param>
    /// <param name="scores">[N]; null if the model cannot read the sentence.</param>
    /// <exception cref="CorruptFileException">The sentence names a fact that the environment does not have.</exception>
    public static WrittenFigure Judge(
        SentenceFile file, WrittenSentence sentence, CaptionGrammar grammar, MeasuredStates states, double[]? scores)
    {
        EnvironmentInfo info = states.Info;
        Caption? intended = sentence.Facts is null ? null : file.Intended(sentence, info);
        string[]? facts = sentence.Facts?.Select(said => said.Denied ? $"not {said.Fact}" : said.Fact).ToArray();
        if (scores is null || IsRefused(grammar.Parse(sentence.Text), states, scores))
            return new WrittenFigure(info.Name, sentence.Text, facts, WrittenOutcome.Refused, null);
        double? agreement = intended is null ? null
            : SentenceStatistics.Agreement(scores, GoalCheck.Truths(intended, info, states.States));
        WrittenOutcome outcome = agreement switch
        {
            >= ObeyedFrom => WrittenOutcome.Obeyed,
            <= InvertedTo => WrittenOutcome.Inverted,
            _ => WrittenOutcome.Astray,
        };
        return new WrittenFigure(info.Name, sentence.Text, facts, outcome, agreement);
    }

    private static bool IsRefused(Caption? parsed, MeasuredStates states, double[] scores) =>
        parsed is null or { Claims.IsEmpty: true }
        || !(SentenceStatistics.Agreement(scores, GoalCheck.Truths(parsed, states.Info, states.States)) >= RefusedBelow);
}
