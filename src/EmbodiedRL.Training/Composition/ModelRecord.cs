using EmbodiedRL.Core;
using EmbodiedRL.Training.Captioning;

namespace EmbodiedRL.Training.Composition;

/// <summary>Training data of image-text models, read from their cards.</summary>
internal static class ModelRecord
{
    /// <summary>The environments whose pictures a model was trained on; null if it has no card.</summary>
    /// <exception cref="CorruptFileException">The card is damaged.</exception>
    public static IReadOnlyCollection<string>? Environments(RunServices services, string model) =>
        ModelCard.Read(Path.Combine(services.Weights, model))?.Environments;
}
