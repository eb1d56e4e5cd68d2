using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Contrastive;
using EmbodiedRL.Models.Tensors;
using EmbodiedRL.Rendering;
using EmbodiedRL.Training.Tests.Runs;
using TorchSharp;

namespace EmbodiedRL.Training.Tests.Loop;

/// <summary>From the renderer's hands into a model's without a copy.</summary>
public sealed class FrameTensorTests
{
    /// <summary>As many pictures as leave some over, which are run beside those of another block.</summary>
    [Fact]
    public void A_model_reads_what_a_renderer_wrote_where_it_lies()
    {
        const int count = 70;
        using var environment = new DrawnPoint(count);
        var buffer = new StepBuffer(count, environment.Info);
        environment.Reset(3, StartDistribution.WholeRange, buffer);
        using SceneClip model = SceneClip.Create(["a red ball in the middle"], 1);
        using var frames = new FrameTensor(count, model.ImageSize);
        using var renderer = new BatchRenderer(environment.Info.RequiredScene, "front", model.ImageSize);
        renderer.Render(buffer.Poses, count, frames.Bytes);
        byte[] copy = frames.Bytes.ToArray();
        Assert.True(copy.Distinct().Count() > 10);
        Assert.Equal(copy[^1], frames.Values[count - 1, model.ImageSize - 1, model.ImageSize - 1, 2].item<byte>());

        float[] read = new float[count * model.EmbeddingSize], expected = new float[read.Length];
        model.EncodeImages(frames, read);
        model.EncodeImages(copy, expected);
        Assert.Equal(expected, read);
        Assert.True(read.Distinct().Count() > count);
        Assert.Throws<SpecMismatchException>(() => model.EncodeImages(frames, new float[3]));
        using var small = new FrameTensor(1, 16);
        Assert.Throws<SpecMismatchException>(() => model.EncodeImages(small, new float[model.EmbeddingSize]));
    }
}
