namespace EmbodiedRL.Simulation.Physics;

/// <summary>Contact: two geoms that touch or nearly touch; in MuJoCo's own memory, valid until the state's next step.</summary>
public readonly unsafe ref struct Contact
{
    private readonly byte* _at;
    private readonly ContactLayout _layout;

    internal Contact(byte* at, ContactLayout layout)
    {
        _at = at;
        _layout = layout;
    }

    /// <summary>Between the surfaces, m; negative where they overlap.</summary>
    public double Distance => Double(_layout.Distance);

    /// <summary>Midway between the surfaces, [3], m.</summary>
    public ReadOnlySpan<double> Position => Doubles(_layout.Position, 3);

    /// <summary>Three axes as rows, [9]: the normal, from the first geom to the second, and two tangents.</summary>
    public ReadOnlySpan<double> Frame => Doubles(_layout.Frame, 9);

    /// <summary>Of the two tangents, of spinning, of two ways of rolling, [5].</summary>
    public ReadOnlySpan<double> Friction => Doubles(_layout.Friction, 5);

    /// <summary>Stiffness and damping of the constraint as MuJoCo has them, [2].</summary>
    public ReadOnlySpan<double> SolverReference => Doubles(_layout.SolverReference, 2);

    /// <summary>Impedance of the constraint as MuJoCo has it, [5].</summary>
    public ReadOnlySpan<double> SolverImpedance => Doubles(_layout.SolverImpedance, 5);

    /// <summary>The constraint acts below this distance, m.</summary>
    public double IncludeMargin => Double(_layout.IncludeMargin);

    /// <summary>Friction of the regularized cone.</summary>
    public double Mu => Double(_layout.Mu);

    /// <summary>1, 3, 4 or 6: how much of sliding, spinning and rolling it resists.</summary>
    public int Dimension => Int(_layout.Dimension);

    /// <summary>The first geom; index -1 if it belongs to a flex.</summary>
    public GeomId First => new(Int(_layout.Geom1));

    /// <summary>The second geom; index -1 if it belongs to a flex.</summary>
    public GeomId Second => new(Int(_layout.Geom2));

    /// <summary>Its first row among the constraints (efc_...); -1 if it has none.</summary>
    public int ConstraintAddress => Int(_layout.ConstraintAddress);

    /// <summary>0 if the contact acts, else MuJoCo's number for why not.</summary>
    public int Exclusion => Int(_layout.Exclusion);

    /// <summary>Whether it is between these two geoms, in either order.</summary>
    public bool IsBetween(GeomId one, GeomId other) => (First == one && Second == other) || (First == other && Second == one);

    private double Double(int offset) => *(double*)(_at + offset);

    private int Int(int offset) => *(int*)(_at + offset);

    private ReadOnlySpan<double> Doubles(int offset, int count) => new(_at + offset, count);
}
