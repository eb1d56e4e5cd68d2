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
    private SceneVariations? _variations;
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
    /// <param name="variations">Null if all environments look alike.</param>
    public void Compare(ReadOnlySpan<float> poses, int count, SceneVariations? variations)
    {
        bool comparable = count == _count && HasBlocksOf(variations);
        if (_isSame.Length < count) (_isSame, _isKept, _moved) = (new bool[count], new bool[count], new int[count]);
        if (_poses.Length < poses.Length) _poses = new float[poses.Length];
        _movedCount = 0;
        for (int row = 0; row < count; row++)
        {
            _isSame[row] = comparable && Row(poses, row, count).SequenceEqual(Row(_poses.AsSpan(0, poses.Length), row, count))
                && IsAsBefore(variations, row, count);
            _isKept[row] &= _isSame[row];
            if (!_isKept[row]) _moved[_movedCount++] = row;
        }

        poses.CopyTo(_poses);
        _variations = Remember(variations, comparable ? _variations : null);
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
    public SceneVariations? MovedVariations(SceneVariations? variations) => variations is null ? null : new SceneVariations
    {
        Colors = Take(variations.Colors),
        Textures = Take(variations.Textures),
        Backgrounds = Take(variations.Backgrounds),
        Lights = Take(variations.Lights),
        Cameras = Take(variations.Cameras),
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

    private static SceneVariations? Remember(SceneVariations? variations, SceneVariations? into) => variations is null
        ? null
        : new SceneVariations
        {
            Colors = Copy(variations.Colors, into?.Colors),
            Textures = Copy(variations.Textures, into?.Textures),
            Backgrounds = Copy(variations.Backgrounds, into?.Backgrounds),
            Lights = Copy(variations.Lights, into?.Lights),
            Cameras = Copy(variations.Cameras, into?.Cameras),
        };

    private bool HasBlocksOf(SceneVariations? variations) => (variations is null) == (_variations is null) && (variations is null ||
        ((variations.Colors is null) == (_variations!.Colors is null) && (variations.Textures is null) == (_variations.Textures is null)
            && (variations.Backgrounds is null) == (_variations.Backgrounds is null)
        && (variations.Lights is null) == (_variations.Lights is null) && (variations.Cameras is null) == (_variations.Cameras is null)));

    private bool IsAsBefore(SceneVariations? variations, int row, int count) => variations is null ||
        (Same(variations.Colors, _variations!.Colors, row, count) && Same(variations.Textures, _variations.Textures, row, count)
            && Same(variations.Backgrounds, _variations.Backgrounds, row, count)
        && Same(variations.Lights, _variations.Lights, row, count) && Same(variations.Cameras, _variations.Cameras, row, count));

    private T[]? Take<T>(T[]? from)
    {
        if (from is null) return null;
        int length = from.Length / _count;
        var taken = new T[_movedCount * length];
        for (int i = 0; i < _movedCount; i++) from.AsSpan(_moved[i] * length, length).CopyTo(taken.AsSpan(i * length));
        return taken;
    }
}
