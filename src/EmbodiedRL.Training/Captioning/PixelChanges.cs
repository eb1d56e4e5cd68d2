using EmbodiedRL.Core;

namespace EmbodiedRL.Training.Captioning;

/// <summary>Changes of rendered pixels: random erasing and noise.</summary>
internal static class PixelChanges
{
    private const double BlackShare = 0.016, GrayShare = 0.04;
    private const byte Gray = 128;
    private const int NoiseLevels = 20;

    /// <summary>Changes images in place; changes of the scene leave them as they are.</summary>
    /// <param name="change">Of the pixels.</param>
    /// <param name="seed">Row i is a function of (seed, change, i) alone.</param>
    /// <param name="first">Number of the first row.</param>
    /// <param name="frames">uint8 [N, side, side, 3].</param>
    /// <param name="side">Pixels.</param>
    public static void Apply(ImageChange change, ulong seed, int first, Span<byte> frames, int side)
    {
        if (change is not (ImageChange.BlackSquare or ImageChange.GraySquare or ImageChange.Noise)) return;
        int frame = side * side * 3;
        for (int row = 0; row < frames.Length / frame; row++)
        {
            var rng = Rng.For(seed, change.ToString(), first + row);
            Span<byte> image = frames.Slice(row * frame, frame);
            if (change == ImageChange.Noise) Roughen(image, ref rng);
            else if (change == ImageChange.BlackSquare) Erase(image, side, BlackShare, 0, ref rng);
            else Erase(image, side, GrayShare, Gray, ref rng);
        }
    }

    private static void Roughen(Span<byte> image, ref Rng rng)
    {
        for (int i = 0; i < image.Length; i++)
            image[i] = (byte)Math.Clamp(image[i] + rng.Below((2 * NoiseLevels) + 1) - NoiseLevels, 0, byte.MaxValue);
    }

    private static void Erase(Span<byte> image, int side, double share, byte level, ref Rng rng)
    {
        int square = Math.Max(1, (int)Math.Round(side * Math.Sqrt(share)));
        int left = rng.Below(side - square + 1), top = rng.Below(side - square + 1);
        for (int y = top; y < top + square; y++) image.Slice(((y * side) + left) * 3, square * 3).Fill(level);
    }
}
