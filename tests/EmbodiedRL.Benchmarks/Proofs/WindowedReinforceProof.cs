using EmbodiedRL.Algorithms.Reasoning;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Models.Optimizers;
using TorchSharp;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary><c>bench S14</c>: policy gradients on the error rate, averaged over windows of time.</summary>
/// <remarks>
/// arXiv 2003.03983. In place of lips: a finger that draws a code of three strokes for each of 8 letters, some of them smudged. A decoder
/// of one layer reads the strokes of a word and writes its letters. From one checkpoint of cross-entropy it goes on, on the same drawings,
/// by cross-entropy alone, with plain REINFORCE on the error rate, and with windows. How rewards are split over steps, the window, and the
/// share of the policy gradient are this project's: the paper's are not confirmed.
/// </remarks>
internal sealed class WindowedReinforceProof() : Proof("S14",
    "the pseudo-convolutional policy gradient: windows of time lower the variance of the gradient and the error rate.",
    "Figure: character error rate of likeliest words on drawings never trained on, mean of 5 seeds. Reference: the same steps with plain "
    + "REINFORCE. It holds if windows end no higher than plain REINFORCE and that no higher than cross-entropy alone in the mean, the "
    + "gradient of single samples at the checkpoint varies less with windows in every seed, and windows of one step give the gradient of "
    + "plain REINFORCE to rounding. Beside it (noiseToSignal): the deviation of the gradient as a multiple of its mean's norm.")
{
    private const int Seeds = 5, Letters = 8, Length = 3, Strokes = 3, Lexicon = 60, Trained = 4096, Held = 2048, Rows = 32;
    private const int Imitated = 800, Rewarded = 200, Samples = 256;
    private const double Smudged = 0.2, Rate = 5e-3, RewardedRate = 1e-3, Lambda = 0.9, Rounding = 1e-5;

    private static readonly string[] Alphabet = [.. Enumerable.Range(0, Letters).Select(i => $"{(char)('a' + i)}")];
    private static readonly string[] Words = [.. Enumerable.Range(0, 4).Select(direction => $"s{direction}"), .. Alphabet];
    private static readonly WindowedReinforceOptions Plain = new() { Window = 1, Stride = 1, Lambda = Lambda },
        Windows = Plain with { Window = 2 };

    protected override bool UsesTorch => true;

    protected override BenchRow Prove(ulong firstSeed, CancellationToken cancel)
    {
        Outcome[] all = ForSeeds(firstSeed, Seeds, seed => Compare(seed, cancel), cancel);
        double windows = all.Average(one => one.Windows), plain = all.Average(one => one.Plain), cross = all.Average(one => one.Cross);
        bool isSteadier = all.All(one => one.OfWindows.Variance < one.OfPlain.Variance);
        double apart = all.Max(one => one.Apart);
        return Row(windows, "character error rate", "plain REINFORCE", plain,
            windows <= plain && plain <= cross && isSteadier && apart < Rounding,
            ("crossEntropy", cross), ("before", all.Average(one => one.Before)),
            ("leastGain", all.Min(one => one.Plain - one.Windows)), ("leastGainOfPlain", all.Min(one => one.Cross - one.Plain)),
            ("variance", all.Average(one => one.OfWindows.Variance)), ("varianceOfPlain", all.Average(one => one.OfPlain.Variance)),
            ("noiseToSignal", all.Average(one => one.OfWindows.Noise)), ("noiseToSignalOfPlain", all.Average(one => one.OfPlain.Noise)),
            ("differenceOfOneStep", apart));
    }

    private static Outcome Compare(ulong seed, CancellationToken cancel)
    {
        var rng = Rng.For(seed, "S14-lexicon");
        string[] lexicon = [.. Enumerable.Range(0, Lexicon).Select(_ =>
            string.Join(' ', Enumerable.Range(0, Length).Select(_ => Alphabet[rng.Below(Letters)])))];
        Question[] trained = Draw(lexicon, Trained, Rng.For(seed, "S14-trained")), held = Draw(lexicon, Held, Rng.For(seed, "S14-held"));
        using TokenPolicy policy = TokenPolicy.OfWords(Words, Length + 1, seed);
        policy.Imitate(Imitated, Rate, step => Choose(trained, seed, step));
        Tensor[] checkpoint = [.. policy.Model.Module.parameters().Select(weight => weight.detach().clone())];
        try
        {
            double before = ErrorRate(policy, held);
            (Gradients ofWindows, Gradients ofPlain, double apart) =
                (Spread(policy, trained, Windows), Spread(policy, trained, Plain), OneStepError(policy, trained));
            double[] rates = [.. new[] { null, Plain, Windows }.Select(options =>
            {
                cancel.ThrowIfCancellationRequested();
                Restore(policy, checkpoint);
                Learn(policy, trained, options, seed);
                return ErrorRate(policy, held);
            })];
            return new Outcome(before, rates[0], rates[1], rates[2], ofWindows, ofPlain, apart);
        }
        finally
        {
            foreach (Tensor weight in checkpoint) weight.Dispose();
        }
    }

    /// <summary>Goes on by cross-entropy, alone or with a policy gradient.</summary>
    private static void Learn(TokenPolicy policy, Question[] trained, WindowedReinforceOptions? options, ulong seed)
    {
        using var weights = new TrainedWeights(policy.Model.Module.named_parameters().Select(pair => (pair.name, pair.parameter)));
        using var adam = new Adam(weights.Values, weights.Gradients, new AdamSettings(), null);
        for (int step = 0; step < Rewarded; step++)
        {
            using DisposeScope scope = NewDisposeScope();
            Question[] questions = Choose(trained, seed, Imitated + step);
            weights.ZeroGradients();
            Tensor cross = policy.CrossEntropy(questions);
            (options is null ? cross : Sampled(policy, policy.Sample(questions, 1), cross, options)).backward();
            weights.Gather();
            adam.Step(RewardedRate, 1);
            weights.Scatter();
        }
    }

    /// <summary>The method's loss of completions.</summary>
    private static Tensor Sampled(TokenPolicy policy, CompletionBatch batch, Tensor? cross, WindowedReinforceOptions options)
    {
        (Tensor log, Tensor rewards, int[] lengths) = Steps(policy, batch);
        Tensor baseline = rewards.sum() / lengths.Sum(); // what a step earns in the mean
        return WindowedReinforce.Loss(log, rewards, lengths, baseline, cross, options);
    }

    /// <summary>[B, T] log-probabilities and rewards of steps, and lengths; the token that ends a word earns nothing.</summary>
    private static (Tensor Log, Tensor Rewards, int[] Lengths) Steps(TokenPolicy policy, CompletionBatch batch)
    {
        int[] lengths = [.. batch.Tokens!.Select(tokens => tokens.Length)];
        int width = lengths.Max();
        long[] places = [.. lengths.SelectMany((length, row) => Enumerable.Range(0, length).Select(i => (long)((row * width) + i)))];
        float[] rewards = new float[lengths.Length * width];
        for (int row = 0; row < lengths.Length; row++)
        {
            int[] letters = [.. batch.Tokens![row].Where(token => token != WordTokenizer.End)];
            double[] steps = WindowedReinforce.StepRewards(letters,
                policy.Model.Tokenizer.Encode(batch.References![batch.PromptOf(row)]));
            for (int i = 0; i < steps.Length; i++) rewards[(row * width) + i] = (float)steps[i];
        }

        Question[] asked = [.. Enumerable.Range(0, lengths.Length).Select(row => batch.Questions![batch.PromptOf(row)])];
        Tensor log = zeros(lengths.Length * width).scatter(0, tensor(places), policy.LogProbabilities(asked, batch.Tokens!));
        return (log.view(lengths.Length, width), tensor(rewards).view(lengths.Length, width), lengths);
    }

    /// <summary>Of gradients of single samples: the variance, summed over weights, and its root as a multiple of the mean's norm.</summary>
    private static Gradients Spread(TokenPolicy policy, Question[] trained, WindowedReinforceOptions options)
    {
        Parameter[] weights = [.. policy.Model.Module.parameters()];
        using DisposeScope scope = NewDisposeScope();
        Tensor sum = zeros(weights.Sum(weight => weight.numel())), squares = zeros_like(sum);
        for (int i = 0; i < Samples; i++)
        {
            using DisposeScope one = NewDisposeScope();
            CompletionBatch batch = policy.Sample([trained[i % trained.Length]], 1);
            Tensor gradient = Gradient(weights, Sampled(policy, batch, null, options));
            sum.add_(gradient);
            squares.add_(gradient.square());
        }

        Tensor mean = sum / Samples;
        double variance = ((squares / Samples) - mean.square()).sum().ToDouble();
        return new Gradients(variance, Math.Sqrt(variance) / mean.norm().ToDouble());
    }

    /// <summary>How far windows of one step are from REINFORCE written out, at most of all weights.</summary>
    private static double OneStepError(TokenPolicy policy, Question[] trained)
    {
        Parameter[] weights = [.. policy.Model.Module.parameters()];
        using DisposeScope scope = NewDisposeScope();
        CompletionBatch batch = policy.Sample(trained[..Rows], 1);
        (Tensor log, Tensor rewards, int[] lengths) = Steps(policy, batch);
        Tensor windows = Gradient(weights, WindowedReinforce.Loss(log, rewards, lengths, tensor(0.1f), null, Plain with { Lambda = 1 }));
        (log, rewards, _) = Steps(policy, batch); // log-probabilities after the end are 0, and so is their gradient
        Tensor plain = Gradient(weights, -((rewards - 0.1f) * log).sum() / lengths.Sum());
        return (windows - plain).abs().max().ToDouble();
    }

    private static Tensor Gradient(Parameter[] weights, Tensor loss)
    {
        foreach (Parameter weight in weights) weight.grad?.zero_();
        loss.backward();
        return cat([.. weights.Select(weight => weight.grad!.flatten())]);
    }

    private static void Restore(TokenPolicy policy, Tensor[] checkpoint)
    {
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach ((Parameter weight, Tensor kept) in policy.Model.Module.parameters().Zip(checkpoint)) weight.copy_(kept);
    }

    private static double ErrorRate(TokenPolicy policy, Question[] questions)
    {
        IReadOnlyList<string> said = policy.Answer(questions);
        return questions.Select((question, i) => 1 - WindowedReinforce.StepRewards(policy.Model.Tokenizer.Encode(said[i]),
            policy.Model.Tokenizer.Encode(question.Reference)).Sum()).Average();
    }

    private static Question[] Choose(Question[] trained, ulong seed, int step)
    {
        var rng = Rng.For(seed, "S14-chosen", step);
        return [.. Enumerable.Range(0, Rows).Select(_ => trained[rng.Below(trained.Length)])];
    }

    private static Question[] Draw(string[] lexicon, int count, Rng rng)
    {
        var questions = new Question[count];
        for (int i = 0; i < count; i++)
        {
            string word = lexicon[rng.Below(lexicon.Length)];
            var strokes = new List<string>();
            foreach (string letter in word.Split(' '))
                for (int k = 0; k < Strokes; k++)
                    strokes.Add($"s{(rng.NextDouble() < Smudged ? rng.Below(4) : Stroke(Array.IndexOf(Alphabet, letter), k))}");
            questions[i] = new Question(string.Join(' ', strokes), word, AnswerForm.Text) { WorkedAnswer = word };
        }

        return questions;
    }

    /// <summary>The direction of a stroke of a letter: no two letters share more than two.</summary>
    private static int Stroke(int letter, int k) => k switch
    {
        0 => letter % 4,
        1 => (letter / 4) + (letter % 2),
        _ => ((letter * 3) + 1) % 4,
    };

    private readonly record struct Gradients(double Variance, double Noise);

    private sealed record Outcome(double Before, double Cross, double Plain, double Windows, Gradients OfWindows, Gradients OfPlain,
        double Apart);
}
