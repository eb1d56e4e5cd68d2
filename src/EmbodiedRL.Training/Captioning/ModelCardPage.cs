using System.Globalization;
using System.Text;
using static System.FormattableString;

namespace EmbodiedRL.Training.Captioning;

/// <summary>Model card as a Markdown page.</summary>
public static class ModelCardPage
{
    /// <summary>The file's name.</summary>
    public const string FileName = "README.md";

    private const int WeakShown = 10;
    private const double WeakBelow = 0.9;

    private const string Limits =
        "It is grounded in facts that the simulator knows about these very scenes. It is **not** a\nzero-shot model of the open world: "
        + "other scenes, other cameras and words outside of its vocabulary mean nothing to it, and it answers\nthem with a number all the "
        + "same. `./embodied train` says so before it trains on such a sentence.";

    private const string Method =
        "States are drawn over the whole range, near named poses, among look-alikes, from random play and from the play of a policy that "
        + "learns\nthe hand-built task meanwhile. About half of the pictures look exactly as the scene is; the others vary in colors of "
        + "grounds and sky, light\nand camera. Every sentence has a truth in [0, 1] computed from the state, and a sigmoid loss draws "
        + "every pair of picture and\nsentence toward its truth. Some sentences speak of another scene's things and are false.";

    private const string Kinds =
        "\"In order\" is the share of pairs of states, of clearly different truth, that the reward ranks rightly. Trained: every phrase it "
        + "was\ntaught. Paraphrase: wordings kept back from training. Composition: pairs of facts kept apart in training. Denial: the "
        + "plain \"not\".";

    /// <summary>The page; equal cards give equal pages.</summary>
    public static string Of(ModelCard card)
    {
        string figures = string.Concat(card.Figures.Select(Row)), unmeasured = Unmeasured(card),
            environments = string.Join(" and ", card.Environments.Select(name => $"`{name}`"));
        string size = Invariant($"{card.Parameters:N0} parameters, {card.Vocabulary} words"),
            batches = Invariant($"{card.Steps:N0} batches of {card.Pictures} pictures by {card.Sentences} sentences"),
            pictures = Invariant($"{card.Measured:N0} fresh pictures of each environment and look");
        return string.Create(CultureInfo.InvariantCulture, $"""
            # {card.Name}

            A small two-tower image-text model ({size}) that says how well a sentence fits a 64-line drawing of
            one of these scenes: {environments}. {Limits}

            - License: {card.License}
            - Origin: {card.Origin}; no outside data, no outside weights
            - Made by: `{card.Command}`
            - {batches}, seed {card.Seed}, {card.Seconds.Values.Sum():N0} seconds ({card.Threads} threads of libtorch)
            - Made with: {string.Join(", ", card.Versions.Select(version => $"{version.Key} {version.Value}"))}

            ## How it was made

            {Method}

            ## Figures

            Correlation of the goal-baseline reward (alpha 0.5) with the truth of the sentence, over {pictures}.
            {Kinds}

            | environment | sentences | number | mean | least | in order | mean, varied visuals | least, varied visuals |
            |---|---|---:|---:|---:|---:|---:|---:|
            {figures}
            {unmeasured}## Weak spots

            {Weak(card)}
            """).ReplaceLineEndings("\n").TrimEnd('\n') + "\n";
    }

    private static string Row(KindFigure figure) => string.Create(CultureInfo.InvariantCulture,
        $"| {figure.Environment} | {figure.Kind} | {figure.Sentences} | {figure.Mean:0.000} | {figure.Least:0.000} | {figure.Order:0.000} "
            + $"| {figure.MeanVaried:0.000} | {figure.LeastVaried:0.000} |\n");

    private static string Unmeasured(ModelCard card)
    {
        int count = card.BySentence.Count(figure => figure.Plain is null || figure.Varied is null);
        return count == 0
            ? ""
            : string.Create(CultureInfo.InvariantCulture,
                $"Left out, because their truth hardly varies over the states: {count} of {card.BySentence.Count} sentences.\n\n");
    }

    private static string Weak(ModelCard card)
    {
        SentenceFigure[] weak = [.. card.BySentence.Where(figure => figure.Plain is { } plain && plain.Correlation < WeakBelow)
            .OrderBy(figure => figure.Plain!.Correlation)];
        if (weak.Length == 0)
            return $"No measured sentence correlates less than {WeakBelow.ToString(CultureInfo.InvariantCulture)} with its truth over "
                + "plain pictures.";
        var list = new StringBuilder();
        list.Append(CultureInfo.InvariantCulture,
            $"{weak.Length} of {card.BySentence.Count} sentences correlate less than {WeakBelow} with their truth over plain pictures; "
                + $"the worst:\n\n");
        foreach (SentenceFigure figure in weak.Take(WeakShown))
            list.Append(CultureInfo.InvariantCulture,
                $"- \"{figure.Sentence}\" ({figure.Environment}, {figure.Kind}): {figure.Plain!.Correlation:0.000}\n");
        return list.ToString();
    }
}
