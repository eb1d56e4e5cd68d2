using EmbodiedRL.Core;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models.Heads;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Networks;

/// <summary>Nature CNN: the convolutional network of the DQN paper, from byte images to a feature vector.</summary>
/// <remarks>
/// <para>Convolutions 32 of 8x8 at stride 4, 64 of 4x4 at stride 2, 64 of 3x3 at stride 1, then a linear layer, each followed by ReLU
/// (Methods, model architecture).</para>
/// <para>Bytes are moved to the weights' device as bytes and scaled to [0, 1] there. Weights: <c>PREFIX.cnn.0.weight</c>,
/// <c>PREFIX.cnn.2.weight</c>, <c>PREFIX.cnn.4.weight</c>, <c>PREFIX.linear.0.weight</c> and their biases, as Stable-Baselines3 names and
/// orders them. Borrows its weights from the vector, which must outlive it; gradients are added to the vector's. Not thread-safe.</para>
/// </remarks>
[Paper("10.1038/nature14236", "Human-level control through deep reinforcement learning", Year = 2015)]
public sealed class NatureCnn : nn.Module<Tensor, Tensor>
{
    /// <summary>Default number of features.</summary>
    public const int UsualFeatures = 512;

    // Held for good: a scalar without a name may be finalized while libtorch still reads it.
    private static readonly Scalar Brightest = 255.ToScalar();

    private static readonly (int Channels, int Kernel, int Stride)[] Convolutions = [(32, 8, 4), (64, 4, 2), (64, 3, 1)];

    private readonly Parameter[] _weights;          // weight and bias of each layer in turn
    private readonly ImageSpec _frame;

    /// <summary>Borrows weights.</summary>
    /// <param name="parameters">Holds the shapes that <see cref="Shapes"/> gave.</param>
    /// <param name="prefix">Name of the network.</param>
    /// <param name="frame">Of one picture.</param>
    /// <param name="features">F.</param>
    public NatureCnn(ParameterVector parameters, string prefix, ImageSpec frame, int features = UsualFeatures) : base(prefix)
    {
        _frame = frame;
        _weights = FlatParameters.Register(this, parameters, prefix, Shapes(prefix, frame, features));
    }

    /// <summary>The weights that a network for pictures of this shape needs.</summary>
    /// <exception cref="SpecMismatchException">The pictures are too small for the convolutions.</exception>
    public static IEnumerable<ParameterShape> Shapes(string prefix, ImageSpec frame, int features = UsualFeatures)
    {
        (int height, int width) = (frame.Height, frame.Width);
        foreach ((_, int kernel, int stride) in Convolutions)
            (height, width) = (After(height, kernel, stride), After(width, kernel, stride));
        if (height < 1 || width < 1)
            throw new SpecMismatchException("pictures for the Nature CNN", "at least 36 x 36 pixels", $"{frame.Height} x {frame.Width}");
        return All(prefix, frame.Channels, height * width, features);
    }

    /// <summary>Orthogonal weights with gain sqrt(2), biases zero.</summary>
    public static void Initialize(ParameterVector parameters, string prefix, ImageSpec frame, ref Rng rng, int features = UsualFeatures)
    {
        foreach (ParameterShape shape in Shapes(prefix, frame, features))
        {
            if (shape.Shape.Length == 1) parameters.Set(shape.Name, new float[shape.Length]);
            else
                parameters.Set(shape.Name,
                    Orthogonal.Sample((int)shape.Shape[0], shape.Length / (int)shape.Shape[0], Math.Sqrt(2), ref rng));
        }
    }

    /// <summary>Runs the network.</summary>
    /// <param name="frames">uint8 [N, H, W, C], on any device.</param>
    /// <returns>[N, F], at least 0, with a graph if gradients are on; the caller's scope owns it and everything between.</returns>
    /// <exception cref="SpecMismatchException">The pictures are of another shape or not bytes.</exception>
    public override Tensor forward(Tensor frames)
    {
        if (frames.dtype != ScalarType.Byte || frames.shape is not [_, var height, var width, var channels]
            || (height, width, channels) != (_frame.Height, _frame.Width, _frame.Channels))
            throw new SpecMismatchException("pictures",
                $"uint8 [N, {_frame.Height}, {_frame.Width}, {_frame.Channels}]",
                $"{frames.dtype} [{string.Join(", ", frames.shape)}]");
        Tensor x = frames.to(_weights[0].device).to(ScalarType.Float32).div_(Brightest).permute(0, 3, 1, 2);
        int at = 0;
        foreach ((_, _, int stride) in Convolutions)
        {
            x = nn.functional.conv2d(x, _weights[at], _weights[at + 1], strides: [stride, stride]).relu();
            at += 2;
        }

        return nn.functional.linear(x.flatten(1), _weights[at], _weights[at + 1]).relu();
    }

    /// <summary>Zeroes the gradients where they lie, in the vector.</summary>
    public override void zero_grad(bool set_to_none = true) => FlatParameters.ZeroGradients(this);

    private static int After(int side, int kernel, int stride) => side < kernel ? 0 : ((side - kernel) / stride) + 1;

    private static IEnumerable<ParameterShape> All(string prefix, int channels, int places, int features)
    {
        for (int layer = 0; layer < Convolutions.Length; layer++)
        {
            (int wider, int kernel, _) = Convolutions[layer];
            yield return new ParameterShape($"{prefix}.cnn.{2 * layer}.weight", wider, channels, kernel, kernel);
            yield return new ParameterShape($"{prefix}.cnn.{2 * layer}.bias", wider);
            channels = wider;
        }

        yield return new ParameterShape($"{prefix}.linear.0.weight", features, channels * places);
        yield return new ParameterShape($"{prefix}.linear.0.bias", features);
    }
}
