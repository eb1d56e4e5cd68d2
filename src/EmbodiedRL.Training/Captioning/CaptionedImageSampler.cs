using EmbodiedRL.Algorithms.OnPolicy;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rendering;
using EmbodiedRL.Training.Composition;

namespace EmbodiedRL.Training.Captioning;

/// <summary>
/// Draws pictures of one environment with the states they show: placed, visited by chance, and visited by a policy that learns.
/// </summary>
/// <remarks>
/// Draw k is a function of the seed, k and the rollouts played before it. Owns its environments, its
/// player and its renderer. Not thread-safe.
/// </remarks>
internal sealed class CaptionedImageSampler : IDisposable
{
    private const int RandomPlayers = 16;   // a quarter of the learner's: random actions need no batch
    private const double VariedShare = 0.4, MovedCameraShare = 0.2; // of images; the others look as the scene is
    private const double EmptyShare = 0.03, BlankShare = 0.02;
    private const double PlainAugmentedShare = 0.15; // of images that look as the scene is

    /// <summary>What each portion of a batch is placed by; the two last ones are played.</summary>
    private static readonly StateSource[] Placed =
        [
            StateSource.Uniform, StateSource.Uniform, StateSource.Uniform, StateSource.HardNegatives, StateSource.HardNegatives,
            StateSource.Keyframes
        ];

    private readonly CaptioningSettings _settings;
    private readonly ulong _seed;
    private readonly IVectorEnvironment _stage;
    private readonly StepBuffer _buffer;
    private readonly VisitedStateBuffer _random, _learning;
    private readonly BatchRenderer _renderer;
    private readonly VisualVariation _variation;
    private readonly ImageAugmentation _augmentation;
    private readonly Perception _perception;
    private readonly float[] _some;
    private readonly byte[] _frames;

    /// <summary>Makes environments, player and renderer; plays nothing yet.</summary>
    public CaptionedImageSampler(CaptioningSettings settings, string name, RunServices services)
    {
        _settings = settings;
        _seed = Rng.For(settings.Seed, $"pictures/{name}").NextBits();
        _stage = services.Environment(name, settings.Portion, 1);
        Info = Without(_stage.Info, settings.Without);
        _buffer = new StepBuffer(settings.Portion, Info);
        _some = new float[settings.Pictures * Info.RequiredScene.PoseLength];
        _frames = new byte[settings.Pictures * settings.Model.ImageSize * settings.Model.ImageSize * 3];
        _variation = new VisualVariation(Info, _seed);
        _augmentation = new ImageAugmentation(settings.Model.ImageSize, _seed);
        IVectorEnvironment players = services.Environment(name, settings.Players, 0);
        _learning = VisitedStateBuffer.Learning(players, new Ppo(settings.Player, Info, _seed), _seed);
        _random = VisitedStateBuffer.AtRandom(services.Environment(name, RandomPlayers, 1), settings.Player.Horizon, _seed);
        _perception = new Perception(Info, settings, SomePoses());
        _renderer = new BatchRenderer(Info.RequiredScene, Info.Camera, settings.Model.ImageSize)
        {
            ReusesUnchanged = false, // a training that is resumed remembers no images and has to see the same bits
        };
    }

    /// <summary>The environment's specs and facts; those that are left out are as if no image showed them.</summary>
    public EnvironmentInfo Info { get; }

    /// <summary>The head that tells what the images show; lent.</summary>
    public Perception Perception => _perception;

    /// <summary>Plays the rollouts that are due.</summary>
    /// <param name="progress">Share of the training that is done, in [0, 1].</param>
    public void Play(double progress)
    {
        while (_learning.Rollouts < 1 + (progress * (_settings.Rollouts - 1)))
        {
            _random.Play(progress);
            _learning.Play(progress);
        }
    }

    /// <summary>Draws a batch to train on: about half of the images vary in looks, and a few do not show the scene.</summary>
    /// <param name="draw">k; <see cref="Play"/> must have been called before.</param>
    /// <param name="batch">Images, states and contents are overwritten.</param>
    public void Draw(long draw, CaptionedBatch batch)
    {
        int rows = _settings.Portion, state = rows * Info.State.Length, pose = rows * Info.RequiredScene.PoseLength;
        for (int portion = 0; portion < CaptioningSettings.Portions; portion++)
            Take(draw, portion, batch.States.AsSpan(portion * state, state), batch.Poses.AsSpan(portion * pose, pose));
        for (int row = 0; row < _settings.Pictures; row++)
        {
            var rng = Rng.For(_seed, "contents", Row(draw, row));
            double content = rng.NextDouble();
            batch.Contents[row] = content < EmptyShare ? ImageContent.EmptyScene
                : content < EmptyShare + BlankShare ? ImageContent.Foreign
                : ImageContent.Scene;
            if (batch.Contents[row] == ImageContent.EmptyScene)
                EmptyScene.Hide(Info.RequiredScene, batch.Poses.AsSpan(row * Info.RequiredScene.PoseLength, Info.RequiredScene.PoseLength));
        }

        Render(draw, batch);
        int frame = batch.Frames.Length / _settings.Pictures;
        for (int row = 0; row < _settings.Pictures; row++)
        {
            Span<byte> image = batch.Frames.AsSpan(row * frame, frame);
            if (batch.Contents[row] == ImageContent.Foreign) _augmentation.Blank(Row(draw, row), image);
            else if (IsAugmented(draw, row)) _augmentation.Apply(Row(draw, row), image);
        }
    }

