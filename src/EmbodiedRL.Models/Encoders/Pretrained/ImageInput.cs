using System.Runtime.InteropServices;
using EmbodiedRL.Models.Preprocessing;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Encoders.Pretrained;

/// <summary>Input of an image tower: images in bytes become numbers in a block, and a block becomes embeddings.</summary>
/// <remarks>Preparing is thread-safe; encoding is not.</remarks>
internal abstract class ImageInput(TwoTowers towers)
{
    // enough tokens for matrix products to be worth their weights, few enough for a cache
    private const int TokensAtOnce = 3200, MostAtOnce = 64;

    /// <summary>Numbers of one image.</summary>
    public abstract int Length { get; }

    /// <summary>How many images at once.</summary>
    public int Block => Math.Clamp(TokensAtOnce / Tokens, 1, MostAtOnce);

    /// <summary>Tokens of one image.</summary>
    protected abstract int Tokens { get; }

    /// <summary>The input of a model's folder.</summary>
    public static ImageInput Of(TwoTowers towers, string folder) => towers is SiglipNaflex flexible
        ? new PatchInput(flexible, ImageProcessorFolder.LoadNaFlex(folder))
        : new PixelInput(towers, ImageProcessorFolder.Load(folder));

    /// <summary>Prepares one image.</summary>
    /// <param name="image">uint8 [H, W, 3].</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <param name="into">[<see cref="Length"/>], overwritten.</param>
    public abstract void Prepare(ReadOnlySpan<byte> image, int width, int height, Span<float> into);

    /// <summary>Embeds prepared images, all of one size.</summary>
    /// <param name="block">Floats [B, <see cref="Length"/>], on the CPU.</param>
    /// <param name="width">W of the images before.</param>
    /// <param name="height">H of the images before.</param>
    /// <returns>[B, D], not normalized, fresh.</returns>
    public abstract Tensor Encode(Tensor block, int width, int height);

    /// <summary>Where and in which type the towers compute.</summary>
    protected Tensor ToTowers(Tensor block) => block.to(towers.Weights.Type).to(towers.Weights.Device);

    /// <summary>Images of one size, squares or not.</summary>
    private sealed class PixelInput(TwoTowers towers, IImageProcessor processor) : ImageInput(towers)
    {
        private readonly TwoTowers _towers = towers;

        public override int Length => 3 * processor.OutputHeight * processor.OutputWidth;

        // about: towers of patches of 14 to 32 pixels have no method that says how many
        protected override int Tokens => 1 + (processor.OutputHeight / _towers.PatchSize * (processor.OutputWidth / _towers.PatchSize));

        public override void Prepare(ReadOnlySpan<byte> image, int width, int height, Span<float> into) =>
            processor.Process(image, width, height, 3, into);

        public override Tensor Encode(Tensor block, int width, int height) =>
            _towers.EncodeImages(ToTowers(block).view(block.shape[0], 3, processor.OutputHeight, processor.OutputWidth));
    }

    /// <summary>Images of any aspect as lists of patches.</summary>
    private sealed class PatchInput(SiglipNaflex towers, NaFlexProcessor processor) : ImageInput(towers)
    {
        private readonly SiglipNaflex _towers = towers;

        public override int Length => processor.MaximumPatches * processor.PatchLength;

        protected override int Tokens => processor.MaximumPatches;

        public override void Prepare(ReadOnlySpan<byte> image, int width, int height, Span<float> into)
        {
            long[] mask = new long[processor.MaximumPatches]; // the same for every image of this size: see Encode
            processor.Process(image, width, height, 3, into, mask);
        }

        public override Tensor Encode(Tensor block, int width, int height)
        {
            PatchGrid grid = processor.GridOf(width, height);
            int count = (int)block.shape[0];
            Tensor patches = ToTowers(block).view(count, processor.MaximumPatches, processor.PatchLength).narrow(1, 0, grid.Count);
            Tensor mask = ones([count, grid.Count], ScalarType.Int64, patches.device);
            return _towers.EncodePatches(patches, mask, [.. Enumerable.Repeat((grid.Rows, grid.Columns), count)]);
        }
    }
}
