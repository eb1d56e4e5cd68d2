using System.Text;

namespace EmbodiedRL.Models.Tokenizers.Unicode;

/// <summary>Unicode normalization forms NFC, NFD, NFKC and NFKD (UAX 15), from the tables of Unicode 14.</summary>
/// <remarks>The runtime's own normalization does nothing in globalization-invariant programs, which this one is.</remarks>
internal static class UnicodeNormalization
{
    private const int HangulBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TrailBase = 0x11A7;
    private const int LeadCount = 19, VowelCount = 21, TrailCount = 28, HangulCount = LeadCount * VowelCount * TrailCount;

    private static readonly Lazy<Tables> Data = new(() => new Tables());

    /// <summary>Normalizes to composed characters.</summary>
    public static string Nfc(string text) => Below(text, '\u0300') ? text : Text(Compose(Decompose(text, compatibility: false)));

    /// <summary>Normalizes to decomposed characters.</summary>
    public static string Nfd(string text) => Below(text, '\u00C0') ? text : Text(Decompose(text, compatibility: false));

    /// <summary>Normalizes to composed characters, compatibility forms replaced.</summary>
    public static string Nfkc(string text) => Below(text, '\u00A0') ? text : Text(Compose(Decompose(text, compatibility: true)));

    /// <summary>Normalizes to decomposed characters, compatibility forms replaced.</summary>
    public static string Nfkd(string text) => Below(text, '\u00A0') ? text : Text(Decompose(text, compatibility: true));

    private static bool Below(string text, char limit) => !text.AsSpan().ContainsAnyInRange(limit, '\uFFFF');

    private static List<int> Decompose(string text, bool compatibility)
    {
        var points = new List<int>(text.Length + 8);
        for (int i = 0; i < text.Length; i++)
        {
            int point = text[i];
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                point = char.ConvertToUtf32(text[i], text[++i]);
            Decompose(point, compatibility, points);
        }

        Reorder(points);
        return points;
    }

    private static void Decompose(int point, bool compatibility, List<int> into)
    {
        if (point is >= HangulBase and < HangulBase + HangulCount)
        {
            int index = point - HangulBase, trail = index % TrailCount;
            into.Add(LeadBase + index / (VowelCount * TrailCount));
            into.Add(VowelBase + index / TrailCount % VowelCount);
            if (trail > 0) into.Add(TrailBase + trail);
        }
        else if (point >= 0xA0 && Data.Value.Mappings.TryGetValue(point, out (bool Compatibility, int[] Points) mapping)
            && (compatibility || !mapping.Compatibility))
        {
            foreach (int part in mapping.Points) Decompose(part, compatibility, into);
        }
        else
        {
            into.Add(point);
        }
    }

    /// <summary>Sorts each run of combining marks by class; equal classes keep their order.</summary>
    private static void Reorder(List<int> points)
    {
        for (int i = 0; i < points.Count; i++)
        {
            if (Class(points[i]) == 0) continue;
            int end = i;
            bool sorted = true;
            for (int before = 0; end < points.Count && Class(points[end]) is > 0 and int kind; end++, before = kind)
                sorted &= kind >= before;
            if (!sorted)
            {
                int[] run = [.. points[i..end].OrderBy(Class)];
                for (int k = 0; k < run.Length; k++) points[i + k] = run[k];
            }

            i = end - 1;
        }
    }

    private static List<int> Compose(List<int> points)
    {
        int starter = -1, written = 0, before = 0;
        for (int i = 0; i < points.Count; i++)
        {
            int point = points[i], kind = Class(point);
            // Blocked: a mark of the same or a higher class, or another starter, lies between.
            bool adjacent = starter >= 0 && starter == written - 1;
            if (starter >= 0 && (adjacent || (before < kind && before != 0)) && Pair(points[starter], point) is { } composed)
            {
                points[starter] = composed;
                continue;
            }

            if (kind == 0) starter = written;
            before = kind;
            points[written++] = point;
        }

        points.RemoveRange(written, points.Count - written);
        return points;
    }

    private static int? Pair(int first, int second)
    {
        if (first is >= LeadBase and < LeadBase + LeadCount && second is >= VowelBase and < VowelBase + VowelCount)
            return HangulBase + ((first - LeadBase) * VowelCount + (second - VowelBase)) * TrailCount;
        if (first is >= HangulBase and < HangulBase + HangulCount && (first - HangulBase) % TrailCount == 0
            && second is > TrailBase and < TrailBase + TrailCount)
            return first + (second - TrailBase);
        return Data.Value.Pairs.TryGetValue((first, second), out int composed) ? composed : null;
    }

    private static int Class(int point) => point < 0x300 ? 0 : Data.Value.Classes.GetValueOrDefault(point);

    private static string Text(List<int> points)
    {
        var text = new StringBuilder(points.Count);
        foreach (int point in points)
            if (point < 0x10000) text.Append((char)point);
            else text.Append((char)(0xD7C0 + (point >> 10))).Append((char)(0xDC00 + (point & 0x3FF)));
        return text.ToString();
    }

    private sealed class Tables
    {
        public Tables()
        {
            bool classes = false;
            foreach (string line in DataLines.Of("decompositions.txt"))
            {
                if (line == "classes") classes = true;
                else if (classes) ReadClass(line.Split(' '));
                else ReadMapping(line);
            }
        }

        public Dictionary<int, (bool Compatibility, int[] Points)> Mappings { get; } = [];

        public Dictionary<(int, int), int> Pairs { get; } = [];

        public Dictionary<int, byte> Classes { get; } = [];

        private void ReadMapping(string line)
        {
            int sign = line.AsSpan().IndexOfAny('=', '-', '~');
            int point = DataLines.Hex(line.AsSpan(0, sign));
            int[] parts = DataLines.HexList(line[(sign + 1)..]);
            Mappings.Add(point, (line[sign] == '~', parts));
            if (line[sign] == '=') Pairs.Add((parts[0], parts[1]), point);
        }

        private void ReadClass(string[] parts)
        {
            for (int point = DataLines.Hex(parts[0]); point <= DataLines.Hex(parts[1]); point++)
                Classes.Add(point, byte.Parse(parts[2], System.Globalization.CultureInfo.InvariantCulture));
        }
    }
}
