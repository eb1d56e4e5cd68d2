using EmbodiedRL.Contracts;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Envs.Tests;

public sealed class CartPoleContract : EnvironmentContract
{
    protected override IVectorEnvironment Create(int count, int workers) => EnvironmentCatalog.Create("cartpole", count, workers);
}

public sealed class ColorReacherContract : EnvironmentContract
{
    protected override IVectorEnvironment Create(int count, int workers) => EnvironmentCatalog.Create("color-reacher", count, workers);
}

public sealed class GymHalfCheetahContract : EnvironmentContract
{
    protected override IVectorEnvironment Create(int count, int workers) => EnvironmentCatalog.Create("gym/half-cheetah", count, workers);
}

public sealed class GymHumanoidContract : EnvironmentContract
{
    protected override IVectorEnvironment Create(int count, int workers) => EnvironmentCatalog.Create("gym/humanoid", count, workers);

    /// <summary>The last number of a body's inertia is its mass.</summary>
    protected override bool CanMove(FieldSpec field, int index) =>
        !(field.Name.StartsWith("cinert/", StringComparison.Ordinal) && index == 9);
}

public sealed class TabletopContract : EnvironmentContract
{
    /// <summary>Things change with the episode alone, and not every episode has five.</summary>
    protected override int StepsUntilAllMoved => 3000;

    /// <summary>There is always one thing.</summary>
    protected override bool CanMove(FieldSpec field, int index) => !(field.Name == "thing-1" && index == 0);

    protected override IVectorEnvironment Create(int count, int workers) => EnvironmentCatalog.Create("tabletop", count, workers);
}
