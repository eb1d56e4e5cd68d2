using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Layout;
using EmbodiedRL.Simulation.Native;

namespace EmbodiedRL.Simulation.Tests;

public sealed class LayoutCheckTests
{
    [Fact]
    public void A_library_laid_out_otherwise_than_its_table_is_refused()
    {
        FieldLayout nq = MuJoCoLibrary.Table.Find("mjModel", "nq"), nv = MuJoCoLibrary.Table.Find("mjModel", "nv");
        LayoutTable swapped = Altered(line => line == Line(nq) ? Line(nq with { Offset = nv.Offset })
            : line == Line(nv) ? Line(nv with { Offset = nq.Offset })
            : line);
        string message = Assert.Throws<AssetMissingException>(() => LayoutCheck.Require(swapped, "the library")).Message;
        Assert.Contains("Its mjModel.nq reads 8 where 9 was written", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_version_without_a_field_that_is_needed_is_refused()
    {
        LayoutTable lacking = Altered(line => line.StartsWith("field\tbody_mocapid\t", StringComparison.Ordinal) ? "# taken away" : line);
        string message = Assert.Throws<AssetMissingException>(() => LayoutCheck.Require(lacking, "the library")).Message;
        Assert.Contains("'body_mocapid'", message, StringComparison.Ordinal);
        Assert.Contains("Use a version whose layout is shipped (2.2.2, 3.17.0)", message, StringComparison.Ordinal);
    }

    private static string Line(FieldLayout field) => $"field\t{field.Name}\t{field.Type}\t{field.Offset}\t{field.Count}";

    private static LayoutTable Altered(Func<string, string> line)
    {
        using var text = new StringWriter();
        MuJoCoLibrary.Table.Write(text);
        return LayoutTable.Read(new StringReader(string.Join('\n', text.ToString().Split('\n').Select(line))));
    }
}
