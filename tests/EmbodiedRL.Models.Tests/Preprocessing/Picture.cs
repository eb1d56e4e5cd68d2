using EmbodiedRL.Contracts;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace EmbodiedRL.Models.Tests.Preprocessing;

/// <summary>A picture of a file as raw bytes.</summary>
internal sealed record Picture(byte[] Pixels, int Width, int Height, int Channels)
{
    /// <summary>Reads a PNG file with the channels that its mode (L, RGB, RGBA) names.</summary>
    public static Picture Read(string relative, string mode) => mode switch
    {
        "L" => Read<L8>(relative, 1),
        "RGB" => Read<Rgb24>(relative, 3),
        _ => Read<Rgba32>(relative, 4),
    };

    /// <summary>A picture of random bytes.</summary>
    public static Picture Random(ulong seed, int width, int height, int channels)
    {
        var rng = EmbodiedRL.Core.Rng.For(seed, "picture");
        byte[] pixels = new byte[width * height * channels];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)rng.Below(256);
        return new Picture(pixels, width, height, channels);
    }

    private static Picture Read<T>(string relative, int channels) where T : unmanaged, IPixel<T>
    {
        using Image<T> image = Image.Load<T>(Fixtures.Require(relative));
        byte[] pixels = new byte[image.Width * image.Height * channels];
        image.CopyPixelDataTo(pixels);
        return new Picture(pixels, image.Width, image.Height, channels);
    }
}
