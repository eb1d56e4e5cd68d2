using System.Diagnostics;
using System.Globalization;
using EmbodiedRL.App.Reporting.Sections;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Rendering;
using EmbodiedRL.Rendering.Images;

namespace EmbodiedRL.Benchmarks.Pictures;

/// <summary>States drawn by the batch renderer and by MuJoCo's own. Owns all of it.</summary>
internal sealed class DrawingRace : IDisposable
{
    private const int Draws = 3; // sets of states, so that all have moved whenever they are drawn
    private const double AlikeWithin = 8; // levels of 256 a channel in the mean: light is reckoned per pixel here and per corner there

    private readonly DrawingCase _case;
    private readonly DrawnStates[] _states;
    private readonly int _count, _referenceCount, _calls;
    private readonly BatchRenderer _ours;
    private readonly MuJoCoRenderer _theirs;
    private readonly byte[] _frames, _referenceFrames;
    private int _draw;

    /// <summary>Makes both sides.</summary>
    /// <param name="asked">What is drawn.</param>
    /// <param name="count">Environments.</param>
    /// <param name="seconds">About how long one measurement shall take on either side.</param>
    public DrawingRace(DrawingCase asked, int count, double seconds)
    {
        (_case, _count) = (asked, count);
        DrawnModel model = DrawnModel.Named(asked.Model);
        _states = [.. Enumerable.Range(0, Draws).Select(draw => model.States(count, draw))];
        _ours = new BatchRenderer(_states[0].Scene, model.Camera, asked.Size, asked.Effects);
        _frames = new byte[count * _ours.FrameBytes];
        _calls = Math.Clamp((int)(seconds / Fastest(() => TimeOurs(1))), 1, 1000);

        // One state at a time is slow: as many are drawn as fit the time.
        int few = Math.Min(16, count);
        using (var trial = new MuJoCoRenderer(model.File, _states[0].Camera, asked.Size, asked.Look, few))
        {
            byte[] pixels = new byte[few * _ours.FrameBytes];
            trial.Place(_states[0].Positions);
            double one = Fastest(() => Time(() => trial.Render(pixels))) / few;
            _referenceCount = Math.Clamp((int)(seconds / one), 1, count);
        }

        _theirs = new MuJoCoRenderer(model.File, _states[0].Camera, asked.Size, asked.Look, _referenceCount);
        _referenceFrames = new byte[_referenceCount * _ours.FrameBytes];
    }

    /// <summary>What draws.</summary>
    public string Device => _ours.Device;

    /// <summary>Measures both sides in turn.</summary>
    /// <exception cref="EmbodiedException">The two sides do not show the same.</exception>
    public BenchRow Run(int repeats, CancellationToken cancel)
    {
        double difference = RequireAlike();
        (double prepared, double drew, double readBack) = _ours.Phases;
        Comparison measured = Alternation.Run(repeats,
            () =>
            {
                long before = _ours.FramesDrawn;
                double seconds = TimeOurs(_calls);
                return (_ours.FramesDrawn - before) / seconds;
            },
            () =>
            {
                _theirs.Place(Move().Positions);
                return _referenceCount / Time(() => _theirs.Render(_referenceFrames));
            }, cancel);
        (double update, double render, double read) = _theirs.Phases;
        double all = update + render + read;
        (double prepare, double draw, double readBackNow) = _ours.Phases;
        (prepare, draw, double back) = (prepare - prepared, draw - drew, readBackNow - readBack);
        double ours = prepare + draw + back;
        return BenchRow.Of(_case.Name, "frames/s",
            "mjv_updateScene, mjr_render and mjr_readPixels of one state after another, same flags, size, camera and driver", measured,
            ("envs", _count), ("meanDifference", difference), ("referenceFrames", _referenceCount),
            ("sharePreparing", prepare / ours), ("shareIssuing", draw / ours), ("shareWaitingAndReading", back / ours),
            ("referenceShareUpdating", update / all), ("referenceShareIssuing", render / all), ("referenceShareReading", read / all));
    }

    /// <summary>Writes a few states as MuJoCo drew them, as we did, and the difference, four times as strong.</summary>
    public void WriteGallery(string folder)
    {
        RequireAlike();
        int line = _case.Size * 3, frame = _ours.FrameBytes, shown = Math.Min(4, _referenceCount);
        for (int i = 0; i < shown; i++)
        {
            byte[] theirs = new byte[frame], ours = _frames.AsSpan(i * frame, frame).ToArray();
            for (int y = 0; y < _case.Size; y++)
                _referenceFrames.AsSpan((i * frame) + ((_case.Size - 1 - y) * line), line).CopyTo(theirs.AsSpan(y * line));
            byte[] difference = [.. theirs.Zip(ours, (a, b) => (byte)Math.Min(255, 4 * Math.Abs(a - b)))];
            ImageFile.WritePng(Path.Combine(folder, $"{_case.Name.Replace('/', '-')}-{i}.png"),
                FrameGrid.Compose([.. theirs, .. ours, .. difference], 3, _case.Size, _case.Size, 3));
        }
    }

    public void Dispose()
    {
        _theirs.Dispose();
        _ours.Dispose();
    }

    private static double Fastest(Func<double> measure) => Enumerable.Range(0, 3).Min(_ => measure());

    private static double Time(Action work)
    {
        long began = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>States that differ from the last ones, in every environment.</summary>
    private DrawnStates Move() => _states[_draw++ % Draws];

    private double TimeOurs(int calls) => Time(() =>
    {
        for (int i = 0; i < calls; i++) _ours.Render(Move().Poses, _count, _frames);
    });

    /// <summary>The mean difference of both sides' pictures of the same states, in levels of a channel.</summary>
    private double RequireAlike()
    {
        DrawnStates states = Move();
        _theirs.Place(states.Positions);
        _theirs.Render(_referenceFrames);
        _ours.Render(states.Poses, _count, _frames);
        int line = _case.Size * 3;
        long sum = 0;
        for (int row = 0; row < _referenceCount * _case.Size; row++)
        {
            (int picture, int y) = Math.DivRem(row, _case.Size);
            int mirrored = ((picture * _case.Size) + _case.Size - 1 - y) * line;
            for (int i = 0; i < line; i++) sum += Math.Abs(_frames[(row * line) + i] - _referenceFrames[mirrored + i]);
        }

        double difference = (double)sum / _referenceFrames.Length;
        return difference <= AlikeWithin ? difference : throw new EmbodiedException(string.Create(CultureInfo.InvariantCulture,
            $"{_case.Name}: the two renderers' images of the same states differ by {difference:F1} of 256 levels in the mean, "
                + $"so they do not draw the same. Please report it."));
    }
}
