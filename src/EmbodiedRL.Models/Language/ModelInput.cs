using EmbodiedRL.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language;

/// <summary>Rows of tokens that a language model reads together.</summary>
/// <remarks>
/// Owns ids, mask, positions and segments; images and features are lent. Completions of one prompt can share a row: the prompt is segment
/// 0, each completion a segment of its own, which sees the prompt and itself and stands at the positions after the prompt. A model then
/// reads the prompt once (<see cref="ILanguageModel.ReadsSegments"/>).
/// </remarks>
/// <param name="ids">int64 [B, T].</param>
/// <param name="mask">bool [B, T], true where a token is real.</param>
public sealed class ModelInput(Tensor ids, Tensor mask) : IDisposable
{
    /// <summary>int64 [B, T].</summary>
    public Tensor Ids { get; } = ids;

    /// <summary>bool [B, T], true where a token is real.</summary>
    public Tensor Mask { get; } = mask;

    /// <summary>int64 [B, T], place of each token in its sequence; null counts the real tokens of a row. Given with segments.</summary>
    public Tensor? Positions { get; init; }

    /// <summary>
    /// int64 [B, T], 0 at tokens that all later ones may see; others are seen by those of the same number. Null where rows are one part.
    /// </summary>
    public Tensor? Segments { get; init; }

    /// <summary>Images of all rows, in order; null where there are none.</summary>
    public PreparedImages? Images { get; init; }

    /// <summary>
    /// [tokens, H] of those images, where they were computed before; null lets the model compute them, so that gradients reach its eyes.
    /// </summary>
    public Tensor? Features { get; init; }

    /// <summary>Rows of different lengths, padded at the left so that all end at the same column.</summary>
    /// <param name="rows">[B] token ids; each has at least one.</param>
    /// <param name="paddingId">Fills the left.</param>
    /// <param name="device">Where the tensors live; the CPU if null.</param>
    public static ModelInput PadLeft(IReadOnlyList<int[]> rows, int paddingId, Device? device = null)
    {
        SpecMismatchException.ThrowIfLength("shortest row of tokens", Math.Min(1, rows.Min(row => row.Length)), 1);
        int length = rows.Max(row => row.Length);
        long[] ids = new long[rows.Count * length];
        bool[] mask = new bool[ids.Length];
        Array.Fill(ids, paddingId);
        for (int row = 0; row < rows.Count; row++)
        {
            int start = ((row + 1) * length) - rows[row].Length;
            for (int i = 0; i < rows[row].Length; i++) (ids[start + i], mask[start + i]) = (rows[row][i], true);
        }

        long[] shape = [rows.Count, length];
        return new ModelInput(tensor(ids, shape, device: device), tensor(mask, shape, device: device));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Ids.Dispose();
        Mask.Dispose();
        Positions?.Dispose();
        Segments?.Dispose();
    }
}
