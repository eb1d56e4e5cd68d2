using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models.Losses;
using EmbodiedRL.Models.Optimizers;
using EmbodiedRL.Rewards.Diagnostics;
using EmbodiedRL.Rewards.Sources;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary>What came out for one seed: areas under the curve of three scores, and shares of right replies.</summary>
internal sealed record DialogueOutcome(
    double Follow, double Reply, double Length, double Base, double Trained, int Pairs, double PairsRight);

/// <summary>
/// Simulated dialogues about the colors of two things, a language model that learns them, and replies that it is trained to give.
/// </summary>
internal sealed class DialogueWorld : IDisposable
{
    private const int Steps = 1500, Batch = 96, Judged = 400, Replies = 6, MinedPrompts = 400, Preferred = 150, Asked = 1000;
    private const double Rate = 4e-3, PreferenceRate = 5e-4, Beta = 0.1, Right = 0.5, Swapped = 0.35, Fickle = 0.1, HeldOut = 0.2;

    private static readonly string[] Colors = ["red", "green", "blue", "white", "black"], Things = ["cube", "ball", "cup", "box"],
        Forms = ["{0}", "it is {0}", "the {1} is {0}"],
        Pleased = ["yes", "that is right", "thank you", "good that helps me", "right that is what i see", "great"],
        Displeased = ["no", "that is wrong", "look again", "bad that does not help me", "wrong that is not what i see", "you are mistaken"];

    private static readonly string[] Words =
    [
        "User:", "Assistant:", "\n",
        .. new[] { "what color is the thing if and" }.Concat(Colors).Concat(Things).Concat(Forms).Concat(Pleased).Concat(Displeased)
            .SelectMany(RecurrentLanguageModel.Split).Where(word => !word.Contains('{', StringComparison.Ordinal)).Distinct(),
    ];

    private readonly ulong _seed;
    private readonly RecurrentLanguageModel _model;

    public DialogueWorld(ulong seed) => (_seed, _model) = (seed, new RecurrentLanguageModel(Words, seed));

    /// <summary>Weights of the language model.</summary>
    public static int Weights
    {
        get
        {
            using var model = new RecurrentLanguageModel(Words, 1);
            return (int)model.Parameters.Values.numel();
        }
    }

    public async Task<DialogueOutcome> ProveAsync(CancellationToken cancel)
    {
        Learn(cancel);
        using var reward = new FollowUpLikelihoodReward("follow-up", _model, new FollowUpLikelihoodOptions
        {
            Model = _model.Name,
            Pleased = Pleased,
            Displeased = Displeased,
        });
        (double follow, double reply, double length) = await AreasAsync(reward, cancel);
        (int[][][] pairs, double right) = await MineAsync(reward, cancel);
        using var policy = new RecurrentLanguageModel(Words, _seed);
        Copy(_model, policy);
        double before = ShareRight(policy);
        Prefer(policy, pairs, cancel);
        return new DialogueOutcome(follow, reply, length, before, ShareRight(policy), pairs.Length, right);
    }

    public void Dispose() => _model.Dispose();

    private static void Copy(RecurrentLanguageModel from, RecurrentLanguageModel into)
    {
        using IDisposable still = no_grad();
        into.Parameters.Values.copy_(from.Parameters.Values);
    }

    private static string Opening(Scene scene) => $"User: {scene.Question}\nAssistant: ";

    /// <summary>Drawn scenes; a fifth of all combinations of things and colors is held out.</summary>
    private static Scene Draw(ref Rng rng, bool heldOut)
    {
        while (true)
        {
            int first = rng.Below(Things.Length), second = (first + 1 + rng.Below(Things.Length - 1)) % Things.Length,
                one = rng.Below(Colors.Length), other = (one + 1 + rng.Below(Colors.Length - 1)) % Colors.Length;
            var lot = Rng.For(18, "held out", (((((long)first * Things.Length) + second) * Colors.Length) + one) * Colors.Length + other);
            if (lot.NextDouble() < HeldOut == heldOut)
                return new Scene(Things[first], Things[second], Colors[one], Colors[other], rng.Below(2));
        }
    }