    /// <summary>Draws images that look as the scene is, to be shown among those of another environment.</summary>
    /// <param name="draw">k.</param>
    /// <param name="frames">uint8 [M, H, W, 3], M at most the rows of a portion; overwritten.</param>
    public void DrawPlain(long draw, Span<byte> frames)
    {
        int count = frames.Length / (_settings.Model.ImageSize * _settings.Model.ImageSize * 3);
        _stage.SampleStates(_seed, draw, StateSource.Uniform, _buffer);
        _renderer.Render(_buffer.Poses.AsSpan(0, count * Info.RequiredScene.PoseLength), count, frames);
    }

    /// <summary>Frees everything.</summary>
    public void Dispose()
    {
        _renderer.Dispose();
        _perception.Dispose();
        _learning.Dispose();
        _random.Dispose();
        _stage.Dispose();
    }

    /// <summary>
    /// Renders the plain rows with no variation at all, since a scene's sky or lights may be more than a variation can say, then those with
    /// a moved camera alone, then the others.
    /// </summary>
    private void Render(long draw, CaptionedBatch batch)
    {
        int pose = Info.RequiredScene.PoseLength, frame = batch.Frames.Length / _settings.Pictures;
        foreach (Looks looks in Enum.GetValues<Looks>())
        {
            int[] rows = [.. Enumerable.Range(0, _settings.Pictures).Where(row => LooksOf(draw, row) == looks)];
            for (int i = 0; i < rows.Length; i++) batch.Poses.AsSpan(rows[i] * pose, pose).CopyTo(_some.AsSpan(i * pose));
            Span<float> poses = _some.AsSpan(0, rows.Length * pose);
            Span<byte> frames = _frames.AsSpan(0, rows.Length * frame);
            SceneVariations? variations =
                looks == Looks.Plain ? null : _variation.Draw(Row(draw, 0), poses, cameraAlone: looks == Looks.MovedCamera);
            _renderer.Render(poses, rows.Length, frames, variations);
            for (int i = 0; i < rows.Length; i++) frames.Slice(i * frame, frame).CopyTo(batch.Frames.AsSpan(rows[i] * frame));
        }
    }

    /// <summary>[N, P], poses of what is placed, as many of each source as a batch holds.</summary>
    private float[] SomePoses()
    {
        const int draws = 16;
        var poses = new List<float>();
        for (int draw = 0; draw < draws; draw++)
            foreach (StateSource source in Placed)
            {
                _stage.SampleStates(_seed, draw, source, _buffer);
                poses.AddRange(_buffer.Poses);
            }

        return [.. poses];
    }

    private Looks LooksOf(long draw, int row) => Rng.For(_seed, "varied", Row(draw, row)).NextDouble() switch
    {
        < VariedShare => Looks.Varied,
        < VariedShare + MovedCameraShare => Looks.MovedCamera,
        _ => Looks.Plain,
    };

    private static EnvironmentInfo Without(EnvironmentInfo info, IReadOnlyList<string> without) => info with
    {
        Facts = [.. info.Facts.Select(fact => without.Contains($"{info.Name}/{fact.Name}") ? fact with { IsVisible = false } : fact)],
    };

    private long Row(long draw, int row) => (draw * _settings.Pictures) + row;

    private bool IsAugmented(long draw, int row) =>
        LooksOf(draw, row) != Looks.Plain || Rng.For(_seed, "augmented", Row(draw, row)).NextDouble() < PlainAugmentedShare;

    private void Take(long draw, int portion, Span<float> states, Span<float> poses)
    {
        long index = (draw * CaptioningSettings.Portions) + portion;
        if (portion < Placed.Length)
        {
            _stage.SampleStates(_seed, index, Placed[portion], _buffer);
            _buffer.States.CopyTo(states);
            _buffer.Poses.CopyTo(poses);
            return;
        }

        var rng = Rng.For(_seed, "visited", index);
        (portion == Placed.Length ? _random : _learning).Draw(ref rng, states, poses);
    }

    private enum Looks
    {
        Plain,
        MovedCamera,
        Varied,
    }
}
