using EmbodiedRL.Simulation.Layout;

namespace EmbodiedRL.Simulation.Physics;

/// <summary>Layout of a contact in this version of MuJoCo.</summary>
internal sealed class ContactLayout(LayoutTable table)
{
    private const string Structure = "mjContact";

    public int Size { get; } = table.Sizes[Structure];

    public int Distance { get; } = table.Find(Structure, "dist").Offset;

    public int Position { get; } = table.Find(Structure, "pos").Offset;

    public int Frame { get; } = table.Find(Structure, "frame").Offset;

    public int Friction { get; } = table.Find(Structure, "friction").Offset;

    public int SolverReference { get; } = table.Find(Structure, "solref").Offset;

    public int SolverImpedance { get; } = table.Find(Structure, "solimp").Offset;

    public int IncludeMargin { get; } = table.Find(Structure, "includemargin").Offset;

    public int Mu { get; } = table.Find(Structure, "mu").Offset;

    public int Dimension { get; } = table.Find(Structure, "dim").Offset;

    public int Geom1 { get; } = table.Find(Structure, "geom1").Offset;

    public int Geom2 { get; } = table.Find(Structure, "geom2").Offset;

    public int Exclusion { get; } = table.Find(Structure, "exclude").Offset;

    public int ConstraintAddress { get; } = table.Find(Structure, "efc_address").Offset;

    /// <summary>In mjData: where the first contact's address is kept.</summary>
    public int First { get; } = table.Find("mjData", "contact").Offset;

    /// <summary>In mjData: how many contacts.</summary>
    public int Count { get; } = table.Find("mjData", "ncon").Offset;

    /// <summary>In mjData: how many rows of constraints.</summary>
    public int Constraints { get; } = table.Find("mjData", "nefc").Offset;

    /// <summary>Whether rays also tell the direction of what they met.</summary>
    public bool HasNormals { get; } = table.Number >= 3017000;
}
