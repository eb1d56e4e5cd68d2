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
/// Simulated dialogues about the colors of things, a language model that learns them, and replies that it is trained to give.
/// </summary>
internal sealed class DialogueWorld : IDisposable
{
    private const int Steps = 2500, Batch = 64, Judged = 200, Replies = 6, MinedPrompts = 200, Preferred = 200, Asked = 500;
    private const double Rate = 6e-3, PreferenceRate = 5e-4, Beta = 0.1, Right = 0.5, Fickle = 0.1, HeldOut = 0.2;

    private static readonly string[] Colors = ["red", "green", "blue", "white"],
        Things = ["cube", "ball", "cup", "box", "hat", "bag", "pen", "key", "door", "lamp"],
        Forms = ["{0}", "it is {0}", "the {1} is {0}"],
        Pleased = ["yes", "that is right", "thank you", "good that helps me", "right that is what i see", "great"],
        Displeased = ["no", "that is wrong", "look again", "bad that does not help me", "wrong that is not what i see", "you are mistaken"];

    private static readonly string[] Words =
    [
        "User:", "Assistant:", "\n",
        .. new[] { "what color is the if it" }.Concat(Colors).Concat(Things).Concat(Forms).Concat(Pleased).Concat(Displeased)
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

    /// <summary>A scene, and a reply that is right half of the time; a fifth of all pairs of both is held out.</summary>
    private static (Scene Scene, string Reply, bool IsRight) Draw(ref Rng rng, bool heldOut)
    {
        while (true)
        {
            Scene scene = Ask(ref rng);
            int form = rng.Below(Forms.Length);
            string color = rng.NextDouble() < Right ? scene.Answer : scene.Mistakes[rng.Below(Colors.Length - 1)];
            string reply = string.Format(System.Globalization.CultureInfo.InvariantCulture, Forms[form], color, scene.Asked);
            var lot = Rng.For(18, $"{scene.Question}: {reply}");
            if (lot.NextDouble() < HeldOut == heldOut) return (scene, reply, color == scene.Answer);
        }
    }

    private static Scene Ask(ref Rng rng) => new(Things[rng.Below(Things.Length)], Colors[rng.Below(Colors.Length)]);

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
        (Scene scene, string reply, bool isRight) = Draw(ref rng, heldOut: false);
        bool isPleased = isRight != rng.NextDouble() < Fickle;
        string[] sentences = isPleased ? Pleased : Displeased;
        return $"{Opening(scene)}{reply}\nUser: {sentences[rng.Below(sentences.Length)]}\n";
    }

    /// <summary>Over held-out pairs of a question and a reply.</summary>
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
        for (int i = 0; i < Judged; i++) (scenes[i], replies[i], right[i]) = Draw(ref rng, heldOut: true);
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
        for (int i = 0; i < scenes.Length; i++) scenes[i] = Ask(ref rng);
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
            using (no_grad()) before = _model.LogProbabilities(texts).sum(dim: 0);
            Tensor ratio = policy.LogProbabilities(texts).sum(dim: 0) - before; // the question's share is the same on both sides
            BradleyTerryLoss.PerPair(Beta * (ratio[TensorIndex.Slice(0, 64)] - ratio[TensorIndex.Slice(64)])).mean().backward();
            adam.Step(PreferenceRate, 1);
        }
    }

    /// <summary>Of sampled replies.</summary>
    private double ShareRight(RecurrentLanguageModel policy)
    {
        var rng = Rng.For(_seed, "asked");
        var scenes = new Scene[Asked];
        for (int i = 0; i < scenes.Length; i++) scenes[i] = Ask(ref rng);
        string[] replies = policy.Sample([.. scenes.Select(Opening)], 6, ref rng);
        return scenes.Zip(replies, (scene, reply) => scene.IsRight(reply) ? 1.0 : 0).Average();
    }

    /// <summary>A thing of a color.</summary>
    private sealed record Scene(string Asked, string Answer)
    {
        /// <summary>All other colors.</summary>
        public string[] Mistakes => [.. Colors.Except([Answer])];

        public string Question => $"what color is the {Asked} if it is {Answer}";

        /// <summary>A reply that names the right color and no other.</summary>
        public bool IsRight(string reply) =>
            RecurrentLanguageModel.Split(reply).Where(word => Colors.Contains(word)).Distinct().ToArray() is [var said] && said == Answer;
    }
}
