using System.Numerics;

namespace EmbodiedRL.Core.Contracts;

/// <summary>Environments whose bodies can be pushed from outside: by a person who watches, or to see whether a policy recovers.</summary>
public interface IPerturbable
{
    /// <summary>Names of the bodies that can be pushed; empty if none has a name.</summary>
    IReadOnlyList<string> Bodies { get; }

    /// <summary>Pushes a body at its center of mass until told otherwise or until its episode ends.</summary>
    /// <param name="environment">Which of the N.</param>
    /// <param name="body">One of <see cref="Bodies"/>.</param>
    /// <param name="force">Newtons, in world axes; zero lets go.</param>
    /// <exception cref="UnknownNameException">There is no such body; offers the nearest.</exception>
    /// <exception cref="NonFiniteException">The force is no number.</exception>
    void Push(int environment, string body, Vector3 force);
}
