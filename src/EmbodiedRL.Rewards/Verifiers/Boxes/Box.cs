namespace EmbodiedRL.Rewards.Verifiers.Boxes;

/// <summary>Axis-aligned box in an image, in continuous coordinates: a pixel's far edge is one more than its near one.</summary>
/// <param name="Left">x of the near edge.</param>
/// <param name="Top">y of the near edge; y grows downward.</param>
/// <param name="Right">x of the far edge.</param>
/// <param name="Bottom">y of the far edge.</param>
public readonly record struct Box(double Left, double Top, double Right, double Bottom)
{
    /// <summary>0 where the edges are swapped.</summary>
    public double Width => Math.Max(0, Right - Left);

    /// <summary>0 where the edges are swapped.</summary>
    public double Height => Math.Max(0, Bottom - Top);

    /// <summary>Width times height.</summary>
    public double Area => Width * Height;

    /// <summary>The middle.</summary>
    public (double X, double Y) Center => ((Left + Right) / 2, (Top + Bottom) / 2);

    /// <summary>Whether a point lies in it, its edges included.</summary>
    public bool Holds((double X, double Y) point) => point.X >= Left && point.X <= Right && point.Y >= Top && point.Y <= Bottom;

    /// <summary>The same box in another unit of length.</summary>
    public Box Scaled(double x, double y) => new(Left * x, Top * y, Right * x, Bottom * y);
}

/// <summary>Axis-aligned box in space.</summary>
/// <param name="X1">Least x.</param>
/// <param name="Y1">Least y.</param>
/// <param name="Z1">Least z.</param>
/// <param name="X2">Greatest x.</param>
/// <param name="Y2">Greatest y.</param>
/// <param name="Z2">Greatest z.</param>
public readonly record struct Solid(double X1, double Y1, double Z1, double X2, double Y2, double Z2)
{
    /// <summary>0 where ends are swapped.</summary>
    public double Volume => Math.Max(0, X2 - X1) * Math.Max(0, Y2 - Y1) * Math.Max(0, Z2 - Z1);

    /// <summary>Of six numbers, least ones first.</summary>
    public static Solid Of(ReadOnlySpan<double> numbers) => new(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]);
}
