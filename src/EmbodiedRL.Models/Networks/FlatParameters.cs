using EmbodiedRL.Models.Heads;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Networks;

/// <summary>Binds weights of a <see cref="ParameterVector"/> to the parameters of a TorchSharp module, in the same memory.</summary>
/// <remarks>
/// Automatic differentiation adds each gradient to its part of the vector, so an optimizer's step stays a few operations on one vector, and
/// one set of weights can serve a module and a <see cref="MlpBackprop"/>. The gradients must be zero before a backward pass.
/// </remarks>
internal static class FlatParameters
{
    private static long _moved;

    /// <summary>How many tensors gave their handle to a parameter in this process: TorchSharp counts them as alive for good.</summary>
    public static long Moved => Interlocked.Read(ref _moved);

    /// <summary>A parameter that takes over a tensor's handle.</summary>
    /// <returns>Owned by no dispose scope.</returns>
    public static Parameter Take(Tensor values, bool needsGradient = true)
    {
        var parameter = new Parameter(values, needsGradient);
        parameter.DetachFromDisposeScope();
        Interlocked.Increment(ref _moved);
        return parameter;
    }

    /// <summary>Registers the weights under their names without the prefix.</summary>
    /// <param name="module">Owns the parameters from now on, not their memory.</param>
    /// <param name="parameters">Holds the shapes; must outlive the module.</param>
    /// <param name="prefix">Of the names of the shapes, without its dot.</param>
    /// <param name="shapes">In the order of the answer.</param>
    public static Parameter[] Register(nn.Module module, ParameterVector parameters, string prefix, IEnumerable<ParameterShape> shapes)
    {
        using DisposeScope scope = NewDisposeScope();
        List<Parameter> registered = [];
        foreach (ParameterShape shape in shapes)
        {
            Parameter parameter = Take(parameters[shape.Name].detach());
            parameter.grad = parameters.GradientOf(shape.Name);
            module.register_parameter(shape.Name[(prefix.Length + 1)..], parameter);
            registered.Add(parameter);
        }

        return [.. registered];
    }

    /// <summary>Zeroes the gradients where they lie; a module's own way would give them other memory.</summary>
    public static void ZeroGradients(nn.Module module)
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (Parameter parameter in module.parameters()) parameter.grad!.zero_();
    }
}
