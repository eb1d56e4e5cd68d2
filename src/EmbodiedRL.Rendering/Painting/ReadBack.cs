namespace EmbodiedRL.Rendering.Painting;

/// <summary>Read-back of images from the driver's memory into the caller's.</summary>
internal enum ReadBack
{
    /// <summary>Copied from where they were drawn: cheapest where the processor draws, since they lie in its memory anyway.</summary>
    Direct,

    /// <summary>
    /// Sent by the device into a pixel buffer as soon as they are drawn: for a GPU, which then never waits for the reader.
    /// </summary>
    PixelBuffers,
}
