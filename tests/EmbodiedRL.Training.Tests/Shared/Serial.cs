namespace EmbodiedRL.Training.Tests;

/// <summary>Tests that count tensors or memory of the whole process: nothing may run beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Serial
{
    public const string Name = "serial";
}
