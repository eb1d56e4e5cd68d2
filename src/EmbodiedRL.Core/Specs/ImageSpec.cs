namespace EmbodiedRL.Core.Specs;

/// <summary>The shape of one image of an observation, uint8 [H, W, C], row 0 at the top.</summary>
/// <param name="Height">H in pixels.</param>
/// <param name="Width">W in pixels.</param>
/// <param name="Channels">C, bytes of one pixel: 3 for color, 1 for gray, more for stacked images.</param>
public readonly record struct ImageSpec(int Height, int Width, int Channels)
{
    /// <summary>Bytes of one image.</summary>
    /// <exception cref="SpecMismatchException">They are more than an array can hold.</exception>
    public int Length => (long)Height * Width * Channels is var bytes && bytes <= Array.MaxLength
        ? (int)bytes
        : throw new SpecMismatchException("image of an observation", $"at most {Array.MaxLength} bytes",
            $"{bytes} ({Height} x {Width} pixels of {Channels} bytes); use smaller images or stack fewer");
}
