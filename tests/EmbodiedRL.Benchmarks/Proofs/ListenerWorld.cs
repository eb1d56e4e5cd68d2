using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models.Losses;
using EmbodiedRL.Models.Networks;
using EmbodiedRL.Models.Optimizers;
using EmbodiedRL.Models.Tensors;
using EmbodiedRL.Rewards;
using EmbodiedRL.Rewards.Combinators;
using EmbodiedRL.Rewards.Sources;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary>What became of a policy on held-out camera angles, before and after it learned from rewards.</summary>
internal sealed record ListenerOutcome(double Contradictions, double Accuracy, double Before, double AccuracyBefore);

/// <summary>Pairs of drawn scenes, a listener trained on true words, and policies that learn to reason and answer.</summary>
internal sealed class ListenerWorld : IDisposable
{
    private const int Side = 10, Scene = Side * Side * 2, Words = 5, Hidden = 64, Group = 8, Prompts = 64, Held = 2048;
    private const int Imitated = 150, Rewarded = 800, Told = 400;
    private const double CarelessWord = 0.3, CarelessAnswer = 0.1, Rate = 2e-3, RewardedRate = 1e-3;
    private const string Question = "In which scene is the cube nearer the goal?";

    private static readonly string[] Names = ["touching", "close", "apart", "distant", "remote"], Choices = ["A", "B"];
    private static readonly double[] Bounds = [0.3, 0.6, 0.9, 1.3];
    private static readonly int[] FirstSizes = [2 * Scene, Hidden, Words], SecondSizes = [(2 * Scene) + Words, Hidden, Words],
        AnswerSizes = [(2 * Scene) + (2 * Words), Hidden, 2], ListenerSizes = [2 * Words, 16, 2];

    private readonly ulong _seed;
    private readonly ParameterVector _listenerWeights;
    private readonly Listener _listener;

    public ListenerWorld(ulong seed)
    {
        _seed = seed;
        _listenerWeights = new ParameterVector(CPU, [.. Mlp.Shapes("listener", ListenerSizes)]);
        _listener = new Listener(new MlpModule(_listenerWeights, "listener", ListenerSizes));
        TrainListener();
    }

    /// <summary>Trains a policy from the same beginning; only the weight of the listener's term differs.</summary>
    public async Task<ListenerOutcome> TrainAsync(float listenerWeight, CancellationToken cancel)
    {
        using var weights = new ParameterVector(CPU,
            [.. Mlp.Shapes("first", FirstSizes), .. Mlp.Shapes("second", SecondSizes), .. Mlp.Shapes("answer", AnswerSizes)]);
        using var policy = new Policy(weights, _seed);
        using (var adam = new Adam(weights))
            for (int step = 0; step < Imitated; step++) Imitate(policy, weights, adam, step);
        (double before, double accuracyBefore) = await JudgeAsync(policy, cancel);
        using var stack = new RewardStack(
        [
            new RewardTerm(new Rule("format", (text, _) => text.Contains("</think><answer>", StringComparison.Ordinal)), [], 1),
            new RewardTerm(new Rule("accuracy", (text, right) => text.Contains($"<answer>{right}</answer>", StringComparison.Ordinal)), [],
                0.5f),
            new RewardTerm(new ListenerReward("listener", _listener, Options), [], listenerWeight),
        ], BatchFields.Prompts | BatchFields.Texts | BatchFields.References, new WeightedSum(), "the proof");
        using (var adam = new Adam(weights))
            for (int step = 0; step < Rewarded; step++)
            {
                cancel.ThrowIfCancellationRequested();
                await LearnAsync(policy, weights, adam, stack, step, cancel);
            }

        (double contradictions, double accuracy) = await JudgeAsync(policy, cancel);
        return new ListenerOutcome(contradictions, accuracy, before, accuracyBefore);
    }

    public void Dispose()
    {
        _listener.Network.Dispose();
        _listenerWeights.Dispose();
    }

