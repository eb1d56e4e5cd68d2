using System.Collections.Immutable;

namespace EmbodiedRL.Core.Contracts;

/// <summary>Expert source: environments with a scripted expert, which reads the whole state, to learn from and to compare with.</summary>
public interface IExpertSource
{
    /// <summary>Skills of the expert: success measures it can fulfil; empty if there is no expert.</summary>
    ImmutableArray<string> Skills { get; }

    /// <summary>What the script would do next in every environment.</summary>
    /// <param name="skill">One of <see cref="Skills"/>.</param>
    /// <param name="actions">[N, A], overwritten; not clipped to bounds.</param>
    /// <exception cref="UnknownNameException">There is no such skill; names the ones there are.</exception>
    void Demonstrate(string skill, Span<float> actions);
}
