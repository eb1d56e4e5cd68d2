namespace EmbodiedRL.Rendering.Painting;

/// <summary>Render pass over all tiles of a framebuffer.</summary>
/// <param name="Kind">What its programs have in common.</param>
/// <param name="Layout">Where the tiles lie.</param>
/// <param name="First">The first environment.</param>
/// <param name="Tiles">Environments.</param>
/// <param name="Views">Views of the pass.</param>
/// <param name="Near">Meters.</param>
/// <param name="Far">Meters.</param>
internal sealed record Pass(PassKind Kind, TileLayout Layout, int First, int Tiles, ViewRows Views, float Near, float Far)
{
    /// <summary>Its like are never given: what programs remember it by.</summary>
    public long Id { get; init; }

    /// <summary>Multiplies all colors.</summary>
    public float Dim { get; init; } = 1;

    /// <summary>The tile of the first environment.</summary>
    public int Offset { get; init; }

    /// <summary>A geom that is left out; -1 for none.</summary>
    public int Without { get; init; } = -1;

    /// <summary>Whether segments are bodies.</summary>
    public bool ByBody { get; init; }
}
