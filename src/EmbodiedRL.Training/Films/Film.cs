using EmbodiedRL.Core.Batches;
using EmbodiedRL.Rendering.Images;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Films;

/// <summary>Film: frames of the first environment's first episode.</summary>
internal sealed class Film(int stride)
{
    private bool _over;

    /// <summary>Steps of the episode.</summary>
    public int Length { get; private set; }

    /// <summary>The steps shown, counted from 1.</summary>
    public List<int> Steps { get; } = [];

    public List<RgbImage> Frames { get; } = [];

    public void Take(int step, ReadOnlySpan<byte> frame, int size, bool ends)
    {
        if (_over) return;
        Length = step + 1;
        _over = ends;
        if (step != 0 && (step + 1) % stride != 0 && !ends) return;
        Steps.Add(step + 1);
        Frames.Add(new RgbImage(frame.ToArray(), size, size));
    }
}
