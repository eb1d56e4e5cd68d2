using System.Text;
using System.Text.RegularExpressions;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Models.Tensors;
using EmbodiedRL.Rewards.Verifiers.Parsing;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Metrics;
using EmbodiedRL.Training.Runs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EmbodiedRL.Training.Reasoning;

/// <summary>
/// Makes a <see cref="SceneReasoner"/>: its eye learns what images show, the whole learns to list it, then to answer from a limited set of
/// worked answers.
/// </summary>
/// <remarks>
/// Perception is taught on endless renders, reasoning on a fixed set, so that what is left to be learned is what rewards can teach.
/// Equal settings give equal weights on one machine type with one count of libtorch threads. Owns everything; not thread-safe.
/// </remarks>
public sealed partial class SceneReasonerTraining : ISnapshot, IDisposable
{
    /// <summary>The request to list what is seen.</summary>
    internal const string ListPrompt = "List what is seen.";

    private const double WeightDecay = 0.01, MaximumNorm = 1, FinalShare = 0.02, WarmUp = 50, HeadShare = 0.3;
    private const float KnownWeight = 0.3f;   // of tokens of a list that was learned before, beside those of an answer
    private const int FreshShare = 6;         // of a batch of answers, one part is boxes of fresh images and one lists of them
    private const int VocabularyQuestions = 64;   // of each kind, to take words from

    private static readonly string[] Seen = ["caption", "caption", "caption", "caption", "state"];

    private readonly SceneQuestions _endless, _boxes, _worked;
    private readonly SceneEyeHeads _heads;
    private readonly PosedQuestion[] _fixed;
    private int[] _order = [];      // of the fixed set, in this round
    private int _round = -1;
    private long _drawn;
    private double _told = double.NaN;

    /// <summary>Makes questions and an untrained model.</summary>
    /// <param name="settings">Checked here.</param>
    /// <param name="services">Where environments and scene-clip come from.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="SettingsException">A setting cannot be used.</exception>
    /// <exception cref="AssetMissingException">scene-clip is not there.</exception>
    public SceneReasonerTraining(SceneReasonerTrainingSettings settings, RunServices services, TimeProvider time)
    {
        settings.Validate();
        TorchRuntime.SetThreads(settings.Threads);
        (Settings, Clock) = (settings, new PhaseClock(time));
        EnvironmentInfo[] bodies = [.. settings.Environments.Select(name => InfoOf(name, services))];
        Model = SceneReasoner.Create(Words(settings, bodies, services), settings.Seed, settings.Model);
        SceneQuestionSettings asked = Of(settings, QuestionSplit.Train, SceneQuestions.UsualKinds);
        _endless = new SceneQuestions(asked with { Kinds = Seen, Seed = Rng.For(settings.Seed, "seen").NextBits() }, services);
        _boxes = new SceneQuestions(asked with { Kinds = ["box"], Seed = Rng.For(settings.Seed, "boxes").NextBits() }, services);
        _worked = new SceneQuestions(asked, services);
        _fixed = [.. Enumerable.Range(0, settings.Questions).Select(i => _worked.PosedAt(i))];
        _heads = new SceneEyeHeads(settings.Model.HiddenSize, settings.Model.ImageTokens, bodies, settings.Seed);
        using SceneClip clip = SceneClip.Load(Path.Combine(services.Weights, SceneClip.CatalogName));
        Model.Eye.CopyTower(clip);
    }

    /// <summary>What the weights depend on.</summary>
    public SceneReasonerTrainingSettings Settings { get; }

    /// <summary>The model; lent.</summary>
    public SceneReasoner Model { get; }

    /// <summary>Stages, in order.</summary>
    public static IReadOnlyList<string> Stages { get; } = ["eye", "list", "answer"];

    /// <summary>The stage that is on, an index of <see cref="Stages"/>; their number at the end.</summary>
    public int Stage { get; private set; }

    /// <summary>Batches done of this stage; 0 between two stages, when it can be saved.</summary>
    public int StageStep { get; private set; }

    /// <summary>Batches done, of all stages.</summary>
    public int Step { get; private set; }

