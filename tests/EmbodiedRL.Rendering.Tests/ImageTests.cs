using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Rendering.Images;

namespace EmbodiedRL.Rendering.Tests;

public sealed class ImageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("images").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_png_comes_back_as_it_was()
    {
        byte[] rgb = Gradient(31, 17);
        string path = Path.Combine(_folder, "new", "folder", "picture.png");
        ImageFile.WritePng(path, rgb, 31, 17);
        RgbImage back = ImageFile.ReadRgb(path);
        Assert.Equal((31, 17), (back.Width, back.Height));
        Assert.Equal(rgb, back.Rgb);
    }

    [Fact]
    public void What_is_no_picture_is_named()
    {
        string path = Path.Combine(_folder, "text.png");
        File.WriteAllText(path, "no picture");
        Assert.Contains(path, Assert.Throws<CorruptFileException>(() => ImageFile.ReadRgb(path)).Message, StringComparison.Ordinal);
        Assert.Throws<AssetMissingException>(() => ImageFile.ReadRgb(path + ".none"));
        Assert.Throws<SpecMismatchException>(() => ImageFile.EncodePng(new byte[5], 2, 2));
    }

    [Fact]
    public void Halving_averages()
    {
        // Stripes of 0 and 200, one pixel wide, become an even 100; at the edges there are fewer pixels to weigh.
        var rgb = new byte[16 * 16 * 3];
        for (int i = 0; i < rgb.Length; i++) rgb[i] = (byte)(i / 3 % 2 * 200);
        byte[] half = ImageFile.Resize(rgb, 16, 16, 8, 8);
        for (int y = 0; y < 8; y++)
            for (int x = 1; x < 7; x++) Assert.InRange(half[((y * 8) + x) * 3], 98, 102);
    }

    [Theory]
    [InlineData("png")]
    [InlineData("webp")]
    [InlineData("jpg")]
    public void A_picture_that_is_cut_off_anywhere_is_refused(string kind)
    {
        byte[] whole = Encoded(kind);
        Assert.Equal((31, 17), (ImageFile.DecodeRgb(whole).Width, ImageFile.DecodeRgb(whole).Height));
        for (int length = 0; length < whole.Length - 1; length += Math.Max(1, whole.Length / 97))
        {
            string path = Path.Combine(_folder, $"cut.{kind}");
            File.WriteAllBytes(path, whole[..length]);
            Assert.Contains(path, Assert.Throws<CorruptFileException>(() => ImageFile.ReadRgb(path)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_png_with_any_bit_flipped_is_refused()
    {
        byte[] whole = Encoded("png");
        for (int i = 0; i < whole.Length; i++)
        {
            byte[] damaged = [.. whole];
            damaged[i] ^= (byte)(1 << (i % 8));
            Assert.Throws<CorruptFileException>(() => ImageFile.DecodeRgb(damaged));
        }
    }

    [Theory]
    [InlineData("jpg")]
    [InlineData("webp")]
    public void Damaged_bytes_end_in_a_picture_or_an_error_of_ours(string kind)
    {
        byte[] whole = Encoded(kind);
        Rng rng = Rng.For(1, "damage", 0);
        for (int trial = 0; trial < 300; trial++)
        {
            byte[] damaged = [.. whole];
            for (int flip = 0; flip < 3; flip++)
                damaged[(int)rng.Uniform(0, whole.Length - 1e-9)] ^= (byte)(1 << (int)rng.Uniform(0, 7.99));
            if (Record.Exception(() => ImageFile.DecodeRgb(damaged)) is { } error) Assert.IsType<CorruptFileException>(error);
        }
    }

    [Fact]
    public void A_header_that_asks_for_too_much_is_refused_before_memory_is_taken()
    {
        byte[] huge = PngHeader(60_000, 60_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        string message = Assert.Throws<CorruptFileException>(() => ImageFile.DecodeRgb(huge)).Message;
        Assert.Contains("60000x60000", message, StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 10 << 20);
    }

    [Fact]
    public void What_is_no_regular_file_is_refused_without_being_opened()
    {
        string empty = Path.Combine(_folder, "empty.png"), pipe = Path.Combine(_folder, "pipe.png"),
            link = Path.Combine(_folder, "link.png");
        File.WriteAllBytes(empty, []);
        File.CreateSymbolicLink(link, "/dev/zero");
        Process.Start("mkfifo", [pipe]).WaitForExit();
        foreach (string path in new[] { empty, pipe, link, _folder, "/dev/zero" })
        {
            Assert.Contains(path, Assert.Throws<CorruptFileException>(() => ImageFile.ReadRgb(path)).Message, StringComparison.Ordinal);
            Assert.Contains(path, Assert.Throws<CorruptFileException>(() => VideoReader.Read(path, 1)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Transparent_pixels_are_shown_on_black()
    {
        byte[] rgba = [200, 100, 50, 255, 200, 100, 50, 0, 200, 100, 50, 128, 0, 0, 0, 255];
        RgbImage shown = ImageFile.DecodeRgb(Png(2, 2, colorType: 6, [0, .. rgba[..8], 0, .. rgba[8..]]));
        Assert.Equal([200, 100, 50, 0, 0, 0, 100, 50, 25, 0, 0, 0], shown.Rgb.Select(value => (int)value));
    }

    [Theory]
    [InlineData(6, 2, 2)]
    [InlineData(2, 6, 2)]
    [InlineData(6, 2, 8)]
    public void A_square_is_the_middle_of_a_picture(int width, int height, int size)
    {
        bool IsMiddle(int i) => width > height ? i % width is 2 or 3 : i / width is 2 or 3;
        byte[] rgb = [.. Enumerable.Range(0, width * height).SelectMany(i => Enumerable.Repeat((byte)(IsMiddle(i) ? 200 : 10), 3))];
        Assert.All(ImageFile.ResizeSquare(new RgbImage(rgb, width, height), size), value => Assert.InRange(value, 198, 202));
    }

    [Fact]
    public void A_video_is_read_at_even_distances_in_time()
    {
        string path = Path.Combine(_folder, "film.mp4");
        using (var writer = new VideoWriter(path, 32, 16, framesPerSecond: 10))
        {
            for (int frame = 0; frame < 23; frame++) writer.Write([.. Enumerable.Repeat((byte)(frame * 10), 32 * 16 * 3)]);
            writer.Finish();
        }

        RgbImage[] frames = [.. VideoReader.Read(path, every: 0.5)];
        Assert.All(frames, frame => Assert.Equal((32, 16), (frame.Width, frame.Height)));
        Assert.Equal(5, frames.Length); // 0, 0.5, 1, 1.5 and 2 s of 2.3 s
        for (int i = 0; i < 5; i++) Assert.InRange(frames[i].Rgb[0], (i * 50) - 4, (i * 50) + 4);
        Assert.Equal(frames[0].Rgb, VideoReader.Read(path, every: 0.5).First().Rgb); // the rest is never decoded
        Assert.Equal(23, VideoReader.Read(path, every: 0.1).Count());
    }

    [Fact]
    public void What_is_no_video_is_named()
    {
        string path = Path.Combine(_folder, "text.mp4");
        File.WriteAllText(path, "no video");
        Assert.Contains(path,
            Assert.Throws<CorruptFileException>(() => VideoReader.Read(path, 1).ToArray()).Message, StringComparison.Ordinal);
        Assert.Throws<AssetMissingException>(() => VideoReader.Read(path + ".none", 1));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_video_that_is_cut_off_is_refused(bool indexFirst)
    {
        string path = Path.Combine(_folder, "whole.mp4"), first = Path.Combine(_folder, "first.mp4"),
            cut = Path.Combine(_folder, "cut.mp4");
        using (var writer = new VideoWriter(path, 64, 64, framesPerSecond: 10))
        {
            for (int frame = 0; frame < 40; frame++)
                writer.Write([.. Enumerable.Range(0, 64 * 64 * 3).Select(i => (byte)(((i * 31) ^ (frame * 57)) + (i * frame / 100)))]);
            writer.Finish();
        }

        if (indexFirst)
        {
            Process.Start("ffmpeg",
                ["-loglevel", "error", "-nostdin", "-i", path, "-c", "copy", "-movflags", "+faststart", first]).WaitForExit();
            path = first;
        }

        byte[] whole = File.ReadAllBytes(path);
        Assert.Equal(40, VideoReader.Read(path, every: 0.1).Count());
        foreach (double share in new[] { 0.1, 0.5, 0.9, 0.99 })
        {
            File.WriteAllBytes(cut, whole[..(int)(share * whole.Length)]);
            Assert.Contains(cut,
                Assert.Throws<CorruptFileException>(() => VideoReader.Read(cut, every: 0.1).ToArray()).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_grid_holds_each_frame_in_its_place()
    {
        byte[] frames = [.. Enumerable.Range(0, 5).SelectMany(i => Enumerable.Repeat((byte)(i * 10 + 10), 2 * 2 * 3))];
        RgbImage grid = FrameGrid.Compose(frames, 5, 2, 2);
        Assert.Equal((6, 4), (grid.Width, grid.Height));
        Assert.Equal([10, 20, 30], new[] { 0, 2, 4 }.Select(x => (int)grid.Rgb[x * 3]));
        Assert.Equal([40, 50, 0], new[] { 0, 2, 4 }.Select(x => (int)grid.Rgb[(2 * 6 + x) * 3]));
    }

    [Fact]
    public void A_film_strip_shows_frames_and_text()
    {
        var red = new RgbImage([.. Enumerable.Repeat<byte[]>([200, 0, 0], 64).SelectMany(c => c)], 8, 8);
        RgbImage strip =
            FilmStrip.Compose([new(red, "upright", "0.93"), new(red), new(red, "a caption far too long for the frame above it")], 64);
        Assert.Equal(200, strip.Rgb[((6 + 32) * strip.Width + 6 + 32) * 3]);
        Assert.True(Dark(6, 64) > 30, "No text under the first frame.");
        Assert.Equal(0, Dark(6 + 70, 64));
        Assert.True(Dark(6 + 140, 64) > 30, "No text under the third frame.");
        Assert.Equal(0, Dark(6 + 204, 6));

        int Dark(int left, int width)
        {
            int dark = 0;
            for (int y = 6 + 64; y < strip.Height; y++)
                for (int x = left; x < left + width; x++)
                    if (strip.Rgb[(y * strip.Width + x) * 3] < 128) dark++;
            return dark;
        }
    }

    [Fact]
    public void A_video_can_be_decoded()
    {
        const int Width = 33, Height = 20, Frames = 12;
        string path = Path.Combine(_folder, "video.mp4");
        using (var video = new VideoWriter(path, Width, Height, 25))
        {
            for (int i = 0; i < Frames; i++) video.Write(Enumerable.Repeat((byte)(i * 20), Width * Height * 3).ToArray());
            video.Finish();
        }
        byte[] decoded = Decode(path);
        const int Frame = 34 * Height * 3;     // padded to an even width
        Assert.Equal(Frames * Frame, decoded.Length);
        for (int i = 0; i < Frames; i++) Assert.InRange(decoded[i * Frame + Frame / 2], i * 20 - 4, i * 20 + 4);
    }

    [Fact]
    public void A_video_that_cannot_be_written_says_why()
    {
        string folder = Path.Combine(_folder, "taken.mp4");
        Directory.CreateDirectory(folder);
        using var video = new VideoWriter(folder, 8, 8, 25);
        var error = Assert.Throws<EmbodiedException>(() =>
        {
            for (int i = 0; i < 1000; i++) video.Write(new byte[8 * 8 * 3]);
            video.Finish();
        });
        Assert.Contains("taken.mp4", error.Message, StringComparison.Ordinal);
    }

    private static byte[] Decode(string path)
    {
        string[] arguments = ["-loglevel", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"];
        using var ffmpeg = Process.Start(new ProcessStartInfo("ffmpeg", arguments) { RedirectStandardOutput = true })!;
        using var bytes = new MemoryStream();
        ffmpeg.StandardOutput.BaseStream.CopyTo(bytes);
        ffmpeg.WaitForExit();
        return bytes.ToArray();
    }

    private static byte[] Encoded(string kind) => kind switch
    {
        "png" => ImageFile.EncodePng(Gradient(31, 17), 31, 17),
        "webp" => ImageFile.EncodeWebp(Gradient(31, 17), 31, 17),
        _ => ImageFile.EncodeJpeg(Gradient(31, 17), 31, 17, 80),
    };

    private static byte[] PngHeader(int width, int height) => Png(width, height, colorType: 2, []);

    /// <summary>A PNG of 8 bits a channel, whatever its rows hold.</summary>
    private static byte[] Png(int width, int height, byte colorType, byte[] rows)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true)) zlib.Write(rows);
        return [
            0x89,
            .. "PNG\r\n\u001a\n"u8,
            .. Chunk("IHDR", [.. Big(width), .. Big(height), 8, colorType, 0, 0, 0]),
            .. Chunk("IDAT", packed.ToArray()),
            .. Chunk("IEND", [])
        ];

        static byte[] Big(int value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];

        static byte[] Chunk(string type, byte[] data)
        {
            byte[] summed = [.. Encoding.ASCII.GetBytes(type), .. data];
            uint sum = uint.MaxValue;
            foreach (byte value in summed)
            {
                sum ^= value;
                for (int bit = 0; bit < 8; bit++) sum = (sum & 1) != 0 ? (sum >> 1) ^ 0xEDB88320 : sum >> 1;
            }

            return [.. Big(data.Length), .. summed, .. Big((int)~sum)];
        }
    }

    private static byte[] Gradient(int width, int height) => [.. Enumerable.Range(0, width * height * 3).Select(i => (byte)(i * 7))];
}
