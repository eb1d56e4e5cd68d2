namespace EmbodiedRL.Rewards.Tests.Exploration;

/// <summary>Tests that count the tensors of the whole process run alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class SerialCollection
{
    public const string Name = "serial";
}
