using System.Globalization;

namespace EmbodiedRL.Training.Reasoning;

/// <summary>Run lengths of masks, as <see cref="Core.Batches.AnswerForm.Mask"/> has them: row by row, zeros first.</summary>
internal static class RunLengths
{
    /// <summary>The mask of one thing of a square segmentation.</summary>
    /// <param name="segments">[H, W].</param>
    /// <param name="thing">Its number.</param>
    public static string Of(ReadOnlySpan<sbyte> segments, int thing)
    {
        var counts = new List<int>();
        int run = 0;
        bool inside = false;
        foreach (sbyte segment in segments)
        {
            if (segment == thing != inside)
            {
                counts.Add(run);
                (run, inside) = (0, !inside);
            }

            run++;
        }

        counts.Add(run);
        int side = (int)Math.Sqrt(segments.Length);
        return string.Create(CultureInfo.InvariantCulture, $"{{\"size\":[{side},{side}],\"counts\":[{string.Join(',', counts)}]}}");
    }
}
