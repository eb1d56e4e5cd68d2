using EmbodiedRL.Algorithms.Reasoning;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary><c>bench S62</c>: a buffer of samples that taught something makes up for groups that teach nothing.</summary>
/// <remarks>
/// arXiv 2504.16656. Questions of which half are answered almost always and half almost never, so that most groups are flat. A decoder of
/// one layer learns by <see cref="Grpo"/> with and without the selective sample buffer, from a rule alone: the paper's learned reward and
/// its preference stage are not part of this proof.
/// </remarks>
internal sealed class SelectiveSampleBufferProof() : Proof("S62",
    "the selective sample buffer: where most groups are flat, a target accuracy is reached with fewer new completions.",
    "Figure: new completions until the mean probability of right answers is 0.8, mean of 3 seeds. Reference: plain GRPO. It holds if the "
    + "figure is lower in every seed, the share of samples that teach something is higher with the buffer over the last updates that both "
    + "made, and the first update, when the buffer is empty, leaves the weights of plain GRPO bit for bit.")
{
    private const int Seeds = 3, Questions = 24, Letters = 8, Prompts = 8, Group = 8, Imitated = 150, MostUpdates = 1000, Every = 5,
        Last = 20;

    private const double ImitationRate = 5e-3, Rate = 3e-4, Target = 0.8, Easy = 0.95, Hard = 0.03;

    private static readonly string[] Answers = [.. Enumerable.Range(0, Letters).Select(i => $"{(char)('a' + i)}")];
    private static readonly string[] Words = [.. Enumerable.Range(0, Questions).Select(i => $"q{i}"), .. Answers];

    protected override bool UsesTorch => true;

    protected override BenchRow Prove(ulong firstSeed, CancellationToken cancel)
    {
        Outcome[] with = ForSeeds(firstSeed, Seeds, seed => Train(1, seed, cancel), cancel),
            without = ForSeeds(firstSeed, Seeds, seed => Train(0, seed, cancel), cancel);
        double leastGain = with.Zip(without, (one, other) => 1 - ((double)one.Completions / other.Completions)).Min();
        (double share, double plain) = (0, 0);
        foreach ((Outcome one, Outcome other) in with.Zip(without))
        {
            int both = Math.Min(one.Shares.Count, other.Shares.Count);
            share += one.Shares.Take(both).TakeLast(Last).Average() / Seeds;
            plain += other.Shares.Take(both).TakeLast(Last).Average() / Seeds;
        }

        bool isSameAtFirst = with.Zip(without).All(pair => pair.First.AfterOne.AsSpan().SequenceEqual(pair.Second.AfterOne));
        return Row(with.Average(one => one.Completions), "new completions", "plain GRPO", without.Average(one => one.Completions),
            leastGain > 0 && share > plain && isSameAtFirst && with.All(one => one.IsReached),
            ("leastGain", leastGain), ("share", share), ("shareReference", plain),
            ("shareAtFirst", without.Average(one => one.Shares.Take(Last).Average())),
            ("reached", with.Count(one => one.IsReached)), ("reachedReference", without.Count(one => one.IsReached)),
            ("before", with.Average(one => one.Before)), ("sameAtFirst", isSameAtFirst));
    }

    private static Outcome Train(double share, ulong seed, CancellationToken cancel)
    {
        using TokenPolicy policy = TokenPolicy.OfWords(Words, 1, seed);
        Question[] all = [.. Enumerable.Range(0, Questions).Select(i => new Question($"q{i}", Right(i), AnswerForm.Text))];
        policy.Imitate(Imitated, ImitationRate, step => Demonstrate(all, Rng.For(seed, "S62-people", step)));
        using var grpo = new Grpo(new GrpoOptions
        {
            Prompts = Prompts,
            Completions = Group,
            MaximumTokens = 1,
            LearningRate = Rate,
            Buffer = new SelectiveSampleBufferOptions { Share = share },
        }, policy.Model, seed);
        (double before, float[] afterOne) = (Accuracy(policy, all), []);
        var shares = new List<double>();
        for (int update = 0; update < MostUpdates; update++)
        {
            cancel.ThrowIfCancellationRequested();
            var rng = Rng.For(seed, "S62-asked", update);
            CompletionBatch batch = policy.Sample([.. Enumerable.Range(0, Prompts).Select(_ => all[rng.Below(Questions)])], Group);
            float[] rewards = [.. batch.Texts.Select((text, row) => text == batch.References![batch.PromptOf(row)] ? 1f : 0)];
            var drawn = new Drawn();
            grpo.Update(batch, rewards, default, drawn);
            int fresh = rewards.Chunk(Group).Where(group => group.Distinct().Count() > 1).Sum(group => group.Length);
            shares.Add((fresh + drawn.Count) / (rewards.Length + drawn.Count));
            if (update == 0) afterOne = Weights(policy);
            if ((update + 1) % Every == 0 && Accuracy(policy, all) >= Target)
                return new Outcome((update + 1) * Prompts * Group, true, shares, before, afterOne);
        }

        return new Outcome(MostUpdates * Prompts * Group, false, shares, before, afterOne);
    }

    private static string Right(int question) => Answers[question * 5 % Letters];

    /// <summary>People know the answers to half of the questions.</summary>
    private static Question[] Demonstrate(Question[] all, Rng rng) => [.. all.Select((question, i) =>
    {
        int right = Array.IndexOf(Answers, question.Reference);
        bool isRight = rng.NextDouble() < (i % 2 == 0 ? Easy : Hard);
        return question with { WorkedAnswer = Answers[isRight ? right : (right + 1 + rng.Below(Letters - 1)) % Letters] };
    })];

    /// <summary>Mean probability of right answers.</summary>
    private static double Accuracy(TokenPolicy policy, Question[] all)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable still = no_grad();
        return policy.LogProbabilities(all, [.. all.Select(question => policy.Model.Tokenizer.Encode(question.Reference))]).exp().mean()
            .ToDouble();
    }

    private static float[] Weights(TokenPolicy policy)
    {
        using DisposeScope scope = NewDisposeScope();
        return [.. policy.Model.Module.parameters().SelectMany(weight => weight.detach().data<float>().ToArray())];
    }

    private sealed record Outcome(int Completions, bool IsReached, List<double> Shares, double Before, float[] AfterOne);

    private sealed class Drawn : IMetricSink
    {
        public double Count { get; private set; }

        public void Write(string name, double value)
        {
            if (name == "buffer/drawn") Count = value;
        }
    }
}
