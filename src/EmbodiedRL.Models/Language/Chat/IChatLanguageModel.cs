using EmbodiedRL.Core.Batches;

namespace EmbodiedRL.Models.Language.Chat;

/// <summary>Language model that reads conversations of several messages.</summary>
public interface IChatLanguageModel : ILanguageModel
{
    /// <summary>A conversation as this model reads it, up to the beginning of the assistant's answer.</summary>
    /// <param name="turns">In order.</param>
    /// <param name="images">One for each image part, in order.</param>
    /// <returns>Owned by the caller.</returns>
    /// <exception cref="Core.SpecMismatchException">Images for a model without eyes, or more tokens than its context holds.</exception>
    /// <exception cref="ChatTemplateException">The model's template refuses the conversation.</exception>
    EncodedPrompt Encode(IReadOnlyList<ChatTurn> turns, IReadOnlyList<RgbImage> images);
}
