using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Models.Preprocessing;
using EmbodiedRL.Models.Weights;

namespace EmbodiedRL.Models.Tests.Preprocessing;

/// <summary>The resampler against Pillow (bytes exact, floats 1e-5), and against torchvision's resize of floats (2e-5).</summary>
[Trait("Category", "Parity")]
public sealed class ResampleParityTests
{
    private const string Folder = "contrastive/resample";

    [Fact]
    public void Bytes_are_Pillows()
    {
        Safetensors tensors = Safetensors.Read(Fixtures.Require(Folder + "/resample.safetensors"));
        foreach (JsonElement test in Fixtures.ReadJson(Folder + "/cases.json").GetProperty("cases").EnumerateArray())
        {
            StoredTensor input = tensors[test.GetProperty("input").GetString()!];
            int[] size = [.. test.GetProperty("size_out_hw").EnumerateArray().Select(side => side.GetInt32())];
            ResampleFilter filter = Enum.Parse<ResampleFilter>(test.GetProperty("filter").GetString()!, ignoreCase: true);
            string output = test.GetProperty("output").GetString()!;
            Assert.Equal(tensors[output].Values<byte>(), Resize(input, size, filter, PassOrder.PillowThirteen));
            string earlier = test.TryGetProperty("horizontal_first_output", out JsonElement name) ? name.GetString()! : output;
            Assert.Equal(tensors[earlier].Values<byte>(), Resize(input, size, filter, PassOrder.HorizontalFirst));
        }
    }

    [Fact]
    public void Transparency_is_Pillows()
    {
        Safetensors tensors = Safetensors.Read(Fixtures.Require(Folder + "/rgba.safetensors"));
        StoredTensor input = tensors["input"];
        foreach ((string name, StoredTensor expected) in tensors.Tensors.Where(tensor => tensor.Key != "input"))
        {
            byte[] output = new byte[expected.Length];
            Resampler.ResizeRgba(input.Values<byte>(), (int)input.Shape[1], (int)input.Shape[0], output,
                (int)expected.Shape[1], (int)expected.Shape[0], FilterOf(name), PassOrder.PillowThirteen);
            Assert.Equal(expected.Values<byte>(), output);
        }
    }

    [Fact]
    public void Floats_are_Pillows()
    {
        Safetensors tensors = Safetensors.Read(Fixtures.Require(Folder + "/float.safetensors"));
        StoredTensor input = tensors["input"];
        foreach ((string name, StoredTensor expected) in tensors.Tensors.Where(tensor => tensor.Key != "input"))
        {
            float[] output = new float[expected.Length];
            Resampler.ResizeFloats(input.Floats(), (int)input.Shape[1], (int)input.Shape[0], 1, output,
                (int)expected.Shape[1], (int)expected.Shape[0], FilterOf(name));
            AssertClose(expected.Floats(), output, 1e-5f);
        }
    }

    [Theory]
    [InlineData("transformed", true)]
    [InlineData("transformed_without_antialias", false)]
    public void Frames_of_the_reward_chain_are_torchvisions(string name, bool antialias)
    {
        Safetensors tensors = Safetensors.Read(Fixtures.Require("contrastive/vlm-reward/chain.safetensors"));
        StoredTensor frames = tensors["frames"], expected = tensors[name];
        (int count, int height, int width) = ((int)frames.Shape[0], (int)frames.Shape[1], (int)frames.Shape[2]);
        var processor = new TensorImageProcessor(new ImageProcessorSettings
        {
            Mode = ResizeMode.Squash,
            Height = (int)expected.Shape[2],
            Width = (int)expected.Shape[3],
        }, antialias);
        float[] output = new float[expected.Length];
        processor.ProcessBatch(frames.Bytes, count, width, height, 3, output, workers: 2);
        AssertClose(expected.Floats(), output, 2e-5f);
    }

    private static void AssertClose(float[] expected, float[] found, float tolerance)
    {
        Assert.Equal(expected.Length, found.Length);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], found[i], tolerance);
    }

    private static ResampleFilter FilterOf(string name) => Enum.Parse<ResampleFilter>(name[..name.IndexOf('.')], ignoreCase: true);

    private static byte[] Resize(StoredTensor input, int[] size, ResampleFilter filter, PassOrder order)
    {
        int channels = (int)input.Shape[2];
        byte[] output = new byte[size[0] * size[1] * channels];
        Resampler.Resize(input.Values<byte>(), (int)input.Shape[1], (int)input.Shape[0], channels, output, size[1], size[0], filter, order);
        return output;
    }
}