    /// <summary>Running mean of the stage's loss.</summary>
    public double Loss { get; private set; } = double.NaN;

    /// <summary>Where the time goes: draw, eye, list, answer, measure.</summary>
    public PhaseClock Clock { get; }

    /// <summary>Trains to the end, and rounds the weights to what a file keeps.</summary>
    /// <param name="progress">Told after every batch.</param>
    /// <param name="cancel">Asked before every batch.</param>
    /// <exception cref="OperationCanceledException">It was canceled.</exception>
    public void Run(Action<SceneReasonerTraining>? progress, CancellationToken cancel)
    {
        while (Stage < Stages.Count)
        {
            switch (Stages[Stage])
            {
                case "eye":
                    Train(Settings.EyeSteps, Settings.Batch, Settings.EyeRate, [.. Model.Eye.parameters(), .. _heads.parameters()], Look,
                        progress, cancel);
                    break;
                case "list":
                    Train(Settings.ListSteps, Settings.Batch, Settings.ListRate, All,
                        (batch, _) => Read([.. batch.Select(ListOf)], batch, true), progress, cancel);
                    break;
                default:
                    Train(Settings.AnswerSteps, Settings.AnswerBatch, Settings.AnswerRate, [.. Model.Decoder.parameters()], Answer,
                        progress, cancel);
                    break;
            }

            (Stage, StageStep) = (Stage + 1, 0);
            progress?.Invoke(this);
        }

        Model.RoundWeights();
    }

