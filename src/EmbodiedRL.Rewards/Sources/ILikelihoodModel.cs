using EmbodiedRL.Core.Batches;

namespace EmbodiedRL.Rewards.Sources;

/// <summary>A text and what is said after it.</summary>
/// <param name="Context">What was said before.</param>
/// <param name="Text">What follows; not empty.</param>
public readonly record struct Continuation(string Context, string Text);

/// <summary>Language model that says how likely continuations of texts are.</summary>
/// <remarks>Lent to rewards by the run, which owns it.</remarks>
public interface ILikelihoodModel
{
    /// <summary>What settings call it.</summary>
    string Name { get; }

    /// <summary>Log-probabilities of the tokens of continuations: of each token after all before it, its context's included.</summary>
    /// <param name="continuations">B.</param>
    /// <param name="cancel">Stops between two batches.</param>
    /// <returns>[B], one array each of as many values as the continuation has tokens, at least one, at most 0; the caller's.</returns>
    ValueTask<IReadOnlyList<float[]>> LogProbabilitiesAsync(IReadOnlyList<Continuation> continuations, CancellationToken cancel);
}

/// <summary>Question with a few answers.</summary>
/// <param name="Text">The question, and whatever else is to be read before it is answered.</param>
/// <param name="Images">To be looked at; empty if there are none.</param>
public readonly record struct ChoiceQuestion(string Text, IReadOnlyList<RgbImage> Images);

/// <summary>Model that answers by choice and says how sure it is of each: no text is sampled.</summary>
/// <remarks>Lent to rewards by the run, which owns it; nobody trains it meanwhile.</remarks>
public interface IChoiceScorer
{
    /// <summary>What settings call it.</summary>
    string Name { get; }

    /// <summary>Logits of the choices, up to a constant that all choices of a question share.</summary>
    /// <param name="questions">B.</param>
    /// <param name="choices">C texts, the same for every question.</param>
    /// <param name="cancel">Stops between two batches.</param>
    /// <returns>[B, C], row-major; the caller's.</returns>
    ValueTask<float[]> ScoreAsync(IReadOnlyList<ChoiceQuestion> questions, IReadOnlyList<string> choices, CancellationToken cancel);
}
