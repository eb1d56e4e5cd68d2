using System.Reflection;
using System.Text.RegularExpressions;
using EmbodiedRL.Core;

namespace EmbodiedRL.Benchmarks.Methods;

/// <summary>A method of the catalog that the source implements.</summary>
/// <param name="Number">In the catalog, e.g. S46.</param>
/// <param name="Paper">That it is from.</param>
/// <param name="Sources">Files of the classes that carry it, from the root.</param>
/// <param name="Tests">Test files that name one of those classes, from the root.</param>
internal sealed record Method(string Number, PaperAttribute Paper, IReadOnlyList<string> Sources, IReadOnlyList<string> Tests)
{
    /// <summary>All of them, by number: the papers of the assemblies, and the files of a checkout.</summary>
    /// <param name="checkout">Whose files are searched.</param>
    public static IReadOnlyList<Method> In(Checkout checkout)
    {
        (Type Type, PaperAttribute Paper)[] found =
        [
            .. checkout.Projects.SelectMany(project => Assembly.Load(project.Name).GetTypes())
                .SelectMany(type => type.GetCustomAttributes<PaperAttribute>().Select(paper => (type, paper)))
                .Where(one => one.paper.Method.Length > 0),
        ];
        return
        [
            .. found.GroupBy(one => one.Paper.Method).OrderBy(method => method.Key, StringComparer.Ordinal).Select(method =>
            {
                string[] types = [.. method.Select(one => one.Type.Name.Split('`')[0])];
                return new Method(method.Key, method.First().Paper, Files(checkout.Sources, types, Declares),
                    Files(checkout.Tests, types, Names));
            }),
        ];
    }

    private static string[] Files(IReadOnlyDictionary<string, string> files, string[] types, Func<string, string, bool> holds) =>
        [.. files.Where(file => types.Any(type => holds(file.Value, type))).Select(file => file.Key).Order(StringComparer.Ordinal)];

    private static bool Declares(string text, string type) => Regex.IsMatch(text, $@"\b(class|struct|record) {type}\b");

    private static bool Names(string text, string type) => Regex.IsMatch(text, $@"\b{type}\b");
}
