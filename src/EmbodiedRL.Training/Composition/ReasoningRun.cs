using EmbodiedRL.Algorithms;
using EmbodiedRL.Algorithms.Reasoning;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Models.Language.Generation;
using EmbodiedRL.Models.Language.LowRank;
using EmbodiedRL.Rewards;
using EmbodiedRL.Training.Checkpoints;
using EmbodiedRL.Training.Loop;
using EmbodiedRL.Training.Metrics;
using EmbodiedRL.Training.Reasoning;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;
using static TorchSharp.torch;

namespace EmbodiedRL.Training.Composition;

/// <summary>
/// A run that fine-tunes a language model, composed from its settings: model, questions, reward, algorithm, evaluation. Owns all of them.
/// </summary>
public sealed class ReasoningRun : IDisposable
{
    private const int HeldOut = 5; // one of so many questions of a file, where no other file is named

    private readonly RunServices _services;
    private readonly string _folder;
    private readonly Device _device, _rewardDevice;
    private readonly Dictionary<string, IImageTextModel> _models = new(StringComparer.Ordinal);
    private readonly LentTextModels _textModels;
    private readonly List<IDisposable> _generators = [];
    private readonly RunMetrics _metrics = new();
    private LowRankAdapter? _adapter;
    private RewardStack? _reward;
    private IAlgorithm? _algorithm;
    private IBatchSource? _source;
    private CompletionEvaluation? _evaluation;
    private IReadOnlyList<Question> _test = [];
    private int _rows, _maximumTokens;

    private ReasoningRun(RunSettings settings, string folder, RunServices services, TimeProvider time)
    {
        (_services, _folder, Clock) = (services, Path.GetFullPath(folder), new PhaseClock(time));
        TorchRuntime.EnsureLoaded();
        TorchRuntime.SetThreads(settings.Threads);
        _device = TorchRuntime.ParseDevice(settings.Device);
        _rewardDevice = settings.Reward.Device.Length > 0 ? TorchRuntime.ParseDevice(settings.Reward.Device, "reward:device") : _device;
        _textModels = new LentTextModels(services, _rewardDevice, Precisions.Parse(settings.Reward.Precision, "reward:precision"));
        Settings = SettingsDefaults.Fill(settings, services);
        Model = services.Reasoner(LocalPath(Own.Model), _device, Precisions.Parse(Own.Precision, "reasoning:precision"));
    }

    /// <summary>As resolved.</summary>
    public RunSettings Settings { get; private set; }

    /// <summary>The model that learns; lent.</summary>
    public ILanguageModel Model { get; }

    /// <summary>The reward's terms for completions.</summary>
    public RewardStack Reward => _reward!;

    /// <summary>Where the time goes.</summary>
    public PhaseClock Clock { get; }

    /// <summary>Names of the models that it reads, that which learns among them.</summary>
    public IReadOnlyCollection<string> Models => [Own.Model, .. _models.Keys];

    /// <summary>Questions of a full evaluation.</summary>
    public IReadOnlyList<Question> TestQuestions => _test;

    private ReasoningSettings Own => Settings.Reasoning!;