    private static ListenerOptions Options => new() { Model = "words", Choices = Choices, Images = false, AtOnce = Held };

    /// <summary>Pairs of scenes: pictures, true distance words, and which is nearer.</summary>
    private static (float[] Pictures, int[] Words, int[] Nearer) Draw(int count, ref Rng rng, bool heldOut)
    {
        float[] pictures = new float[count * 2 * Scene];
        int[] words = new int[count * 2], nearer = new int[count];
        Span<double> distances = stackalloc double[2];
        for (int i = 0; i < count; i++)
        {
            do
            {
                pictures.AsSpan(i * 2 * Scene, 2 * Scene).Clear();
                for (int k = 0; k < 2; k++) distances[k] = DrawScene(pictures.AsSpan(((i * 2) + k) * Scene, Scene), ref rng, heldOut);
            }
            while (Word(distances[0]) == Word(distances[1])); // the words of a pair can tell it apart
            for (int k = 0; k < 2; k++) words[(i * 2) + k] = Word(distances[k]);
            nearer[i] = distances[0] < distances[1] ? 0 : 1;
        }

        return (pictures, words, nearer);
    }

    /// <summary>
    /// A cube and a goal as soft spots in channels of their own; the camera is turned, and held out are its angles near a diagonal.
    /// </summary>
    private static double DrawScene(Span<float> picture, ref Rng rng, bool heldOut)
    {
        double angle;
        do angle = rng.Uniform(0, 2 * Math.PI);
        while (angle % (Math.PI / 2) is > 0.6 and < 0.97 != heldOut);
        double cx = rng.Uniform(-0.7, 0.7), cy = rng.Uniform(-0.7, 0.7), gx = rng.Uniform(-0.7, 0.7), gy = rng.Uniform(-0.7, 0.7);
        Spot(picture[..(Side * Side)], cx, cy, angle);
        Spot(picture[(Side * Side)..], gx, gy, angle);
        return Math.Sqrt(((cx - gx) * (cx - gx)) + ((cy - gy) * (cy - gy)));
    }

    private static void Spot(Span<float> channel, double x, double y, double angle)
    {
        (double sine, double cosine) = Math.SinCos(angle);
        double u = (((cosine * x) - (sine * y) + 1) / 2) * (Side - 1), v = (((sine * x) + (cosine * y) + 1) / 2) * (Side - 1);
        for (int row = 0; row < Side; row++)
            for (int column = 0; column < Side; column++)
                channel[(row * Side) + column] = (float)Math.Exp(-(((column - u) * (column - u)) + ((row - v) * (row - v))) / 2);
    }

    private static int Word(double distance) => Bounds.Count(bound => bound <= distance);

    private static string Text(int first, int second, int answer) =>
        $"<think>left {Names[first]} right {Names[second]}</think><answer>{Choices[answer]}</answer>";

    private static CompletionBatch Batch(int[][] said, int[] nearer, int group) => new(
        [.. nearer.Select(_ => Question)], group, [.. said.Select(words => Text(words[0], words[1], words[2]))])
    {
        References = [.. nearer.Select(side => Choices[side])],
    };

    private void TrainListener()
    {
        var rng = Rng.For(_seed, "listener");
        Mlp.Initialize(_listenerWeights, "listener", ListenerSizes, 1, ref rng);
        using var adam = new Adam(_listenerWeights);
        for (int step = 0; step < Told; step++)
        {
            using DisposeScope scope = NewDisposeScope();
            (_, int[] words, int[] nearer) = Draw(128, ref rng, heldOut: false);
            _listenerWeights.Gradients.zero_();
            Tensor logits = _listener.Network.forward(OneHot(words, Words).view(128, -1));
            nn.functional.cross_entropy(logits, Whole(nearer)).backward();
            adam.Step(1e-2);
        }
    }

