namespace EmbodiedRL.Training.Captioning;

/// <summary>Visual condition: how images of a scene may vary.</summary>
public enum VisualCondition
{
    /// <summary>Exactly as the scene is: what rewards will see.</summary>
    Plain,

    /// <summary>Every picture in colors, light and camera of its own.</summary>
    Varied,

    /// <summary>About half of the pictures plain, the others varied: what is trained on.</summary>
    Mixed,
}
