using EmbodiedRL.Core;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Rewards;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Settings;
using static TorchSharp.torch;

namespace EmbodiedRL.Training.Auditing;

/// <summary>Builds the rewards of an audit; a model that several of them read is loaded once. Owns the models.</summary>
/// <param name="info">Of the environment.</param>
/// <param name="run">Says the device where a reward does not.</param>
/// <param name="baseline">What every frame shows.</param>
/// <param name="judgedBy">Success measures of the goal, for a teacher.</param>
/// <param name="folder">That paths in the settings are relative to.</param>
/// <param name="services">Rewards and models.</param>
/// <param name="time">The clock that sources measure their speed by.</param>
internal sealed class AuditRewards(EnvironmentInfo info, RunSettings run, string baseline, IReadOnlyList<string> judgedBy, string folder,
    RunServices services, TimeProvider time) : IDisposable
{
    private readonly LentTextModels _textModels = new(services, TorchRuntime.ParseDevice(run.Device));
    private readonly Dictionary<string, IImageTextModel> _models = new(StringComparer.Ordinal);

    /// <summary>The model that was not there when it was last asked for; null if all were.</summary>
    public AssetMissingException? Missing { get; private set; }

    /// <summary>A reward by a sentence. The caller disposes it, before this.</summary>
    public RewardStack Build(AuditedReward audited, string goal)
    {
        Missing = null;
        RewardStackSettings settings = audited.Settings.Reward;
        RewardStack reward = services.Rewards.Build(settings, _textModels.LendTo(new RewardContext
        {
            Info = info,
            Goals = [goal],
            Baselines = [baseline],
            JudgedBy = judgedBy,
            Discount = AgentDiscount.Of(audited.Settings, services),
            Models = name => Model(name, settings),
            Folder = folder,
            Time = time,
        }));
        if (audited.State is { } learned) reward.Load(learned);
        return reward;
    }

    /// <summary>Frees the models.</summary>
    public void Dispose()
    {
        foreach (IImageTextModel model in _models.Values) model.Dispose();
        _textModels.Dispose();
    }

    private IImageTextModel Model(string name, RewardStackSettings settings)
    {
        string device = settings.Device.Length > 0 ? settings.Device : run.Device, key = $"{name}|{device}|{settings.Precision}";
        if (_models.TryGetValue(key, out IImageTextModel? known)) return known;
        try
        {
            Device place =
                settings.Device.Length > 0 ? TorchRuntime.ParseDevice(device, "reward:device") : TorchRuntime.ParseDevice(device);
            return _models[key] = services.Model(name, place, Precisions.Parse(settings.Precision, "reward:precision"));
        }
        catch (AssetMissingException missing)
        {
            Missing = missing;
            throw;
        }
    }
}
