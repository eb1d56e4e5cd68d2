using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Tensors;

/// <summary>Copies of some weights of a model in a shorter type of numbers, to compute with where nothing is learned.</summary>
/// <remarks>Owns its tensors; what the indexer gives is lent. The weights are borrowed. Not thread-safe.</remarks>
internal sealed class ReducedWeights : IDisposable
{
    private readonly ParameterVector _parameters;
    private readonly Dictionary<string, Tensor> _copies = new(StringComparer.Ordinal);

    /// <summary>Copies weights.</summary>
    /// <param name="parameters">Borrowed.</param>
    /// <param name="names">Of those to copy.</param>
    /// <param name="type">Of the copies.</param>
    public ReducedWeights(ParameterVector parameters, IEnumerable<string> names, ScalarType type)
    {
        _parameters = parameters;
        using IDisposable still = no_grad();
        foreach (string name in names) _copies.Add(name, parameters[name].to(type, copy: true).DetachFromDisposeScope());
    }

    /// <summary>A copy by the weight's name; lent.</summary>
    public Tensor this[string name] => _copies[name];

    /// <summary>Takes over what the weights have become.</summary>
    public void Refresh()
    {
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach ((string name, Tensor copy) in _copies) copy.copy_(_parameters[name]);
    }

    /// <summary>Frees the copies.</summary>
    public void Dispose()
    {
        foreach (Tensor copy in _copies.Values) copy.Dispose();
    }
}
