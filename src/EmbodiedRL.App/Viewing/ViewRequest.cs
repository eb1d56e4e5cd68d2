namespace EmbodiedRL.App.Viewing;

/// <summary>Request to a live scene; only the values that its action needs are given.</summary>
internal sealed record ViewRequest
{
    /// <summary>Names of actions.</summary>
    public static readonly string[] Actions = ["pause", "play", "step", "restart", "orbit", "camera", "push", "goal", "policy"];

    /// <summary>One of <see cref="Actions"/>.</summary>
    public string Action { get; init; } = "";

    /// <summary>The sentence, the camera or the policy.</summary>
    public string Text { get; init; } = "";

    /// <summary>The body to push.</summary>
    public string Body { get; init; } = "";

    /// <summary>Degrees to turn, or newtons to the right in the picture.</summary>
    public float X { get; init; }

    /// <summary>Degrees to tilt, or newtons upwards in the picture.</summary>
    public float Y { get; init; }

    /// <summary>By which the distance is multiplied.</summary>
    public float Zoom { get; init; } = 1;
}
