// Contracts of algorithms count the tensors of the whole process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace EmbodiedRL.Extensions.Tests;

/// <summary>The trait of every test here.</summary>
internal static class Extension
{
    public const string Category = "Extension";
}
