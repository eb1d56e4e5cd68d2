using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Rewards;
using EmbodiedRL.Rewards.Sources;
using TorchSharp;

namespace EmbodiedRL.Training.Composition;

/// <summary>
/// Language models, listeners, text models and vision-language models that a run lends to its reward: each is loaded when it is first
/// named, and freed with this.
/// </summary>
/// <param name="services">Makes them.</param>
/// <param name="device">Where they live.</param>
/// <param name="precision">What they compute in.</param>
public sealed class LentTextModels(RunServices services, torch.Device device, Precision precision = Precision.Auto) : IDisposable
{
    private readonly Dictionary<string, ILikelihoodModel> _languageModels = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IChoiceScorer> _listeners = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ITextModel> _textModels = new(StringComparer.Ordinal);

    private readonly Dictionary<string, IVisualAnswerer> _visualAnswerers = new(StringComparer.Ordinal);

    /// <summary>Names of the vision-language models that were lent.</summary>
    public IReadOnlyCollection<string> VisualAnswerers => _visualAnswerers.Keys;

    /// <summary>The same context, lending these models to whoever builds a reward by it. Dispose the reward before this.</summary>
    public RewardContext LendTo(RewardContext context) => context with
    {
        LanguageModels = name => _languageModels.TryGetValue(name, out ILikelihoodModel? known)
            ? known
            : _languageModels[name] = services.LanguageModel(name, device, precision),
        Listeners = name => _listeners.TryGetValue(name, out IChoiceScorer? known)
            ? known
            : _listeners[name] = services.Listener(name, device, precision),
        TextModels = name => _textModels.TryGetValue(name, out ITextModel? known)
            ? known
            : _textModels[name] = services.TextModel(name, device, precision),
        VisualAnswerers = name => _visualAnswerers.TryGetValue(name, out IVisualAnswerer? known)
            ? known
            : _visualAnswerers[name] = services.VisualAnswerer(name, device, precision),
    };

    /// <summary>Frees what was loaded and can be freed.</summary>
    public void Dispose()
    {
        foreach (IDisposable model in _languageModels.Values.OfType<IDisposable>()) model.Dispose();
        foreach (IDisposable model in _listeners.Values.OfType<IDisposable>()) model.Dispose();
        foreach (IDisposable model in _textModels.Values.OfType<IDisposable>()) model.Dispose();
        foreach (IDisposable model in _visualAnswerers.Values.OfType<IDisposable>()) model.Dispose();
        _languageModels.Clear();
        _listeners.Clear();
        _textModels.Clear();
        _visualAnswerers.Clear();
    }
}
