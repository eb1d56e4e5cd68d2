namespace EmbodiedRL.Core.Batches;

/// <summary>A bitmap in memory.</summary>
/// <param name="Rgb">[H, W, 3], row 0 at the top; owned by whoever holds the picture.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
public sealed record RgbImage(byte[] Rgb, int Width, int Height);
