using System.Runtime.InteropServices;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Simulation.Checking;

/// <summary>Where two step buffers differ, byte by byte, in the words of the specs.</summary>
internal static class BufferComparison
{
    /// <summary>The first difference; null if there is none.</summary>
    public static string? Difference(StepBuffer one, StepBuffer other, EnvironmentInfo info)
    {
        for (int row = 0; row < one.Count; row++)
        {
            if (one.Kinds[row] != other.Kinds[row]) return $"{one.Kinds[row]} against {other.Kinds[row]} in environment {row}";
            string? difference = Of("observation", info.Observations, one.Observations, other.Observations, row)
                ?? OfImage("image", info.Observations.Image, one.Images, other.Images, row)
                ?? Of("state", info.State, one.States, other.States, row)
                ?? Of("pose number", null, one.Poses, other.Poses, row, info.Scene?.PoseLength ?? 0)
                ?? Of("reward", null, one.Rewards, other.Rewards, row, 1)
                ?? Of("reward term", null, one.RewardTerms, other.RewardTerms, row, info.RewardTerms.Length)
                ?? Of("visual parameter", null, one.VisualParameters, other.VisualParameters, row, one.VisualParameters.Length / one.Count)
                ?? Of("draw", null, one.RandomizedParameters, other.RandomizedParameters, row, one.RandomizedParameters.Length / one.Count)
                ?? (one.Kinds[row].Ends() ? OfFinal(one, other, info, row) : null);
            if (difference is not null) return difference;
        }

        return null;
    }

    /// <summary>Copies everything.</summary>
    public static void Copy(StepBuffer from, StepBuffer to)
    {
        from.Observations.CopyTo(to.Observations, 0);
        from.FinalObservations.CopyTo(to.FinalObservations, 0);
        from.Images.CopyTo(to.Images, 0);
        from.FinalImages.CopyTo(to.FinalImages, 0);
        from.States.CopyTo(to.States, 0);
        from.Poses.CopyTo(to.Poses, 0);
        from.Rewards.CopyTo(to.Rewards, 0);
        from.RewardTerms.CopyTo(to.RewardTerms, 0);
        from.VisualParameters.CopyTo(to.VisualParameters, 0);
        from.RandomizedParameters.CopyTo(to.RandomizedParameters, 0);
        from.Kinds.CopyTo(to.Kinds, 0);
    }

    private static string? OfFinal(StepBuffer one, StepBuffer other, EnvironmentInfo info, int row) =>
        Of("final observation", info.Observations, one.FinalObservations, other.FinalObservations, row)
        ?? OfImage("final image", info.Observations.Image, one.FinalImages, other.FinalImages, row);

    private static string? OfImage(string what, ImageSpec? spec, byte[] one, byte[] other, int row)
    {
        if (spec is not { } image) return null;
        ReadOnlySpan<byte> left = one.AsSpan(row * image.Length, image.Length), right = other.AsSpan(row * image.Length, image.Length);
        int at = left.CommonPrefixLength(right);
        return at == image.Length
            ? null
            : $"{left[at]} against {right[at]} in {what} row {at / image.Channels / image.Width}, column "
                + $"{at / image.Channels % image.Width} of environment {row}";
    }

    private static string? Of(string what, VectorSpec? spec, float[] one, float[] other, int row, int width = 0)
    {
        if (spec is not null) width = spec.Length;
        ReadOnlySpan<float> left = one.AsSpan(row * width, width), right = other.AsSpan(row * width, width);
        int at = MemoryMarshal.Cast<float, int>(left).CommonPrefixLength(MemoryMarshal.Cast<float, int>(right));
        return at == width
            ? null
            : FormattableString.Invariant($"{left[at]} against {right[at]} in {what} {spec?.NameOf(at) ?? $"{at}"} of environment {row}");
    }
}
