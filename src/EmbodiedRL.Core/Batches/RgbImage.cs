namespace EmbodiedRL.Core.Batches;

/// <summary>RGB image in memory.</summary>
/// <param name="Rgb">[H, W, 3], row 0 at the top; owned by the holder of the image.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
public sealed record RgbImage(byte[] Rgb, int Width, int Height);
