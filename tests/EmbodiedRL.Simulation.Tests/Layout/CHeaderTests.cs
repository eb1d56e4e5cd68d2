using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Layout;

namespace EmbodiedRL.Simulation.Tests.Layout;

public sealed class CHeaderTests
{
    private const string Base = """
        #include <mujoco/mjtnum.h>

        typedef struct mjModel_ {         // everything
          int       nq;                   // number of coordinates
          mjtNum    timestep;             // seconds
          mjtByte   flag;                 // one byte
          float     rgba[4];              // color (alpha=1)
          mjtNum*   qpos0;                // position      (nq x 1)
        } mjModel;
        """;

    [Fact]
    public void Every_field_lies_at_the_next_multiple_of_its_alignment()
    {
        LayoutTable table = HeaderFolder.Read(Base);

        Assert.Equal(
            [
                new FieldLayout("nq", "int", 0, 1, false, []),              // 0..4
                new FieldLayout("timestep", "double", 8, 1, false, []),     // 4 bytes of padding, 8..16
                new FieldLayout("flag", "byte", 16, 1, false, []),          // 16..17
                new FieldLayout("rgba", "float", 20, 4, false, []),         // 3 of padding, 20..36
                new FieldLayout("qpos0", "double", 40, 1, true, ["nq", "1"]), // 4 of padding, 40..48
            ],
            table.Fields("mjModel"));
        Assert.Equal(48, table.Sizes["mjModel"]);
        Assert.Equal(987, table.Number);
        Assert.Equal("9.8.7", table.Version);
    }

    [Fact]
    public void A_moved_field_moves_the_others()
    {
        const string qpos0 = "  mjtNum*   qpos0;                // position      (nq x 1)\n";
        string moved = Base.Replace(qpos0, "", StringComparison.Ordinal)
            .Replace("  int       nq;", qpos0 + "  int       nq;", StringComparison.Ordinal);

        // qpos0 0..8, nq 8..12, timestep 16..24, flag 24..25, rgba 28..44, and 4 bytes to the next multiple of 8.
        AssertLayout(moved, 48, ("qpos0", 0), ("nq", 8), ("timestep", 16), ("flag", 24), ("rgba", 28));
    }

    [Fact]
    public void An_added_field_takes_padding_first() =>
        // nv 4..8 lies where padding was: nothing else moves.
        AssertLayout(With("  int       nq; ", "  int       nq, nv; "), 48, ("nq", 0), ("nv", 4), ("timestep", 8), ("flag", 16),
            ("rgba", 20), ("qpos0", 40));

    [Fact]
    public void A_field_added_at_the_end_pads_the_struct() =>
        // last 48..49, and 7 bytes to the next multiple of 8.
        AssertLayout(With("} mjModel;", "  mjtByte last;\n} mjModel;"), 56, ("qpos0", 40), ("last", 48));

    [Fact]
    public void A_removed_field_takes_its_padding_with_it() =>
        // nq 0..4, flag 4..5, rgba 8..24, qpos0 24..32.
        AssertLayout(With("  mjtNum    timestep; ", "  // "), 32, ("nq", 0), ("flag", 4), ("rgba", 8), ("qpos0", 24));

    [Fact]
    public void A_changed_type_changes_size_and_padding()
    {
        // timestep 4..8 needs no padding now; flag 8..9, rgba 12..28, qpos0 32..40.
        string single = With("  mjtNum    timestep; ", "  float     timestep; ");
        AssertLayout(single, 40, ("nq", 0), ("timestep", 4), ("flag", 8), ("rgba", 12), ("qpos0", 32));
        Assert.Equal("float", HeaderFolder.Read(single).Find("mjModel", "timestep").Type);

        // nq 0..8 takes what was padding.
        string wide = With("  int       nq; ", "  int64_t   nq; ");
        AssertLayout(wide, 48, ("nq", 0), ("timestep", 8), ("flag", 16));
        Assert.Equal("long", HeaderFolder.Read(wide).Find("mjModel", "nq").Type);
    }

