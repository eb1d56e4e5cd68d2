using EmbodiedRL.Core.Batches;

namespace EmbodiedRL.Algorithms.Reasoning;

/// <summary>A completion that can be learned from, apart from its batch.</summary>
/// <param name="Question">What it answers.</param>
/// <param name="Tokens">[T].</param>
/// <param name="LogProbabilities">[T], of the policy that sampled it.</param>
/// <param name="Advantage">Against others of its group.</param>
/// <param name="Update">When it was sampled.</param>
public sealed record CompletionSample(Question Question, int[] Tokens, float[] LogProbabilities, float Advantage, long Update);