    /// <inheritdoc/>
    /// <remarks>Between two stages alone: each begins with an optimizer of its own.</remarks>
    /// <exception cref="InvalidOperationException">A stage has begun.</exception>
    public void Save(Snapshot into)
    {
        if (StageStep > 0) throw new InvalidOperationException("A training of scene-reasoner is saved between two stages.");
        into.Put("stage", Stage);
        into.Put("step", Step);
        into.Put("drawn", _drawn);
        into.Put<byte>("settings", Encoding.UTF8.GetBytes(RunJson.Of(Settings)));
        foreach ((string name, Tensor weight) in Weights())
        {
            float[] values = new float[weight.numel()];
            TensorSpans.Read(weight, values);
            into.PutWeights(name, weight.shape, values);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="SpecMismatchException">It was saved by a training of other settings.</exception>
    public void Load(Snapshot from)
    {
        if (!from.GetAll<byte>("settings").AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(RunJson.Of(Settings))))
            throw new SpecMismatchException("the interrupted training", "one of the same settings", "one of other settings");
        LoadStage(from);
    }

    /// <summary>The same without a look at the settings.</summary>
    internal void LoadStage(Snapshot from)
    {
        foreach ((string name, Tensor weight) in Weights())
        {
            float[] values = new float[weight.numel()];
            from.Get(name, values.AsSpan());
            TensorSpans.Write(weight, values);
        }

        (Stage, Step, _drawn) = (from.Get<int>("stage"), from.Get<int>("step"), from.Get<long>("drawn"));
    }

    /// <summary>Measures the model on questions of the test split.</summary>
    /// <param name="services">Where environments come from.</param>
    /// <param name="cancel">Asked before every batch.</param>
    public ReasonerFigures Measure(RunServices services, CancellationToken cancel)
    {
        using PhaseClock.Measurement timed = Clock.Measure("measure");
        using var test = new SceneQuestions(Of(Settings, QuestionSplit.Test, SceneQuestions.UsualKinds), services);
        return ReasonerFigures.Measure(Model, test, Settings.Measured, cancel);
    }

    /// <summary>Frees model, questions and heads.</summary>
    public void Dispose()
    {
        _heads.Dispose();
        Model.Dispose();
        _endless.Dispose();
        _boxes.Dispose();
        _worked.Dispose();
    }

    private static SceneQuestionSettings Of(SceneReasonerTrainingSettings settings, QuestionSplit split, IReadOnlyList<string> kinds) =>
        new() { Kinds = kinds, Seed = settings.Seed, Split = split, Environments = settings.Environments };

    private static EnvironmentInfo InfoOf(string name, RunServices services)
    {
        using IVectorEnvironment environment = services.Environment(name, 1, 1);
        return environment.Info;
    }

    private static SortedSet<string> Words(SceneReasonerTrainingSettings settings, EnvironmentInfo[] bodies, RunServices services)
    {
        string[] kinds = [.. SceneQuestions.AllKinds.Where(kind => kind != "mask")];
        using var questions = new SceneQuestions(Of(settings, QuestionSplit.Train, kinds), services);
        IEnumerable<string> texts = bodies.SelectMany(BodyKinds.Texts).Append(ListPrompt);
        for (int i = 0; i < VocabularyQuestions * kinds.Length; i++)
            texts = texts.Append(questions.At(i).Prompt).Append(questions.At(i).WorkedAnswer!);
        return new SortedSet<string>(texts.Concat(SceneThing.Colors).Concat(SceneThing.Shapes).Concat(SceneThing.Plurals)
            .Concat(SceneThing.Sizes).SelectMany(text => Word().Matches(text)).Select(match => match.Value), StringComparer.Ordinal);
    }

    private Parameter[] All => [.. Model.Module.parameters(), .. _heads.parameters()];

    private IEnumerable<(string Name, Tensor Weight)> Weights() =>
        Model.Module.named_parameters().Select(pair => ($"model/{pair.name}", (Tensor)pair.parameter))
            .Concat(_heads.named_parameters().Select(pair => ($"heads/{pair.name}", (Tensor)pair.parameter)));

    private void Train(int steps, int size, double rate, Parameter[] parameters, Func<PosedQuestion[], int, Tensor> loss,
        Action<SceneReasonerTraining>? progress, CancellationToken cancel)
    {
        (Loss, _told) = (double.NaN, double.NaN);
        using optim.Optimizer adam = optim.AdamW(parameters, rate, beta2: 0.98, weight_decay: WeightDecay);
        while (StageStep < steps)
        {
            cancel.ThrowIfCancellationRequested();
            PosedQuestion[] batch;
            using (Clock.Measure("draw")) batch = [.. Enumerable.Range(0, size).Select(_ => _endless.PosedAt(_drawn++))];
            using (Clock.Measure(Stages[Stage]))
            using (DisposeScope scope = NewDisposeScope())
            {
                double share = (double)StageStep / steps, warm = Math.Min(1, (StageStep + 1) / WarmUp);
                foreach (var group in adam.ParamGroups)
                    group.LearningRate = rate * warm * (FinalShare + ((1 - FinalShare) * (1 + Math.Cos(Math.PI * share)) / 2));
                adam.zero_grad();
                Tensor value = loss(batch, StageStep);
                value.backward();
                nn.utils.clip_grad_norm_(parameters, MaximumNorm);
                adam.step();
                Follow(value.ToDouble());
            }

            (Step, StageStep) = (Step + 1, StageStep + 1);
            progress?.Invoke(this);
        }
    }

    private Tensor Look(PosedQuestion[] batch, int step) => _heads.Loss(Model.Eye.Forward(Pixels(batch)), batch);

    /// <summary>Worked answers of the fixed set, boxes of fresh images, and lists of fresh images; the eye stays as it is.</summary>
    private Tensor Answer(PosedQuestion[] batch, int step)
    {
        int boxes = batch.Length / FreshShare, known = batch.Length - (2 * boxes);
        for (int i = 0; i < known; i++)
        {
            int place = (step * known) + i, round = place / _fixed.Length;
            if (round != _round)
            {
                _order = [.. Enumerable.Range(0, _fixed.Length)];
                Rng rng = Rng.For(Settings.Seed, "order", round);
                rng.Shuffle(_order);
                _round = round;
            }

            batch[i] = _fixed[_order[place % _fixed.Length]];
        }

        for (int i = 0; i < boxes; i++) batch[known + i] = _boxes.PosedAt(((long)step * boxes) + i);
        return Read([.. batch.Select((posed, i) => i < known + boxes ? AnswerOf(posed) : ListOf(posed))], batch, false);
    }

    private static Example ListOf(PosedQuestion posed) =>
        new(ListPrompt, "", $"<think>{Thought(posed.Question.WorkedAnswer!)}</think>");

    private static Example AnswerOf(PosedQuestion posed)
    {
        string worked = posed.Question.WorkedAnswer!;
        int end = posed.Scene is null ? 0 : Math.Max(0, worked.IndexOf(ShapeKinds.Therefore, StringComparison.Ordinal));
        return new Example(posed.Question.Prompt, worked[..end], worked[end..]);
    }

    private static string Thought(string worked) => new ParsedCompletion(worked).Thought.Value!;

    /// <summary>What is learned from an image.</summary>
    /// <param name="Prompt">Asks.</param>
    /// <param name="Known">Begins the completion; counts little.</param>
    /// <param name="Completion">Goes on.</param>
    private sealed record Example(string Prompt, string Known, string Completion);

    /// <summary>Mean cross-entropy of the completions' tokens, plus that of the eye's heads while the eye learns.</summary>
    private Tensor Read(Example[] texts, PosedQuestion[] batch, bool learnsToSee)
    {
        int tokens = Settings.Model.ImageTokens;
        var rows = new int[texts.Length][];
        int[] starts = new int[texts.Length], ends = new int[texts.Length];
        for (int row = 0; row < texts.Length; row++)
        {
            int[] words = Model.Tokenizer.Encode(texts[row].Prompt);
            int[] prompt = [.. Enumerable.Repeat(SceneTokenizer.Image, tokens), .. words, SceneTokenizer.Ask];
            starts[row] = prompt.Length;
            int[] learned = Model.Tokenizer.Encode(texts[row].Known);
            rows[row] = [.. prompt, .. learned, .. Model.Tokenizer.Encode(texts[row].Completion), SceneTokenizer.End];
            ends[row] = prompt.Length + learned.Length;
        }

        int length = rows.Max(row => row.Length);
        var places = new List<long>();
        var targets = new List<long>();
        var weights = new List<float>();
        for (int row = 0; row < rows.Length; row++)
            for (int i = starts[row]; i < rows[row].Length; i++)
            {
                places.Add((row * length) + length - rows[row].Length + i - 1);
                targets.Add(rows[row][i]);
                weights.Add(i < ends[row] ? KnownWeight : 1);
            }

        Tensor features;
        using (IDisposable? still = learnsToSee ? null : no_grad()) features = Model.Eye.Forward(Pixels(batch));
        using ModelInput padded = ModelInput.PadLeft(rows, SceneTokenizer.Padding);
        var input = new ModelInput(padded.Ids, padded.Mask) { Features = features.flatten(0, 1) };
        Tensor hidden = Model.Hidden(input).flatten(0, 1).index_select(0, tensor(places.ToArray()));
        Tensor each = nn.functional.cross_entropy(Model.Logits(hidden), tensor(targets.ToArray()), reduction: nn.Reduction.None);
        Tensor loss = (each * tensor(weights.ToArray())).sum() / weights.Sum();
        _told = loss.ToDouble();
        return learnsToSee ? loss + (HeadShare * _heads.Loss(features, batch)) : loss;
    }

    private static Tensor Pixels(PosedQuestion[] batch)
    {
        const int size = SceneQuestions.ImageSize;
        Tensor pixels = empty([batch.Length, size, size, 3], ScalarType.Byte);
        for (int i = 0; i < batch.Length; i++) batch[i].Question.Images[0].Rgb.CopyTo(pixels.bytes[(i * size * size * 3)..]);
        return pixels;
    }

    private void Follow(double loss)
    {
        const double forgotten = 0.02;
        if (!double.IsFinite(loss))
            throw new NonFiniteException("The loss of scene-reasoner", $"batch {Step + 1}", "Lower the learning rate.");
        double told = double.IsNaN(_told) ? loss : _told;
        Loss = double.IsNaN(Loss) ? told : Loss + (forgotten * (told - Loss));
    }

    [GeneratedRegex("[A-Za-z]+(?:-[A-Za-z]+)*")]
    private static partial Regex Word();
}
