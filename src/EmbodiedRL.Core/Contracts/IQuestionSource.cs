using EmbodiedRL.Core.Batches;

namespace EmbodiedRL.Core.Contracts;

/// <summary>Question source: gives questions to train on, without end. Equal seeds give equal questions in equal order.</summary>
/// <remarks>Not thread-safe. Where it stands is in its snapshot, so that a resumed run is asked what it would have been asked.</remarks>
public interface IQuestionSource : ISnapshot
{
    /// <summary>The next questions.</summary>
    /// <param name="count">How many, at least 1; a finite set begins anew, in another order.</param>
    /// <returns>[count], owned by the caller.</returns>
    IReadOnlyList<Question> Next(int count);
}
