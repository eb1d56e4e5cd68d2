using System.Globalization;
using System.Xml;
using EmbodiedRL.Core;

namespace EmbodiedRL.Simulation.Native;

/// <summary>
/// Check of a model's text before MuJoCo reads it, for mistakes that MuJoCo ignores or that make it read beyond its memory.
/// </summary>
/// <remarks>Text that is not well-formed is left to MuJoCo, which says what is wrong with it.</remarks>
internal sealed class SourceCheck
{
    private readonly string _name;
    private readonly Func<string, byte[]?> _open;
    private readonly List<string> _meshes = [];
    private readonly List<string> _others = [];
    private readonly HashSet<string> _seen = [];
    private string _meshFolder = "", _textureFolder = "";
    private bool _hasBareNames;

    private SourceCheck(string name, Func<string, byte[]?> open) => (_name, _open) = (name, open);

    /// <summary>Checks a model's text, what it includes, and the OBJ meshes it names.</summary>
    /// <param name="name">What the text is called, for people.</param>
    /// <param name="text">MJCF or URDF.</param>
    /// <param name="open">Gives the content of a file by its name in the text; null if there is none.</param>
    /// <exception cref="CorruptFileException">Names file and line.</exception>
    public static void Require(string name, byte[] text, Func<string, byte[]?> open)
    {
        var check = new SourceCheck(name, open);
        check.Read(name, text);
        foreach (string mesh in check._meshes)
        {
            string file = check._hasBareNames ? Path.GetFileName(mesh) : mesh;
            if (open(Path.Combine(check._meshFolder, file)) is { } content) ObjCheck.Require($"{name}: mesh '{mesh}'", content);
        }

        // MuJoCo reads these itself, and would wait for a pipe; opening one here says what is wrong with it.
        foreach (string other in check._others)
            foreach (string folder in new[] { check._meshFolder, check._textureFolder }.Distinct())
                open(Path.Combine(folder, check._hasBareNames ? Path.GetFileName(other) : other));
    }

    private void Read(string file, byte[] text)
    {
        var settings = new XmlReaderSettings
        {
            ConformanceLevel = ConformanceLevel.Fragment,
            DtdProcessing = DtdProcessing.Ignore,
            XmlResolver = null
        };
        try
        {
            using var reader = XmlReader.Create(new MemoryStream(text), settings);
            int roots = 0;
            while (reader.Read())
            {
                if (reader.NodeType != XmlNodeType.Element) continue;
                int line = ((IXmlLineInfo)reader).LineNumber;
                if (reader.Depth == 0 && ++roots > 1)
                    throw new CorruptFileException($"{file}, line {line}", "one root element",
                        $"a second one, <{reader.Name}>, which MuJoCo would ignore");
                Look(reader, file, line);
            }
        }
        catch (XmlException)
        {
            // MuJoCo's parser is another one: what it makes of this text is its own matter.
        }
    }

    private void Look(XmlReader reader, string file, int line)
    {
        switch (reader.Name)
        {
            case "size":
                RequireSizes(reader, file, line);
                break;
            case "compiler":
                _meshFolder = reader.GetAttribute("meshdir") ?? reader.GetAttribute("assetdir") ?? _meshFolder;
                _textureFolder = reader.GetAttribute("texturedir") ?? reader.GetAttribute("assetdir") ?? _textureFolder;
                if (reader.GetAttribute("strippath") is { } strip) _hasBareNames = strip == "true";
                break;
            case "mesh" when reader.GetAttribute("file") is { } mesh && mesh.EndsWith(".obj", StringComparison.OrdinalIgnoreCase):
                _meshes.Add(mesh);
                break;
            case "mesh" or "hfield" or "texture" or "skin" when reader.GetAttribute("file") is { } asset:
                // MuJoCo would end the process
                if (Path.GetFileName(asset).Length == 0)
                    throw new CorruptFileException($"{file}, line {line}", $"the name of a file for <{reader.Name}>", $"'{asset}'");
                _others.Add(asset);
                break;
            case "include" when reader.GetAttribute("file") is { } part && _seen.Add(part) && _open(part) is { } content:
                Read(part, content);
                break;
        }
    }

    /// <summary>Numbers beyond an integer's range wrap around in MuJoCo, and then stand for something else.</summary>
    private static void RequireSizes(XmlReader reader, string file, int line)
    {
        for (bool more = reader.MoveToFirstAttribute(); more; more = reader.MoveToNextAttribute())
        {
            bool isNarrow = MuJoCoLibrary.IsNarrow(reader.Name);
            if (isNarrow && decimal.TryParse(reader.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out decimal value)
                && value is < int.MinValue or > int.MaxValue)
                throw new CorruptFileException($"{file}, line {line}", $"{reader.Name} of at most {int.MaxValue}", reader.Value);
        }

        reader.MoveToElement();
    }
}