    /// <summary>People's demonstrations, whose words are often careless while their answers are mostly right.</summary>
    private void Imitate(Policy policy, ParameterVector weights, Adam adam, int step)
    {
        var rng = Rng.For(_seed, "imitate", step);
        (float[] pictures, int[] words, int[] nearer) = Draw(128, ref rng, heldOut: false);
        int[][] said = new int[nearer.Length][];
        for (int i = 0; i < said.Length; i++)
        {
            int[] line = [words[2 * i], words[(2 * i) + 1], nearer[i]];
            for (int k = 0; k < 2; k++)
                if (rng.NextDouble() < CarelessWord) line[k] = rng.Below(Words);
            if (rng.NextDouble() < CarelessAnswer) line[2] = 1 - line[2];
            said[i] = line;
        }

        using DisposeScope scope = NewDisposeScope();
        weights.Gradients.zero_();
        policy.LogProbability(tensor(pictures).view(said.Length, -1), said).mean().neg().backward();
        adam.Step(Rate);
    }

    private async Task LearnAsync(Policy policy, ParameterVector weights, Adam adam, RewardStack stack, int step, CancellationToken cancel)
    {
        (float[] pictures, int[] nearer, int[][] said) = Sample(policy, step);
        float[] rewards = new float[said.Length], advantages = new float[said.Length];
        await stack.ScoreAsync(Batch(said, nearer, Group), rewards, ScoreContext.Preview(cancel));
        int[] groups = [.. Enumerable.Range(0, said.Length).Select(row => row / Group)];
        GroupStatistics.Standardize<float>(rewards, groups, advantages);
        using DisposeScope scope = NewDisposeScope();
        weights.Gradients.zero_();
        (policy.LogProbability(tensor(pictures).view(said.Length, -1), said) * tensor(advantages)).mean().neg().backward();
        adam.Step(RewardedRate, 1);
    }

    private (float[] Pictures, int[] Nearer, int[][] Said) Sample(Policy policy, int step)
    {
        var rng = Rng.For(_seed, "reward", step);
        (float[] drawn, _, int[] nearer) = Draw(Prompts, ref rng, heldOut: false);
        float[] pictures = [.. Enumerable.Range(0, Prompts).SelectMany(i =>
            Enumerable.Repeat(drawn[(i * 2 * Scene)..((i + 1) * 2 * Scene)], Group).SelectMany(pair => pair))];
        using DisposeScope scope = NewDisposeScope();
        using IDisposable still = no_grad();
        return (pictures, nearer, policy.Say(tensor(pictures).view(Prompts * Group, -1), ref rng, greedy: false));
    }

    /// <summary>Share of likeliest completions on held-out angles that contradict the listener, and share of right answers.</summary>
    private async Task<(double Contradictions, double Accuracy)> JudgeAsync(Policy policy, CancellationToken cancel)
    {
        (int[] nearer, int[][] said) = Answer(policy);
        var sink = new Dictionary<string, double>();
        using var reward = new ListenerReward("judged", _listener, Options);
        await reward.ScoreAsync(Batch(said, nearer, 1), new float[Held], ScoreContext.Preview(cancel) with { Metrics = new Sink(sink) });
        return (sink["reward/judged/contradictions"], said.Zip(nearer, (words, right) => words[2] == right ? 1.0 : 0).Average());
    }

    private (int[] Nearer, int[][] Said) Answer(Policy policy)
    {
        var rng = Rng.For(_seed, "held out");
        (float[] pictures, _, int[] nearer) = Draw(Held, ref rng, heldOut: true);
        using DisposeScope scope = NewDisposeScope();
        using IDisposable still = no_grad();
        return (nearer, policy.Say(tensor(pictures).view(Held, -1), ref rng, greedy: true));
    }

    private static Tensor OneHot(int[] values, int classes) => nn.functional.one_hot(Whole(values), classes).to(ScalarType.Float32);

    private static Tensor Whole(int[] values) => tensor([.. values.Select(value => (long)value)]);

