using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models.Heads;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Tensors;

/// <summary>Name and shape of one weight.</summary>
/// <param name="Name">Its key in a checkpoint, e.g. <c>actor.0.weight</c>.</param>
/// <param name="Shape">Row-major; a linear layer's is [out, in].</param>
public readonly record struct ParameterShape(string Name, params long[] Shape)
{
    /// <summary>How many values it has.</summary>
    public int Length => (int)Shape.Aggregate(1L, (product, size) => product * size);
}

/// <summary>
/// Parameter vector: all weights of a model in one vector, and their gradients in another; each weight is a view of its part.
/// </summary>
/// <remarks>
/// Thereby an optimizer's step and a norm are a few operations on one vector, however many layers there are. No graph is built.
/// Owns its tensors; what the indexer gives is lent. Not thread-safe.
/// </remarks>
public sealed class ParameterVector : ISnapshot, IDisposable
{
    private readonly ParameterShape[] _shapes;
    private readonly Dictionary<string, Tensor> _weights = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Tensor> _gradients = new(StringComparer.Ordinal);

    /// <summary>Room for weights, all zero.</summary>
    /// <param name="device">Where they live.</param>
    /// <param name="shapes">In the order of the vector; names are unique.</param>
    public ParameterVector(Device device, params ParameterShape[] shapes)
    {
        _shapes = shapes;
        double asked = shapes.Sum(shape => shape.Shape.Aggregate(1.0, (product, size) => product * size));
        // with gradients and what an optimizer keeps
        MemoryRoom.Require($"A network of {shapes.Length} weights", asked, 4 * sizeof(float) * asked, "Lower the sizes of its layers.");
        int length = shapes.Sum(shape => shape.Length), offset = 0;
        using DisposeScope scope = NewDisposeScope();
        Values = zeros(length, ScalarType.Float32, device).DetachFromDisposeScope();
        Gradients = zeros(length, ScalarType.Float32, device).DetachFromDisposeScope();
        foreach (ParameterShape shape in shapes)
        {
            Tensor weight = Values.narrow(0, offset, shape.Length).view(shape.Shape).DetachFromDisposeScope();
            Tensor gradient = Gradients.narrow(0, offset, shape.Length).view(shape.Shape).DetachFromDisposeScope();
            _weights.Add(shape.Name, weight);
            _gradients.Add(shape.Name, gradient);
            offset += shape.Length;
        }
    }

    /// <summary>Names and shapes, in the order of the vector.</summary>
    public IReadOnlyList<ParameterShape> Shapes => _shapes;

    /// <summary>[P], all weights; lent.</summary>
    public Tensor Values { get; }

    /// <summary>[P], what the last way back wrote; lent.</summary>
    public Tensor Gradients { get; }

    /// <summary>A weight by name; lent.</summary>
    /// <exception cref="UnknownNameException">There is none of this name.</exception>
    public Tensor this[string name] => Find(_weights, name);

    /// <summary>The gradient of a weight; lent.</summary>
    /// <exception cref="UnknownNameException">There is none of this name.</exception>
    public Tensor GradientOf(string name) => Find(_gradients, name);

    /// <summary>Overwrites one weight, row-major.</summary>
    /// <exception cref="SpecMismatchException">The lengths differ.</exception>
    public void Set(string name, ReadOnlySpan<float> values) => TensorSpans.Write(this[name], values);

    /// <summary>Stores each weight under its name.</summary>
    public void Save(Snapshot into)
    {
        foreach (ParameterShape shape in _shapes)
        {
            float[] values = new float[shape.Length];
            TensorSpans.Read(_weights[shape.Name], values);
            into.PutWeights(shape.Name, shape.Shape, values);
        }
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        foreach (ParameterShape shape in _shapes)
        {
            float[] values = new float[shape.Length];
            from.Get(shape.Name, values.AsSpan());
            Set(shape.Name, values);
        }
    }

    /// <summary>Frees weights and gradients.</summary>
    public void Dispose()
    {
        foreach (Tensor weight in _weights.Values) weight.Dispose();
        foreach (Tensor gradient in _gradients.Values) gradient.Dispose();
        Values.Dispose();
        Gradients.Dispose();
    }

    private static Tensor Find(Dictionary<string, Tensor> tensors, string name) =>
        tensors.TryGetValue(name, out Tensor? tensor) ? tensor : throw new UnknownNameException("weight", name, tensors.Keys);
}
