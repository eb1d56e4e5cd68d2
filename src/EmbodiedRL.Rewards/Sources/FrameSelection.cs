using System.Numerics;
using EmbodiedRL.Core.Batches;

namespace EmbodiedRL.Rewards.Sources;

/// <summary>Selection of frames to be scored: one that hardly differs from the last one of its episode has that one's score.</summary>
/// <remarks>Looks at one batch at a time, so that nothing depends on batches before. Memory is kept. Not thread-safe.</remarks>
/// <param name="skipBelow">Mean difference of bytes, 0 to 255, up to which a frame is left out; at 0 only equal frames are.</param>
internal sealed class FrameSelection(double skipBelow)
{
    // one in so many frames that could be left out is scored all the same, to know the error
    private const int Audited = 64;

    private readonly List<(int Frame, int Origin)> _audits = [];
    private int[] _origins = [], _chosen = [];
    private byte[] _gathered = [];
    private int _chosenCount, _count, _skipped;

    /// <summary>Frames to be scored, in ascending order.</summary>
    public ReadOnlySpan<int> Chosen => _chosen.AsSpan(0, _chosenCount);

    /// <summary>Share of frames that have another's score.</summary>
    public double SkippedShare => _count == 0 ? 0 : 1 - ((double)_chosenCount / _count);

    /// <summary>Frames that were scored although they could have been left out, and whose score they would have had.</summary>
    public IReadOnlyList<(int Frame, int Origin)> Audits => _audits;

    /// <summary>The frame whose score a frame has: itself if it is scored.</summary>
    public int OriginOf(int frame) => _origins[frame];

    /// <summary>Compares every frame with the last chosen one of its environment.</summary>
    /// <param name="frames">By step.</param>
    /// <param name="episodes">[rows], of the batch.</param>
    /// <param name="stride">Rows from one rendered step to the next.</param>
    public void Choose(FrameBlock frames, ReadOnlySpan<long> episodes, int stride)
    {
        (_count, _chosenCount, _skipped) = (frames.Frames, 0, 0);
        _audits.Clear();
        if (_origins.Length < _count) (_origins, _chosen) = (new int[_count], new int[_count]);
        for (int frame = 0; frame < _count; frame++)
        {
            int before = frame - frames.Count, row = (frame / frames.Count * stride) + (frame % frames.Count);
            bool follows = before >= 0 && episodes[row] == episodes[row - stride];
            bool isLike = follows && IsLike(frames.Frame(frame), frames.Frame(_origins[before]));
            bool isAudited = isLike && skipBelow > 0 && ++_skipped % Audited == 0;
            if (isAudited) _audits.Add((frame, _origins[before]));
            _origins[frame] = isLike && !isAudited ? _origins[before] : frame;
            if (_origins[frame] == frame) _chosen[_chosenCount++] = frame;
        }
    }

    /// <summary>Chosen frames one after another; the block's own memory where they lie so.</summary>
    public ReadOnlySpan<byte> Gather(FrameBlock frames, ReadOnlySpan<int> chosen)
    {
        if (chosen[^1] - chosen[0] == chosen.Length - 1 && frames.Run(chosen[0]) >= chosen.Length)
            return frames.Slice(chosen[0], chosen.Length).Span;
        int size = frames.FrameBytes, bytes = checked(chosen.Length * size);
        if (_gathered.Length < bytes) _gathered = new byte[bytes];
        for (int i = 0; i < chosen.Length; i++) frames.Frame(chosen[i]).CopyTo(_gathered.AsSpan(i * size));
        return _gathered.AsSpan(0, bytes);
    }

    private bool IsLike(ReadOnlySpan<byte> frame, ReadOnlySpan<byte> other) =>
        skipBelow == 0 ? frame.SequenceEqual(other) : Difference(frame, other) <= skipBelow * frame.Length;

    /// <summary>Sum of the absolute differences of all bytes.</summary>
    private static long Difference(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        long sum = 0;
        int done = 0;
        for (; done <= a.Length - Vector<byte>.Count; done += Vector<byte>.Count)
        {
            Vector<byte> x = new(a[done..]), y = new(b[done..]);
            Vector.Widen(Vector.Max(x, y) - Vector.Min(x, y), out Vector<ushort> low, out Vector<ushort> high);
            sum += Vector.Sum(low + high); // at most 64 lanes of 255 each: fits
        }

        for (; done < a.Length; done++) sum += Math.Abs(a[done] - b[done]);
        return sum;
    }
}
