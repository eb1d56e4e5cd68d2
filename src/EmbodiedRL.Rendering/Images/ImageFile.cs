using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.Memory;
using SixLabors.ImageSharp.PixelFormats;
using SixLabors.ImageSharp.Processing;

namespace EmbodiedRL.Rendering.Images;

/// <summary>Image files: reads and writes images; the only class that uses the image library.</summary>
public static class ImageFile
{
    /// <summary>Pixels of the largest image that is read: about 8,000 x 8,000.</summary>
    public const long PixelsAtMost = 64_000_000;

    /// <summary>Bytes of the largest file that is read as an image.</summary>
    public const long BytesAtMost = 256L << 20;

    private const string Expected = "a PNG, JPEG or WebP picture";

    // Metadata can hold far more than an image does, and none of it is shown.
    private static readonly Configuration Formats = Configure();

    /// <summary>Writes a PNG; the folder is made if it is missing.</summary>
    /// <param name="path">Overwritten.</param>
    /// <param name="rgb">[H, W, 3], row 0 at the top.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    public static void WritePng(string path, ReadOnlySpan<byte> rgb, int width, int height)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder) Directory.CreateDirectory(folder);
        File.WriteAllBytes(path, EncodePng(rgb, width, height));
    }

    /// <summary>Writes a PNG; the folder is made if it is missing.</summary>
    public static void WritePng(string path, RgbImage image) => WritePng(path, image.Rgb, image.Width, image.Height);

    /// <summary>A JPEG in memory, for images that come and go.</summary>
    /// <param name="rgb">[H, W, 3], row 0 at the top.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="quality">1 to 100.</param>
    public static byte[] EncodeJpeg(ReadOnlySpan<byte> rgb, int width, int height, int quality) =>
        Encode(rgb, width, height, new JpegEncoder { Quality = quality });

    /// <summary>A PNG in memory.</summary>
    /// <param name="rgb">[H, W, 3], row 0 at the top.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    public static byte[] EncodePng(ReadOnlySpan<byte> rgb, int width, int height) =>
        Encode(rgb, width, height, new PngEncoder { ColorType = PngColorType.Rgb, BitDepth = PngBitDepth.Bit8 });

    /// <summary>A lossless WebP in memory.</summary>
    /// <param name="rgb">[H, W, 3], row 0 at the top.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    public static byte[] EncodeWebp(ReadOnlySpan<byte> rgb, int width, int height) =>
        Encode(rgb, width, height, new WebpEncoder { FileFormat = WebpFileFormatType.Lossless });

    /// <summary>Reads a PNG, JPEG or WebP; transparent pixels are shown on black.</summary>
    /// <returns>The image; the caller's.</returns>
    /// <exception cref="AssetMissingException">There is no such file.</exception>
    /// <exception cref="CorruptFileException">It is not a whole image, or larger than <see cref="PixelsAtMost"/> or
    /// <see cref="BytesAtMost"/>.</exception>
    public static RgbImage ReadRgb(string path)
    {
        RegularFile.Require("The picture", path, Expected, BytesAtMost);
        return Decode(path, RegularFile.ReadAll(path, Expected));
    }

    /// <summary>Reads a PNG, JPEG or WebP that is in memory.</summary>
    /// <returns>The image; the caller's.</returns>
    /// <exception cref="CorruptFileException">It is not a whole image, or larger than <see cref="PixelsAtMost"/>.</exception>
    public static RgbImage DecodeRgb(byte[] file) => Decode("A picture in memory", file);

    /// <summary>An image at another size, smoothly: bicubic, over all pixels that a new one covers.</summary>
    /// <param name="rgb">[H, W, 3].</param>
    /// <param name="width">Pixels, as it is.</param>
    /// <param name="height">Pixels, as it is.</param>
    /// <param name="newWidth">Pixels, as wanted.</param>
    /// <param name="newHeight">Pixels, as wanted.</param>
    /// <returns>[newH, newW, 3]; the caller's.</returns>
    public static byte[] Resize(ReadOnlySpan<byte> rgb, int width, int height, int newWidth, int newHeight)
    {
        if (newWidth < 1 || newHeight < 1) throw new SpecMismatchException("size", "at least 1x1 pixels", $"{newWidth}x{newHeight}");
        using Image<Rgb24> image = ToImage(rgb, width, height);
        image.Mutate(context => context.Resize(newWidth, newHeight, KnownResamplers.Bicubic));
        byte[] resized = new byte[checked(newWidth * newHeight * 3)];
        image.CopyPixelDataTo(resized);
        return resized;
    }

    /// <summary>The largest square in the middle of an image, at another size: what an image model is shown.</summary>
    /// <param name="image">Of any size.</param>
    /// <param name="size">Width and height wanted, in pixels.</param>
    /// <returns>[size, size, 3]; the caller's.</returns>
    public static byte[] ResizeSquare(RgbImage image, int size)
    {
        int side = Math.Min(image.Width, image.Height), left = (image.Width - side) / 2, top = (image.Height - side) / 2;
        byte[] square = new byte[side * side * 3];
        for (int y = 0; y < side; y++)
            image.Rgb.AsSpan((((top + y) * image.Width) + left) * 3, side * 3).CopyTo(square.AsSpan(y * side * 3));
        return side == size ? square : Resize(square, side, side, size, size);
    }

    private static Configuration Configure()
    {
        var formats = new Configuration(new PngConfigurationModule(), new JpegConfigurationModule(), new WebpConfigurationModule())
        {
            MemoryAllocator = MemoryAllocator.Create(new MemoryAllocatorOptions { MaximumPoolSizeMegabytes = 32 }),
        };
        formats.ImageFormatsManager.SetDecoder(PngFormat.Instance, new PngDecoder { IgnoreMetadata = true });
        formats.ImageFormatsManager.SetDecoder(JpegFormat.Instance, new JpegDecoder { IgnoreMetadata = true });
        formats.ImageFormatsManager.SetDecoder(WebpFormat.Instance, new WebpDecoder { IgnoreMetadata = true });
        return formats;
    }

    private static Image<Rgb24> ToImage(ReadOnlySpan<byte> rgb, int width, int height)
    {
        SpecMismatchException.ThrowIfLength("picture [H, W, 3]", rgb.Length, checked(width * height * 3));
        return Image.LoadPixelData<Rgb24>(Formats, rgb, width, height);
    }

    private static byte[] Encode(ReadOnlySpan<byte> rgb, int width, int height, IImageEncoder encoder)
    {
        using Image<Rgb24> image = ToImage(rgb, width, height);
        using var bytes = new MemoryStream();
        image.Save(bytes, encoder);
        return bytes.ToArray();
    }

    /// <summary>The header is read first, so that no memory is taken for an image that is too large.</summary>
    private static RgbImage Decode(string name, byte[] file)
    {
        try
        {
            IImageInfo header = Image.Identify(Formats, file, out IImageFormat format)
                ?? throw new CorruptFileException(name, Expected, "something else or a part of one");
            if ((long)header.Width * header.Height > PixelsAtMost)
                throw new CorruptFileException(name,
                    $"{Expected} of at most {PixelsAtMost / 1_000_000} million pixels",
                    $"one of {header.Width}x{header.Height}",
                    "Make it smaller.");
            if (WholePicture.Fault(file, format) is { } fault)
                throw new CorruptFileException(name, $"a whole {format.Name} picture", fault, "Copy or save it again.");
            using Image<Rgba32> image = Image.Load<Rgba32>(Formats, file);
            return OnBlack(image);
        }
        // The library's decoders throw whatever damaged numbers lead to.
        catch (Exception error) when (error is not (CorruptFileException or OutOfMemoryException))
        {
            throw new CorruptFileException(name, Expected, $"damage ({error.Message.ReplaceLineEndings(" ").TrimEnd('.')})", "", error);
        }
    }

    private static RgbImage OnBlack(Image<Rgba32> image)
    {
        byte[] rgb = new byte[checked(image.Width * image.Height * 3)];
        image.ProcessPixelRows(rows =>
        {
            for (int y = 0, to = 0; y < rows.Height; y++)
                foreach (Rgba32 pixel in rows.GetRowSpan(y))
                {
                    rgb[to++] = Over(pixel.R, pixel.A);
                    rgb[to++] = Over(pixel.G, pixel.A);
                    rgb[to++] = Over(pixel.B, pixel.A);
                }
        });
        return new RgbImage(rgb, image.Width, image.Height);

        static byte Over(byte value, byte opacity) => (byte)(((value * opacity) + 127) / 255);
    }
}
