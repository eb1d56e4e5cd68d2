using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Training.Reasoning;

/// <summary>Batch source of worked answers: questions with a completion each that reasons its way to the right answer.</summary>
/// <remarks>Questions are lent. Not thread-safe.</remarks>
/// <param name="questions">Lent; its place is in this source's snapshot.</param>
/// <param name="prompts">Questions of a batch, B.</param>
public sealed class WorkedAnswerSource(IQuestionSource questions, int prompts) : IBatchSource
{
    private long _batches;

    /// <inheritdoc/>
    /// <exception cref="SpecMismatchException">A question has no worked answer.</exception>
    public ValueTask<RewardBatch> NextAsync(CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        IReadOnlyList<Question> asked = questions.Next(prompts);
        string[] texts = [.. asked.Select(question => question.WorkedAnswer ?? throw new SpecMismatchException("imitation",
            "questions with worked answers", $"'{question.Prompt}' without one"))];
        return ValueTask.FromResult<RewardBatch>(CompletionBatch.Of(asked, 1, texts, _batches++ * prompts));
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        into.Put("batches", _batches);
        questions.Save(into.Section("questions"));
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        _batches = from.Get<long>("batches");
        questions.Load(from.Section("questions"));
    }

    /// <summary>Nothing to release: questions are lent.</summary>
    public void Dispose()
    {
    }
}
