using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace EmbodiedRL.Training.Settings;

/// <summary>
/// The comments of the source, which the compiler writes beside each assembly. In a package they do not lie beside the program.
/// </summary>
/// <param name="folder">Of the files NAME.xml.</param>
internal sealed partial class DocumentationFiles(string folder)
{
    private readonly Dictionary<Assembly, Dictionary<string, XElement>> _known = [];

    /// <summary>Those beside the program.</summary>
    public static DocumentationFiles OfProgram => new(AppContext.BaseDirectory);

    /// <summary>The summary of a property in one line of Markdown; empty if there is none.</summary>
    public string Summary(PropertyInfo property) =>
        Find(property.DeclaringType!.Assembly, $"P:{property.DeclaringType.FullName}.{property.Name}");

    /// <summary>The summary of a type.</summary>
    public string Summary(Type type) => Find(type.Assembly, $"T:{type.FullName}");

    private string Find(Assembly assembly, string member)
    {
        if (!_known.TryGetValue(assembly, out Dictionary<string, XElement>? members))
            members = _known[assembly] = Read(Path.Combine(folder, $"{assembly.GetName().Name}.xml"));
        return members.TryGetValue(member, out XElement? element) && element.Element("summary") is { } summary
            ? Space().Replace(string.Concat(summary.Nodes().Select(Text)), " ").Trim() : "";
    }

    private static Dictionary<string, XElement> Read(string path) => !File.Exists(path) ? [] :
        XDocument.Load(path)
            .Descendants("member")
            .GroupBy(member => member.Attribute("name")!.Value)
            .ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);

    private static string Text(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "see" } see => $"`{NameOf(see)}`",
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement other => other.Value,
        _ => "",
    };

    /// <summary>What a reader of settings would call it: the last word, as a key.</summary>
    private static string NameOf(XElement see)
    {
        string name = (see.Attribute("cref")?.Value ?? see.Attribute("langword")?.Value ?? "").Split('.')[^1];
        return System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(name);
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
