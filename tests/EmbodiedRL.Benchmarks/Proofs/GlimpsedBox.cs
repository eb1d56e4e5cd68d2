using EmbodiedRL.Rewards.Verifiers.Boxes;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary>A box that a policy sees shifted: it corrects each side by a choice among steps.</summary>
/// <param name="Truth">Where the object is.</param>
/// <param name="Seen">Where the policy sees it: sides are shifted by whole steps.</param>
internal sealed record GlimpsedBox(Box Truth, Box Seen)
{
    /// <summary>Sides of a box.</summary>
    public const int Sides = 4;

    /// <summary>A box whose sides are shifted.</summary>
    /// <param name="truth">Where the object is.</param>
    /// <param name="shifts">[4], of left, top, right and bottom.</param>
    public static GlimpsedBox Of(Box truth, ReadOnlySpan<double> shifts) => new(truth, Moved(truth, shifts));

    /// <summary>The seen box, corrected.</summary>
    /// <param name="shifts">[4], of left, top, right and bottom.</param>
    public Box Corrected(ReadOnlySpan<double> shifts) => Moved(Seen, shifts);

    private static Box Moved(Box box, ReadOnlySpan<double> shifts) =>
        new(box.Left + shifts[0], box.Top + shifts[1], box.Right + shifts[2], box.Bottom + shifts[3]);
}
