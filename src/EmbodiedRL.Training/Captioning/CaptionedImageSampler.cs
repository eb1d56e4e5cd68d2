using EmbodiedRL.Algorithms.OnPolicy;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
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
    private readonly float[] _poses;

    /// <summary>Makes environments, player and renderer; plays nothing yet.</summary>
    public CaptionedImageSampler(CaptioningSettings settings, string name, RunServices services)
    {
        _settings = settings;
        _seed = Rng.For(settings.Seed, $"pictures/{name}").NextBits();
        _stage = services.Environment(name, settings.Portion, 1);
        _buffer = new StepBuffer(settings.Portion, Info);
        _poses = new float[settings.Pictures * Info.RequiredScene.PoseLength];
        _variation = new VisualVariation(Info.RequiredScene, Info.Camera, _seed);
        IVectorEnvironment players = services.Environment(name, settings.Players, 0);
        _learning = VisitedStateBuffer.Learning(players, new Ppo(settings.Player, Info, _seed), _seed);
        _random = VisitedStateBuffer.AtRandom(services.Environment(name, RandomPlayers, 1), settings.Player.Horizon, _seed);
        _renderer = new BatchRenderer(Info.RequiredScene, Info.Camera, settings.Model.ImageSize);
    }

    /// <summary>The environment's specs and facts.</summary>
    public EnvironmentInfo Info => _stage.Info;

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

    /// <summary>From here on visited states are ones that no draw before can have shown.</summary>
    public void Refresh()
    {
        const int rollouts = 4;
        _random.Refresh(rollouts);
        _learning.Refresh(rollouts);
    }

    /// <summary>Draws a batch.</summary>
    /// <param name="draw">k; <see cref="Play"/> must have been called before.</param>
    /// <param name="condition">How the pictures look.</param>
    /// <param name="frames">uint8 [B, H, W, 3], overwritten.</param>
    /// <param name="states">[B, S], overwritten.</param>
    public void Draw(long draw, VisualCondition condition, Span<byte> frames, Span<float> states)
    {
        int rows = _settings.Portion, state = rows * Info.State.Length, pose = rows * Info.RequiredScene.PoseLength;
        for (int portion = 0; portion < CaptioningSettings.Portions; portion++)
            Take(draw, portion, states.Slice(portion * state, state), _poses.AsSpan(portion * pose, pose));
        _renderer.Render(_poses, _settings.Pictures, frames, _variation.Draw(draw, _settings.Pictures, condition));
    }

    /// <summary>Frees everything.</summary>
    public void Dispose()
    {
        _renderer.Dispose();
        _learning.Dispose();
        _random.Dispose();
        _stage.Dispose();
    }

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
}
