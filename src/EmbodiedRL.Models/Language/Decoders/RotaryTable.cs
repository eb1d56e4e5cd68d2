using EmbodiedRL.Core;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language.Decoders;

/// <summary>Cosines and sines of rotary positions, computed once and looked up.</summary>
/// <remarks>Owns its tensors; grows when a position beyond it is asked for.</remarks>
internal sealed class RotaryTable(RotarySettings settings, int headSize, ScalarType type, Device device) : IDisposable
{
    private readonly double[] _angles = settings.InverseFrequencies(headSize);
    private Tensor? _cos, _sin; // [positions, D / 2]

    /// <summary>Cosines and sines of positions.</summary>
    /// <param name="positions">int64 [B, T] or [3, B, T].</param>
    /// <param name="bound">More than the largest position.</param>
    /// <returns>[B, 1, T, D / 2] each, owned by the caller's dispose scope.</returns>
    public (Tensor Cos, Tensor Sin) At(Tensor positions, int bound)
    {
        Grow(bound);
        return (Look(_cos!, positions), Look(_sin!, positions));
    }

    /// <summary>Cosines and sines of positions in plain memory, [positions, D / 2] each.</summary>
    public (float[] Cos, float[] Sin) Values(int bound)
    {
        (float[] cos, float[] sin) = (new float[bound * _angles.Length], new float[bound * _angles.Length]);
        for (int position = 0, i = 0; position < bound; position++)
            foreach (double angle in _angles)
            {
                // angles in 32-bit floats, as the models were trained with
                float turn = position * (float)angle;
                (cos[i], sin[i++]) = (MathF.Cos(turn), MathF.Sin(turn));
            }

        return (cos, sin);
    }

    public void Dispose()
    {
        _cos?.Dispose();
        _sin?.Dispose();
    }

    private Tensor Look(Tensor table, Tensor positions)
    {
        Tensor found = table.index_select(0, positions.flatten());
        if (positions.dim() == 2) return found.view(positions.shape[0], 1, positions.shape[1], -1);
        Tensor axes = found.view(3, positions.shape[1], 1, positions.shape[2], -1);
        if (settings.Sections.Count == 0)
            throw new SpecMismatchException("positions", "[B, T], as the decoder has one axis of positions", "[3, B, T]");
        var parts = new Tensor[settings.Sections.Count];
        long start = 0;
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i] = axes.select(0, i).narrow(-1, start, settings.Sections[i]);
            start += settings.Sections[i];
        }

        return cat(parts, -1);
    }

    private void Grow(int bound)
    {
        long known = _cos?.shape[0] ?? 0;
        if (bound <= known) return;
        int size = (int)Math.Max(bound, Math.Min(known * 2, 1 << 20));
        size = (size + 63) / 64 * 64;
        (float[] cos, float[] sin) = Values(size);
        Dispose();
        using IDisposable still = no_grad();
        Tensor New(float[] values) =>
            tensor(values, [size, _angles.Length]).to(type).to(device).DetachFromDisposeScope();
        using DisposeScope scope = NewDisposeScope();
        (_cos, _sin) = (New(cos), New(sin));
    }
}