    /// <summary>Composes a run. Nothing is written.</summary>
    /// <param name="settings">Checked, with a section <c>reasoning</c>.</param>
    /// <param name="folder">What paths in the settings are relative to.</param>
    /// <param name="services">Environments and models.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="EmbodiedException">Something that the settings name cannot be made; says what and what to do.</exception>
    public static ReasoningRun Compose(RunSettings settings, string folder, RunServices services, TimeProvider time)
    {
        var run = new ReasoningRun(settings, folder, services, time);
        try
        {
            using (run.Clock.Measure("prepare")) run.Prepare();
            return run;
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    /// <summary>The trainer of this run, writing to its folder.</summary>
    /// <exception cref="RunInUseException">Another process writes there.</exception>
    public Trainer CreateTrainer(RunFolder folder, TimeProvider time, Action<Trainer>? progress)
    {
        folder.Hold();
        _metrics.Open(folder, time);
        return new Trainer(TrainerSchedule.Of(Own), new TrainerDependencies
        {
            Source = _source!,
            RowsPerUpdate = _rows,
            Begin = () => { },
            Algorithm = _algorithm!,
            Reward = _reward!,
            Evaluation = _evaluation!,
            Checkpoints = new CheckpointStore(folder.Checkpoints, Settings.Checkpoint.Keep),
            Metrics = _metrics,
            Clock = Clock,
            Time = time,
            Progress = progress,
        });
    }

    /// <summary>Completions of a few held-out questions, with what each term of the reward says of them.</summary>
    /// <param name="cancel">Stops between two parts.</param>
    public async Task<IReadOnlyList<SampleCompletion>> SampleAsync(CancellationToken cancel)
    {
        Question[] asked = [.. _test.Take(Own.Evaluate.Samples)];
        if (asked.Length == 0) return [];
        string[] texts = [.. _evaluation!.Ask(asked, cancel).Select(answer => answer.Text)];
        float[] rewards = new float[asked.Length];
        // apart from the run's own reward, whose statistics of the last batch stay
        using RewardStack reward = BuildReward();
        await reward.ScoreAsync(CompletionBatch.Of(asked, 1, texts), rewards, ScoreContext.Preview(cancel));
        return
        [
            .. asked.Select((question, i) => new SampleCompletion(question, texts[i], rewards[i], reward.Terms
                .Select((term, t) => KeyValuePair.Create(term.Name, reward.ScoresOf(t).Span[i])).ToDictionary(StringComparer.Ordinal))),
        ];
    }

    /// <summary>Writes what was learned: an adapter, or the whole model in the layout that it was read in.</summary>
    /// <param name="into">A folder; made if it is not there, replaced in one step if it is.</param>
    public void SaveModel(string into)
    {
        using var staged = new StagedFolder(into);
        string from = LocalPath(Own.Model);
        if (_adapter is not null) _adapter.Save(staged.Staging, from);
        else LanguageModels.Save(Model, _services.ReasonerFolder(from), staged.Staging);
        staged.Publish();
    }

    /// <summary>The same settings with every path in full, as a run folder elsewhere keeps them.</summary>
    internal RunSettings WithFullPaths() => Settings with
    {
        Reasoning = Own with
        {
            Model = LocalPath(Own.Model),
            Questions = Own.Questions with { File = FullPath(Own.Questions.File) },
            Evaluate = Own.Evaluate with { File = FullPath(Own.Evaluate.File) },
        },
    };

    /// <summary>Frees everything.</summary>
    public void Dispose()
    {
        _source?.Dispose();
        _algorithm?.Dispose();
        _reward?.Dispose();
        _adapter?.Dispose();
        foreach (IDisposable generator in _generators) generator.Dispose();
        foreach (IImageTextModel model in _models.Values) model.Dispose();
        _textModels.Dispose();
        Model.Dispose();
        _metrics.Dispose();
    }

    private void Prepare()
    {
        ulong seed = Settings.Env.Seed;
        Freeze();
        AdapterSettings adapter = Own.Adapter;
        if (adapter.Rank > 0)
            _adapter = LowRankAdapter.Attach(Model.Module,
                new LowRankSettings { Rank = adapter.Rank, Alpha = adapter.Alpha, Targets = adapter.Targets }, seed);
        _reward = BuildReward();
        _algorithm = _services.CompletionAlgorithms.Create(Own.Algorithm, Own.Options,
            new CompletionAlgorithmContext(Model, seed, _adapter));
        var asks = Own.Options as ICompletionOptions ?? throw new SettingsException("settings",
            [$"reasoning:algorithm: expected one whose options say how many completions it learns from, found '{Own.Algorithm}'."]);
        (IQuestionSource train, IReadOnlyList<Question> brief) =
            Questions(Own.Questions.Seed > 0 ? Own.Questions.Seed : Rng.For(seed, "questions").NextBits());
        (_rows, _maximumTokens) = (asks.Prompts * asks.Completions, asks.MaximumTokens);
        _source = asks.Samples
            ? new CompletionSource(Model, train, new CompletionSourceOptions
            {
                Prompts = asks.Prompts,
                Completions = asks.Completions,
                MaximumTokens = asks.MaximumTokens,
                Temperature = asks.Temperature,
                Resamples = Own.Resamples,
                SharedUntil = Own.SharedUntil,
            }, seed, _reward, Clock)
            : new WorkedAnswerSource(train, asks.Prompts);
        _evaluation = new CompletionEvaluation(Model, _test, AnswerFigures.Of, _maximumTokens, brief)
        {
            JudgesConfidence = Own.Evaluate.Confidence,
        };
    }

    private void Freeze()
    {
        foreach (string part in Own.Frozen)
        {
            int found = 0;
            foreach ((string name, TorchSharp.Modules.Parameter weight) in Model.Module.named_parameters())
                if (name == part || name.StartsWith($"{part}.", StringComparison.Ordinal))
                    (weight.requires_grad, found) = (false, found + 1);
            if (found > 0) continue;
            IEnumerable<string> known = Model.Module.named_parameters().Select(pair => pair.name.Split('.')[0]).Distinct();
            throw new SettingsException("settings", ["reasoning:frozen: expected the beginning of names of weights, as "
                + $"{string.Join(", ", known)}, found '{part}'."]);
        }
    }

    /// <summary>Questions to learn from and those of brief evaluations; those of full ones are kept.</summary>
    private (IQuestionSource Train, IReadOnlyList<Question> Brief) Questions(ulong seed)
    {
        QuestionSettings asked = Own.Questions;
        ReasoningEvaluationSettings evaluate = Own.Evaluate;
        string instruction = asked.Instruction;
        IQuestionSource train;
        IReadOnlyList<Question> brief;
        if (asked.File.Length > 0)
        {
            var file = new QuestionFile(FullPath(asked.File), seed);
            int held = evaluate.File.Length > 0 ? 0 : Math.Max(1, file.Questions.Count / HeldOut);
            if (held >= file.Questions.Count)
                throw new SettingsException("settings", ["reasoning:questions:file: expected at least two questions, one of which is held "
                    + "out, or a file of others in reasoning:evaluate:file, found one question."]);
            train = file.Without(held);
            _test = [.. file.Questions.TakeLast(held)];
            brief = [];
        }
        else
        {
            SceneQuestions scenes = Scenes(QuestionSplit.Train, asked.Distinct, seed);
            train = scenes;
            using SceneQuestions validation = Scenes(QuestionSplit.Validation, 0, 1), test = Scenes(QuestionSplit.Test, 0, 1);
            brief = validation.Next(evaluate.Brief);
            _test = evaluate.File.Length > 0 ? [] : test.Next(evaluate.Questions);
            _generators.Remove(validation);
            _generators.Remove(test);
        }

        if (evaluate.File.Length > 0)
        {
            _test = new QuestionFile(FullPath(evaluate.File)).Questions;
            brief = [];
        }

        _test = [.. _test.Take(evaluate.Questions).Select(question => InstructedQuestions.Of(question, instruction))];
        if (brief.Count == 0) brief = [.. _test.Take(evaluate.Brief)];
        else brief = [.. brief.Select(question => InstructedQuestions.Of(question, instruction))];
        return (instruction.Length > 0 ? new InstructedQuestions(train, instruction) : train, brief);
    }

    private SceneQuestions Scenes(QuestionSplit split, int distinct, ulong seed)
    {
        QuestionSettings asked = Own.Questions;
        var questions = new SceneQuestions(new SceneQuestionSettings
        {
            Kinds = asked.Kinds.Length > 0 ? asked.Kinds : SceneQuestions.UsualKinds,
            Seed = seed,
            Split = split,
            Distinct = distinct,
            DamagedShare = asked.DamagedShare,
            Environments = asked.Environments,
        }, _services);
        _generators.Add(questions);
        return questions;
    }

    private RewardStack BuildReward() => _services.Rewards.Build(Settings.Reward, _textModels.LendTo(new RewardContext
    {
        Available = BatchFields.Prompts | BatchFields.Texts | BatchFields.Questions | BatchFields.Images | BatchFields.References
            | BatchFields.Tokens | BatchFields.LogProbabilities,
        Models = ImageTextModel,
        Folder = _folder,
    }));

    private IImageTextModel ImageTextModel(string name) => _models.TryGetValue(name, out IImageTextModel? known) ? known
        : _models[name] = _services.Model(name, _rewardDevice, Precisions.Parse(Settings.Reward.Precision, "reward:precision"));

    private string FullPath(string file) => file.Length > 0 ? Path.GetFullPath(file, _folder) : "";

    /// <summary>The folder of a model beside the settings; else the name as it is.</summary>
    private string LocalPath(string model) =>
        Path.GetFullPath(model, _folder) is var path && File.Exists(Path.Combine(path, PretrainedFolder.ConfigFile)) ? path : model;
}
