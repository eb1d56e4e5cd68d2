using System.Numerics;

namespace EmbodiedRL.Core.Contracts;

/// <summary>Perturbable environments: external forces can be applied to bodies, by a viewer or to test a policy's robustness.</summary>
public interface IPerturbable
{
    /// <summary>Names of the bodies that can be pushed; empty if none has a name.</summary>
    IReadOnlyList<string> Bodies { get; }

    /// <summary>Applies a force at a body's center of mass until it is changed or the episode ends.</summary>
    /// <param name="environment">Which of the N.</param>
    /// <param name="body">One of <see cref="Bodies"/>.</param>
    /// <param name="force">Newtons, in world axes; zero lets go.</param>
    /// <exception cref="UnknownNameException">There is no such body; offers the nearest.</exception>
    /// <exception cref="NonFiniteException">The force is no number.</exception>
    void Push(int environment, string body, Vector3 force);
}
