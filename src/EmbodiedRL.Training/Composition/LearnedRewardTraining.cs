using System.Text.Json;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Rewards;
using EmbodiedRL.Rewards.Learned;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Training.Demonstrations;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;
using TorchSharp;

namespace EmbodiedRL.Training.Composition;

/// <summary>
/// Training of a learned reward outside of a run: on recorded episodes, on their pictures, on a file of preferences, or on sampled states.
/// </summary>
/// <param name="services">Sources and models.</param>
/// <param name="info">The environment whose episodes were recorded.</param>
/// <param name="device">Where an image-text model lives.</param>
public sealed class LearnedRewardTraining(RunServices services, EnvironmentInfo info, torch.Device device)
{
    private readonly Dictionary<string, IImageTextModel> _models = new(StringComparer.Ordinal);

    /// <summary>Sentences for a teacher that scores by one; empty takes the environment's own.</summary>
    public string Goal { get; init; } = "";

    /// <summary>What a teacher that scores by a sentence takes for always seen; empty takes the environment's own.</summary>
    public string Baseline { get; init; } = "";

    /// <summary>What the run looks through, which pictures are then drawn by; empty for the task's own.</summary>
    public string Camera { get; init; } = "";

    /// <summary>How <c>stepwise-perceptual</c> shows recorded episodes; the other sources read their numbers.</summary>
    public PictureRequest? Pictures { get; init; }

    /// <summary>Makes so many environments, for <c>goal-answer</c>, which is fitted to states that they draw.</summary>
    public Func<int, IVectorEnvironment>? Environments { get; init; }

    /// <summary>How many states are drawn, at least; and of which seed.</summary>
    public (int Count, ulong Seed) States { get; init; } = (4096, 1);

    /// <summary>Name of the file that settings name, in the folder that is written.</summary>
    /// <param name="kind">The source.</param>
    public static string FileOf(string kind) => kind switch
    {
        "stepwise-perceptual" => StepwiseTraining.FileName,
        AnswerCalibrationTraining.Name => AnswerCalibration.FileName,
        _ => LearnedRecord.WeightsFile,
    };

    /// <summary>The option of the source that names that file.</summary>
    /// <param name="kind">The source.</param>
    public static string OptionOf(string kind) => kind == AnswerCalibrationTraining.Name ? "calibration" : "file";

    /// <summary>Trains, and writes a folder that the option <c>file</c> of the source can name a file of.</summary>
    /// <param name="kind">The source, e.g. <c>preference</c>.</param>
    /// <param name="options">Its options by key, as they would stand in settings; paths are relative to the current folder.</param>
    /// <param name="data">Files of recorded episodes, in this order.</param>
    /// <param name="folder">Gets the files when all is done.</param>
    /// <param name="cancel">Stops between two episodes or steps; nothing is left then.</param>
    /// <returns>What the trained reward says of itself.</returns>
    /// <exception cref="EmbodiedException">Something that is named is not there or does not fit, or there is nothing to learn.</exception>
    public async Task<LearnedRecord> TrainAsync(string kind, IEnumerable<KeyValuePair<string, string>> options,
        IReadOnlyList<string> data, string folder, CancellationToken cancel)
    {
        Options bound = Bind(kind, options, Path.Combine(folder, FileOf(kind)));
        if (bound is StepwisePerceptualOptions stepwise) return await ShowAsync(stepwise, data, folder, cancel);
        if (Pictures is not null)
            throw new SettingsException("rewards train",
                [$"--camera, --episodes, --frames: expected the source stepwise-perceptual, which alone reads pictures, found '{kind}'."]);
        if (bound is GoalAnswerOptions answers) return await FitAsync(answers, data, folder, cancel);
        var hashes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        try
        {
            using EnsembleReward reward = Make(kind, bound);
            long episodes = 0;
            foreach (string file in data)
            {
                (await DemonstrationFile.ReadHeaderAsync(file, cancel)).Require(info);
                await foreach (DemonstrationEpisode episode in DemonstrationFile.ReadAsync(file, cancel))
                    await reward.ObserveAsync(DemonstrationFile.ToBatch(episode, info, episodes++), cancel);
                hashes[file] = AssetManifest.Sha256Of(file);
            }

            if (data.Count > 0) reward.TrainOnAll(cancel);
            else if (!reward.IsTrained)
                throw new SettingsException("rewards train",
                    ["--data: expected a file of recorded episodes, or for preference one of answers by --labels, found neither."]);
            foreach ((System.Reflection.PropertyInfo property, _) in RewardPrograms.FilesOf(bound.GetType()))
                if (property.GetValue(bound) is string { Length: > 0 } file) hashes[file] = AssetManifest.Sha256Of(file);
            using var staged = new StagedFolder(folder);
            LearnedRecord record = reward.Write(staged.Staging, hashes, Versions.OfProcess(), Said(bound));
            staged.Publish();
            return record;
        }
        finally
        {
            foreach (IImageTextModel model in _models.Values) model.Dispose();
            _models.Clear();
        }
    }

