using System.Reflection;
using EmbodiedRL.Models;
using Xunit.v3;

namespace EmbodiedRL.Contracts;

/// <summary>
/// Fails a test that leaves tensors behind. The count is of the whole process, so the tests of the assembly must not run in parallel.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class NoTensorLeaksAttribute : BeforeAfterTestAttribute
{
    private long _before;

    public override void Before(MethodInfo methodUnderTest, IXunitTest test) => _before = TorchRuntime.LiveTensors;

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        long left = TorchRuntime.LiveTensors - _before;
        Assert.True(left <= 0, $"{methodUnderTest.DeclaringType?.Name}.{methodUnderTest.Name} left {left} tensors behind.");
    }
}
