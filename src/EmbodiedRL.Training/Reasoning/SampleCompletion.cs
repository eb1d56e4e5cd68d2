using EmbodiedRL.Core.Batches;

namespace EmbodiedRL.Training.Reasoning;

/// <summary>A completion and what each term of the reward says of it.</summary>
/// <param name="Question">What was asked.</param>
/// <param name="Text">The likeliest completion.</param>
/// <param name="Reward">The terms, joined.</param>
/// <param name="Terms">Scores of terms after their transforms, not weighted, by name.</param>
public sealed record SampleCompletion(Question Question, string Text, float Reward, IReadOnlyDictionary<string, float> Terms);
