using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Layout;

namespace EmbodiedRL.Simulation.Tests.Layout;

public sealed class LayoutTableTests
{
    private const string Headers = "/usr/include/mujoco";

    public static TheoryData<int, string> Shipped => new() { { 222, "2.2.2" }, { 3017000, "3.17.0" } };

    [Fact]
    public void There_is_a_test_for_every_table() => Assert.Equal(LayoutTable.Versions, Shipped.Select(row => row.Data.Item2));

    [Theory]
    [MemberData(nameof(Shipped))]
    public void A_shipped_table_has_all_structs_and_is_what_it_writes(int number, string version)
    {
        LayoutTable table = LayoutTable.ForVersion(number);
        Assert.Equal((number, version), (table.Number, table.Version));
        Assert.Equal(number, table.Constant("mjVERSION_HEADER"));
        Assert.Equal(CHeader.Needed, table.Sizes.Keys);

        string text = Written(table);
        LayoutTable again = LayoutTable.Read(new StringReader(text));
        Assert.Equal(text, Written(again));
        Assert.Equal((table.Number, table.Constants.Count), (again.Number, again.Constants.Count));
        foreach (string structure in table.Sizes.Keys) Assert.Equal(table.Fields(structure), again.Fields(structure));
    }

    [Theory]
    [MemberData(nameof(Shipped))]
    public void Fields_of_a_shipped_table_do_not_overlap_and_fill_their_struct(int number, string version)
    {
        LayoutTable table = LayoutTable.ForVersion(number);
        Assert.Equal(version, table.Version);
        foreach ((string structure, int size) in table.Sizes)
        {
            int end = 0;
            foreach (FieldLayout field in table.Fields(structure))
            {
                Assert.InRange(field.Offset - end, 0, 7);
                end = field.Offset + (field.IsPointer ? 8 : SizeOf(table, field.Type)) * field.Count;
            }

            Assert.InRange(size - end, 0, 7);
        }
    }

    [Theory]
    [MemberData(nameof(Shipped))]
    public void Sizes_that_dimensions_name_are_fields_of_the_model_or_the_data(int number, string version)
    {
        LayoutTable table = LayoutTable.ForVersion(number);
        Assert.Equal(version, table.Version);
        foreach (string word in new[] { "mjModel", "mjData" }.SelectMany(table.Fields).SelectMany(field => field.Dimensions)
            .SelectMany(word => word.Split('*')))
            Assert.True(int.TryParse(word, out _) || table.TryFind("mjModel", word, out _) || table.TryFind("mjData", word, out _), word);
    }

    [Fact]
    public void Both_versions_are_told_apart()
    {
        LayoutTable old = LayoutTable.ForVersion(222), now = LayoutTable.ForVersion(3017000);

        Assert.Equal(("int", "long"), (old.Find("mjModel", "nq").Type, now.Find("mjModel", "nq").Type));
        Assert.Equal(["nbody", "3"], old.Find("mjModel", "body_pos").Dimensions);
        Assert.Equal(["neq", "11"], old.Find("mjModel", "eq_data").Dimensions);      // mjNEQDATA
        Assert.Equal(["neq", "12"], now.Find("mjModel", "eq_data").Dimensions);
        Assert.Equal(["nv", "1"], now.Find("mjData", "qfrc_inverse").Dimensions);    // on the second line of its comment
        Assert.Equal(["nv", "1"], old.Find("mjData", "qfrc_inverse").Dimensions);    // on the first of two
        Assert.Equal(new FieldLayout("contact", "struct mjContact", now.Find("mjData", "contact").Offset, 1, true, ["ncon", "1"]),
            now.Find("mjData", "contact"));
        Assert.Equal((8, 7), (old.Find("mjData", "warning").Count, now.Find("mjData", "warning").Count));
        Assert.Equal(("float", 3), (now.Find("mjModel", "vis.headlight.ambient").Type, now.Find("mjModel", "vis.headlight.ambient").Count));
        Assert.Equal(
            now.Find("mjModel", "opt.gravity").Offset - now.Find("mjModel", "opt.timestep").Offset, now.Find("mjOption", "gravity").Offset);
        Assert.True(now.TryFind("mjData", "eq_active", out _));
        Assert.False(old.TryFind("mjData", "eq_active", out _));
        Assert.Equal((1, 3), (old.Constant("mjOBJ_BODY"), now.Constant("mjGEOM_CAPSULE")));
        Assert.Equal(0x203F, now.Constant("mjSTATE_FULLPHYSICS") | 0x20);            // all of it but the warm start
    }