    private static string Say(Scene scene, string color, ref Rng rng) =>
        string.Format(System.Globalization.CultureInfo.InvariantCulture, Forms[rng.Below(Forms.Length)], color, scene.Asked);

    private void Learn(CancellationToken cancel)
    {
        var rng = Rng.For(_seed, "dialogues");
        using var adam = new Adam(_model.Parameters);
        for (int step = 0; step < Steps; step++)
        {
            cancel.ThrowIfCancellationRequested();
            int[][] texts = new int[Batch][];
            for (int i = 0; i < Batch; i++) texts[i] = _model.Tokens(Dialogue(ref rng));
            using DisposeScope scope = NewDisposeScope();
            _model.Parameters.Gradients.zero_();
            (_model.LogProbabilities(texts).sum() / (-texts.Sum(text => text.Length - 1))).backward();
            adam.Step(Rate * (1 - (0.9 * step / Steps)), 1);
        }
    }

    private static string Dialogue(ref Rng rng)
    {
        Scene scene = Draw(ref rng, heldOut: false);
        double luck = rng.NextDouble();
        string color = luck < Right ? scene.Answer : luck < Right + Swapped ? scene.Mistake : Colors[rng.Below(Colors.Length)];
        bool isPleased = color == scene.Answer != rng.NextDouble() < Fickle;
        string[] sentences = isPleased ? Pleased : Displeased;
        return $"{Opening(scene)}{Say(scene, color, ref rng)}\nUser: {sentences[rng.Below(sentences.Length)]}\n";
    }

    /// <summary>Over held-out questions, each with a right or a wrong reply.</summary>
    private async Task<(double Follow, double Reply, double Length)> AreasAsync(FollowUpLikelihoodReward reward, CancellationToken cancel)
    {
        (Scene[] scenes, string[] replies, bool[] right) = Trials();
        var batch = new CompletionBatch([.. scenes.Select(scene => scene.Question)], 1, replies);
        float[] scores = new float[Judged];
        await reward.ScoreAsync(batch, scores, ScoreContext.Preview(cancel));
        IReadOnlyList<float[]> said = await _model.LogProbabilitiesAsync(
            [.. scenes.Zip(replies, (scene, reply) => new Continuation(Opening(scene), reply))], cancel);
        return (Classification.Auroc(Array.ConvertAll(scores, score => (double)score), right),
            Classification.Auroc([.. said.Select(tokens => tokens.Average(value => (double)value))], right),
            Classification.Auroc([.. replies.Select(reply => (double)RecurrentLanguageModel.Split(reply).Length)], right));
    }

    private (Scene[] Scenes, string[] Replies, bool[] Right) Trials()
    {
        var rng = Rng.For(_seed, "trials");
        var scenes = new Scene[Judged];
        string[] replies = new string[Judged];
        bool[] right = new bool[Judged];
        for (int i = 0; i < Judged; i++)
        {
            (scenes[i], right[i]) = (Draw(ref rng, heldOut: true), i % 2 == 0);
            string wrong = rng.NextDouble() < 0.5 ? scenes[i].Mistake : scenes[i].Elsewhere[rng.Below(Colors.Length - 2)];
            replies[i] = Say(scenes[i], right[i] ? scenes[i].Answer : wrong, ref rng);
        }

        return (scenes, replies, right);
    }

