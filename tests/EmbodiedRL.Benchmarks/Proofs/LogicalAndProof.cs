using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Combinators;
using EmbodiedRL.Rewards.Transforms;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary><c>bench S56</c>: log-sigmoid centered rewards add up to "good in every property".</summary>
/// <remarks>
/// arXiv 2402.00742. Prompts with many answers and two conflicting log-odds rewards. The policies compared are the exact optima of reward
/// less gamma times the divergence from the base policy, at equal divergence, so nothing of a training enters. Where policies stay so near
/// to the base policy that hardly an answer is above a reference (<c>weak</c> in the row), there is no difference to be seen.
/// </remarks>
internal sealed class LogicalAndProof() : Proof("S56",
    "log-sigmoid centered rewards: added up, they ask for what is good in both of two conflicting properties.",
    "Figure: share of answers above both references under the optimal policy, mean of 10 draws of 200 prompts. Reference: the sum of the "
    + "rewards "
    + "as they are, at the same divergence from the base policy. It holds if the figure is higher in every draw, improvement varies "
    + "less from prompt to prompt, the optimum of a 20-action bandit is the base policy times both sigmoids, and the slope is "
    + "sigmoid(reference - reward).")
{
    private const int Seeds = 10, Prompts = 200, Answers = 200, Halvings = 80;
    private const double Gamma = 0.25, WeakGamma = 1, Conflict = -0.6, Spread = 2, Rounding = 1e-6, SlopeRounding = 1e-3, Quantile = 0.85;

    protected override BenchRow Prove(ulong firstSeed, CancellationToken cancel)
    {
        Drawing[] drawings = ForSeeds(firstSeed, Seeds, seed => Compare(seed, Gamma), cancel),
            weak = ForSeeds(firstSeed, Seeds, seed => Compare(seed, WeakGamma), cancel);
        double leastGain = drawings.Min(one => one.Both - one.BothOfSum);
        bool isSteadier = drawings.All(one => one.Variance < one.VarianceOfSum);
        (double closedForm, double slope) = (ClosedFormError(firstSeed), SlopeError());
        return Row(drawings.Average(one => one.Both), "share above both references", "the sum of rewards as they are, at equal divergence",
            drawings.Average(one => one.BothOfSum),
            leastGain > 0 && isSteadier && closedForm < Rounding && slope < SlopeRounding,
            ("leastGain", leastGain), ("divergence", drawings.Average(one => one.Divergence)),
            ("varianceOfImprovement", drawings.Average(one => one.Variance)),
            ("varianceOfImprovementOfSum", drawings.Average(one => one.VarianceOfSum)),
            ("weak", weak.Average(one => one.Both)), ("weakOfSum", weak.Average(one => one.BothOfSum)),
            ("closedFormError", closedForm), ("slopeError", slope));
    }

    private static Drawing Compare(ulong seed, double gamma)
    {
        var rng = Rng.For(seed, "S56");
        Prompt[] prompts = new Prompt[Prompts];
        for (int i = 0; i < Prompts; i++) prompts[i] = Prompt.Draw(Answers, ref rng);
        double divergence = Tilted(prompts, prompt => prompt.And, gamma).Divergence;
        (double low, double high) = (1e-4, 1e4); // of gamma for the sum, by halving
        for (int i = 0; i < Halvings; i++)
        {
            double middle = Math.Sqrt(low * high);
            if (Tilted(prompts, prompt => prompt.Sum, middle).Divergence > divergence) low = middle;
            else high = middle;
        }

        (_, double both, double variance) = Tilted(prompts, prompt => prompt.And, gamma);
        (_, double bothOfSum, double varianceOfSum) = Tilted(prompts, prompt => prompt.Sum, high);
        return new Drawing(divergence, both, bothOfSum, variance, varianceOfSum);
    }

    /// <summary>
    /// The optimal policies: mean divergence, share above both references, and variance of what the transformed rewards gain per prompt.
    /// </summary>
    private static (double Divergence, double Both, double Variance) Tilted(Prompt[] prompts, Func<Prompt, float[]> reward, double gamma)
    {
        double[] divergences = new double[prompts.Length], both = new double[prompts.Length], gains = new double[prompts.Length];
        for (int i = 0; i < prompts.Length; i++)
        {
            double[] policy = Optimum(prompts[i].Base, reward(prompts[i]), gamma);
            for (int answer = 0; answer < policy.Length; answer++)
            {
                double probability = policy[answer], before = prompts[i].Base[answer];
                if (probability > 0) divergences[i] += probability * Math.Log(probability / before);
                if (prompts[i].IsAboveBoth(answer)) both[i] += probability;
                gains[i] += (probability - before) * prompts[i].Sum[answer];
            }
        }

        double mean = gains.Average();
        return (divergences.Average(), both.Average(), gains.Average(gain => (gain - mean) * (gain - mean)));
    }

    private static double[] Optimum(double[] start, float[] reward, double gamma)
    {
        double largest = reward.Max();
        double[] weights = [.. start.Select((probability, i) => probability * Math.Exp((reward[i] - largest) / gamma))];
        double sum = weights.Sum();
        return Array.ConvertAll(weights, weight => weight / sum);
    }

    private static double ClosedFormError(ulong seed)
    {
        var rng = Rng.For(seed, "S56-closed-form");
        var prompt = Prompt.Draw(20, ref rng);
        double[] found = Optimum(prompt.Base, prompt.And, Gamma);
        double[] weights = [.. prompt.Base.Select((probability, i) => probability
            * Math.Pow(Sigmoid((double)prompt.First[i] - prompt.FirstReference), 1 / Gamma)
            * Math.Pow(Sigmoid((double)prompt.Second[i] - prompt.SecondReference), 1 / Gamma))];
        double sum = weights.Sum();
        return found.Zip(weights, (left, right) => Math.Abs(left - (right / sum))).Max();
    }

    private static double SlopeError()
    {
        const float step = 0.0078125f; // a power of two, so that what is differenced is exact
        const float reference = 1.5f;
        double worst = 0;
        for (float score = -6; score <= 6; score += 0.5f)
        {
            float[] around = Prompt.Transform([score - step, score + step], reference);
            worst = Math.Max(worst, Math.Abs(((around[1] - around[0]) / (2.0 * step)) - Sigmoid(reference - score)));
        }

        return worst;
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private readonly record struct Drawing(double Divergence, double Both, double BothOfSum, double Variance, double VarianceOfSum);

    /// <summary>Answers of a base policy, two rewards of each, and their references: quantiles of the base policy's answers.</summary>
    private sealed record Prompt(double[] Base, float[] First, float[] Second, float FirstReference, float SecondReference)
    {
        /// <summary>[answers], the sum of the transformed rewards.</summary>
        public float[] And { get; } = Combine(Transform(First, FirstReference), Transform(Second, SecondReference));

        /// <summary>[answers], the sum of the rewards as they are.</summary>
        public float[] Sum { get; } = Combine(First, Second);

        public bool IsAboveBoth(int answer) => First[answer] > FirstReference && Second[answer] > SecondReference;

        public static Prompt Draw(int answers, ref Rng rng)
        {
            (double[] start, float[] first, float[] second) = (new double[answers], new float[answers], new float[answers]);
            (double scale, double offset) = (Spread * Math.Exp(0.5 * rng.Normal()), rng.Normal());
            for (int i = 0; i < answers; i++)
            {
                (double one, double other) = (rng.Normal(), rng.Normal());
                start[i] = Math.Exp(0.5 * rng.Normal());
                first[i] = (float)(offset + (scale * one));
                second[i] = (float)(scale * ((Conflict * one) + (Math.Sqrt(1 - (Conflict * Conflict)) * other)));
            }

            double sum = start.Sum();
            return new Prompt(Array.ConvertAll(start, weight => weight / sum), first, second, Reference(first), Reference(second));
        }

        public static float[] Transform(float[] scores, float reference)
        {
            float[] changed = [.. scores];
            new LogSigmoidCentered(new LogSigmoidCenteredOptions { Against = LogSigmoidCenteredOptions.Given, References = [reference] })
                .Apply(Batch(changed.Length), changed, EpisodeBatch.Context(0));
            return changed;
        }

        private static float Reference(float[] scores)
        {
            float[] sorted = [.. scores.Order()];
            return sorted[(int)(Quantile * (sorted.Length - 1))];
        }

        private static float[] Combine(float[] first, float[] second)
        {
            float[] rewards = new float[first.Length];
            new WeightedSum().Combine(Batch(rewards.Length), [new TermScores("first", 1, first), new TermScores("second", 1, second)],
                rewards, EpisodeBatch.Context(0));
            return rewards;
        }

        private static CompletionBatch Batch(int rows) => new(["p"], rows, new string[rows]);
    }
}
