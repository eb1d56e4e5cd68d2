using System.Collections.Immutable;

namespace EmbodiedRL.Core.Contracts;

/// <summary>
/// Environments that can show how it is done: a script that reads the whole state acts, to be learned from and measured against.
/// </summary>
public interface IExpertSource
{
    /// <summary>Success measures that the script knows how to bring about; empty if nobody has written one.</summary>
    ImmutableArray<string> Skills { get; }

    /// <summary>What the script would do next in every environment.</summary>
    /// <param name="skill">One of <see cref="Skills"/>.</param>
    /// <param name="actions">[N, A], overwritten; not clipped to bounds.</param>
    /// <exception cref="UnknownNameException">There is no such skill; names the ones there are.</exception>
    void Demonstrate(string skill, Span<float> actions);
}