    private async Task<LearnedRecord> ShowAsync(StepwisePerceptualOptions options, IReadOnlyList<string> data, string folder,
        CancellationToken cancel)
    {
        string goal = Goal.Length > 0 ? Goal : info.DefaultGoal;
        string[] names = [.. new CaptionGrammar(info).Parse(goal)?.Measures ?? []];
        var pictures = new DemonstrationPictures(services, info)
        {
            Camera = Pictures?.Camera ?? (options.Camera.Length > 0 ? options.Camera : Camera),
            Episodes = Pictures?.Episodes ?? PictureRequest.UsualEpisodes,
            Frames = Pictures?.Frames ?? PictureRequest.UsualFrames,
            Measures = [.. info.Measures.Where(measure => names.Contains(measure.Name))],
        };
        using IImageTextModel model = services.Model(options.Model, device, Precision.Auto);
        return await new StepwiseTraining(pictures, options).WriteAsync(info.Name, model, data, folder, Said(options), cancel);
    }

    private async Task<LearnedRecord> FitAsync(GoalAnswerOptions options, IReadOnlyList<string> data, string folder,
        CancellationToken cancel)
    {
        if (data.Count > 0)
            throw new SettingsException("rewards train",
                [$"--data: expected no file, since {AnswerCalibrationTraining.Name} is fitted to states that the environment draws."]);
        if (options.Goal.Length == 0 && Goal.Length > 0) options = options with { Goal = Goal };
        string goal = options.Goal.Length > 0 ? options.Goal : info.DefaultGoal;
        IVisualAnswerer model = services.VisualAnswerer(options.Model, device);
        Func<int, IVectorEnvironment> make = Environments ?? throw new InvalidOperationException("No environments are given.");
        using (model as IDisposable)
        using (IVectorEnvironment rows = make(RewardCheck.Rows))
            return await new AnswerCalibrationTraining(rows, Camera, options)
                .WriteAsync(model, goal, States.Count, States.Seed, folder, Said(options), cancel);
    }

    private EnsembleReward Make(string kind, Options options)
    {
        var context = new RewardContext
        {
            Info = info,
            Term = kind,
            Goals = [Goal.Length > 0 ? Goal : info.DefaultGoal],
            Baselines = [Baseline.Length > 0 ? Baseline : info.Baseline],
            Models = name => _models.TryGetValue(name, out IImageTextModel? known) ? known
                : _models[name] = services.Model(name, device, Precision.Auto),
        };
        context = context with { Teachers = name => services.Rewards.Sources.Create(name, null, context) };
        return (EnsembleReward)services.Rewards.Sources.Create(kind, options, context);
    }

    /// <summary>Strict, as settings are.</summary>
    private Options Bind(string kind, IEnumerable<KeyValuePair<string, string>> options, string file)
    {
        Registry<RewardContext, IReward> sources = services.Rewards.Sources;
        string[] learned =
            [.. sources.Entries.Where(entry => entry.Part.IsAssignableTo(typeof(EnsembleReward))
                || entry.Part.IsAssignableTo(typeof(StepwisePerceptualReward))
                || entry.Part.IsAssignableTo(typeof(GoalAnswerReward))).Select(entry => entry.Name)];
        if (!learned.Contains(kind)) throw new UnknownNameException("reward source that is trained", kind, learned);
        const string origin = "--set";
        SettingsNode node = SettingsNode.Empty(origin);
        foreach ((string key, string value) in options) node.Members[key] = SettingsNode.Plain(value, origin);
        // a source that cannot be without a file is given what is being made
        if (sources.Find(kind).Part.IsAssignableTo(typeof(StepwisePerceptualReward)))
            node.Members["file"] = SettingsNode.Plain(file, origin);
        node.Members["name"] = node.Members["source"] = SettingsNode.Plain(kind, origin);
        var violations = new List<string>();
        var term = (RewardTermSettings)new SettingsBinder(violations, services).Record(typeof(RewardTermSettings), node, "");
        Options bound = term.Options ?? sources.Find(kind).Defaults();
        violations.AddRange(bound.Violations());
        return violations.Count == 0 ? bound : throw new SettingsException(origin, violations);
    }

    private static Dictionary<string, JsonElement> Said(Options options) =>
        JsonSerializer.SerializeToElement(options, options.GetType(), RunJson.Options).EnumerateObject()
            .ToDictionary(member => member.Name, member => member.Value.Clone());
}

/// <summary>How recorded episodes are shown; null where the usual is meant.</summary>
/// <param name="Camera">What is looked through.</param>
/// <param name="Episodes">How many at most, from 1.</param>
/// <param name="Frames">Pictures of an episode at most, from 1.</param>
public sealed record PictureRequest(string? Camera, int? Episodes, int? Frames)
{
    /// <summary>What is taken where nothing is said: a few demonstrations, short enough to be embedded whenever a reward is made.</summary>
    public const int UsualEpisodes = 5, UsualFrames = 100;
}
