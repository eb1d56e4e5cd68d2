namespace EmbodiedRL.Envs.Tabletop;

/// <summary>Tabletop expert: a damped spring from the finger to a point, in each of its two joints.</summary>
internal static class TabletopExpert
{
    private const double Stiffness = 13, Damping = 2.2;                  // full forces per m, and per m/s

    /// <summary>The force of one joint, 1 is full; may go beyond 1.</summary>
    /// <param name="off">m, from the finger to the point.</param>
    /// <param name="velocity">m/s, of the finger.</param>
    public static float Push(double off, double velocity) => (float)((Stiffness * off) - (Damping * velocity));
}
