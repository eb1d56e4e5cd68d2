using EmbodiedRL.Algorithms.Kernel;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Heads;
using EmbodiedRL.Models.Networks;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Algorithms.OnPolicy;

/// <summary>Actor of a policy without memory: runs the actor network on normalized observations, then samples or takes the mode.</summary>
/// <remarks>
/// Network and normalizer are the algorithm's; the random stream and the scratch memory are the actor's. Not thread-safe.
/// </remarks>
internal sealed class PolicyActor : IActor
{
    private readonly IActorCriticNetwork _network;
    private readonly ObservationNormalizer _normalizer;
    private readonly ImageSpec? _image;
    private readonly ActorMode _mode;
    private readonly ulong _seed;
    private readonly int _count, _observationLength, _actionLength;
    private readonly float[] _standardized, _outputs;
    private Rng _rng;

    public PolicyActor(
        IActorCriticNetwork network, ObservationNormalizer normalizer, int observationLength, int actionLength, ImageSpec? image,
        int count, ActorMode mode, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        (_network, _normalizer, _image, _mode, _seed) = (network, normalizer, image, mode, seed);
        (_count, _observationLength, _actionLength) = (count, observationLength, actionLength);
        _standardized = new float[count * observationLength];
        _outputs = new float[count * network.Head.Outputs];
        _rng = Rng.For(seed, "explore");
    }

    /// <inheritdoc/>
    public void Act(ObservationRows observations, ReadOnlySpan<bool> starts, Span<float> actions, Span<float> logProbabilities)
    {
        TorchRuntime.UseThreads();
        SpecMismatchException.ThrowIfLength("actions", actions.Length, _count * _actionLength);
        SpecMismatchException.ThrowIfLength("observations", observations.Values.Length, _count * _observationLength);
        SpecMismatchException.ThrowIfLength("images of observations", observations.Images.Length, _count * (_image?.Length ?? 0));
        if (!logProbabilities.IsEmpty) SpecMismatchException.ThrowIfLength("log-probabilities", logProbabilities.Length, _count);
        Forward(observations);

        IActionHead head = _network.Head;
        ReadOnlySpan<float> logStd = _network.LogStd;
        for (int row = 0; row < _count; row++)
        {
            ReadOnlySpan<float> outputs = _outputs.AsSpan(row * head.Outputs, head.Outputs);
            Span<float> action = actions.Slice(row * _actionLength, _actionLength);
            if (_mode == ActorMode.Sample)
            {
                float logProbability = head.Sample(outputs, logStd, ref _rng, action);
                if (!logProbabilities.IsEmpty) logProbabilities[row] = logProbability;
                continue;
            }

            head.Mode(outputs, action);
            if (!logProbabilities.IsEmpty) logProbabilities[row] = head.LogProbability(outputs, logStd, action);
        }
    }

    /// <inheritdoc/>
    public void Save(Snapshot into) => into.Put("exploration", _rng.Counter);

    /// <inheritdoc/>
    public void Load(Snapshot from) => _rng = Rng.For(_seed, "explore", counter: from.Get<ulong>("exploration"));

    /// <summary>Nothing to release: network and normalizer are the algorithm's.</summary>
    public void Dispose()
    {
    }

    /// <summary>A copy of the first rows of an array as [rows, width]; the caller's scope owns it.</summary>
    public static Tensor ToTensor(float[] values, int rows, int width, Device device)
    {
        Tensor tensor = empty(rows, width, ScalarType.Float32, device);
        if (width > 0) TensorSpans.Write(tensor, values.AsSpan(0, rows * width));
        return tensor;
    }

    /// <summary>A copy of images as uint8 [rows, H, W, C] on the CPU; the caller's scope owns it.</summary>
    public static Tensor ToImages(ReadOnlySpan<byte> images, int rows, ImageSpec image)
    {
        Tensor tensor = empty([rows, image.Height, image.Width, image.Channels], ScalarType.Byte);
        images[..(rows * image.Length)].CopyTo(tensor.bytes);
        return tensor;
    }

    private void Forward(ObservationRows observations)
    {
        _normalizer.Apply(observations.Values, _standardized);
        using DisposeScope scope = NewDisposeScope();
        Tensor? images = _image is { } image ? ToImages(observations.Images, _count, image) : null;
        TensorSpans.Read(_network.ForwardActor(ToTensor(_standardized, _count, _observationLength, _network.Device), images), _outputs);
        NonFiniteException.ThrowIfAny(_outputs, "The policy's output", "An observation or a weight is not finite.");
    }
}
