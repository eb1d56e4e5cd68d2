using EmbodiedRL.Core;

namespace EmbodiedRL.Training.Captioning;

/// <summary>Image augmentation: random erasing, brightness, contrast and noise, on rendered images.</summary>
/// <remarks>
/// Random erasing as Zhong et al. 2020 (arXiv 1708.04896), with one color a rectangle. Row i of draw k is a function of (seed, k, i).
/// </remarks>
[Paper("1708.04896", "Random Erasing Data Augmentation", Year = 2020)]
internal sealed class ImageAugmentation(int size, ulong seed)
{
    private const double EraseShare = 0.5;                 // of augmented images
    private const double LeastArea = 0.01, MostArea = 0.12; // of the image, of one rectangle
    private const double ToneShare = 0.5, NoiseShare = 0.3;
    private const double MostNoise = 16;                   // of 255, standard deviation

    /// <summary>Changes one image in place.</summary>
    /// <param name="row">k N + i.</param>
    /// <param name="image">uint8 [H, W, 3].</param>
    public void Apply(long row, Span<byte> image)
    {
        var rng = Rng.For(seed, "augmentation", row);
        if (rng.NextDouble() < ToneShare) Tone(rng.Uniform(0.75, 1.25), rng.Uniform(-20, 20), image);
        if (rng.NextDouble() < NoiseShare) Noise(rng.Uniform(0, MostNoise), ref rng, image);
        if (rng.NextDouble() < EraseShare) Erase(ref rng, image);
        if (rng.NextDouble() < EraseShare / 3) Erase(ref rng, image);
    }

    /// <summary>Overwrites an image by one that shows nothing: one color, a gradient, or noise.</summary>
    /// <param name="row">k N + i.</param>
    /// <param name="image">uint8 [H, W, 3].</param>
    public void Blank(long row, Span<byte> image)
    {
        var rng = Rng.For(seed, "blank", row);
        int kind = rng.Below(4);
        Span<int> top = stackalloc int[3], bottom = stackalloc int[3];
        int gray = rng.Below(3) switch { 0 => 0, 1 => 255, _ => rng.Below(256) };
        for (int channel = 0; channel < 3; channel++)
            (top[channel], bottom[channel]) = kind == 0 ? (gray, gray) : (rng.Below(256), rng.Below(256));
        for (int y = 0; y < size; y++)
            for (int x = 0; x < size; x++)
                for (int channel = 0; channel < 3; channel++)
                    image[(((y * size) + x) * 3) + channel] = (byte)(kind switch
                    {
                        3 => rng.Below(256),
                        2 => top[channel] + ((bottom[channel] - top[channel]) * y / size),
                        _ => top[channel],
                    });
    }

    private static void Tone(double contrast, double brightness, Span<byte> image)
    {
        Span<byte> table = stackalloc byte[256];
        for (int value = 0; value < 256; value++) table[value] = (byte)Math.Clamp(((value - 128) * contrast) + 128 + brightness, 0, 255);
        for (int i = 0; i < image.Length; i++) image[i] = table[image[i]];
    }

    private static void Noise(double deviation, ref Rng rng, Span<byte> image)
    {
        // The sum of four even draws is nearly normal, and all four come from one number.
        for (int i = 0; i < image.Length; i++)
        {
            ulong bits = rng.NextBits();
            int sum = (int)(bits & 255) + (int)((bits >> 8) & 255) + (int)((bits >> 16) & 255) + (int)((bits >> 24) & 255) - 510;
            image[i] = (byte)Math.Clamp(image[i] + (int)Math.Round(sum * deviation / 148), 0, 255);
        }
    }

    private void Erase(ref Rng rng, Span<byte> image)
    {
        double area = rng.Uniform(LeastArea, MostArea) * size * size, aspect = Math.Exp(rng.Uniform(-0.8, 0.8));
        int height = Math.Clamp((int)Math.Round(Math.Sqrt(area * aspect)), 1, size);
        int width = Math.Clamp((int)Math.Round(Math.Sqrt(area / aspect)), 1, size);
        int top = rng.Below(size - height + 1), left = rng.Below(size - width + 1);
        int gray = rng.Below(256);
        bool black = rng.NextDouble() < 0.4, colored = rng.NextDouble() < 0.3;
        Span<byte> color = [Of(ref rng), Of(ref rng), Of(ref rng)];
        for (int y = top; y < top + height; y++)
            for (int x = left; x < left + width; x++) color.CopyTo(image[(((y * size) + x) * 3)..]);

        byte Of(ref Rng rng) => (byte)(black ? 0 : colored ? rng.Below(256) : gray);
    }
}
