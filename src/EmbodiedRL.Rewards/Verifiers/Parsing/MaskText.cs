namespace EmbodiedRL.Rewards.Verifiers.Parsing;

/// <summary>Mask as run lengths, row by row, zeros first.</summary>
/// <param name="Height">Pixels.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Runs">Lengths of runs of zeros and ones in turn; they add up to height times width.</param>
public sealed record MaskRuns(int Height, int Width, IReadOnlyList<int> Runs);

/// <summary>Parser of masks: <c>{"size":[height,width],"counts":[...]}</c>.</summary>
public static class MaskText
{
    /// <summary>Largest side of a mask.</summary>
    public const int MostSide = 16_384;

    /// <summary>The mask in a text; its runs must fill its size exactly.</summary>
    /// <param name="text">Any.</param>
    /// <param name="work">Counts characters.</param>
    public static Parsed<MaskRuns> Parse(string text, ParseWork? work = null)
    {
        Parsed<JsonItem> json = JsonText.Only(text, work);
        if (!json.IsFound) return Parsed<MaskRuns>.None(json.Reason);
        JsonItem? counts = json.Value.Member("counts");
        if (BoxText.Numbers(json.Value.Member("size"), 2) is not { } size || !size.All(side => IsCount(side, MostSide)))
            return Parsed<MaskRuns>.None("a mask without a size");
        if (counts is not { Kind: JsonKind.List }) return Parsed<MaskRuns>.None("a mask without counts");
        int pixels = (int)size[0] * (int)size[1];
        int[] runs = new int[counts.Items.Count];
        long sum = 0;
        for (int i = 0; i < runs.Length; i++)
        {
            JsonItem run = counts.Items[i];
            if (run.Kind != JsonKind.Number || !IsCount(run.Number, pixels))
                return Parsed<MaskRuns>.None("a run that is no count of pixels");
            sum += runs[i] = (int)run.Number;
        }

        return sum == pixels ? Parsed<MaskRuns>.Of(new MaskRuns((int)size[0], (int)size[1], runs))
            : Parsed<MaskRuns>.None("runs that do not fill the mask");
    }

    private static bool IsCount(double value, int most) => value >= 0 && value <= most && value == Math.Floor(value);
}
