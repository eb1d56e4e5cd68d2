using System.Diagnostics.CodeAnalysis;
using EmbodiedRL.Algorithms;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Models.Hub;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Rewards;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Simulation;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Tasks;
using TorchSharp;

namespace EmbodiedRL.Training.Composition;

/// <summary>Registries of a run: environments, wrappers, rewards, algorithms and models by name, as settings name them.</summary>
/// <remarks>
/// A part of one's own is added to a copy and then named in settings like the others:
/// <c>RunServices.Shipped with { Algorithms = RunServices.Shipped.Algorithms.Copy().Add(...) }</c>.
/// </remarks>
public sealed record RunServices : IRegistries
{
    // made when it is asked for: its types load libtorch, which many commands do without
    private readonly Registry<ModelContext, IImageTextModel>? _models;
    private readonly Registry<ModelContext, ILikelihoodModel>? _languageModels;
    private readonly Registry<ModelContext, IChoiceScorer>? _listeners;
    private readonly Registry<ModelContext, ITextModel>? _textModels;
    private readonly Registry<ModelContext, IVisualAnswerer>? _visualAnswerers;
    private readonly Registry<AlgorithmContext, IControlAlgorithm>? _algorithms;
    private readonly Registry<CompletionAlgorithmContext, IAlgorithm>? _completionAlgorithms;
    private readonly HubSettings? _hub;

    /// <summary>What the project comes with.</summary>
    public static RunServices Shipped { get; } = new()
    {
        Environments = Envs.EnvironmentCatalog.Shipped,
        Parts = Envs.EnvironmentCatalog.Parts
    };

    /// <summary>Environments.</summary>
    public required Registry<EnvironmentContext, IVectorEnvironment> Environments { get; init; }

    /// <summary>What environments are put together from, for changing their models; those of one piece are not among them.</summary>
    public IReadOnlyDictionary<string, EnvironmentParts> Parts { get; init; } = new Dictionary<string, EnvironmentParts>();

    /// <summary>What can be put around environments.</summary>
    public Registry<WrapperContext, IVectorEnvironment> Wrappers { get; init; } = WrapperCatalog.Shipped;

    /// <summary>Reward sources, transforms and combinators.</summary>
    public RewardRegistries Rewards { get; init; } = RewardRegistries.Shipped;

    /// <summary>Algorithms.</summary>
    public Registry<AlgorithmContext, IControlAlgorithm> Algorithms
    {
        get => _algorithms ?? AlgorithmCatalog.Shipped;
        init => _algorithms = value;
    }

    /// <summary>Algorithms that learn from completions of a language model.</summary>
    public Registry<CompletionAlgorithmContext, IAlgorithm> CompletionAlgorithms
    {
        get => _completionAlgorithms ?? CompletionAlgorithmCatalog.Shipped;
        init => _completionAlgorithms = value;
    }

    /// <summary>Image-text models.</summary>
    public Registry<ModelContext, IImageTextModel> Models { get => _models ?? ModelCatalog.Shipped; init => _models = value; }

    /// <summary>Language models that rewards of completions ask how likely a text is.</summary>
    public Registry<ModelContext, ILikelihoodModel> LanguageModels
    {
        get => _languageModels ?? TextModelCatalog.LanguageModels;
        init => _languageModels = value;
    }

    /// <summary>Models that rewards of completions ask to answer by choice.</summary>
    public Registry<ModelContext, IChoiceScorer> Listeners { get => _listeners ?? TextModelCatalog.Listeners; init => _listeners = value; }

    /// <summary>Models that rewards of completions ask for a verdict or an answer in words.</summary>
    public Registry<ModelContext, ITextModel> TextModels
    {
        get => _textModels ?? TextModelCatalog.TextModels;
        init => _textModels = value;
    }

    /// <summary>Vision-language models that rewards ask about frames.</summary>
    public Registry<ModelContext, IVisualAnswerer> VisualAnswerers
    {
        get => _visualAnswerers ?? TextModelCatalog.VisualAnswerers;
        init => _visualAnswerers = value;
    }

    /// <summary>Folder that holds a folder of weights for each model.</summary>
    public string Weights { get; init; } = WeightsFolder.Locate();

