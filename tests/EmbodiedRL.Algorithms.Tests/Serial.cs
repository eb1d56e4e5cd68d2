using System.Runtime.CompilerServices;
using EmbodiedRL.Models.Heads;
using EmbodiedRL.Models.Networks;

// Tensors are counted over the whole process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace EmbodiedRL.Algorithms.Tests;

internal static class Serial
{
    /// <summary>Some tests make a tensor before they touch a model, and models are what loads libtorch.</summary>
    [ModuleInitializer]
    internal static void LoadModels() => RuntimeHelpers.RunModuleConstructor(typeof(ActorCritic).Module.ModuleHandle);
}
