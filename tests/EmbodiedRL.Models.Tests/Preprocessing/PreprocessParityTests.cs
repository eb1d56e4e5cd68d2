using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using EmbodiedRL.Contracts;
using EmbodiedRL.Models.Preprocessing;
using EmbodiedRL.Models.Weights;

namespace EmbodiedRL.Models.Tests.Preprocessing;

/// <summary>Image processors against transformers and open_clip: bytes equal, floats within 1e-6.</summary>
[Trait("Category", "Parity")]
public sealed partial class PreprocessParityTests
{
    private const string Folder = "contrastive/preprocess", Bytes = Folder + "/outputs32_uint8.safetensors",
        Floats = Folder + "/outputs_float.safetensors", Tables = Folder + "/lut.safetensors";

    private const float Tolerance = 1e-6f;

    private static readonly double[] Halves = [0.5, 0.5, 0.5];

    [Fact]
    public void Small_outputs_are_equal_to_the_byte()
    {
        Safetensors expected = Safetensors.Read(Fixtures.Require(Bytes));
        Assert.NotEmpty(expected.Tensors);
        Assert.All(expected.Tensors, tensor =>
        {
            (string image, ImageProcessor processor) = Parse(tensor.Key[..^".uint8".Length]);
            Assert.Equal(tensor.Value.Values<byte>(), Process(image, processor));
        });
    }

    [Fact]
    public void Outputs_of_224_pixels_have_the_hash_of_the_libraries()
    {
        foreach (JsonProperty image in Cases().EnumerateObject())
        {
            int found = 0;
            foreach (JsonProperty hash in image.Value.EnumerateObject().Where(property => property.Name.Contains("_sha256")))
            {
                string pipeline = hash.Name[..hash.Name.IndexOf("_sha256", StringComparison.Ordinal)];
                byte[] output = Process(image.Name, Make(pipeline, PassOrder.PillowThirteen));
                Assert.Equal(hash.Value.GetString(), Convert.ToHexStringLower(SHA256.HashData(output)));
                found++;
            }

            Assert.True(found > 0);
        }
    }

    [Fact]
    public void Pictures_of_224_pixels_are_equal_to_those_stored()
    {
        JsonElement cases = Cases();
        foreach (string pipeline in (string[])["clip224", "siglip224"])
            foreach (string file in Fixtures.Family($"{Folder}/{pipeline}", "*.png"))
                if (cases.TryGetProperty(Path.GetFileNameWithoutExtension(file), out _))
                    Assert.Equal(Picture.Read(file, "RGB").Pixels,
                        Process(Path.GetFileNameWithoutExtension(file), Make(pipeline, PassOrder.PillowThirteen)));
    }

    [Fact]
    public void Floats_agree()
    {
        Safetensors expected = Safetensors.Read(Fixtures.Require(Floats));
        Assert.All(expected.Tensors, tensor =>
        {
            (string image, ImageProcessor processor) = Parse(string.Join('.', tensor.Key.Split('.')[..2]));
            Picture picture = Open(image);
            int side = processor.OutputWidth;
            float[] found = new float[3 * side * side];
            processor.Process(picture.Pixels, picture.Width, picture.Height, picture.Channels, found);
            int shown = (int)tensor.Value.Shape[1], begin = (side - shown) / 2;
            float[] values = tensor.Value.Floats();
            for (int i = 0; i < values.Length; i++)
            {
                int c = i / (shown * shown), y = i / shown % shown, x = i % shown;
                Assert.Equal(values[i], found[(c * side + begin + y) * side + begin + x], Tolerance);
            }
        });
    }

    [Fact]
    public void The_float_of_every_byte_agrees()
    {
        Safetensors expected = Safetensors.Read(Fixtures.Require(Tables));
        foreach (string pipeline in (string[])["clip", "siglip", "openclip"])
        {
            ReadOnlySpan<float> found = Make(pipeline + "224", PassOrder.HorizontalFirst).Table.Values;
            float[] values = expected[pipeline].Floats();
            for (int i = 0; i < values.Length; i++) Assert.Equal(values[i], found[i], Tolerance);
        }
    }

    private static JsonElement Cases() => Fixtures.ReadJson(Folder + "/cases.json").GetProperty("images");

    private static Picture Open(string image) =>
        Picture.Read($"{Folder}/images/{image}.png", Cases().GetProperty(image).GetProperty("mode").GetString()!);

    private static byte[] Process(string image, ImageProcessor processor)
    {
        Picture picture = Open(image);
        byte[] output = new byte[3 * processor.OutputWidth * processor.OutputHeight];
        processor.ProcessBytes(picture.Pixels, picture.Width, picture.Height, picture.Channels, output);
        return output;
    }

    private static (string Image, ImageProcessor Processor) Parse(string name)
    {
        string[] parts = name.Split('.');
        bool horizontal = parts.Length > 2 && parts[2] == "horizontal_first";
        return (parts[0], Make(parts[1], horizontal ? PassOrder.HorizontalFirst : PassOrder.PillowThirteen));
    }

    private static ImageProcessor Make(string pipeline, PassOrder order)
    {
        Match match = Pipeline().Match(pipeline);
        Assert.True(match.Success, $"No pipeline {pipeline}.");
        string library = match.Groups[1].Value, variant = match.Groups[3].Value;
        int size = int.Parse(match.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture);
        bool halves = library == "siglip" || variant == "squash";
        return new ImageProcessor(new ImageProcessorSettings
        {
            Width = size,
            Height = size,
            Order = order,
            Mode = halves ? ResizeMode.Squash : variant == "longest" ? ResizeMode.Longest : ResizeMode.ShortestEdge,
            Filter = variant == "bilinear" ? ResampleFilter.Bilinear : ResampleFilter.Bicubic,
            Rounding = library == "openclip" ? CropRounding.HalfToEven : CropRounding.Floor,
            Alpha = library == "openclip" ? AlphaRule.Premultiply
                : variant == "alpha_dropped" ? AlphaRule.Drop : AlphaRule.CompositeOnWhite,
            Mean = halves ? Halves : ImageProcessorSettings.ClipMean,
            Deviation = halves ? Halves : ImageProcessorSettings.ClipDeviation,
        });
    }

    [GeneratedRegex("^(clip|siglip|openclip)([0-9]+)(?:_([a-z_]+))?$")]
    private static partial Regex Pipeline();
}