    [Fact, Trait("Category", Installed.Category)]
    public void Debian_headers_give_the_shipped_table()
    {
        Installed.Require(Path.Combine(Headers, "mujoco.h"), "libmujoco-dev");
        LayoutTable made = CHeader.Read(Headers);
        Assert.SkipUnless(LayoutTable.Versions.Contains(made.Version), $"{Headers} is MuJoCo {made.Version}, for which there is no table.");
        Assert.Equal(Written(LayoutTable.ForVersion(made.Number)), Written(made));
    }

    [Fact]
    public void An_unknown_version_is_refused_with_those_there_are()
    {
        var error = Assert.Throws<AssetMissingException>(() => LayoutTable.ForVersion(337));
        Assert.Contains("MuJoCo 3.3.7 was not found", error.Message, StringComparison.Ordinal);
        Assert.Contains("2.2.2, 3.17.0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_names_offer_the_nearest()
    {
        LayoutTable table = LayoutTable.ForVersion(222);
        Assert.Contains("'body_pos'",
            Assert.Throws<UnknownNameException>(() => table.Find("mjModel", "body_posi")).Message, StringComparison.Ordinal);
        Assert.Contains("'mjModel'", Assert.Throws<UnknownNameException>(() => table.Fields("mjModl")).Message, StringComparison.Ordinal);
        Assert.Contains("'mjOBJ_BODY'",
            Assert.Throws<UnknownNameException>(() => table.Constant("mjOBJ_BODI")).Message, StringComparison.Ordinal);
        Assert.Throws<UnknownNameException>(() => table.TryFind("mjModl", "nq", out _));
    }

    [Theory]
    [InlineData("mujoco\t2.2.2\t223", "layout:1")]                                         // not the number's version
    [InlineData("mujoco\t2.2.2\t222\nfield\tnq\tint\t0\t1", "layout:2")]                  // of no struct
    [InlineData("mujoco\t2.2.2\t222\nstruct\tA\t8\t8\nfield\tnq\tint\t0", "layout:3")]    // cut off
    [InlineData("mujoco\t2.2.2\t222\nstruct\tA\t8\t8\nstruct\tA\t8\t8", "layout:3")]      // twice
    [InlineData("mujoco\t2.2.2\t222\nconstant\ta\t1\nconstant\ta\t2", "layout:3")]
    [InlineData("mujoco\t2.2.2\t222\n<<<<<<< ours", "layout:2")]
    [InlineData("# nothing", "layout: expected a line that names the version")]
    public void Text_that_is_no_layout_is_refused(string text, string where) =>
        Assert.StartsWith(where,
            Assert.Throws<CorruptFileException>(() => LayoutTable.Read(new StringReader(text))).Message, StringComparison.Ordinal);

    [Fact]
    public void Equal_fields_are_equal_whoever_made_their_dimensions()
    {
        string[] words = ["nq", "1"];
        var one = new FieldLayout("a", "int", 0, 1, true, [.. words]);
        Assert.Equal(one, new FieldLayout("a", "int", 0, 1, true, [.. words]));
        Assert.Equal(one.GetHashCode(), new FieldLayout("a", "int", 0, 1, true, [.. words]).GetHashCode());
        Assert.NotEqual(one, one with { Dimensions = ["nq", "2"] });
        Assert.NotEqual(one, one with { Offset = 4 });
    }

    private static string Written(LayoutTable table)
    {
        using var text = new StringWriter();
        table.Write(text);
        return text.ToString();
    }

    private static int SizeOf(LayoutTable table, string type) => type switch
    {
        "byte" or "char" => 1,
        "int" or "uint" or "float" => 4,
        "long" or "ulong" or "double" => 8,
        _ => table.Sizes[type["struct ".Length..]],
    };
}
