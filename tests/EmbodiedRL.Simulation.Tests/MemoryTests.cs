using System.Globalization;

namespace EmbodiedRL.Simulation.Tests;

[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

/// <summary>What MuJoCo allocates is invisible to the collector, so it is watched from outside, with nothing else running.</summary>
[Collection(nameof(Alone))]
public sealed class MemoryTests
{
    [Fact]
    public void Making_and_freeing_leaves_nothing_behind()
    {
        // A texture makes a leaked model large enough to be seen.
        string scene = PointTask.Scene.Replace("width=\"8\" height=\"8\"", "width=\"256\" height=\"256\"", StringComparison.Ordinal);
        void Cycle(int times)
        {
            for (int i = 0; i < times; i++)
            {
                using var environment = new VectorEnvironment(Model.Parse("point", scene), model => new PointTask(model), 2, 2);
            }
        }

        Cycle(1000); // the allocator's own reserves fill first
        long before = Resident();
        Cycle(300);
        Assert.InRange(Resident() - before, long.MinValue, 48 << 20);
    }

    private static long Resident() => long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], CultureInfo.InvariantCulture) * 4096;
}
