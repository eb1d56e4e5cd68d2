using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models.Heads;
using EmbodiedRL.Models.Networks;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Tests.Networks;

[NoTensorLeaks]
public sealed class NatureCnnTests
{
    private static readonly ImageSpec Frame = new(36, 44, 2);
    private const int Features = 6, Count = 3;

    [Fact]
    public void It_is_the_published_network_over_scaled_bytes()
    {
        using ParameterVector parameters = Create();
        using var network = new NatureCnn(parameters, "eye", Frame, Features);
        using DisposeScope scope = NewDisposeScope();
        Tensor frames = Drawn();
        // Written as published: floats in NCHW, modules in a row.
        Tensor x = (frames.to(ScalarType.Float32) / 255).permute(0, 3, 1, 2).contiguous();
        foreach ((int layer, int stride) in new[] { (0, 4), (2, 2), (4, 1) })
            x = nn.functional.conv2d(x, parameters[$"eye.cnn.{layer}.weight"], parameters[$"eye.cnn.{layer}.bias"],
                strides: [stride, stride]).relu();
        Tensor expected =
            nn.functional.linear(x.contiguous().view(Count, -1), parameters["eye.linear.0.weight"], parameters["eye.linear.0.bias"]).relu();

        Tensor found = network.forward(frames);
        Assert.Equal([Count, Features], found.shape);
        Assert.True((expected - found).abs().max().ToDouble() < 1e-5);
        Assert.True(found.max().ToDouble() > 0);
    }

    [Fact]
    public void Its_weights_have_the_published_names_and_shapes()
    {
        Assert.Equal(
        [
            "eye.cnn.0.weight [32, 3, 8, 8]", "eye.cnn.0.bias [32]", "eye.cnn.2.weight [64, 32, 4, 4]", "eye.cnn.2.bias [64]",
            "eye.cnn.4.weight [64, 64, 3, 3]", "eye.cnn.4.bias [64]", "eye.linear.0.weight [512, 3136]", "eye.linear.0.bias [512]",
        ], NatureCnn.Shapes("eye", new ImageSpec(84, 84, 3)).Select(shape => $"{shape.Name} [{string.Join(", ", shape.Shape)}]"));
        using ParameterVector parameters = Create();
        using var network = new NatureCnn(parameters, "eye", Frame, Features);
        Assert.Equal(parameters.Shapes.Select(shape => shape.Name), network.named_parameters().Select(named => $"eye.{named.name}"));
    }

    [Fact]
    public void First_weights_are_orthogonal_and_equal_for_equal_seeds()
    {
        using ParameterVector one = Create(), other = Create();
        using DisposeScope scope = NewDisposeScope();
        Assert.True(one.Values.allclose(other.Values, rtol: 0, atol: 0));
        Tensor rows = one["eye.cnn.2.weight"].view(64, -1);
        Assert.True((rows.matmul(rows.t()) - (2 * eye(64))).abs().max().ToDouble() < 1e-5);      // gain sqrt(2)
        Assert.Equal(0, one["eye.linear.0.bias"].abs().sum().ToDouble());
    }

    [Fact]
    public void A_gradient_flows_into_every_weight()
    {
        using ParameterVector parameters = Create();
        using var network = new NatureCnn(parameters, "eye", Frame, Features);
        using DisposeScope scope = NewDisposeScope();
        network.zero_grad();
        network.forward(Drawn()).sum().backward();
        foreach (ParameterShape shape in parameters.Shapes)
            Assert.True(parameters.GradientOf(shape.Name).abs().sum().ToDouble() > 0, shape.Name);
    }

    [Fact]
    public void Pictures_of_another_shape_or_type_are_named()
    {
        using ParameterVector parameters = Create();
        using var network = new NatureCnn(parameters, "eye", Frame, Features);
        using DisposeScope scope = NewDisposeScope();
        Assert.Contains("[1, 44, 36, 2]",
            Assert.Throws<SpecMismatchException>(() => network.forward(zeros([1, 44, 36, 2], ScalarType.Byte))).Message,
            StringComparison.Ordinal);
        Assert.Throws<SpecMismatchException>(() => network.forward(zeros([1, 36, 44, 2], ScalarType.Float32)));
        Assert.Throws<SpecMismatchException>(() => NatureCnn.Shapes("eye", new ImageSpec(35, 84, 3)));
    }

    private static ParameterVector Create()
    {
        var parameters = new ParameterVector(CPU, [.. NatureCnn.Shapes("eye", Frame, Features)]);
        var rng = Rng.For(1, "weights");
        NatureCnn.Initialize(parameters, "eye", Frame, ref rng, Features);
        return parameters;
    }

    private static Tensor Drawn()
    {
        var rng = Rng.For(2, "pixels");
        Tensor frames = empty([Count, Frame.Height, Frame.Width, Frame.Channels], ScalarType.Byte);
        foreach (ref byte value in frames.bytes) value = (byte)rng.NextBits();
        return frames;
    }
}
