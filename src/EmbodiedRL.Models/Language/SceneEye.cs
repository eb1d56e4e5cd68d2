using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Models.Language.Decoders;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language;

/// <summary>
/// Eye of <see cref="SceneReasoner"/>: the image tower of <see cref="SceneClip"/>, and two layers from its maps to image tokens.
/// </summary>
/// <remarks>
/// A token of the last map's place joins that place with the four of the map before, which show where things are. Owns its weights.
/// </remarks>
public sealed class SceneEye : nn.Module
{
    private readonly Dictionary<string, Parameter> _weights = new(StringComparer.Ordinal);
    private readonly ImageTower _tower;
    private readonly LinearLayer _first, _second;

    internal SceneEye(SceneReasonerSettings settings, Device device) : base(nameof(SceneEye))
    {
        foreach (ParameterShape shape in Shapes(settings))
        {
            Parameter weight = Decoder.Room(ScalarType.Float32, device, shape.Shape);
            _weights.Add(shape.Name, weight);
            register_parameter(shape.Name.Replace('.', '_'), weight);
        }

        _tower = new ImageTower(name => _weights[name], settings.Tower);
        int inputs = settings.ImageChannels[^1] + (4 * settings.ImageChannels[^2]);
        _first = new LinearLayer(inputs, settings.EyeWidth, true, ScalarType.Float32, device);
        _second = new LinearLayer(settings.EyeWidth, settings.HiddenSize, true, ScalarType.Float32, device);
        register_module("first", _first);
        register_module("second", _second);
    }

    /// <summary>Image tokens.</summary>
    /// <param name="frames">uint8 [N, H, W, 3].</param>
    /// <returns>[N, tokens, H], owned by the caller's dispose scope.</returns>
    public Tensor Forward(Tensor frames)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] maps = _tower.Maps(frames);
        Tensor last = maps[^1], before = maps[^2];
        (long count, long side) = (last.shape[0], last.shape[2]);
        Tensor places = last.permute(0, 2, 3, 1).reshape(count, side * side, -1);
        Tensor fine = before.view(count, -1, side, 2, side, 2).permute(0, 2, 4, 3, 5, 1).reshape(count, side * side, -1);
        Tensor x = nn.functional.silu(_first.forward(cat([places, fine], -1)));
        return _second.forward(x).MoveToOuterDisposeScope();
    }

    /// <summary>Takes over a tower's weights.</summary>
    /// <param name="model">With an image tower of these sizes; read.</param>
    /// <exception cref="Core.SpecMismatchException">Its tower has other sizes.</exception>
    public void CopyTower(SceneClip model)
    {
        using IDisposable still = no_grad();
        foreach ((string name, Parameter weight) in _weights)
        {
            Tensor source = model.Parameters[name];
            if (!source.shape.AsSpan().SequenceEqual(weight.shape))
                throw new Core.SpecMismatchException($"image tower's '{name}'", $"[{string.Join(", ", weight.shape)}]",
                    $"[{string.Join(", ", source.shape)}]");
            using DisposeScope scope = NewDisposeScope();
            weight.copy_(source);
        }
    }

    /// <summary>Weights of patches and convolutions; the tower's layers behind them are left.</summary>
    private static IEnumerable<ParameterShape> Shapes(SceneReasonerSettings settings) => ImageTower.Shapes(settings.Tower)
        .Where(shape => !shape.Name.StartsWith("image.hidden", StringComparison.Ordinal)
            && !shape.Name.StartsWith("image.embedding", StringComparison.Ordinal));
}
