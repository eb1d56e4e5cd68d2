using EmbodiedRL.Algorithms.OnPolicy;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Algorithms.Tests.OnPolicy;

public sealed class ContinuousPpoContract : AlgorithmContract
{
    protected override bool Discrete => false;

    protected override int UpdatesToLearn => 40;

    protected override IControlAlgorithm Create(ulong seed) => new Ppo(Small, FastEnv.Describe(), seed);

    internal static PpoOptions Small { get; } = new()
    {
        Horizon = 32,
        Minibatch = 256,
        Epochs = 5,
        LearningRate = 3e-3,
        HiddenSizes = [32, 32]
    };
}

public sealed class DiscretePpoContract : AlgorithmContract
{
    protected override bool Discrete => true;

    protected override int UpdatesToLearn => 40;

    protected override IControlAlgorithm Create(ulong seed) => new Ppo(ContinuousPpoContract.Small, FastEnv.Describe(discrete: true), seed);
}

public sealed class NormalizingPpoContract : AlgorithmContract
{
    protected override bool Discrete => false;

    protected override int UpdatesToLearn => 40;

    protected override IControlAlgorithm Create(ulong seed) =>
        new Ppo(ContinuousPpoContract.Small with { NormalizeObservations = true, Anneal = true, ValueClip = 0.5f, Entropy = 0.001f },
            FastEnv.Describe(), seed);
}
