namespace EmbodiedRL.Rendering;

/// <summary>Outputs of a render call: the caller's memory, overwritten; empty outputs are not rendered.</summary>
/// <remarks>N environments, C cameras; row 0 is the top of an image.</remarks>
public readonly ref struct RenderOutputs
{
    /// <summary>[N, C, H, W, 3].</summary>
    public Span<byte> Rgb { get; init; }

    /// <summary>
    /// [N, C, H, W]: meters along the viewing axis. Transparent geoms are ignored; without a geom, the depth of the sky or the far plane.
    /// </summary>
    public Span<float> Depth { get; init; }

    /// <summary>
    /// [N, C, H, W]: the number of the geom, or of the body if requested; <see cref="Nothing"/> or <see cref="Unnumbered"/>.
    /// </summary>
    public Span<int> Segments { get; init; }

    /// <summary>[N, C, H, W, 3]: unit normals in the world; zero where nothing is.</summary>
    public Span<float> Normals { get; init; }

    /// <summary>Whether <see cref="Segments"/> are bodies rather than geoms.</summary>
    public bool ByBody { get; init; }

    /// <summary>In segments: no geom is there.</summary>
    public const int Nothing = -1;

    /// <summary>In segments: something is there that has no number, such as a site or a tendon.</summary>
    public const int Unnumbered = -2;
}
