using EmbodiedRL.Core;

namespace EmbodiedRL.Training.Captioning;

/// <summary>Captioned batch: images of one environment, sentences, and how true each sentence is of each image.</summary>
/// <remarks>Its memory is overwritten by the next batch of the environment.</remarks>
internal sealed class CaptionedBatch(EnvironmentInfo info, CaptioningSettings settings)
{
    /// <summary>Whose pictures they are.</summary>
    public EnvironmentInfo Info => info;

    /// <summary>uint8 [B, H, W, 3].</summary>
    public byte[] Frames { get; } = new byte[settings.Pictures * settings.Model.ImageSize * settings.Model.ImageSize * 3];

    /// <summary>[B, S], what the frames show.</summary>
    public float[] States { get; } = new float[settings.Pictures * info.State.Length];

    /// <summary>[C].</summary>
    public string[] Captions { get; } = new string[settings.Sentences];

    /// <summary>[B, C] in [0, 1].</summary>
    public float[] Truth { get; } = new float[settings.Pictures * settings.Sentences];
}
