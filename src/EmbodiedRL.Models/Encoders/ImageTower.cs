using EmbodiedRL.Models.Heads;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Encoders;

/// <summary>Image encoder: images to unit vectors by patches, strided convolutions, hidden layers and an embedding.</summary>
/// <remarks>
/// Rows of RGB bytes are what libtorch calls channels-last, so the picture is never rearranged, and the first layer's weights carry the
/// scaling of the bytes: one pass over the pixels turns them into numbers around zero, which bfloat16 holds exactly. Borrows its weights.
/// </remarks>
/// <param name="weights">By name; lent by whoever owns them.</param>
/// <param name="settings">Sizes.</param>
/// <param name="type">Of the weights, and of all numbers between pixels and embedding.</param>
internal sealed class ImageTower(Func<string, Tensor> weights, SceneClipSettings settings, ScalarType type = ScalarType.Float32)
{
    private const int FirstKernel = 5, Kernel = 3;

    // Bytes b become (b - Middle) * Contrast; zero padding is then the middle gray.
    private static readonly Scalar Middle = 127.5.ToScalar(), Contrast = (1 / 64.0).ToScalar();

    /// <summary>The weights it needs.</summary>
    public static IEnumerable<ParameterShape> Shapes(SceneClipSettings settings)
    {
        int channels = 3;
        if (settings.ImagePatch > 0)
        {
            (int pixels, channels) = (settings.ImagePatch * settings.ImagePatch * 3, settings.ImageChannels[0]);
            yield return new ParameterShape("image.patches.weight", channels, pixels);
            yield return new ParameterShape("image.patches.bias", channels);
        }

        for (int layer = FirstConvolution(settings); layer < settings.ImageChannels.Count; layer++)
        {
            int size = SizeOf(layer), wider = settings.ImageChannels[layer];
            yield return new ParameterShape($"image.convolutions.{layer}.weight", wider, channels, size, size);
            yield return new ParameterShape($"image.convolutions.{layer}.bias", wider);
            channels = wider;
        }

        int inputs = channels * settings.LastSide * settings.LastSide;
        for (int layer = 0; layer < settings.ImageHidden.Count; layer++)
        {
            yield return new ParameterShape($"image.hidden.{layer}.weight", settings.ImageHidden[layer], inputs);
            yield return new ParameterShape($"image.hidden.{layer}.bias", settings.ImageHidden[layer]);
            inputs = settings.ImageHidden[layer];
        }

        yield return new ParameterShape("image.embedding.weight", settings.EmbeddingSize, inputs);
        yield return new ParameterShape("image.embedding.bias", settings.EmbeddingSize);
    }

    /// <summary>Embeds pictures.</summary>
    /// <param name="frames">uint8 [B, H, W, 3].</param>
    /// <returns>[B, D] of length one, fresh; the caller's scope owns it and everything between.</returns>
    public Tensor Forward(Tensor frames) => Embed(Features(frames));

    /// <summary>What the embedding is made of.</summary>
    /// <param name="frames">uint8 [B, H, W, 3].</param>
    /// <returns>[B, K], fresh; the caller's scope owns it and everything between.</returns>
    public Tensor Features(Tensor frames)
    {
        Tensor x = Maps(frames)[^1].flatten(1);
        for (int layer = 0; layer < settings.ImageHidden.Count; layer++)
            x = nn.functional.linear(x, weights($"image.hidden.{layer}.weight"), weights($"image.hidden.{layer}.bias")).relu_();
        return x;
    }

    /// <summary>What each convolution makes of the pictures, the last map last.</summary>
    /// <param name="frames">uint8 [B, H, W, 3].</param>
    /// <returns>[B, channels, side, side] each, fresh; the caller's scope owns them.</returns>
    public Tensor[] Maps(Tensor frames)
    {
        var maps = new List<Tensor>();
        Tensor x = settings.ImagePatch > 0
            ? Patches(frames)
            : frames.to(type).sub_(Middle).permute(0, 3, 1, 2);
        if (settings.ImagePatch > 0) maps.Add(x);
        for (int layer = FirstConvolution(settings); layer < settings.ImageChannels.Count; layer++)
        {
            Tensor weight = weights($"image.convolutions.{layer}.weight"), bias = weights($"image.convolutions.{layer}.bias");
            if (layer == 0) weight = weight.mul(Contrast);
            long padding = SizeOf(layer) / 2;
            x = nn.functional.conv2d(x, weight, bias, strides: [2, 2], padding: [padding, padding]).relu_();
            maps.Add(x);
        }

        return [.. maps];
    }

    /// <summary>Embeds features.</summary>
    /// <param name="features">[B, K] of <see cref="Features"/>.</param>
    /// <returns>[B, D] of length one, fresh; the caller's scope owns it and everything between.</returns>
    public Tensor Embed(Tensor features)
    {
        Tensor x = nn.functional.linear(features, weights("image.embedding.weight"), weights("image.embedding.bias"));
        return nn.functional.normalize(x.to(ScalarType.Float32), p: 2, dim: 1);
    }

    private static int FirstConvolution(SceneClipSettings settings) => settings.ImagePatch > 0 ? 1 : 0;

    /// <summary>Every patch through one matrix: [B, channels, side, side], channels last in memory.</summary>
    private Tensor Patches(Tensor frames)
    {
        (long count, long patch) = (frames.shape[0], settings.ImagePatch);
        long side = settings.ImageSize / patch;
        Tensor x = frames.view(count, side, patch, side, patch, 3).permute(0, 1, 3, 2, 4, 5).reshape(count, side, side, patch * patch * 3);
        x = x.to(type).sub_(Middle);
        Tensor weight = weights("image.patches.weight").mul(Contrast);
        return nn.functional.linear(x, weight, weights("image.patches.bias")).relu_().permute(0, 3, 1, 2);
    }

    private static int SizeOf(int layer) => layer == 0 ? FirstKernel : Kernel;
}
