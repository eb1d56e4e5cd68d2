using EmbodiedRL.Core.Scenes;

namespace EmbodiedRL.Rendering;

/// <summary>Cache of frames of environments that have not changed since the previous call, so that they are not rendered again.</summary>
/// <remarks>
/// An image is kept when it is seen for the second time: what moves costs a comparison, not a copy. Only colors are kept.
/// </remarks>
/// <param name="scene">What is drawn.</param>
/// <param name="frameBytes">Bytes of one environment's images.</param>
internal sealed class UnchangedFrames(SceneDescription scene, int frameBytes)
{
    private float[] _poses = [];
    private SceneVariations? _looks;
    private bool[] _isSame = [], _isKept = [];
    private byte[] _kept = [];
    private int[] _moved = [];
    private float[] _movedPoses = [];
    private int _count, _movedCount;

    /// <summary>Environments that must be drawn, in ascending order.</summary>
    public ReadOnlySpan<int> Moved => _moved.AsSpan(0, _movedCount);

    /// <summary>Forgets everything: nothing of the next call counts as unchanged.</summary>
    public void Forget() => _count = 0;

    /// <summary>Compares a call with the one before.</summary>
    /// <param name="poses">[N, P, 12].</param>
    /// <param name="count">N.</param>
    /// <param name="looks">Null if all environments look alike.</param>
    public void Compare(ReadOnlySpan<float> poses, int count, SceneVariations? looks)
    {
        bool comparable = count == _count && HasBlocksOf(looks);
        if (_isSame.Length < count) (_isSame, _isKept, _moved) = (new bool[count], new bool[count], new int[count]);
        if (_poses.Length < poses.Length) _poses = new float[poses.Length];
        _movedCount = 0;
        for (int row = 0; row < count; row++)
        {
            _isSame[row] = comparable && Row(poses, row, count).SequenceEqual(Row(_poses.AsSpan(0, poses.Length), row, count))
                && LooksAsBefore(looks, row, count);
            _isKept[row] &= _isSame[row];
            if (!_isKept[row]) _moved[_movedCount++] = row;
        }

        poses.CopyTo(_poses);
        _looks = Remember(looks, comparable ? _looks : null);
        _count = count;
    }

    /// <summary>Poses of the environments that must be drawn; good until the next call.</summary>
    public ReadOnlySpan<float> MovedPoses(ReadOnlySpan<float> poses)
    {
        int length = scene.PoseLength;
        if (_movedPoses.Length < _movedCount * length) _movedPoses = new float[_movedCount * length];
        for (int i = 0; i < _movedCount; i++) poses.Slice(_moved[i] * length, length).CopyTo(_movedPoses.AsSpan(i * length));
        return _movedPoses.AsSpan(0, _movedCount * length);
    }

    /// <summary>Looks of the environments that must be drawn.</summary>
    public SceneVariations? MovedLooks(SceneVariations? looks) => looks is null ? null : new SceneVariations
    {
        Colors = Take(looks.Colors),
        Textures = Take(looks.Textures),
        Backgrounds = Take(looks.Backgrounds),
        Lights = Take(looks.Lights),
        Cameras = Take(looks.Cameras),
    };

    /// <summary>To be called when the moved ones have been drawn: puts the others beside them, and keeps what was drawn twice.</summary>
    public void Complete(Span<byte> pixels)
    {
        for (int row = 0; row < _count; row++)
        {
            if (!_isSame[row]) continue;
            if (_kept.Length < _count * frameBytes) Array.Resize(ref _kept, _count * frameBytes);
            Span<byte> shown = pixels.Slice(row * frameBytes, frameBytes), kept = _kept.AsSpan(row * frameBytes, frameBytes);
            if (_isKept[row]) kept.CopyTo(shown);
            else shown.CopyTo(kept);
            _isKept[row] = true;
        }
    }

    private static ReadOnlySpan<T> Row<T>(ReadOnlySpan<T> all, int row, int count) =>
        all.Slice(row * (all.Length / count), all.Length / count);

    private static bool Same<T>(T[]? now, T[]? before, int row, int count)
        where T : IEquatable<T> => now is null || Row<T>(now, row, count).SequenceEqual(Row<T>(before, row, count));

    private static T[]? Copy<T>(T[]? from, T[]? into)
    {
        if (from is null) return null;
        if (into is null) return [.. from];
        from.CopyTo(into, 0);
        return into;
    }

    private static SceneVariations? Remember(SceneVariations? looks, SceneVariations? into) => looks is null ? null : new SceneVariations
    {
        Colors = Copy(looks.Colors, into?.Colors),
        Textures = Copy(looks.Textures, into?.Textures),
        Backgrounds = Copy(looks.Backgrounds, into?.Backgrounds),
        Lights = Copy(looks.Lights, into?.Lights),
        Cameras = Copy(looks.Cameras, into?.Cameras),
    };

    private bool HasBlocksOf(SceneVariations? looks) => (looks is null) == (_looks is null) && (looks is null ||
        ((looks.Colors is null) == (_looks!.Colors is null) && (looks.Textures is null) == (_looks.Textures is null)
            && (looks.Backgrounds is null) == (_looks.Backgrounds is null)
        && (looks.Lights is null) == (_looks.Lights is null) && (looks.Cameras is null) == (_looks.Cameras is null)));

    private bool LooksAsBefore(SceneVariations? looks, int row, int count) => looks is null ||
        (Same(looks.Colors, _looks!.Colors, row, count) && Same(looks.Textures, _looks.Textures, row, count)
            && Same(looks.Backgrounds, _looks.Backgrounds, row, count)
        && Same(looks.Lights, _looks.Lights, row, count) && Same(looks.Cameras, _looks.Cameras, row, count));

    private T[]? Take<T>(T[]? from)
    {
        if (from is null) return null;
        int length = from.Length / _count;
        var taken = new T[_movedCount * length];
        for (int i = 0; i < _movedCount; i++) from.AsSpan(_moved[i] * length, length).CopyTo(taken.AsSpan(i * length));
        return taken;
    }
}
