using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Rewards.Exploration;

/// <summary>Elliptical memory of one episode: how far a feature vector lies from those seen, in the metric that they span.</summary>
/// <remarks>
/// C = ridge I + sum of phi phi^T; the bonus is phi^T C^-1 phi. C^-1 is kept and updated by the formula of Sherman and Morrison (1950)
/// after the bonus is read: with u = C^-1 phi, C^-1 &lt;- C^-1 - u u^T / (1 + phi^T u). Read after it the bonus would never exceed 1. In
/// double precision: K^2 numbers, K^2 operations a step.
/// </remarks>
public sealed class EllipticalMemory : ISnapshot
{
    private readonly double[] _inverse;
    private readonly double[] _product;

    /// <summary>An episode that begins.</summary>
    /// <param name="features">K.</param>
    /// <param name="ridge">Above 0: a first vector phi gets |phi|^2 / ridge.</param>
    public EllipticalMemory(int features, double ridge)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(features);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ridge);
        (_inverse, _product) = (new double[checked(features * features)], new double[features]);
        for (int i = 0; i < features; i++) _inverse[(i * features) + i] = 1 / ridge;
    }

    /// <summary>[K, K], row-major: C^-1. Lent.</summary>
    public ReadOnlySpan<double> Inverse => _inverse;

    /// <summary>Reads the bonus of a vector, then takes the vector in.</summary>
    /// <param name="features">[K].</param>
    /// <returns>phi^T C^-1 phi with C as it was before; at least 0.</returns>
    public double Add(ReadOnlySpan<float> features)
    {
        int size = _product.Length;
        SpecMismatchException.ThrowIfLength("features", features.Length, size);
        double bonus = 0;
        for (int i = 0; i < size; i++)
        {
            double sum = 0;
            for (int j = 0; j < size; j++) sum += _inverse[(i * size) + j] * features[j];
            _product[i] = sum;
            bonus += features[i] * sum;
        }

        double share = 1 / (1 + bonus);
        for (int i = 0; i < size; i++)
            for (int j = 0; j < size; j++) _inverse[(i * size) + j] -= share * (_product[i] * _product[j]);
        return Math.Max(0, bonus);
    }

    /// <inheritdoc/>
    public void Save(Snapshot into) => into.Put<double>("inverse", _inverse);

    /// <inheritdoc/>
    public void Load(Snapshot from) => from.Get<double>("inverse", _inverse);
}
