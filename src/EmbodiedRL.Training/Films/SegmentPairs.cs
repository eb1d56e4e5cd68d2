using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rendering.Images;
using EmbodiedRL.Training.Loop;

namespace EmbodiedRL.Training.Films;

/// <summary>A segment as it is shown and learned from.</summary>
/// <param name="States">[L][S], reached by each step.</param>
/// <param name="Frames">[L], JPEG files.</param>
public sealed record SegmentClip(float[][] States, byte[][] Frames);

/// <summary>Two segments to be compared.</summary>
/// <param name="Number">Of the pair.</param>
/// <param name="Left">The one.</param>
/// <param name="Right">The other.</param>
public sealed record SegmentPair(long Number, SegmentClip Left, SegmentClip Right);

/// <summary>Pairs of segments for a person to compare: pair k follows from seed and k alone, whatever was shown before.</summary>
/// <remarks>
/// Both segments are played from starts over the whole range, by the scripted expert or by random actions that are held for a while, and
/// end at a random place of their episode. Owns the environment and its camera. Not thread-safe.
/// </remarks>
public sealed class SegmentPairs : IDisposable
{
    /// <summary>Random actions.</summary>
    public const string Random = "random";

    /// <summary>The scripted expert.</summary>
    public const string Expert = "expert";

    /// <summary>One of both for each segment, by chance.</summary>
    public const string Mixed = "mixed";

    private const int Quality = 85, Attempts = 64;
    private const double Hold = 0.9;

    private readonly IVectorEnvironment _environment;
    private readonly StepCamera _camera;
    private readonly IPolicy _random;
    private readonly ExpertPolicy? _expert;
    private readonly string _policy;
    private readonly ulong _seed;
    private readonly int _size;

    /// <summary>Makes what plays and draws.</summary>
    /// <param name="environment">One environment, alone; owned from now on.</param>
    /// <param name="policy">Who acts; empty takes <see cref="Mixed"/> where there is an expert, else <see cref="Random"/>.</param>
    /// <param name="segment">L.</param>
    /// <param name="seed">Of all draws.</param>
    /// <param name="camera">Of the frames; empty takes the task's own.</param>
    /// <param name="size">Pixels a side.</param>
    /// <exception cref="SpecMismatchException">It cannot be drawn, or its episodes are shorter than a segment.</exception>
    /// <exception cref="UnknownNameException">It has no such camera, or no expert.</exception>
    public SegmentPairs(IVectorEnvironment environment, string policy, int segment, ulong seed, string camera = "", int size = 256)
    {
        (_environment, _seed, _size, Segment) = (environment, seed, size, segment);
        try
        {
            SpecMismatchException.ThrowIfLength("environments that are shown", environment.Count, 1);
            if (segment > environment.Info.EpisodeSteps)
                throw new SpecMismatchException("steps of a segment (--segment)",
                    $"at most the {environment.Info.EpisodeSteps} of an episode of '{environment.Info.Name}'", $"{segment}");
            _policy = policy.Length > 0 ? policy : ExpertPolicy.SkillsOf(environment).Count > 0 ? Mixed : Random;
            if (_policy is not (Random or Expert or Mixed)) throw new UnknownNameException("policy", policy, [Random, Expert, Mixed]);
            _random = new RandomPolicy(environment.Info.Actions, Hold);
            _expert = _policy == Random ? null : new ExpertPolicy(environment);
            _camera = new StepCamera(environment, camera, size);
        }
        catch
        {
            environment.Dispose();
            throw;
        }
    }

    /// <summary>L.</summary>
    public int Segment { get; }

    /// <summary>Who acts.</summary>
    public string Policy => _policy;

    /// <summary>The environment's specs.</summary>
    public EnvironmentInfo Info => _environment.Info;

    /// <summary>Plays and draws a pair.</summary>
    /// <param name="number">k.</param>
    /// <param name="cancel">Stops between two steps.</param>
    /// <exception cref="SpecMismatchException">Episodes end before a segment is whole.</exception>
    public SegmentPair Play(long number, CancellationToken cancel = default) =>
        new(number, PlayOne(2 * number, cancel), PlayOne((2 * number) + 1, cancel));

    /// <summary>Frees environment and camera.</summary>
    public void Dispose()
    {
        _camera.Dispose();
        _environment.Dispose();
    }

    private SegmentClip PlayOne(long index, CancellationToken cancel)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            var rng = Rng.For(_seed, "label", (index * Attempts) + attempt);
            ulong start = rng.NextBits(), acts = rng.NextBits();
            int last = Segment + rng.Below(_environment.Info.EpisodeSteps - Segment + 1);
            IPolicy policy = _expert is not null && (_policy == Expert || rng.Below(2) == 0) ? _expert : _random;
            int lived = Play(policy, start, acts, last, null, cancel); // how far it gets, without drawing
            if (lived < Segment) continue;
            var clip = new SegmentClip(new float[Segment][], new byte[Segment][]);
            Play(policy, start, acts, lived, (step, runner) =>
            {
                if (step < lived - Segment) return;
                byte[] frame = new byte[_camera.FrameBytes];
                _camera.Draw(runner.Buffer, frame);
                clip.States[step - lived + Segment] = [.. runner.Buffer.States];
                clip.Frames[step - lived + Segment] = ImageFile.EncodeJpeg(frame, _size, _size, Quality);
            }, cancel);
            return clip;
        }

        throw new SpecMismatchException("steps of a segment (--segment)",
            $"at most what an episode of '{_environment.Info.Name}' lasts under the policy '{_policy}'", $"{Segment}");
    }

    /// <returns>Steps that were played: so many, or until the episode ended.</returns>
    private int Play(IPolicy policy, ulong start, ulong acts, int steps, Action<int, EnvironmentRunner>? watch, CancellationToken cancel)
    {
        using IActor actor = policy.CreateActor(1, ActorMode.Sample, acts);
        var runner = new EnvironmentRunner(_environment, actor);
        runner.Reset(start, StartDistribution.WholeRange);
        for (int step = 0; step < steps; step++)
        {
            cancel.ThrowIfCancellationRequested();
            runner.Step();
            watch?.Invoke(step, runner);
            if (runner.Buffer.Kinds[0].Ends()) return step + 1;
        }

        return steps;
    }
}
