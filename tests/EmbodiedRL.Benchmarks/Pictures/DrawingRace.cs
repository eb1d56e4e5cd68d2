using System.Diagnostics;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rendering;
using EmbodiedRL.Simulation;

namespace EmbodiedRL.Benchmarks.Pictures;

/// <summary>Environments drawn by the batch renderer and by MuJoCo's own. Owns all of it.</summary>
internal sealed class DrawingRace : IDisposable
{
    private const ulong Seed = 1;
    private const double AlikeWithin = 16; // levels of 256 a channel in the mean: edges, textures and lights are not drawn to the bit alike

    private readonly DrawingCase _case;
    private readonly IVectorEnvironment _environment;
    private readonly StepBuffer _buffer;
    private readonly BatchRenderer _ours;
    private readonly MuJoCoRenderer _theirs;
    private readonly byte[] _frames, _referenceFrames;
    private readonly int _referenceCount, _calls;
    private long _draw;

    /// <summary>Makes both sides.</summary>
    /// <param name="asked">What is drawn.</param>
    /// <param name="count">Environments.</param>
    /// <param name="seconds">About how long one measurement shall take on either side.</param>
    public DrawingRace(DrawingCase asked, int count, double seconds)
    {
        _case = asked;
        _environment = Envs.Catalog.Create(asked.Environment, count);
        EnvironmentInfo info = _environment.Info;
        _buffer = new StepBuffer(count, info);
        _ours = new BatchRenderer(info.Scene, info.Camera, asked.Size);
        _frames = new byte[count * _ours.FrameBytes];
        _calls = Math.Clamp((int)(seconds / Fastest(() => TimeOurs(1))), 1, 1000);

        // One state at a time is slow: as many are drawn as fit the time.
        const int few = 16;
        int camera = CameraIndex(info);
        using (var trial = new MuJoCoRenderer(Envs.Catalog.SceneOf(asked.Environment), camera, asked.Size, asked.Look, Math.Min(few, count)))
        {
            byte[] pixels = new byte[Math.Min(few, count) * _ours.FrameBytes];
            trial.Place(Move());
            double one = Fastest(() => Time(() => trial.Render(pixels))) / Math.Min(few, count);
            _referenceCount = Math.Clamp((int)(seconds / one), 1, count);
        }

        _theirs = new MuJoCoRenderer(Envs.Catalog.SceneOf(asked.Environment), camera, asked.Size, asked.Look, _referenceCount);
        _referenceFrames = new byte[_referenceCount * _ours.FrameBytes];
    }

    /// <summary>What draws.</summary>
    public string Device => _ours.Device;

    /// <summary>Measures both sides in turn.</summary>
    /// <exception cref="EmbodiedException">The two sides do not show the same.</exception>
    public BenchRow Run(int repeats, CancellationToken cancel)
    {
        double difference = RequireAlike();
        Comparison measured = Alternation.Run(repeats,
            () => (double)_calls * _environment.Count / TimeOurs(_calls),
            () =>
            {
                _theirs.Place(Move());
                return _referenceCount / Time(() => _theirs.Render(_referenceFrames));
            }, cancel);
        (double update, double render, double read) = _theirs.Phases;
        double all = update + render + read;
        return BenchRow.Of(_case.Name, "frames/s", "mjv_updateScene, mjr_render and mjr_readPixels of one state after another, same flags, size, camera and driver", measured,
            ("envs", _environment.Count), ("meanDifference", difference), ("referenceFrames", _referenceCount),
            ("referenceShareUpdating", update / all), ("referenceShareIssuing", render / all), ("referenceShareReading", read / all));
    }

    public void Dispose()
    {
        _theirs.Dispose();
        _ours.Dispose();
        _environment.Dispose();
    }

    private static double Fastest(Func<double> measure) => Enumerable.Range(0, 3).Min(_ => measure());

    private static double Time(Action work)
    {
        long began = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private int CameraIndex(EnvironmentInfo info)
    {
        using Model model = Model.Load(Envs.Catalog.SceneOf(_case.Environment));
        return model.Names("camera").ToList().IndexOf(info.Camera);
    }

    /// <summary>Draws new states for all environments.</summary>
    private Snapshot Move()
    {
        var places = new Snapshot();
        _environment.Place(Seed, _draw++, StateSource.Uniform, _buffer);
        _environment.Save(places);
        return places;
    }

    private double TimeOurs(int calls)
    {
        double seconds = 0;
        for (int i = 0; i < calls; i++)
        {
            _environment.Place(Seed, _draw++, StateSource.Uniform, _buffer);
            seconds += Time(() => _ours.Render(_buffer.Poses, _environment.Count, _frames));
        }

        return seconds;
    }

    /// <summary>The mean difference of both sides' pictures of the same states, in levels of a channel.</summary>
    private double RequireAlike()
    {
        _theirs.Place(Move());
        _theirs.Render(_referenceFrames);
        _ours.Render(_buffer.Poses, _environment.Count, _frames);
        int line = _case.Size * 3;
        long sum = 0;
        for (int row = 0; row < _referenceCount * _case.Size; row++)
        {
            (int picture, int y) = Math.DivRem(row, _case.Size);
            int mirrored = ((picture * _case.Size) + _case.Size - 1 - y) * line;
            for (int i = 0; i < line; i++) sum += Math.Abs(_frames[(row * line) + i] - _referenceFrames[mirrored + i]);
        }

        double difference = (double)sum / _referenceFrames.Length;
        return difference <= AlikeWithin ? difference : throw new EmbodiedException(FormattableString.Invariant(
            $"{_case.Name}: the two renderers' pictures of the same states differ by {difference:F1} of 256 levels in the mean, so they do not draw the same. Please report it."));
    }
}
