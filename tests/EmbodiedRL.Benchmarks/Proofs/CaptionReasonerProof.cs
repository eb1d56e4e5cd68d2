using System.Text.RegularExpressions;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Rewards.Verifiers;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary><c>bench S05</c>: a captioner that is paid where a program which never sees the picture answers right from its
/// caption.</summary> <remarks> arXiv 2506.04559. Scenes of five objects and four kinds of questions. The captioner says at most two of
/// color, shape and side of each object, chosen by the kind of question; it is pre-trained to name objects without attributes. Reasoners
/// are two programs: one counts what the caption says, the other, never learned from, guesses what it does not say.
/// </remarks>
internal sealed class CaptionReasonerProof() : Proof("S05",
    "RACRO: a captioner learns to tell what the question needs, and another reasoner answers from its captions too.",
    "Figure: share of held-out questions that the reasoner answers right from captions, mean of 5 seeds. Reference: captions of the "
    + "pre-trained captioner. It holds if the figure is 0.25 above the reference in every seed, and a second reasoner, put in without "
    + "training, keeps 80% of that gain and itself answers 0.25 more than from captions of the pre-trained captioner.")
{
    private const int Seeds = 5, Objects = 5, Questions = 16, Updates = 80, HeldOut = 300, Kinds = 4;
    private const double Rate = 0.05, Habit = 3, Gain = 0.25, Kept = 0.8;

    /// <summary>What a sentence may say of an object: 1 color, 2 shape, 4 side.</summary>
    private static readonly int[] Details = [0, 1, 2, 4, 3, 5, 6];

    protected override BenchRow Prove(ulong firstSeed, CancellationToken cancel)
    {
        Outcome[] runs = ForSeeds(firstSeed, Seeds, Train, cancel);
        double leastGain = runs.Min(run => run.Trained - run.Before), leastKept = runs.Min(run =>
            (run.TrainedOfOther - run.Before) / (run.Trained - run.Before));
        double leastGainOfOther = runs.Min(run => run.TrainedOfOther - run.BeforeOfOther);
        return Row(runs.Average(run => run.Trained), "share answered right", "captions of the pre-trained captioner",
            runs.Average(run => run.Before), leastGain >= Gain && leastKept >= Kept && leastGainOfOther >= Gain,
            ("leastGain", leastGain), ("secondReasoner", runs.Average(run => run.TrainedOfOther)),
            ("secondReasonerBefore", runs.Average(run => run.BeforeOfOther)), ("leastShareKept", leastKept),
            ("leastGainOfSecond", leastGainOfOther),
            ("needed", runs.Average(run => run.Needed)), ("neededBefore", runs.Average(run => run.NeededBefore)));
    }

    private static Outcome Train(ulong seed)
    {
        var rng = Rng.For(seed, "S05");
        var details = new ChoiceHead(Kinds, Details.Length, (detail, _) => detail == 0 ? Habit : 0);
        ChoiceHead before = details.Copy();
        var trainer = new CompletionTrainer([details], Rate, seed, "S05-captions") { Completions = 4 };
        var options = new CaptionReasonerOptions { Model = "reasoner" };
        using var reward = new CaptionReasonerReward("answered", options, new SentenceReader());
        using var other = new CaptionReasonerReward("answered", options, new Estimator());
        for (int update = 0; update < Updates; update++)
        {
            Asked[] asked = Ask(Questions, ref rng);
            trainer.Learn(reward, [.. asked.Select(one => one.Question)], (i, pen) => Write(asked[i], details, pen));
        }

        var heldOut = Rng.For(seed, "S05-held-out");
        Asked[] tests = Ask(HeldOut, ref heldOut);
        return new Outcome(Answered(reward, before), Answered(reward, details), Answered(other, before), Answered(other, details),
            Needed(before), Needed(details));

        double Answered(CaptionReasonerReward by, ChoiceHead captioner) => CompletionTrainer.Score(by, CompletionBatch.Of(
            [.. tests.Select(one => one.Question)], 1,
            [.. tests.Select((one, i) => Write(one, captioner, Pen.Drawing(Rng.For(seed, "S05-tests", i))))])).Average();

        double Needed(ChoiceHead captioner) => Enumerable.Range(0, Kinds)
            .Average(kind => captioner.Probabilities([MadeScene.OneHot(kind, Kinds)])[Array.IndexOf(Details, Asked.Needs[kind])]);
    }

    private static Asked[] Ask(int count, ref Rng rng)
    {
        var asked = new Asked[count];
        for (int i = 0; i < count; i++)
        {
            var scene = MadeScene.Draw(Objects, ref rng);
            asked[i] = Asked.Of(scene, rng.Below(Kinds), scene.Objects[rng.Below(Objects)]);
        }

        return asked;
    }

    private static string Write(Asked asked, ChoiceHead details, Pen pen) => MadeScene.Tagged("I look at every thing.", string.Join(' ',
        asked.Scene.Objects.Select(one => Sentence(one, Details[pen.Choose(details, MadeScene.OneHot(asked.Kind, Kinds))]))));

    private static string Sentence(MadeObject one, int detail) => $"There is a {((detail & 1) == 0 ? "" : $"{one.ColorName} ")}"
        + $"{((detail & 2) == 0 ? "thing" : one.ShapeName)}{((detail & 4) == 0 ? "" : $" on the {Asked.Side(one)}")}.";

    private readonly record struct Outcome(double Before, double Trained, double BeforeOfOther, double TrainedOfOther,
        double NeededBefore, double Needed);

    /// <summary>A question of a scene: each kind needs two of color, shape and side.</summary>
    private sealed record Asked(MadeScene Scene, int Kind, Question Question)
    {
        public static readonly int[] Needs = [3, 5, 6, 3];

        public static string Side(MadeObject one) => one.Box.Center.X < MadeScene.Side / 2.0 ? "left" : "right";

        public static Asked Of(MadeScene scene, int kind, MadeObject about)
        {
            (string prompt, Func<MadeObject, bool> fits) = kind switch
            {
                0 => ($"How many things are {about.ColorName} {about.ShapeName}?", (Func<MadeObject, bool>)(one => one.Name == about.Name)),
                1 => ($"How many things are {about.ColorName} {Side(about)}?",
                    one => one.Color == about.Color && Side(one) == Side(about)),
                2 => ($"How many things are {about.ShapeName} {Side(about)}?",
                    one => one.Shape == about.Shape && Side(one) == Side(about)),
                _ => ($"Is a {about.ColorName} {MadeScene.Shapes[(about.Shape + 1) % MadeScene.Shapes.Count]} there?",
                    one => one.Color == about.Color && one.Shape == (about.Shape + 1) % MadeScene.Shapes.Count),
            };
            int count = scene.Objects.Count(fits);
            return new Asked(scene, kind, kind < 3 ? new Question(prompt, $"{count}", AnswerForm.Number)
                : new Question(prompt, count > 0 ? "yes" : "no", AnswerForm.Option) { Options = ["yes", "no"] });
        }
    }

    /// <summary>A program that answers from a description and a question.</summary>
    private abstract class Reader(string name) : ITextModel
    {
        public string Name => name;

        public ValueTask<IReadOnlyList<string>> ReplyAsync(IReadOnlyList<string> prompts, CancellationToken cancel)
        {
            cancel.ThrowIfCancellationRequested();
            return ValueTask.FromResult<IReadOnlyList<string>>([.. prompts.Select(Reply)]);
        }

        protected abstract int Count(string[] sentences, string[] wanted);

        private string Reply(string prompt)
        {
            string[] parts = prompt.Split("Question: ");
            string question = parts[1].Split('\n')[0];
            string[] wanted = [.. Regex.Matches(question, "[a-z]+").Select(word => word.Value).Where(IsAttribute)];
            int count = Count(parts[0].Split('.', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries), wanted);
            return question.StartsWith("How", StringComparison.Ordinal) ? $"{count}" : count > 0 ? "yes" : "no";
        }

        private static bool IsAttribute(string word) =>
            MadeScene.Colors.Contains(word) || MadeScene.Shapes.Contains(word) || word is "left" or "right";
    }

    /// <summary>Counts sentences that say all that is asked for.</summary>
    private sealed class SentenceReader() : Reader("sentences")
    {
        protected override int Count(string[] sentences, string[] wanted) =>
            sentences.Count(sentence => wanted.All(word => sentence.Contains(word, StringComparison.Ordinal)));
    }

    /// <summary>Counts what is to be expected: an attribute that is not told is as likely as any of its kind.</summary>
    private sealed class Estimator() : Reader("estimates")
    {
        private static readonly IReadOnlyList<string>[] Attributes = [MadeScene.Colors, MadeScene.Shapes, ["left", "right"]];

        protected override int Count(string[] sentences, string[] wanted) => (int)Math.Round(sentences.Sum(sentence =>
        {
            string[] words = sentence.Split(' ');
            double probability = 1;
            foreach (string word in wanted)
            {
                IReadOnlyList<string> alike = Attributes.First(kind => kind.Contains(word));
                probability *= words.Contains(word) ? 1 : words.Any(alike.Contains) ? 0 : 1.0 / alike.Count;
            }

            return probability;
        }), MidpointRounding.AwayFromZero);
    }
}
