using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models.Tensors;
using static TorchSharp.torch;

namespace EmbodiedRL.Rewards.Exploration;

/// <summary>Rows of numbers as a network reads them: standardized by their running moments and clipped to [-5, 5].</summary>
/// <remarks>Burda et al. 2018, section 2.4: a fixed network does not adapt to the scale of what it sees, so what it sees has to.</remarks>
/// <param name="width">Values of a row.</param>
internal sealed class StandardizedRows(int width) : ISnapshot
{
    private const float Most = 5;

    private readonly RunningMoments _moments = new(width);

    /// <summary>Takes rows into the moments.</summary>
    public void Observe(ReadOnlySpan<float> rows) => _moments.Update(rows);

    /// <summary>[B, width], standardized; the caller's scope owns it.</summary>
    public Tensor ToTensor(ReadOnlySpan<float> rows)
    {
        float[] standardized = new float[rows.Length];
        _moments.Standardize(rows, standardized, Most);
        Tensor tensor = empty([rows.Length / width, width]);
        TensorSpans.Write(tensor, standardized);
        return tensor;
    }

    /// <summary>[B, width], standardized.</summary>
    public float[] Standardize(ReadOnlySpan<float> rows)
    {
        float[] standardized = new float[rows.Length];
        _moments.Standardize(rows, standardized, Most);
        return standardized;
    }

    /// <inheritdoc/>
    public void Save(Snapshot into) => _moments.Save(into);

    /// <inheritdoc/>
    public void Load(Snapshot from) => _moments.Load(from);
}
