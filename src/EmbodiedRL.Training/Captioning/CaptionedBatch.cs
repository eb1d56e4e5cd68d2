using EmbodiedRL.Core;
using EmbodiedRL.Models.Encoders;

namespace EmbodiedRL.Training.Captioning;

/// <summary>What an image of a batch shows.</summary>
internal enum ImageContent : byte
{
    /// <summary>The scene in the state of its row.</summary>
    Scene,

    /// <summary>The scene without what moves in it.</summary>
    EmptyScene,

    /// <summary>Another environment, or nothing.</summary>
    Foreign,
}

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

    /// <summary>[B].</summary>
    public ImageContent[] Contents { get; } = new ImageContent[settings.Pictures];

    /// <summary>[C].</summary>
    public string[] Captions { get; } = new string[settings.Sentences];

    /// <summary>[B, C] in [0, 1]; NaN where the truth is not known.</summary>
    public float[] Truth { get; } = new float[settings.Pictures * settings.Sentences];

    /// <summary>[B, P], where each thing is; as hidden where the scene is empty.</summary>
    public float[] Poses { get; } = new float[settings.Pictures * info.RequiredScene.PoseLength];

    /// <summary>What the images show, to be told by an auxiliary head.</summary>
    public PerceptionTargets? Shown { get; set; }
}
