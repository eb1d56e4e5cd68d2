using System.Collections.Immutable;

namespace EmbodiedRL.Training.Reasoning;

/// <summary>Thing of a shape scene: what is said of it and where it stands.</summary>
/// <param name="Color">Index into <see cref="Colors"/>.</param>
/// <param name="Shape">Index into <see cref="Shapes"/>.</param>
/// <param name="IsLarge">Whether it is of the larger of two sizes.</param>
public readonly record struct SceneThing(int Color, int Shape, bool IsLarge)
{
    /// <summary>Names of colors.</summary>
    public static ImmutableArray<string> Colors { get; } = ["red", "green", "blue", "yellow", "purple", "cyan"];

    /// <summary>Names of shapes.</summary>
    public static ImmutableArray<string> Shapes { get; } = ["box", "sphere", "cylinder", "capsule"];

    /// <summary>Names of shapes, of several.</summary>
    public static ImmutableArray<string> Plurals { get; } = ["boxes", "spheres", "cylinders", "capsules"];

    /// <summary>Names of sizes: small, large.</summary>
    public static ImmutableArray<string> Sizes { get; } = ["small", "large"];

    /// <summary>Meters in the plane that it stands on; z is up.</summary>
    public float X { get; init; }

    /// <summary>Meters.</summary>
    public float Y { get; init; }

    /// <summary>Rotation about the vertical, radians.</summary>
    public float Yaw { get; init; }

    /// <summary>E.g. <c>red box</c>.</summary>
    public string Name => $"{Colors[Color]} {Shapes[Shape]}";

    /// <summary>E.g. <c>large red box</c>.</summary>
    public string FullName => $"{Sizes[IsLarge ? 1 : 0]} {Name}";
}

/// <summary>Box in pixels: from the left and upper edge of its first pixels to the right and lower edge of its last.</summary>
/// <param name="Left">Of the first column.</param>
/// <param name="Top">Of the first row.</param>
/// <param name="Right">One more than the last column.</param>
/// <param name="Bottom">One more than the last row.</param>
public readonly record struct PixelBox(int Left, int Top, int Right, int Bottom)
{
    /// <summary>Intersection over union, in [0, 1].</summary>
    public double Overlap(PixelBox other)
    {
        double width = Math.Max(0, Math.Min(Right, other.Right) - Math.Max(Left, other.Left));
        double height = Math.Max(0, Math.Min(Bottom, other.Bottom) - Math.Max(Top, other.Top));
        double shared = width * height, all = Area + other.Area - shared;
        return all > 0 ? shared / all : 0;
    }

    private double Area => (double)Math.Max(0, Right - Left) * Math.Max(0, Bottom - Top);
}
