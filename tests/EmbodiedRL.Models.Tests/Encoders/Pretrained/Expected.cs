using EmbodiedRL.Contracts;
using EmbodiedRL.Models.Tensors;
using EmbodiedRL.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Tests.Encoders.Pretrained;

/// <summary>Tensors of a fixture.</summary>
internal sealed class Expected : IDisposable
{
    private readonly Safetensors _file;
    private readonly Dictionary<string, Tensor> _tensors = [];

    private Expected(Safetensors file) => _file = file;

    /// <summary>Names of all tensors.</summary>
    public IEnumerable<string> Names => _file.Tensors.Keys;

    public Tensor this[string name] => Find(name) ?? throw new ArgumentException($"No tensor '{name}' in the fixture.");

    public static Expected Read(string folder, string file) => new(Safetensors.Map(Path.Combine(Fixtures.Require(folder), file)));

    public Tensor? Find(string name)
    {
        if (_tensors.TryGetValue(name, out Tensor? known)) return known;
        if (!_file.Tensors.TryGetValue(name, out StoredTensor? stored)) return null;
        return _tensors[name] = BorrowedTensor.Over(stored).DetachFromDisposeScope();
    }

    /// <summary>Fails unless all values are as near as the tolerance.</summary>
    /// <param name="name">Of the fixture's tensor.</param>
    /// <param name="found">Of the same shape.</param>
    /// <param name="tolerance">Absolute.</param>
    /// <param name="relative">How much more is allowed for each unit of the largest value.</param>
    /// <param name="mask">1 where values count, broadcast; null for everywhere.</param>
    public void Compare(string name, Tensor? found, double tolerance, double relative = 0, Tensor? mask = null)
    {
        using DisposeScope scope = NewDisposeScope();
        Assert.True(found is not null, $"{name}: nothing was computed.");
        Tensor expected = this[name].to(ScalarType.Float64);
        Assert.True(expected.numel() == found.numel(),
            $"{name}: [{string.Join(", ", expected.shape)}], [{string.Join(", ", found.shape)}]");
        Tensor difference = (expected.flatten() - found.detach().to(ScalarType.Float64).flatten()).abs().view(expected.shape);
        if (mask is not null) difference = difference * mask.to(ScalarType.Float64);
        double most = difference.max().ToDouble(), allowed = tolerance + (relative * expected.abs().max().ToDouble());
        Assert.True(most <= allowed, FormattableString.Invariant($"{name}: off by {most:g3}, allowed {allowed:g3}"));
    }

    public void Dispose()
    {
        foreach (Tensor tensor in _tensors.Values) tensor.Dispose();
        _file.Dispose();
    }
}
