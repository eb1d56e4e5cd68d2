using EmbodiedRL.Core.Scenes;

namespace EmbodiedRL.Rendering.Painting;

/// <summary>
/// Render request on its way to the thread that owns the context; the caller keeps the memory pinned. Null addresses are not written.
/// </summary>
internal readonly record struct PaintRequest(nint Poses, int Count, SceneVariations? Variations, nint Rgb, nint Depth,
    nint Segments, nint Normals, bool ByBody)
{
    /// <summary>Address of numbers that say which image each environment of the request is; zero if they are in order.</summary>
    public nint Places { get; init; }

    /// <summary>Which image an environment of the request is.</summary>
    public unsafe int Place(int environment) => Places == 0 ? environment : ((int*)Places)[environment];

    /// <summary>[N, length].</summary>
    public unsafe ReadOnlySpan<float> PoseRows(int length) => new((void*)Poses, Count * length);

    /// <summary>Row of one environment.</summary>
    public ReadOnlySpan<float> PoseRow(int environment, int length) => PoseRows(length).Slice(environment * length, length);

    /// <summary>One image of an array of images.</summary>
    /// <param name="all">Where the array begins.</param>
    /// <param name="image">Which one.</param>
    /// <param name="length">Elements of one.</param>
    public static unsafe Span<T> Picture<T>(nint all, int image, int length)
        where T : unmanaged => new((T*)all + ((long)image * length), length);
}
