using System.Collections.Immutable;

namespace EmbodiedRL.Core.Facts;

/// <summary>A number computed from one state row [S].</summary>
public delegate float StateFunction(ReadOnlySpan<float> state);

/// <summary>Something that can be said of a state, and how true it is.</summary>
/// <param name="Name">Short and unique within the environment, e.g. <c>upright</c>.</param>
/// <param name="Subject">What it is said of, e.g. <c>pole</c>: two facts of one subject exclude each other, facts of two can be joined by "and".</param>
/// <param name="Phrases">Ways to say it that a model may be trained on, first the plainest, e.g. "standing upright".</param>
/// <param name="HeldOut">Ways to say it that are never trained on and only measured.</param>
/// <param name="Truth">In [0, 1], graded: nearer to true is larger.</param>
/// <param name="Measure">The success measure a goal of this fact is judged by; null if none.</param>
public sealed record Fact(
    string Name, string Subject, ImmutableArray<string> Phrases, ImmutableArray<string> HeldOut, StateFunction Truth, string? Measure = null);
