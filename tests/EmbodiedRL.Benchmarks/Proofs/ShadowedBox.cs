using EmbodiedRL.Core;
using EmbodiedRL.Rewards.Verifiers.Boxes;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary>
/// A box that a policy sees with sides shifted by whole steps, and with a clue to each shift. Where there is a shadow its right and lower
/// side give no clue: shadows belong to the box as a whole, to half, or not at all, and the half is rarest.
/// </summary>
/// <param name="Box">As it is, and as it is seen.</param>
/// <param name="Step">Share of the box's width or height.</param>
/// <param name="Features">[4][<see cref="FeatureCount"/>]: constant, clue to the shift, and whether there is a shadow.</param>
internal sealed record ShadowedBox(GlimpsedBox Box, double Step, double[][] Features)
{
    /// <summary>Most steps that a side is shifted by, either way.</summary>
    public const int Reach = 3;

    /// <summary>Shifts to choose from.</summary>
    public const int Actions = (2 * Reach) + 1;

    public const int FeatureCount = 3;

    private const int Whole = 2; // steps that a whole shadow is more than half of one

    /// <summary>Draws how a box is seen.</summary>
    /// <param name="truth">The box.</param>
    /// <param name="step">Share of its width or height.</param>
    /// <param name="blur">Deviation of clues, in steps.</param>
    /// <param name="shadows">Share of boxes with a shadow.</param>
    /// <param name="half">Share of shadows of which half belongs to the box.</param>
    /// <param name="rng">Draws.</param>
    public static ShadowedBox Draw(Box truth, double step, double blur, double shadows, double half, ref Rng rng)
    {
        bool hasShadow = rng.NextDouble() < shadows;
        int shadow = rng.NextDouble() < half ? 0 : rng.NextDouble() < 0.5 ? Whole : -Whole;
        double[] shifts = new double[GlimpsedBox.Sides];
        double[][] features = new double[GlimpsedBox.Sides][];
        for (int side = 0; side < GlimpsedBox.Sides; side++)
        {
            bool isAmbiguous = hasShadow && side >= 2;
            int steps = isAmbiguous ? shadow : rng.Below(Actions) - Reach;
            shifts[side] = Pixels(steps, side, truth, step);
            features[side] = isAmbiguous ? [0, 0, 1] : [1, steps + (blur * rng.Normal()), 0];
        }

        return new ShadowedBox(GlimpsedBox.Of(truth, shifts), step, features);
    }

    /// <summary>The box as a policy corrects it.</summary>
    /// <param name="shift">Of <see cref="FeatureCount"/> features and <see cref="Actions"/> actions.</param>
    /// <param name="pen">Chooses.</param>
    public Box Corrected(ChoiceHead shift, Pen pen) => Box.Corrected(
        [.. Features.Select((features, side) => Pixels(pen.Choose(shift, features) - Reach, side, Box.Truth, Step))]);

    /// <summary>The best IoU that any correction reaches.</summary>
    public double BestOfGrid()
    {
        double best = 0;
        for (int i = 0; i < Math.Pow(Actions, GlimpsedBox.Sides); i++)
        {
            int code = i;
            double[] shifts = new double[GlimpsedBox.Sides];
            for (int side = 0; side < shifts.Length; side++, code /= Actions)
                shifts[side] = Pixels((code % Actions) - Reach, side, Box.Truth, Step);
            best = Math.Max(best, BoxOverlap.Iou(Box.Truth, Box.Corrected(shifts)));
        }

        return best;
    }

    private static double Pixels(int steps, int side, Box truth, double step) =>
        steps * step * (side % 2 == 0 ? truth.Width : truth.Height);
}
