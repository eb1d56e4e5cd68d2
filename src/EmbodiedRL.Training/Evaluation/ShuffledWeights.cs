using EmbodiedRL.Core;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Evaluation;

/// <summary>Negative control: with shuffled weights of the image-text model a run must not succeed.</summary>
internal static class ShuffledWeights
{
    public const string Warning = "Negative control: the image-text model's weights were shuffled before training, so its reward says "
        + "nothing of the sentence. "
        + "Success is not to be expected here; it would show that something else than the sentence taught the agent.";

    /// <summary>Shuffles in place.</summary>
    /// <exception cref="SettingsException">This model's weights cannot be shuffled.</exception>
    public static void Apply(IImageTextModel model, ulong seed)
    {
        if (model is not Models.Encoders.SceneClip clip) throw Cannot(model.Name);
        clip.ShuffleWeights(seed);
    }

    /// <summary>Stands for a vision-language model, whose weights cannot be shuffled.</summary>
    /// <exception cref="SettingsException">Always.</exception>
    public static IVisualAnswerer Refuse(string name) => throw Cannot(name);

    /// <summary>How the control fared, for the report's table.</summary>
    public static ControlOutcome Outcome(EvaluationOutcome outcome) =>
        new("shuffled weights", "This very run: the same training with a model that has forgotten everything.",
            outcome.Success, outcome.Measures);

    private static SettingsException Cannot(string model) => new("shuffleWeights",
        [$"expected a model whose weights can be shuffled (scene-clip), found '{model}'."]);
}