    /// <summary>Model hub: address, cache, lock file and folders, by default as the variables of this process say.</summary>
    public HubSettings Hub
    {
        get => _hub
            ?? HubSettings.Of(System.Environment.GetEnvironmentVariable, WeightsFolder.RepositoryOf(AppContext.BaseDirectory), Weights);
        init => _hub = value;
    }

    /// <inheritdoc/>
    public IRegistry Of(string kind) => kind switch
    {
        PartKinds.Environment => Environments,
        PartKinds.Wrapper => Wrappers,
        PartKinds.RewardSource => Rewards.Sources,
        PartKinds.RewardTransform => Rewards.Transforms,
        PartKinds.RewardCombinator => Rewards.Combinators,
        PartKinds.Algorithm => AlgorithmRegistry(),
        PartKinds.CompletionAlgorithm => CompletionAlgorithmRegistry(),
        PartKinds.ImageTextModel => ModelRegistry(),
        PartKinds.LanguageModel => LanguageModelRegistry(),
        PartKinds.Listener => ListenerRegistry(),
        PartKinds.TextModel => TextModelRegistry(),
        PartKinds.VisualAnswerer => VisualAnswererRegistry(),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no registry of this kind."),
    };

    /// <summary>
    /// Makes N environments of a name as they are. What settings put around them is <see cref="EnvironmentFactory"/>'s matter.
    /// </summary>
    /// <param name="name">Of the registry.</param>
    /// <param name="count">N.</param>
    /// <param name="workers">Threads that step them; 0 takes all cores. Never changes a result.</param>
    /// <param name="options">The environment's own options; null takes its defaults.</param>
    /// <returns>The caller disposes them.</returns>
    public IVectorEnvironment Environment(string name, int count, int workers, Options? options = null) =>
        Environments.Create(name, options, new EnvironmentContext(count, workers));

    /// <summary>Loads an image-text model onto a device; the caller disposes it.</summary>
    /// <param name="name">Of the registry, of a published model that was pulled, a repository OWNER/NAME, or a folder.</param>
    /// <param name="device">Where it shall live.</param>
    /// <param name="precision">What it shall compute in.</param>
    /// <exception cref="Core.UnknownNameException">There is no such model.</exception>
    /// <exception cref="Core.AssetMissingException">It is not on this machine; says the command that pulls it.</exception>
    public IImageTextModel Model(string name, torch.Device device, Precision precision = Precision.Auto)
    {
        if (Models.Contains(name))
            return Models.Create(name, null, ContextOf(device, precision));
        string folder = Locate(name);
        return PretrainedFolder.TypeOf(folder) == SceneClip.CatalogName
            ? SceneClip.Load(folder, device, precision)
            : PretrainedModel.Load(folder, name, device, precision);
    }

    /// <summary>Loads a language model onto a device; the caller disposes it if it can be disposed.</summary>
    /// <param name="name">Of the registry.</param>
    /// <param name="device">Where it shall live.</param>
    /// <param name="precision">What it shall compute in.</param>
    /// <exception cref="Core.UnknownNameException">There is no such model.</exception>
    public ILikelihoodModel LanguageModel(string name, torch.Device device, Precision precision = Precision.Auto) =>
        LanguageModels.Create(name, null, ContextOf(device, precision));

    /// <summary>Loads a model that answers by choice onto a device; the caller disposes it if it can be disposed.</summary>
    /// <inheritdoc cref="LanguageModel"/>
    public IChoiceScorer Listener(string name, torch.Device device, Precision precision = Precision.Auto) =>
        Listeners.Create(name, null, ContextOf(device, precision));

    /// <summary>Loads a model that replies to prompts onto a device; the caller disposes it if it can be disposed.</summary>
    /// <inheritdoc cref="LanguageModel"/>
    public ITextModel TextModel(string name, torch.Device device, Precision precision = Precision.Auto) =>
        TextModels.Create(name, null, ContextOf(device, precision));

    /// <summary>Loads a vision-language model that answers about frames onto a device; the caller disposes it if it can be.</summary>
    /// <param name="name">Of the registry, or the folder of a scene-reasoner.</param>
    /// <param name="device">Where it shall live.</param>
    /// <param name="precision">What it shall compute in.</param>
    /// <exception cref="Core.UnknownNameException">There is no such model.</exception>
    /// <exception cref="Core.SettingsException">The folder holds a model of another kind.</exception>
    public IVisualAnswerer VisualAnswerer(string name, torch.Device device, Precision precision = Precision.Auto) =>
        VisualAnswerers.Contains(name)
            ? VisualAnswerers.Create(name, null, ContextOf(device, precision))
            : Reasoning.ReasonerAnswerer.Load(Locate(name, PartKinds.VisualAnswerer, VisualAnswerers.Names), name, device);

