using System.Globalization;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Rewards.Verifiers;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary><c>bench S35</c>: two phrasings of a question label each other where each alone would confirm its own error.</summary>
/// <remarks>
/// arXiv 2508.00410. Questions for a count, each phrased in two templates. The policy counts well where it reads the second template and is
/// mostly sure of one wrong number where it reads the first; some of its answers are no number. It writes real completions, which the
/// real verifier scores without a reference. The paper's rewrites are a model's; here they are the templates.
/// </remarks>
internal sealed class CrossViewVotingProof() : Proof("S35",
    "cross-view voting: two phrasings of a question, without any reference, repair the phrasing that a policy misreads.",
    "Figure: probability of the right answer over both phrasings after training, mean of 5 seeds. Reference: each phrasing labeled by its "
    + "own majority. It holds if the figure is higher in every seed, at least 0.9 in the mean, the phrasing that was answered well loses "
    + "less than 5 points in every seed, and a phrasing all of whose answers are no numbers gives no label.")
{
    private const int Seeds = 5, Questions = 12, Numbers = 6, Updates = 150;
    private const double Rate = 0.05, Misread = 0.5, RightOfMisread = 0.25, RightOfOther = 0.85, Silent = 0.05, LeastFigure = 0.9,
        MostLoss = 0.05;

    protected override BenchRow Prove(ulong firstSeed, CancellationToken cancel)
    {
        Outcome[] cross = ForSeeds(firstSeed, Seeds, seed => Train(isCross: true, seed), cancel),
            own = ForSeeds(firstSeed, Seeds, seed => Train(isCross: false, seed), cancel);
        double figure = cross.Average(one => one.Right), leastGain = cross.Zip(own, (one, other) => one.Right - other.Right).Min();
        double mostLoss = cross.Max(one => one.OtherBefore - one.Other);
        bool isSilent = IsSilentWhereNobodyAnswers();
        return Row(figure, "probability of the right answer", "each phrasing labeled by its own majority", own.Average(one => one.Right),
            leastGain > 0 && figure >= LeastFigure && mostLoss < MostLoss && isSilent,
            ("leastGain", leastGain), ("before", cross.Average(one => one.Before)), ("misread", cross.Average(one => one.Misread)),
            ("misreadByOwnMajority", own.Average(one => one.Misread)), ("labelAccuracy", cross.Average(one => one.Labels)),
            ("labelAccuracyOfOwnMajority", own.Average(one => one.Labels)), ("mostLossOfOther", mostLoss), ("silentVotes", isSilent));
    }

    private static Outcome Train(bool isCross, ulong seed)
    {
        var rng = Rng.For(seed, "S35");
        int[] right = [.. Enumerable.Range(0, Questions).Select(_ => rng.Below(Numbers))];
        int[] wrong = [.. right.Select(number => (number + 1 + rng.Below(Numbers - 1)) % Numbers)];
        var head = new ChoiceHead(2 * Questions, Numbers + 1, (action, feature) => Math.Log(Begin(action, feature)));
        var trainer = new CompletionTrainer([head], Rate, seed, "S35-completions");
        Question[] questions = [.. Enumerable.Range(0, 2 * Questions).Select(Ask)];
        var reward = new CrossViewVotingReward("votes", new CrossViewVotingOptions());
        (double before, double otherBefore) = (Right(head, 0, 2 * Questions), Right(head, Questions, Questions));
        (double labels, int voted) = (0, 0);
        for (int update = 0; update < Updates; update++)
        {
            Draft draft = trainer.Write(questions, Write);
            float[] rewards = isCross ? CompletionTrainer.Score(reward, draft.Batch) : OwnMajority(draft.Batch, reward);
            trainer.Learn(draft, rewards);
            for (int row = 0; row < rewards.Length; row++)
            {
                if (rewards[row] <= 0) continue;
                voted++;
                if (draft.Choices[row][0].Action == right[draft.Batch.PromptOf(row) % Questions]) labels++;
            }
        }

        return new Outcome(Right(head, 0, 2 * Questions), Right(head, 0, Questions), Right(head, Questions, Questions), before, otherBefore,
            labels / voted);

        double Begin(int action, int feature)
        {
            if (action == Numbers) return Silent;
            int question = feature % Questions;
            bool isMisread = feature < Questions;
            double ofRight = isMisread ? RightOfMisread : RightOfOther, ofWrong = isMisread ? Misread : 0.01;
            return action == right[question] ? ofRight : action == wrong[question] ? ofWrong
                : (1 - Silent - ofRight - ofWrong) / (Numbers - 2);
        }

        double Right(ChoiceHead of, int first, int count) => Enumerable.Range(first, count)
            .Average(i => of.Probabilities([MadeScene.OneHot(i, 2 * Questions)])[right[i % Questions]]);

        Question Ask(int i) => new(i < Questions ? $"How many cubes are in scene {i}?"
            : $"Count the cubes of scene {i - Questions}.", right[i % Questions].ToString(CultureInfo.InvariantCulture), AnswerForm.Number)
        { Pair = $"scene {i % Questions}" };

        string Write(int question, Pen pen)
        {
            int number = pen.Choose(head, MadeScene.OneHot(question, 2 * Questions));
            return MadeScene.Tagged("I count.", number == Numbers ? "quite some" : number.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>The same verifier with every phrasing beside itself.</summary>
    private static float[] OwnMajority(CompletionBatch batch, CrossViewVotingReward reward)
    {
        float[] rewards = new float[batch.Rows];
        for (int prompt = 0; prompt < batch.Prompts.Count; prompt++)
        {
            string[] texts = [.. batch.Texts.Skip(prompt * batch.Completions).Take(batch.Completions)];
            Question question = batch.Questions![prompt];
            CompletionTrainer.Score(reward, CompletionBatch.Of([question, question], batch.Completions, [.. texts, .. texts]))
                .AsSpan(0, texts.Length).CopyTo(rewards.AsSpan(prompt * batch.Completions));
        }

        return rewards;
    }

    private static bool IsSilentWhereNobodyAnswers()
    {
        Question[] pair = [.. new[] { "How many?", "Count." }
            .Select(prompt => new Question(prompt, "2", AnswerForm.Number) { Pair = "one" })];
        string[] texts = [MadeScene.Tagged("so", "2"), MadeScene.Tagged("so", "many"), MadeScene.Tagged("so", "many"), "no answer"];
        return CompletionTrainer.Score(new CrossViewVotingReward("votes", new CrossViewVotingOptions()), CompletionBatch.Of(pair, 2, texts))
            .All(score => score == 0);
    }

    private sealed record Outcome(double Right, double Misread, double Other, double Before, double OtherBefore, double Labels);
}
