using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Rewards.Verifiers.Boxes;

namespace EmbodiedRL.Rewards.Verifiers;

/// <summary>
/// Unit of the coordinates in answers. References are in pixels of the question's first image; answers are brought to those.
/// </summary>
/// <param name="Name">One of <see cref="Names"/>.</param>
/// <param name="Width">Of the image that the model was shown, where it was resized.</param>
/// <param name="Height">Of that image.</param>
public readonly record struct CoordinateScale(string Name, int Width = 0, int Height = 0)
{
    /// <summary>Pixels of the first image.</summary>
    public const string Pixels = "pixels";

    /// <summary>Thousandths of its sides.</summary>
    public const string Thousandths = "thousandths";

    /// <summary>Its sides are 1.</summary>
    public const string Unit = "unit";

    /// <summary>Pixels of the image that the model was shown.</summary>
    public const string Resized = "resized";

    /// <summary>All units.</summary>
    public static string[] Names { get; } = [Pixels, Thousandths, Unit, Resized];

    /// <summary>A box of an answer in pixels of the first image.</summary>
    /// <exception cref="SpecMismatchException">The unit needs an image, and the question has none.</exception>
    public Box ToPixels(Box box, Question question)
    {
        (double x, double y) = Factors(question);
        return box.Scaled(x, y);
    }

    /// <summary>A point of an answer in pixels of the first image.</summary>
    /// <exception cref="SpecMismatchException">The unit needs an image, and the question has none.</exception>
    public (double X, double Y) ToPixels((double X, double Y) point, Question question)
    {
        (double x, double y) = Factors(question);
        return (point.X * x, point.Y * y);
    }

    private (double X, double Y) Factors(Question question)
    {
        if (Name == Pixels) return (1, 1);
        if (question.Images is not [RgbImage image, ..])
            throw new SpecMismatchException($"question '{question.Prompt}', whose answers have coordinates in {Name}", "an image", "none");
        return Name switch
        {
            Thousandths => (image.Width / 1000.0, image.Height / 1000.0),
            Unit => (image.Width, image.Height),
            _ => ((double)image.Width / Width, (double)image.Height / Height),
        };
    }
}