    [Fact]
    public void Conditions_of_the_preprocessor_choose_the_type()
    {
        LayoutTable table = HeaderFolder.Read("#define mjUSESINGLE\n" + Base);
        Assert.Equal(("float", 4), (table.Find("mjModel", "timestep").Type, table.Find("mjModel", "timestep").Offset));
        Assert.Equal("float", table.Find("mjModel", "qpos0").Type);

        string nested = """
            #define LEVEL (1<<2)
            #if defined(NOT_THERE) || !defined LEVEL
              typedef int chosen;
            #elif LEVEL >= 4 && NOT_THERE == 0
              #if 0
                typedef float chosen;
              #else
                typedef unsigned long long chosen;
              #endif
            #else
              typedef char chosen;
            #endif
            struct mjModel { chosen value; };
            """;
        Assert.Equal("ulong", HeaderFolder.Read(nested).Find("mjModel", "value").Type);
    }

    [Fact]
    public void All_numbers_of_C_have_their_size()
    {
        LayoutTable table = HeaderFolder.Read("""
            typedef enum mjtKind_ { mjKIND_ONE = 1 } mjtKind;
            struct mjModel {
              char a; unsigned char b; _Bool c; bool d; uint8_t e;              // 0..5
              unsigned int f; unsigned g; const int h; int32_t i; uint32_t j;   // 8..28
              enum mjtKind_ k; mjtKind l;                                       // 28..36
              long m; unsigned long int n; size_t o; uintptr_t p; int64_t q;    // 40..80
              const char* r; void* s; char** t;                                 // 80..104
              int (*u)(const void* a, int b);                                   // 104..112
            };
            """);
        string[] types =
        [
            "char", "byte", "byte", "byte", "byte", "uint", "uint", "int", "int", "uint", "int", "int",
            "long", "ulong", "ulong", "ulong", "long", "char", "ptr", "ptr", "ptr",
        ];
        int[] offsets = [0, 1, 2, 3, 4, 8, 12, 16, 20, 24, 28, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104];
        Assert.Equal(types, table.Fields("mjModel").Select(field => field.Type));
        Assert.Equal(offsets, table.Fields("mjModel").Select(field => field.Offset));
        Assert.Equal(["r", "s", "t", "u"], table.Fields("mjModel").Where(field => field.IsPointer).Select(field => field.Name));
        Assert.Equal(112, table.Sizes["mjModel"]);
    }

    [Fact]
    public void Structs_in_place_are_flattened_and_arrays_of_them_are_not()
    {
        LayoutTable table = HeaderFolder.Read("""
            struct mjStat_ { int number; double duration; };                    // 16 bytes, aligned to 8
            typedef struct mjStat_ mjStat;
            typedef struct mjVisual_ {
              struct { float fovy; int width; } global;                         // 0..8
              struct mjLight { float ambient[3]; struct { char on; } power; } headlight;     // 8..24
            } mjVisual;
            typedef struct mjModel_ {
              char first;                                                       // 0..1
              mjVisual vis;                                                     // 4..28, aligned to 4
              mjStat stat;                                                      // 32..48
              mjStat timer[3];                                                  // 48..96
              mjStat* list;                                                     // 96..104
            } mjModel;
            """, "mjModel", "mjVisual", "mjStat");

        Assert.Equal(
            [
                new FieldLayout("first", "char", 0, 1, false, []),
                new FieldLayout("vis.global.fovy", "float", 4, 1, false, []),
                new FieldLayout("vis.global.width", "int", 8, 1, false, []),
                new FieldLayout("vis.headlight.ambient", "float", 12, 3, false, []),
                new FieldLayout("vis.headlight.power.on", "char", 24, 1, false, []),
                new FieldLayout("stat.number", "int", 32, 1, false, []),
                new FieldLayout("stat.duration", "double", 40, 1, false, []),
                new FieldLayout("timer", "struct mjStat", 48, 3, false, []),
                new FieldLayout("list", "struct mjStat", 96, 1, true, []),
            ],
            table.Fields("mjModel"));
        Assert.Equal([104, 24, 16], table.Sizes.Values);
        Assert.Equal(20, table.Find("mjVisual", "headlight.power.on").Offset);
    }

