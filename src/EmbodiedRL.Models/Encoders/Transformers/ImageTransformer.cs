using EmbodiedRL.Core;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Encoders.Transformers;

/// <summary>Vision transformer: patches of an image as tokens through blocks (Dosovitskiy et al. 2021, arXiv 2010.11929).</summary>
/// <remarks>Borrows its weights. Owns resized position tables. Not thread-safe.</remarks>
internal sealed class ImageTransformer : IDisposable
{
    private readonly Dictionary<(int, int), Tensor> _tables = [];

    /// <summary>H = W of the images it was trained on.</summary>
    public required int ImageSize { get; init; }

    /// <summary>H = W of a patch.</summary>
    public required int PatchSize { get; init; }

    /// <summary>[width, 3, patch, patch].</summary>
    public required Tensor Patches { get; init; }

    /// <summary>[width]; null for none.</summary>
    public Tensor? PatchBias { get; init; }

    /// <summary>[width], the token before all patches; null for none.</summary>
    public Tensor? ClassToken { get; init; }

    /// <summary>[tokens, width].</summary>
    public required Tensor Positions { get; init; }

    /// <summary>Before the first block; null for none.</summary>
    public LayerNorm? NormBefore { get; init; }

    /// <summary>In order.</summary>
    public required TransformerBlock[] Blocks { get; init; }

    /// <summary>Runs the blocks.</summary>
    /// <param name="pixels">Floats [B, 3, H, W] as the preprocessing makes them; H and W are multiples of the patch.</param>
    /// <param name="states">Gets the first block's input and every block's output, fresh; null keeps none.</param>
    /// <returns>[B, tokens, width], output of the last block, fresh; the caller's scope owns it.</returns>
    public Tensor Forward(Tensor pixels, List<Tensor>? states = null)
    {
        using DisposeScope scope = NewDisposeScope();
        (int rows, int columns) = ((int)pixels.shape[2] / PatchSize, (int)pixels.shape[3] / PatchSize);
        if (rows * PatchSize != pixels.shape[2] || columns * PatchSize != pixels.shape[3])
            throw new SpecMismatchException("images", $"multiples of {PatchSize} x {PatchSize} pixels",
                $"{pixels.shape[3]} x {pixels.shape[2]} pixels");
        Tensor x = nn.functional.conv2d(pixels.to(Patches.dtype), Patches, PatchBias, strides: [PatchSize, PatchSize])
            .flatten(2).transpose(1, 2);
        if (ClassToken is { } token) x = cat([token.expand(x.shape[0], 1, token.shape[0]), x], 1);
        x = x + TableFor(rows, columns);
        if (NormBefore is { } norm) x = norm.Apply(x);
        states?.Add(x);
        x = TransformerBlock.Run(Blocks, x, states: states);
        if (states is not null) foreach (Tensor state in states) state.MoveToOuterDisposeScope();
        return x.MoveToOuterDisposeScope();
    }

    /// <summary>The position table of a grid of patches; lent.</summary>
    internal Tensor TableFor(int rows, int columns)
    {
        int side = ImageSize / PatchSize;
        if ((rows, columns) == (side, side)) return Positions;
        if (is_grad_enabled() && Positions.requires_grad) return Resize(side, rows, columns);
        if (_tables.TryGetValue((rows, columns), out Tensor? known)) return known;
        using DisposeScope scope = NewDisposeScope();
        return _tables[(rows, columns)] = Resize(side, rows, columns).DetachFromDisposeScope();
    }

    /// <summary>Frees the resized tables.</summary>
    public void Dispose()
    {
        foreach (Tensor table in _tables.Values) table.Dispose();
    }

    private Tensor Resize(int side, int rows, int columns)
    {
        if (ClassToken is null) return PositionTable.Bicubic(Positions, side, side, rows, columns);
        Tensor grid = PositionTable.Bicubic(Positions.narrow(0, 1, Positions.shape[0] - 1), side, side, rows, columns);
        return cat([Positions.narrow(0, 0, 1), grid], 0);
    }
}