    /// <summary>Loads a text encoder onto a device; the caller disposes it.</summary>
    /// <inheritdoc cref="Model"/>
    public ITextEncoder TextEncoder(string name, torch.Device device, Precision precision = Precision.Fp32) =>
        SentenceEncoder.Load(Locate(name), name, device, precision);

    /// <summary>Opens a language model that answers questions, with eyes or without; the caller disposes it.</summary>
    /// <param name="name">Of a model that ships or was pulled, or a folder in Hugging Face's layout.</param>
    /// <param name="device">Where it shall live.</param>
    /// <param name="precision">What it shall compute in.</param>
    /// <exception cref="Core.UnknownNameException">There is no such model.</exception>
    /// <exception cref="Core.CorruptFileException">Its files are damaged, or of a kind that is not known.</exception>
    public ILanguageModel Reasoner(string name, torch.Device device, Precision precision = Precision.Fp32) =>
        EmbodiedRL.Models.Language.LanguageModels.Open(ReasonerFolder(name), device, precision);

    /// <summary>The folder of a language model that answers questions.</summary>
    /// <inheritdoc cref="Reasoner"/>
    public string ReasonerFolder(string name) => Locate(name, PartKinds.LanguageModel, [SceneReasoner.CatalogName]);

    /// <summary>The same with one more environment: a scene and a task of one's own.</summary>
    /// <param name="name">What settings and commands call it, as its task does.</param>
    /// <param name="scene">Path of its MJCF.</param>
    /// <param name="createTask">Makes the task of one environment.</param>
    /// <param name="summary">One clause for people.</param>
    public RunServices With<TTask>(string name, string scene, Func<MujocoModel, TTask> createTask,
        string summary = "an environment of one's own") where TTask : ITask
    {
        var parts = new EnvironmentParts(scene, model => createTask(model));
        return this with
        {
            Environments = Environments.Copy().Add(name, summary, parts.Create, typeof(TTask)),
            Parts = new Dictionary<string, EnvironmentParts>(Parts) { [name] = parts },
        };
    }

    private ModelContext ContextOf(torch.Device device, Precision precision) =>
        new(Weights, device, ModelManifest.Require, encoder => TextEncoder(encoder, device), precision);

    private string Locate(string name) => Locate(name, PartKinds.ImageTextModel, Models.Names);

    private string Locate(string name, string kind, IEnumerable<string> shipped)
    {
        try
        {
            return new ModelLocator(Hub).Locate(name).Folder;
        }
        catch (Core.UnknownNameException)
        {
            throw new Core.UnknownNameException(kind, name,
                [.. shipped, .. KnownModels.All.Select(model => model.Name)]);
        }
    }

    [SuppressMessage("Performance", "CA1859", Justification = "The narrower type would load libtorch when this type is loaded.")]
    private IRegistry AlgorithmRegistry() => Algorithms;

    [SuppressMessage("Performance", "CA1859", Justification = "The narrower type would load libtorch when this type is loaded.")]
    private IRegistry CompletionAlgorithmRegistry() => CompletionAlgorithms;

    [SuppressMessage("Performance", "CA1859", Justification = "The narrower type would load libtorch when this type is loaded.")]
    private IRegistry ModelRegistry() => Models;

    [SuppressMessage("Performance", "CA1859", Justification = "The narrower type would load libtorch when this type is loaded.")]
    private IRegistry LanguageModelRegistry() => LanguageModels;

    [SuppressMessage("Performance", "CA1859", Justification = "The narrower type would load libtorch when this type is loaded.")]
    private IRegistry ListenerRegistry() => Listeners;

    [SuppressMessage("Performance", "CA1859", Justification = "The narrower type would load libtorch when this type is loaded.")]
    private IRegistry TextModelRegistry() => TextModels;

    [SuppressMessage("Performance", "CA1859", Justification = "The narrower type would load libtorch when this type is loaded.")]
    private IRegistry VisualAnswererRegistry() => VisualAnswerers;
}
