using System.Globalization;
using static System.FormattableString;

namespace EmbodiedRL.Training.Captioning;

/// <summary>Model card as a Markdown page.</summary>
public static class ModelCardPage
{
    /// <summary>The file's name.</summary>
    public const string FileName = "README.md";

    private const string Limits =
        "It is grounded in facts that the simulator knows about these very scenes. It is **not** a\nzero-shot model of the open world: "
        + "other scenes mean nothing to it, words that it was not taught are spelled out and mean little, and it\nanswers all of them "
        + "with a number all the same. What one image does not show, such as a speed, it was never taught. `./embodied train`\nsays so "
        + "before it trains on such a sentence.";

    private const string Method =
        "States are drawn over the whole range, near named poses, among look-alikes, from random play and from the play of a policy that "
        + "learns\nthe hand-built task meanwhile. Two in five pictures look exactly as the scene is; the others vary in colors of "
        + "grounds, sky and, where\nno sentence names colors, of everything; in light; in the camera, which may be any of the scene's, "
        + "shifted and rolled; in tone and noise; and\nparts of them are erased. A few show another scene, nothing, or the scene without "
        + "what moves in it. Sentences are drawn from a grammar of\neveryday words: synonyms, imperatives, contractions, denials, "
        + "corrections, pairs of facts, and what is never true. Every sentence has a truth\nin [0, 1] computed from the state, and a "
        + "sigmoid loss draws every pair of picture and sentence toward its truth. The\nbaseline and other sentences without a claim are "
        + "taught to be as near to every image. An auxiliary head, left behind afterwards, tells of every\nimage how true each fact is "
        + "and where each thing is.";

    private const string Kinds =
        "Rank is Spearman's correlation of the goal-baseline reward (alpha 0.5) with the graded truth of the sentence; best is what a "
        + "perfect order\nwould have, below 1 where many states are equally true, and the share is rank by best. Trained: every phrase it "
        + "was taught. Paraphrase:\nwordings kept back from training. Composition: pairs of facts kept apart in training. "
        + "Denial: the plain\n\"not\".";

    private const string Measures =
        "The success measures of the environment are computed apart from the facts. AUROC: how well the reward tells states where a "
        + "goal's measures\nhold from others. Calibration error: expected gap between a logistic function of the reward, fitted to half "
        + "of the states, and the outcomes\nof the other half. Look-alikes: share of the hard negatives where a measure fails that score "
        + "above the median of the states where all hold.";

    private const string Repeat =
        "States are a fifth each uniform, near keyframes, hard negatives, from random play and from a policy that learns the hand-built "
        + "task; no training\ndraws the same. `./embodied models eval` measures any model on them.";

    /// <summary>The page; equal cards give equal pages.</summary>
    public static string Of(ModelCard card)
    {
        string environments = string.Join(" and ", card.Environments.Select(name => $"`{name}`"));
        string size = Invariant($"{card.Parameters:N0} parameters, {card.Vocabulary} pieces of words"),
            batches = Invariant($"{card.Steps:N0} batches of {card.Pictures} pictures by {card.Sentences} sentences"),
            pictures = Invariant($"{card.Measured:N0} fresh images of each environment and condition");
        string figures = card.Outdated ?? $"""
            Figures are over {pictures}. {Repeat}

            {Kinds}

            {ModelCardTables.Kinds(card.Figures)}
            {Unmeasured(card)}{Measures}

            {ModelCardTables.Success(card.Figures)}
            {ModelCardTables.LeftOut(card)}## By source of states

            Rank correlation over trained sentences, plain images: median (least).

            {ModelCardTables.Sources(card.ByEnvironment)}
            ## Robustness

            Rank correlation over trained sentences: median (least) under each condition.

            {ModelCardTables.Conditions(card.ByEnvironment)}
            ## Pictures of something else

            The share of plain images that score lower, median over trained sentences: 0 is below all of them, 1 above all.

            {ModelCardTables.Negatives(card.ByEnvironment)}
            {ModelCardTables.Written(card.Written)}## Every sentence

            {ModelCardTables.Sentences(card.BySentence)}
            """;
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

            {figures}
            """).ReplaceLineEndings("\n").TrimEnd('\n') + "\n";
    }

    private static string Unmeasured(ModelCard card)
    {
        int count = card.BySentence.Count(figure => figure.Rank is null);
        return count == 0
            ? ""
            : Invariant($"Without a rank, because their truth hardly varies over the states: {count} of {card.BySentence.Count} ")
                + "sentences.\n\n";
    }
}
