using EmbodiedRL.Core.Batches;
using EmbodiedRL.Models.Tokenizers;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language;

/// <summary>Sizes and special tokens of a language model.</summary>
/// <param name="Name">For people and messages.</param>
/// <param name="VocabularySize">V.</param>
/// <param name="HiddenSize">H.</param>
/// <param name="ContextLength">The most tokens of prompt and completion together.</param>
/// <param name="PaddingId">Fills rows; never attended to.</param>
/// <param name="EndIds">A completion ends with any of them.</param>
/// <param name="ImageTokenId">Stands for one feature of an image; null for a model without eyes.</param>
public sealed record LanguageModelSpec(string Name, int VocabularySize, int HiddenSize, int ContextLength, int PaddingId,
    IReadOnlyList<int> EndIds, int? ImageTokenId = null);

/// <summary>Language model: token ids, and images where it has eyes, to logits. Its weights can be trained.</summary>
/// <remarks>Not thread-safe. Tensors that are returned belong to the caller's dispose scope.</remarks>
public interface ILanguageModel : IDisposable
{
    /// <summary>Sizes and special tokens.</summary>
    LanguageModelSpec Spec { get; }

    /// <summary>Texts to ids and back.</summary>
    ITextTokenizer Tokenizer { get; }

    /// <summary>All its weights, named as in its checkpoint's memory layout.</summary>
    nn.Module Module { get; }

    /// <summary>Whether rows may hold several completions of one prompt, as <see cref="ModelInput.Segments"/> says.</summary>
    bool ReadsSegments => false;

    /// <summary>A question as this model reads it: chat markup, a token for each image feature, images prepared.</summary>
    /// <param name="question">In words, with images.</param>
    /// <returns>Owned by the caller.</returns>
    /// <exception cref="Core.SpecMismatchException">Images for a model without eyes, or more tokens than its context holds.</exception>
    EncodedPrompt Encode(Question question);

    /// <summary>The same with the tokens that begin every completion (<see cref="Question.Begun"/>) after it.</summary>
    /// <inheritdoc cref="Encode"/>
    EncodedPrompt EncodeBegun(Question question)
    {
        EncodedPrompt prompt = Encode(question);
        return question.Begun.Count == 0 ? prompt : prompt with { Ids = [.. prompt.Ids, .. question.Begun] };
    }

    /// <summary>Features of images, one for each image token.</summary>
    /// <param name="images">Prepared by <see cref="Encode"/>.</param>
    /// <returns>[tokens, H], in reading order.</returns>
    /// <exception cref="Core.SpecMismatchException">The model has no eyes, or the pixels are not those it prepares.</exception>
    Tensor ImageFeatures(PreparedImages images);

    /// <summary>Memory of keys and values for so many rows.</summary>
    KeyValueCache CreateCache(int rows, int capacity);

    /// <summary>Hidden states after the final norm.</summary>
    /// <param name="input">New tokens of each row.</param>
    /// <param name="cache">What the rows read before; the new tokens are added to it. Null reads the rows alone.</param>
    /// <returns>[B, T, H].</returns>
    /// <exception cref="Core.SpecMismatchException">Image tokens and features are not equally many, named before anything is computed;
    /// or rows differ from the cache's.</exception>
    Tensor Hidden(ModelInput input, KeyValueCache? cache = null);

    /// <summary>Logits of hidden states.</summary>
    /// <param name="hidden">[..., H].</param>
    /// <returns>[..., V].</returns>
    Tensor Logits(Tensor hidden);
}

/// <summary>A prompt in tokens.</summary>
/// <param name="Ids">[T], with one image token for each image feature.</param>
/// <param name="Images">Null where there are none.</param>
public sealed record EncodedPrompt(int[] Ids, PreparedImages? Images) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Images?.Dispose();
}
