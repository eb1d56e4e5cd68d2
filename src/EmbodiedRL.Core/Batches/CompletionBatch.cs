using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Core.Batches;

/// <summary>Completion batch: G completions of each of B prompts, which verifiers score and completion algorithms learn from.</summary>
/// <remarks>
/// Row b * G + g is completion g of prompt b. Arrays belong to the creator of the batch. A generated image or
/// clip counts as a completion with an image.
/// </remarks>
public sealed class CompletionBatch : RewardBatch
{
    private readonly long[] _samples;
    private readonly long[] _groups;

    /// <summary>Completions of prompts.</summary>
    /// <param name="prompts">[B].</param>
    /// <param name="completions">G, completions of each prompt.</param>
    /// <param name="texts">[B * G].</param>
    /// <param name="firstSample">Id of the first row; ids count up from here and must not repeat within a run.</param>
    /// <exception cref="SpecMismatchException">Lengths do not belong together.</exception>
    public CompletionBatch(IReadOnlyList<string> prompts, int completions, IReadOnlyList<string> texts, long firstSample = 0)
    {
        ArgumentOutOfRangeException.ThrowIfZero(prompts.Count);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(completions);
        SpecMismatchException.ThrowIfLength("completions", texts.Count, checked(prompts.Count * completions));
        (Prompts, Completions, Texts) = (prompts, completions, texts);
        _samples = new long[texts.Count];
        _groups = new long[texts.Count];
        for (int row = 0; row < texts.Count; row++)
            (_samples[row], _groups[row]) = (firstSample + row, (firstSample / completions) + (row / completions));
    }

    /// <summary>[B].</summary>
    public IReadOnlyList<string> Prompts { get; }

    /// <summary>G.</summary>
    public int Completions { get; }

    /// <summary>[B * G], the text of each completion.</summary>
    public IReadOnlyList<string> Texts { get; }

    /// <summary>[B], images that belong to each prompt; null if there are none.</summary>
    public IReadOnlyList<IReadOnlyList<RgbImage>>? Images { get; init; }

    /// <summary>[B * G], token ids of each completion; null if unknown.</summary>
    public IReadOnlyList<int[]>? Tokens { get; init; }

    /// <summary>[B * G], log-probability of each token when it was sampled; null if unknown.</summary>
    public IReadOnlyList<float[]>? LogProbabilities { get; init; }

    /// <summary>[B * G], the answer parsed from each completion, null where none was found; null if no answers were parsed.</summary>
    public IReadOnlyList<string?>? Answers { get; init; }

    /// <summary>[B], the reference answer of each prompt; null if there are none.</summary>
    public IReadOnlyList<string>? References { get; init; }

    /// <summary>[B], the questions that prompts ask, with form and kind of their answers; null if prompts are none.</summary>
    public IReadOnlyList<Question>? Questions { get; init; }

    /// <summary>[B * G], whether a completion was cut at the most tokens allowed; null if unknown.</summary>
    public IReadOnlyList<bool>? Truncated { get; init; }

    /// <inheritdoc/>
    public override int Rows => Texts.Count;

    /// <inheritdoc/>
    public override BatchFields Fields => BatchFields.Prompts | BatchFields.Texts
        | (Images is null ? 0 : BatchFields.Images) | (Tokens is null ? 0 : BatchFields.Tokens)
        | (LogProbabilities is null ? 0 : BatchFields.LogProbabilities) | (Answers is null ? 0 : BatchFields.Answers)
        | (References is null ? 0 : BatchFields.References) | (Questions is null ? 0 : BatchFields.Questions);

    /// <inheritdoc/>
    public override ReadOnlySpan<long> Episode => _samples;

    /// <inheritdoc/>
    public override ReadOnlySpan<long> Group => _groups;

    /// <summary>Completions of questions: prompts, images and references are those of the questions.</summary>
    /// <param name="questions">[B].</param>
    /// <param name="completions">G, completions of each question.</param>
    /// <param name="texts">[B * G].</param>
    /// <param name="firstSample">Id of the first row.</param>
    /// <exception cref="SpecMismatchException">Lengths do not belong together.</exception>
    public static CompletionBatch Of(
        IReadOnlyList<Question> questions, int completions, IReadOnlyList<string> texts, long firstSample = 0) =>
        new([.. questions.Select(question => question.Prompt)], completions, texts, firstSample)
        {
            Questions = questions,
            Images = [.. questions.Select(question => question.Images)],
            References = [.. questions.Select(question => question.Reference)],
        };

    /// <summary>The prompt of a row.</summary>
    public int PromptOf(int row) => row / Completions;

    /// <inheritdoc/>
    public override string Describe(int row) => $"completion {row % Completions} of prompt {row / Completions}";
}
