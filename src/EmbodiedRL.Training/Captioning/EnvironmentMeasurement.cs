using EmbodiedRL.Core;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Rewards.Diagnostics;

namespace EmbodiedRL.Training.Captioning;

/// <summary>Measurement of one environment: every sentence under plain and varied visuals, trained ones under every condition.</summary>
/// <param name="states">What is shown.</param>
/// <param name="images">Renders it.</param>
/// <param name="sentences">By which the model is measured.</param>
/// <param name="scorer">Scores by those that the model can read; an unreadable one has the score 0 everywhere.</param>
/// <param name="cancel">Asked before every batch.</param>
internal sealed class EnvironmentMeasurement(
    MeasuredStates states, MeasuredImages images, IReadOnlyList<MeasuredSentence> sentences, SentenceScorer scorer,
    CancellationToken cancel)
{
    private readonly EnvironmentInfo _info = states.Info;
    private readonly double[][] _truths =
        [.. sentences.Select(sentence => GoalCheck.Truths(sentence.Caption, states.Info, states.States))];

    private readonly int[] _trained =
        [.. Enumerable.Range(0, sentences.Count).Where(i => sentences[i].Kind == MeasuredSentences.Trained)];

    private readonly double[][] _plain = Score(states, images, scorer, ImageCondition.Plain(states.Info),
        [.. sentences.Select(sentence => sentence.Caption.Text)], cancel);

    /// <summary>Figures by sentence.</summary>
    public IEnumerable<SentenceFigure> Sentences()
    {
        double[][] varied = Score(states, images, scorer, ImageCondition.Varied(_info),
            [.. sentences.Select(sentence => sentence.Caption.Text)], cancel);
        for (int i = 0; i < sentences.Count; i++)
        {
            (string kind, Caption caption) = sentences[i];
            bool[]? outcomes = SentenceStatistics.Outcomes(caption, _info, states.States);
            yield return new SentenceFigure(_info.Name, kind, caption.Text, SentenceStatistics.Rank(_plain[i], _truths[i]),
                SentenceStatistics.Rank(varied[i], _truths[i]), SentenceStatistics.Best(_truths[i]),
                outcomes is null ? null : SentenceStatistics.Success(_plain[i], outcomes, states.IsHardNegative));
        }
    }

    /// <summary>Figures over all trained sentences.</summary>
    /// <param name="negatives">Pictures that show no state of the environment, by name.</param>
    public EnvironmentFigure Environment(IEnumerable<(string Name, byte[] Pictures)> negatives) => new(_info.Name, states.Count,
        [.. MeasuredStates.Sources.Select((name, source) => new ConditionFigure(name, OfSource(source)))],
        [
            new ConditionFigure("plain", OfAll(_trained.Select(i => _plain[i]))),
            .. ImageCondition.Single(_info).Select(condition => new ConditionFigure(condition.Name,
                OfAll(Score(states, images, scorer, condition, Trained(), cancel)))),
        ],
        [.. negatives.Select(negative => new NegativeFigure(negative.Name, PercentileOf(negative.Pictures)))]);

    /// <summary>Judges the sentences of a file.</summary>
    /// <exception cref="CorruptFileException">A sentence names a fact that the environment does not have.</exception>
    public IEnumerable<WrittenFigure> Written(SentenceFile file, CaptionGrammar grammar)
    {
        string[] texts = [.. file.Sentences.Select(sentence => sentence.Text).Where(text => grammar.Parse(text) is not null).Distinct()
            .Where(scorer.CanRead)];
        double[][] scores = scorer.Score(images, ImageCondition.Plain(_info), states.Count, texts, cancel);
        foreach (WrittenSentence sentence in file.Sentences)
        {
            int place = Array.IndexOf(texts, sentence.Text);
            yield return WrittenSentences.Judge(file, sentence, grammar, states, place < 0 ? null : scores[place]);
        }
    }

    private string[] Trained() => [.. _trained.Select(i => sentences[i].Caption.Text)];

    private GoalSummary? OfAll(IEnumerable<double[]> scores) =>
        GoalSummary.Of(scores.Zip(_trained, (row, i) => SentenceStatistics.Rank(row, _truths[i])));

    private GoalSummary? OfSource(int source)
    {
        (int first, int count) = (source * states.PerSource, states.PerSource);
        return GoalSummary.Of(_trained.Select(i =>
            SentenceStatistics.Rank(_plain[i].AsSpan(first, count), _truths[i].AsSpan(first, count))));
    }

    private double PercentileOf(byte[] pictures)
    {
        double[][] scores = ScoreReadable(Trained(), scorer, readable => scorer.Score(pictures, readable),
            pictures.Length / images.FrameBytes);
        return GoalSummary.Of(scores.Zip(_trained, (row, i) =>
            (double?)row.Average(score => SentenceStatistics.Percentile(score, _plain[i]))))!.Median;
    }

    private static double[][] Score(MeasuredStates states, MeasuredImages images, SentenceScorer scorer, ImageCondition condition,
        string[] texts, CancellationToken cancel) => ScoreReadable(texts, scorer,
            readable => scorer.Score(images, condition, states.Count, readable, cancel), states.Count);

    /// <summary>Scores of all sentences, [G][N], zero for those that the model cannot read.</summary>
    private static double[][] ScoreReadable(string[] texts, SentenceScorer scorer, Func<string[], double[][]> score, int count)
    {
        string[] readable = [.. texts.Where(scorer.CanRead)];
        var scores = new Queue<double[]>(score(readable));
        return [.. texts.Select(text => scorer.CanRead(text) ? scores.Dequeue() : new double[count])];
    }
}
