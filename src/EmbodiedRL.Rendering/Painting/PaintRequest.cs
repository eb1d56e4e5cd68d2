using EmbodiedRL.Core.Scenes;

namespace EmbodiedRL.Rendering.Painting;

/// <summary>A call on its way to the owning thread; the caller keeps the memory pinned. Zero addresses are not asked for.</summary>
internal readonly record struct PaintRequest(nint Poses, int Count, SceneVariations? Variations, nint Rgb, nint Depth,
    nint Segments, nint Normals, bool ByBody)
{
    /// <summary>Address of numbers that say which picture each environment of the request is; zero if they are in order.</summary>
    public nint Places { get; init; }

    /// <summary>Which picture an environment of the request is.</summary>
    public unsafe int Place(int environment) => Places == 0 ? environment : ((int*)Places)[environment];

    /// <summary>[N, length].</summary>
    public unsafe ReadOnlySpan<float> PoseRows(int length) => new((void*)Poses, Count * length);

    /// <summary>Row of one environment.</summary>
    public ReadOnlySpan<float> PoseRow(int environment, int length) => PoseRows(length).Slice(environment * length, length);

    /// <summary>One picture of an array of pictures.</summary>
    /// <param name="all">Where the array begins.</param>
    /// <param name="picture">Which one.</param>
    /// <param name="length">Elements of one.</param>
    public static unsafe Span<T> Picture<T>(nint all, int picture, int length)
        where T : unmanaged => new((T*)all + ((long)picture * length), length);
}
