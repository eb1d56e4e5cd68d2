using EmbodiedRL.Contracts;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Envs.Tests;

public sealed class CartPoleContract : EnvironmentContract
{
    protected override IVectorEnvironment Create(int count, int workers) => Catalog.Create("cartpole", count, workers);
}

public sealed class ColourReacherContract : EnvironmentContract
{
    protected override IVectorEnvironment Create(int count, int workers) => Catalog.Create("colour-reacher", count, workers);
}

public sealed class GymHalfCheetahContract : EnvironmentContract
{
    protected override IVectorEnvironment Create(int count, int workers) => Catalog.Create("gym/half-cheetah", count, workers);
}
