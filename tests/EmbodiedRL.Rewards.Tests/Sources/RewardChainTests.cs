using EmbodiedRL.Contracts;
using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Models.Preprocessing;
using EmbodiedRL.Models.Weights;
using EmbodiedRL.Rewards.Sources;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Rewards.Tests.Sources;

/// <summary>Frames to rewards, through the transform of VLM-RM and a checkpoint of open_clip, against VLM-RM's own code.</summary>
[Trait("Category", "Parity")]
public sealed class RewardChainTests
{
    private const float Tolerance = 5e-6f;

    [Theory]
    [InlineData(0)]
    [InlineData(0.5f)]
    [InlineData(1)]
    public void Frames_are_rewarded_as_by_the_papers_code(float alpha)
    {
        Safetensors chain = Safetensors.Read(Fixtures.Require("contrastive/vlm-reward/chain.safetensors"));
        using DisposeScope scope = NewDisposeScope();
        using IDisposable still = no_grad();
        using TwoTowers model = PretrainedFolder.LoadTowers(Fixtures.Require("contrastive/openclip/bigg-style"));
        StoredTensor frames = chain["frames"];
        int count = (int)frames.Shape[0], height = (int)frames.Shape[1], width = (int)frames.Shape[2], size = model.ImageSize;
        var processor = new TensorImageProcessor(new ImageProcessorSettings { Mode = ResizeMode.Squash, Width = size, Height = size });
        float[] pixels = new float[count * 3 * size * size];
        processor.ProcessBatch(frames.Bytes, count, width, height, 3, pixels);

        float[] images = Unit(model, model.EncodeImages(tensor(pixels).view(count, 3, size, size)));
        var projection = new GoalBaselineProjection(Texts("target_prompts"), Texts("baseline_prompts"), model.EmbeddingSize, alpha);
        float[] expected = chain[FormattableString.Invariant($"reward.alpha{alpha:0.0}")].Floats();
        for (int i = 0; i < count; i++)
            Assert.Equal(expected[i], projection.Score(images.AsSpan(i * model.EmbeddingSize, model.EmbeddingSize)), Tolerance);

        float[] Texts(string name)
        {
            StoredTensor ids = chain[name];
            return Unit(model, model.EncodeTexts(tensor(ids.Values<long>().ToArray()).view([.. ids.Shape])));
        }
    }

    private static float[] Unit(TwoTowers model, Tensor embeddings) => model.Normalize(embeddings).data<float>().ToArray();
}
