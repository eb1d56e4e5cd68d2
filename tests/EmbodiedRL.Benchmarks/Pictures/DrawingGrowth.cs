using System.Diagnostics;
using EmbodiedRL.App.Reporting.Sections;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Rendering;

namespace EmbodiedRL.Benchmarks.Pictures;

/// <summary>
/// How the cost of drawing grows with environments and with pixels: each against 1,024 environments at 64x64 in the same run.
/// </summary>
internal static class DrawingGrowth
{
    private const int UsualSize = 64, UsualCount = 1024;

    private static readonly (int Size,
        int Count)[] Rows = [(64, 1), (64, 4), (64, 16), (64, 64), (64, 256), (32, 1024), (128, 1024), (224, 335), (512, 64)];

    /// <summary>
    /// Rows in pictures per second where environments grow, in pixels per second where pixels do; a ratio of 1 is linear.
    /// </summary>
    /// <param name="model">By name.</param>
    /// <param name="effort">How long to measure.</param>
    /// <param name="tell">Told each row's name before it is measured.</param>
    /// <param name="cancel">Ends between two measurements.</param>
    public static IReadOnlyList<BenchRow> Measure(string model, Effort effort, Action<string> tell, CancellationToken cancel)
    {
        List<BenchRow> rows = [];
        using var usual = new Drawing(model, UsualSize, UsualCount, effort.Seconds);
        foreach ((int size, int count) in Rows)
        {
            bool grows = size == UsualSize;
            string name = $"{model}/{size}x{size}/plain/{(grows ? $"envs={count}" : "pixels")}";
            tell(name);
            using var drawing = new Drawing(model, size, count, effort.Seconds);
            double weight = grows ? 1 : size * size, usualWeight = grows ? 1 : UsualSize * UsualSize;
            Comparison measured = Alternation.Run(effort.Repeats, () => weight * drawing.FramesASecond(),
                () => usualWeight * usual.FramesASecond(), cancel);
            rows.Add(BenchRow.Of(name, grows ? "frames/s" : "pixels/s",
                $"the same at {UsualCount} environments and {UsualSize}x{UsualSize}", measured, ("envs", count)));
        }

        return rows;
    }

    /// <summary>One renderer and states that all differ from one call to the next.</summary>
    private sealed class Drawing : IDisposable
    {
        private const int Draws = 3;

        private readonly DrawnStates[] _states;
        private readonly BatchRenderer _renderer;
        private readonly byte[] _frames;
        private readonly int _count, _calls;
        private int _draw;

        public Drawing(string model, int size, int count, double seconds)
        {
            DrawnModel drawn = DrawnModel.Named(model);
            (_count, _states) = (count, [.. Enumerable.Range(0, Draws).Select(draw => drawn.States(count, draw))]);
            _renderer = new BatchRenderer(_states[0].Scene, drawn.Camera, size);
            _frames = new byte[count * _renderer.FrameBytes];
            _calls = 1;
            double quickest = Enumerable.Range(0, 3).Min(_ => count / FramesASecond());
            _calls = Math.Clamp((int)(seconds / quickest), 1, 100_000);
        }

        /// <summary>Only pictures that were drawn count.</summary>
        public double FramesASecond()
        {
            long began = Stopwatch.GetTimestamp(), before = _renderer.FramesDrawn;
            for (int i = 0; i < _calls; i++) _renderer.Render(_states[_draw++ % Draws].Poses, _count, _frames);
            return (_renderer.FramesDrawn - before) / Stopwatch.GetElapsedTime(began).TotalSeconds;
        }

        public void Dispose() => _renderer.Dispose();
    }
}
