namespace EmbodiedRL.Rewards.Sources;

/// <summary>Question about a frame, with the two answers among which to choose.</summary>
/// <param name="Text">In words.</param>
/// <param name="Yes">The answer whose probability is asked for.</param>
/// <param name="No">The other answer.</param>
/// <param name="Thoughts">
/// Reasoning that may go before the answer, each weighed by how likely the model finds it; null lets the model write the likeliest itself.
/// </param>
public sealed record FrameQuestion(string Text, string Yes, string No, IReadOnlyList<string>? Thoughts);

/// <summary>Vision-language model that answers questions about frames by choice, and says how sure it is.</summary>
/// <remarks>
/// Speaks spans: tensors stay inside. Lent to rewards by the run, which owns it; nobody trains it meanwhile. Not thread-safe.
/// </remarks>
public interface IVisualAnswerer
{
    /// <summary>What settings call it.</summary>
    string Name { get; }

    /// <summary>H = W of the images it reads without resizing them: what a renderer is asked for.</summary>
    int ImageSize { get; }

    /// <summary>Words of a text that it has not learned.</summary>
    IReadOnlyList<string> UnknownWords(string text);

    /// <summary>
    /// Log-odds of yes against no: log sum_t p(t) p(yes | t) - log sum_t p(t) p(no | t) over thoughts t, of the first token in which the
    /// answers differ.
    /// </summary>
    /// <param name="frames">uint8 [B, H, W, 3], row 0 at the top; of any size.</param>
    /// <param name="width">W, pixels.</param>
    /// <param name="height">H, pixels.</param>
    /// <param name="question">What is asked of each.</param>
    /// <param name="logOdds">[B], overwritten with finite numbers; those of a frame do not depend on the others.</param>
    /// <param name="cancel">Stops between two calls of the network.</param>
    /// <exception cref="Core.SpecMismatchException">The lengths differ, or the question is longer than the model can read.</exception>
    void Answer(ReadOnlySpan<byte> frames, int width, int height, FrameQuestion question, Span<float> logOdds, CancellationToken cancel);
}
