using System.Reflection;
using TorchSharp;
using Xunit.v3;

namespace EmbodiedRL.Contracts;

/// <summary>Fails a test that leaves tensors behind. The count is of the whole process, so the tests of the assembly must not run in parallel.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class NoTensorLeaksAttribute : BeforeAfterTestAttribute
{
    private long _before;

    public override void Before(MethodInfo methodUnderTest, IXunitTest test) => _before = torch.Tensor.TotalCount;

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        long left = torch.Tensor.TotalCount - _before;
        Assert.True(left <= 0, $"{methodUnderTest.DeclaringType?.Name}.{methodUnderTest.Name} left {left} tensors behind.");
    }
}
