using EmbodiedRL.Core.Batches;

namespace EmbodiedRL.Algorithms.Reasoning;

/// <summary>A completion as a gradient step reads it.</summary>
/// <param name="Question">What it answers.</param>
/// <param name="Tokens">[T].</param>
/// <param name="Advantage">Against others of its group.</param>
internal sealed record CompletionRow(Question Question, int[] Tokens, float Advantage)
{
    /// <summary>Whether it is learned from; else it only counts as a sequence.</summary>
    public bool IsLearned { get; init; } = true;

    /// <summary>[T], of the policy that sampled it.</summary>
    public required float[] Sampled { get; init; }

    /// <summary>[T], what ratios are taken against; the policy's own if null.</summary>
    public float[]? Old { get; set; }

    /// <summary>[T], of the reference; null without one.</summary>
    public float[]? Reference { get; set; }

    /// <summary>The question with parts of its images blanked; null where that is not asked for.</summary>
    public Question? Blanked { get; init; }

    /// <summary>Tokens that are learned from.</summary>
    public int Counted => IsLearned ? Tokens.Length : 0;
}
