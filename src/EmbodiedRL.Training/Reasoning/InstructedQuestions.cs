using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Training.Reasoning;

/// <summary>Questions with an instruction before each, e.g. how the answer is to be written.</summary>
/// <param name="questions">Lent.</param>
/// <param name="instruction">Sentences.</param>
public sealed class InstructedQuestions(IQuestionSource questions, string instruction) : IQuestionSource
{
    /// <summary>A question with an instruction; the same one for an empty instruction.</summary>
    public static Question Of(Question question, string instruction) =>
        instruction.Length > 0 ? question with { Prompt = $"{instruction} {question.Prompt}" } : question;

    /// <inheritdoc/>
    public IReadOnlyList<Question> Next(int count) => [.. questions.Next(count).Select(question => Of(question, instruction))];

    /// <inheritdoc/>
    public void Save(Snapshot into) => questions.Save(into);

    /// <inheritdoc/>
    public void Load(Snapshot from) => questions.Load(from);
}