    [Fact]
    public void Lengths_are_constants_of_enums_and_defines()
    {
        LayoutTable table = HeaderFolder.Read("""
            #define mjNREF 2            // with a comment
            #define mjPI 3.14159265358979323846
            #define mjMAXVAL 1E+10      // no whole number
            #define mjALIAS (mjNREF)
            #define mjTAKES(x) ((x) + 1)
            typedef enum mjtWarning_ {  // kinds
              mjWARN_INERTIA = 0,       // the first
              mjWARN_CONTACT,           // one more
              mjWARN_BAD = 1<<3,
              // a comment between
              mjNWARNING,               // 9
              mjWARN_ALL = mjWARN_CONTACT | mjWARN_BAD,
              mjWARN_NONE = -1,
              mjWARN_HEX = 0x1F
            } mjtWarning;
            struct mjModel {
              double a[mjNREF];                 // 0..16
              int b[mjNWARNING];                // 16..52
              char c[mjALIAS * 3 + 1][mjNREF];  // 52..66
              void* d[4];                       // 72..104
            };
            """);
        Assert.Equal([2, 9, 14, 4], table.Fields("mjModel").Select(field => field.Count));
        Assert.Equal([0, 16, 52, 72], table.Fields("mjModel").Select(field => field.Offset));
        Assert.Equal((104, true), (table.Sizes["mjModel"], table.Find("mjModel", "d").IsPointer));

        (string, int)[] expected =
        [
            ("mjALIAS", 2), ("mjNREF", 2), ("mjNWARNING", 9), ("mjVERSION_HEADER", 987), ("mjWARN_ALL", 9), ("mjWARN_BAD", 8),
            ("mjWARN_CONTACT", 1), ("mjWARN_HEX", 31), ("mjWARN_INERTIA", 0), ("mjWARN_NONE", -1),
        ];
        Assert.Equal(expected, table.Constants.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, pair.Value)));
        Assert.Equal(9, table.Constant("mjNWARNING"));
        Assert.Contains("mjWARN_BAD",
            Assert.Throws<UnknownNameException>(() => table.Constant("mjWARN_BED")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("// position offset (nbody x 3)", "nbody", "3")]
    [InlineData("// equality (connect, weld) reference    (neq x mjNREF)", "neq", "2")]
    [InlineData("// user data (nuserdata)", "nuserdata")]
    [InlineData("// key positions (nkey x nmocap*3)", "nkey", "nmocap*3")]
    [InlineData("/* type of both objects (mjtObj) (neq x 1) */", "neq", "1")]
    [InlineData("// type (mjtObj)")]
    [InlineData("// scale; see (2 x below) (nq x 1", "2", "below")]
    [InlineData("// buffer (nstack mjtNums)")]
    [InlineData("// no size at all")]
    [InlineData("")]
    [InlineData("// net force; should equal:\n                     // applied + J'*other   (nv x 1)", "nv", "1")]
    [InlineData("// net force; should equal:   (nv x 1)\n                     // applied + (more)", "nv", "1")]
    [InlineData("// net force (nv x 1)\n  // of the next section (nq x 7)", "nv", "1")]
    [InlineData("\n                     // about nothing (nq x 7)")]
    public void Dimensions_stand_in_the_comment(string comment, params string[] dimensions)
    {
        LayoutTable table = HeaderFolder.Read($"#define mjNREF 2\nstruct mjModel {{\n  const double* one; {comment}\n  float* other;\n}};");
        Assert.Equal(dimensions, table.Find("mjModel", "one").Dimensions);
        Assert.Empty(table.Find("mjModel", "other").Dimensions);
    }

    [Fact]
    public void What_lies_in_place_or_is_untyped_has_no_dimensions()
    {
        LayoutTable table = HeaderFolder.Read("struct mjModel {\n  int a[3]; // (n x 3)\n  void* b; // (nbuffer)\n};");
        Assert.All(table.Fields("mjModel"), field => Assert.Empty(field.Dimensions));
    }

    [Theory]
    [InlineData("int a[mjUNKNOWN];", 3, "'mjUNKNOWN'")]
    [InlineData("int a[];", 3, "array length")]
    [InlineData("int ok;\n  int a[1.5];", 4, "'1.5'")]
    [InlineData("mjtNothing a;", 3, "'mjtNothing'")]
    [InlineData("mjtNothing* a;", 3, "'mjtNothing'")]
    [InlineData("short a;", 3, "'short'")]
    [InlineData("long double a;", 3, "'long double'")]
    [InlineData("int a : 3;", 3, "':'")]
    [InlineData("union { int a; float b; } c;", 3, "'union'")]
    [InlineData("struct { int a; } b[2];", 3, "struct with a name")]
    [InlineData("struct mjOpaque a;", 3, "'struct mjOpaque'")]
    [InlineData("_Alignas(16) int a;", 3, "'('")]
    [InlineData("int a __attribute__((packed));", 3, "'__attribute__'")]
    [InlineData("\n\n  int a", 5, "semicolon")]
    [InlineData("int;", 3, "name of a field")]
    public void What_is_not_understood_is_named_with_file_and_line(string field, int line, string what)
    {
        using var folder = new HeaderFolder($"#define HERE 1\nstruct mjModel {{\n  {field}\n}};");
        var error = Assert.Throws<CorruptFileException>(() => CHeader.Read(folder.Path, ["mjModel"]));
        Assert.StartsWith($"{folder["mjmodel.h"]}:{line}: expected ", error.Message, StringComparison.Ordinal);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\nenum { mjA = sizeof(int) };", 2)]
    [InlineData("struct mjModel {\n  int a;\n", 1)]
    [InlineData("#if HERE(1)\n#endif", 1)]
    [InlineData("#pragma pack(push, 1)", 1)]
    [InlineData("\n\n#endif\nint a;", 3)]
    public void A_broken_header_is_named_with_file_and_line(string text, int line)
    {
        using var folder = new HeaderFolder(text + "\nstruct mjModel { int a; };");
        var error = Assert.Throws<CorruptFileException>(() => CHeader.Read(folder.Path, ["mjModel"]));
        Assert.StartsWith($"{folder["mjmodel.h"]}:{line}: expected ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_nobody_asked_for_may_be_odd() =>
        AssertLayout("typedef struct mjOdd_ { union { int a; } b; short c : 2; } mjOdd;\ntypedef union { int a; } mjEither;\n" + Base,
            48, ("qpos0", 40));

    [Theory]
    [InlineData("struct mjModel;")]
    [InlineData("struct mjModel { char a; int b; } __attribute__((packed));")]
    [InlineData("typedef struct { char a; int b; } __attribute__((packed)) mjModel;")]
    public void A_struct_that_is_not_there_or_packed_is_refused(string text)
    {
        using var folder = new HeaderFolder(text);
        var error = Assert.Throws<CorruptFileException>(() => CHeader.Read(folder.Path, ["mjModel"]));
        Assert.Contains("struct mjModel", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_headers_or_version_is_refused()
    {
        using var folder = new HeaderFolder(Base, main: "#include \"mjmodel.h\"");
        Assert.Contains("mjVERSION_HEADER",
            Assert.Throws<CorruptFileException>(() => CHeader.Read(folder.Path, ["mjModel"])).Message, StringComparison.Ordinal);
        File.Delete(folder["mujoco.h"]);
        Assert.Contains(folder["mujoco.h"],
            Assert.Throws<AssetMissingException>(() => CHeader.Read(folder.Path)).Message, StringComparison.Ordinal);
    }

    private static string With(string old, string now)
    {
        Assert.Contains(old, Base, StringComparison.Ordinal);
        return Base.Replace(old, now, StringComparison.Ordinal);
    }

    private static void AssertLayout(string model, int size, params (string Field, int Offset)[] offsets)
    {
        LayoutTable table = HeaderFolder.Read(model);
        foreach ((string field, int offset) in offsets) Assert.Equal((field, offset), (field, table.Find("mjModel", field).Offset));
        Assert.Equal(size, table.Sizes["mjModel"]);
    }
}
