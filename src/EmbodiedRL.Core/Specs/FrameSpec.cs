namespace EmbodiedRL.Core.Specs;

/// <summary>Frame spec: which frames of a rollout are read, by camera, size, and step interval.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Camera">A camera of the scene; empty takes the run's, which is the task's own unless the settings say another.</param>
/// <param name="Every">Steps between two rendered steps: 1 renders all, k renders steps 0, k, 2k, ...</param>
public readonly record struct FrameSpec(int Width, int Height, string Camera = "", int Every = 1)
{
    /// <summary>Bytes of one frame, [H, W, 3].</summary>
    public int FrameBytes => checked(Width * Height * 3);

    /// <summary>A square frame of every step through the run's camera.</summary>
    public static FrameSpec Square(int size) => new(size, size);

    /// <summary>Whether step t is rendered.</summary>
    public bool Renders(int step) => step % Every == 0;

    /// <summary>How many of T steps are rendered.</summary>
    public int RenderedSteps(int steps) => (steps + Every - 1) / Every;

    /// <summary>One sentence for each value that cannot be used.</summary>
    public IEnumerable<string> Violations()
    {
        if (Width is < 1 or > 4096) yield return $"width: expected 1 to 4096 pixels, found {Width}.";
        if (Height is < 1 or > 4096) yield return $"height: expected 1 to 4096 pixels, found {Height}.";
        if (Every is < 1 or > 1_000_000) yield return $"every: expected 1 to 1000000 steps, found {Every}.";
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Width} x {Height} pixels{(Camera.Length > 0 ? $" through camera '{Camera}'" : "")}{(Every > 1 ? $", every {Every} steps" : "")}";
}
