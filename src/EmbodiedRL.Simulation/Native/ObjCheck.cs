using System.Globalization;
using System.Text;
using EmbodiedRL.Core;

namespace EmbodiedRL.Simulation.Native;

/// <summary>Check of OBJ meshes: every face must index existing vertices, which MuJoCo does not verify.</summary>
internal static class ObjCheck
{
    /// <summary>Checks every face.</summary>
    /// <exception cref="CorruptFileException">A face names a vertex, texture coordinate or normal that the file does
    /// not have; says on which line.</exception>
    public static void Require(string name, byte[] content)
    {
        // Numbers count from the file's beginning, or backwards from the face, so all kinds are counted first.
        string[] lines = Encoding.UTF8.GetString(content).Split('\n');
        int[] all = [Count(lines, "v"), Count(lines, "vt"), Count(lines, "vn")], sofar = new int[3];
        for (int line = 0; line < lines.Length; line++)
        {
            string[] words = lines[line].Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            int kind = words.Length == 0 ? -1 : Array.IndexOf(["v", "vt", "vn"], words[0]);
            if (kind >= 0) sofar[kind]++;
            if (words.Length == 0 || words[0] != "f") continue;
            foreach (string corner in words[1..]) RequireCorner($"{name}, line {line + 1}", corner, all, sofar);
        }
    }

    private static int Count(string[] lines, string kind) =>
        lines.Count(line => line.TrimStart().StartsWith(kind, StringComparison.Ordinal) && line.TrimStart() is var text
            && text.Length > kind.Length && char.IsWhiteSpace(text[kind.Length]));

    private static void RequireCorner(string where, string corner, int[] all, int[] sofar)
    {
        string[] numbers = corner.Split('/');
        for (int kind = 0; kind < Math.Min(numbers.Length, 3); kind++)
        {
            if (numbers[kind].Length == 0) continue;
            bool isThere = int.TryParse(numbers[kind], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
                && (number > 0 ? number <= all[kind] : number < 0 && -number <= sofar[kind]);
            if (!isThere) throw new CorruptFileException(where, $"a {Words[kind]} between 1 and {all[kind]}", $"'{corner}'");
        }
    }

    private static readonly string[] Words = ["vertex", "texture coordinate", "normal"];
}
