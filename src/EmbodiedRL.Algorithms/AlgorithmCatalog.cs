using EmbodiedRL.Algorithms.OnPolicy;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using static TorchSharp.torch;

namespace EmbodiedRL.Algorithms;

/// <summary>What a run lends to its algorithm.</summary>
/// <param name="Info">Whose observations and actions it shall know.</param>
/// <param name="Seed">Of its first weights and all its draws.</param>
/// <param name="Device">Where its networks live; the CPU if null.</param>
public sealed record AlgorithmContext(EnvironmentInfo Info, ulong Seed, Device? Device = null);

/// <summary>Registry of algorithms. A new algorithm is one file and one line here; one of one's own is added to a copy.</summary>
public static class AlgorithmCatalog
{
    /// <summary>What the project comes with.</summary>
    public static Registry<AlgorithmContext, IControlAlgorithm> Shipped { get; } =
        new Registry<AlgorithmContext, IControlAlgorithm>(PartKinds.Algorithm)
        .Add<PpoOptions, Ppo>("ppo", "proximal policy optimization, on-policy, with clipped probability ratios",
            (options, run) => new Ppo(options, run.Info, run.Seed, run.Device))
        .Seal();
}
