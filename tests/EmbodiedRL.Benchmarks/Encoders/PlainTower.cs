using System.Runtime.InteropServices;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Models.Heads;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using TorchSharp.Modules;

namespace EmbodiedRL.Benchmarks.Encoders;

/// <summary>
/// The reference of <c>bench models</c>: the image tower of a scene-clip as anybody would write it, modules in a row over pictures in NCHW.
/// </summary>
/// <remarks>Same weights, same bytes in, same embeddings out. Owns a copy of the weights.</remarks>
internal sealed class PlainTower : IDisposable
{
    private readonly Sequential _layers;
    private readonly int _size;

    public PlainTower(SceneClip model)
    {
        SceneClipSettings settings = model.Settings;
        List<(string Name, torch.nn.Module<torch.Tensor, torch.Tensor> Module)> layers = [];
        int channels = 3;
        int patch = settings.ImagePatch;
        if (patch > 0)
        {
            channels = settings.ImageChannels[0];
            Conv2d patches = torch.nn.Conv2d(3, channels, patch, stride: patch);
            using (torch.NewDisposeScope())
            using (torch.no_grad())
            {
                patches.weight.copy_(model.Parameters["image.patches.weight"].view(channels, patch, patch, 3).permute(0, 3, 1, 2));
                patches.bias!.copy_(model.Parameters["image.patches.bias"]);
            }

            layers.Add(("patches", patches));
            layers.Add(("patchesRelu", torch.nn.ReLU()));
        }

        for (int i = patch > 0 ? 1 : 0; i < settings.ImageChannels.Count; i++)
        {
            int kernel = (int)model.Parameters[$"image.convolutions.{i}.weight"].shape[^1], wider = settings.ImageChannels[i];
            Conv2d convolution = torch.nn.Conv2d(channels, wider, kernel, stride: 2, padding: kernel / 2);
            Copy(model.Parameters, $"image.convolutions.{i}", convolution.weight, convolution.bias!);
            layers.Add(($"convolution{i}", convolution));
            layers.Add(($"relu{i}", torch.nn.ReLU()));
            channels = wider;
        }

        layers.Add(("flatten", torch.nn.Flatten()));
        for (int i = 0; i < settings.ImageHidden.Count; i++)
        {
            layers.Add(($"hidden{i}", Linear(model.Parameters, $"image.hidden.{i}")));
            layers.Add(($"hiddenRelu{i}", torch.nn.ReLU()));
        }

        layers.Add(("embedding", Linear(model.Parameters, "image.embedding")));
        _layers = torch.nn.Sequential(layers);
        _layers.eval();
        _size = settings.ImageSize;
    }

    /// <summary>Embeds pictures.</summary>
    /// <param name="frames">uint8 [B, H, W, 3].</param>
    /// <param name="embeddings">[B, D], overwritten.</param>
    /// <param name="block">How many at once.</param>
    public void Encode(ReadOnlySpan<byte> frames, Span<float> embeddings, int block)
    {
        int frame = _size * _size * 3, count = frames.Length / frame, width = embeddings.Length / count;
        using IDisposable still = torch.no_grad();
        for (int first = 0; first < count; first += block)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            int some = Math.Min(block, count - first);
            torch.Tensor bytes = torch.empty([some, _size, _size, 3], torch.ScalarType.Byte);
            frames.Slice(first * frame, some * frame).CopyTo(bytes.bytes);
            torch.Tensor pictures = bytes.to(torch.ScalarType.Float32).sub(127.5f).mul(1 / 64f).permute(0, 3, 1, 2).contiguous();
            torch.Tensor embedded = torch.nn.functional.normalize(_layers.forward(pictures), p: 2, dim: 1);
            MemoryMarshal.Cast<byte, float>(embedded.bytes).CopyTo(embeddings.Slice(first * width, some * width));
        }
    }

    public void Dispose() => _layers.Dispose();

    private static Linear Linear(ParameterVector parameters, string name)
    {
        torch.Tensor weight = parameters[$"{name}.weight"];
        Linear linear = torch.nn.Linear(weight.shape[1], weight.shape[0]);
        Copy(parameters, name, linear.weight, linear.bias!);
        return linear;
    }

    private static void Copy(ParameterVector parameters, string name, torch.Tensor weight, torch.Tensor bias)
    {
        using IDisposable still = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        weight.copy_(parameters[$"{name}.weight"]);
        bias.copy_(parameters[$"{name}.bias"]);
    }
}