    /// <summary>
    /// Pairs of whole texts, the preferred first, of questions that the model was trained on; and how often the preferred alone is right.
    /// </summary>
    private async Task<(int[][][] Pairs, double Right)> MineAsync(FollowUpLikelihoodReward reward, CancellationToken cancel)
    {
        (Scene[] scenes, string[] replies) = Sampled();
        var batch = new CompletionBatch([.. scenes.Select(scene => scene.Question)], Replies, replies);
        float[] scores = new float[replies.Length];
        await reward.ScoreAsync(batch, scores, ScoreContext.Preview(cancel));
        IReadOnlyList<MinedPreference> mined = FlrPreferenceMiner.Mine(batch, scores);
        int[][][] pairs = [.. mined.Select(pair => new[] { pair.Chosen, pair.Rejected }
            .Select(row => _model.Tokens($"{Opening(scenes[pair.Prompt])}{replies[row]}\n")).ToArray())];
        return (pairs, mined.Average(pair => scenes[pair.Prompt].IsRight(replies[pair.Chosen]) ? 1.0 : 0));
    }

    private (Scene[] Scenes, string[] Replies) Sampled()
    {
        var rng = Rng.For(_seed, "sampled");
        var scenes = new Scene[MinedPrompts];
        for (int i = 0; i < scenes.Length; i++) scenes[i] = Draw(ref rng, heldOut: false);
        string[] replies = _model.Sample([.. scenes.SelectMany(scene => Enumerable.Repeat(Opening(scene), Replies))], 6, ref rng);
        return (scenes, [.. replies.Select(reply => reply.Length > 0 ? reply : "the")]); // an empty reply cannot be scored
    }

    /// <summary>DPO: -log sigmoid(beta (log-ratio of the preferred less that of the other)), each against the model as it was.</summary>
    private void Prefer(RecurrentLanguageModel policy, int[][][] pairs, CancellationToken cancel)
    {
        var rng = Rng.For(_seed, "preferences");
        using var adam = new Adam(policy.Parameters);
        for (int step = 0; step < Preferred; step++)
        {
            cancel.ThrowIfCancellationRequested();
            using DisposeScope scope = NewDisposeScope();
            int[][] texts = new int[128][];
            for (int i = 0; i < 64; i++) (texts[i], texts[64 + i]) = pairs[rng.Below(pairs.Length)] is [var better, var worse]
                ? (better, worse) : throw new InvalidOperationException("A pair has two texts.");
            policy.Parameters.Gradients.zero_();
            Tensor before;
            using (no_grad()) before = _model.LogProbabilities(texts).sum(0);
            Tensor ratio = policy.LogProbabilities(texts).sum(0) - before; // the question's share is the same on both sides
            BradleyTerryLoss.PerPair(Beta * (ratio[TensorIndex.Slice(0, 64)] - ratio[TensorIndex.Slice(64)])).mean().backward();
            adam.Step(PreferenceRate, 1);
        }
    }

    /// <summary>Of sampled replies to held-out questions.</summary>
    private double ShareRight(RecurrentLanguageModel policy)
    {
        var rng = Rng.For(_seed, "asked");
        var scenes = new Scene[Asked];
        for (int i = 0; i < scenes.Length; i++) scenes[i] = Draw(ref rng, heldOut: true);
        string[] replies = policy.Sample([.. scenes.Select(Opening)], 6, ref rng);
        return scenes.Zip(replies, (scene, reply) => scene.IsRight(reply) ? 1.0 : 0).Average();
    }

    /// <summary>Two things of two colors, and which of them is asked for.</summary>
    private sealed record Scene(string First, string Second, string FirstColor, string SecondColor, int Place)
    {
        public string Asked => Place == 0 ? First : Second;

        public string Answer => Place == 0 ? FirstColor : SecondColor;

        public string Mistake => Place == 0 ? SecondColor : FirstColor;

        /// <summary>Colors of neither.</summary>
        public string[] Elsewhere => [.. Colors.Except([FirstColor, SecondColor])];

        public string Question => $"what color is the {Asked} if the {First} is {FirstColor} and the {Second} is {SecondColor}";

        /// <summary>A reply that names the right color and no other.</summary>
        public bool IsRight(string reply) =>
            RecurrentLanguageModel.Split(reply).Where(word => Colors.Contains(word)).Distinct().ToArray() is [var said] && said == Answer;
    }
}