    private sealed class Sink(Dictionary<string, double> into) : IMetricSink
    {
        public void Write(string name, double value) => into[name] = value;
    }

    /// <summary>A word for each scene, then the answer, each after those before it.</summary>
    private sealed class Policy : IDisposable
    {
        private readonly MlpModule[] _heads;

        public Policy(ParameterVector weights, ulong seed)
        {
            var rng = Rng.For(seed, "policy");
            (string Name, int[] Sizes)[] parts = [("first", FirstSizes), ("second", SecondSizes), ("answer", AnswerSizes)];
            foreach ((string name, int[] sizes) in parts) Mlp.Initialize(weights, name, sizes, 0.01, ref rng);
            _heads = [.. parts.Select(part => new MlpModule(weights, part.Name, part.Sizes))];
        }

        /// <summary>[B], of whole completions.</summary>
        public Tensor LogProbability(Tensor pictures, int[][] said)
        {
            Tensor sum = zeros(said.Length);
            Tensor input = pictures;
            for (int k = 0; k < 3; k++)
            {
                int[] chosen = [.. said.Select(line => line[k])];
                sum = sum - nn.functional.cross_entropy(_heads[k].forward(input), Whole(chosen), reduction: nn.Reduction.None);
                if (k < 2) input = cat([input, OneHot(chosen, Words)], 1);
            }

            return sum;
        }

        public int[][] Say(Tensor pictures, ref Rng rng, bool greedy)
        {
            int[][] said = [.. Enumerable.Range(0, (int)pictures.shape[0]).Select(_ => new int[3])];
            Tensor input = pictures;
            for (int k = 0; k < 3; k++)
            {
                Tensor logits = _heads[k].forward(input);
                float[] shares = logits.softmax(1).data<float>().ToArray();
                int count = shares.Length / said.Length;
                for (int i = 0; i < said.Length; i++) said[i][k] = Pick(shares.AsSpan(i * count, count), ref rng, greedy);
                if (k < 2) input = cat([input, OneHot([.. said.Select(line => line[k])], Words)], 1);
            }

            return said;
        }

        public void Dispose()
        {
            foreach (MlpModule head in _heads) head.Dispose();
        }

        private static int Pick(ReadOnlySpan<float> shares, ref Rng rng, bool greedy)
        {
            double at = rng.NextDouble();
            int best = 0;
            for (int i = 0; i < shares.Length; i++)
            {
                if (greedy && shares[i] > shares[best]) best = i;
                if (!greedy && (at -= shares[i]) < 0) return i;
            }

            return greedy ? best : shares.Length - 1;
        }
    }

    /// <summary>Reads the two distance words of a trace and nothing else.</summary>
    private sealed class Listener(MlpModule network) : IChoiceScorer
    {
        public MlpModule Network => network;

        public string Name => "words";

        public ValueTask<float[]> ScoreAsync(IReadOnlyList<ChoiceQuestion> questions, IReadOnlyList<string> choices,
            CancellationToken cancel)
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable still = no_grad();
            int[] words = [.. questions.SelectMany(question =>
                question.Text.Split(' ', '\n').Select(word => Array.IndexOf(Names, word)).Where(place => place >= 0))];
            return ValueTask.FromResult(network.forward(OneHot(words, Words).view(questions.Count, -1)).data<float>().ToArray());
        }
    }

    private sealed class Rule(string name, Func<string, string, bool> holds)
        : Reward(new RewardSpec(name, BatchFields.Texts | BatchFields.References, 0, 1))
    {
        public override ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
        {
            Check(batch, scores);
            var completions = batch.As<CompletionBatch>();
            for (int row = 0; row < batch.Rows; row++)
                scores.Span[row] = holds(completions.Texts[row], completions.References![completions.PromptOf(row)]) ? 1 : 0;
            return ValueTask.CompletedTask;
        }
    }
}
