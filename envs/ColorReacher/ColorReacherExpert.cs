namespace EmbodiedRL.Envs.ColorReacher;

/// <summary>Color-reacher expert: inverse kinematics of a two-link arm, tracked by a damped spring in each joint.</summary>
internal static class ColorReacherExpert
{
    private const double Link = 0.5;                                     // m, both links
    private const double Stiffness = 6, Damping = 1.6;                   // full torques per rad, and per rad/s

    /// <summary>The torques, 1 is full; may go beyond 1.</summary>
    /// <param name="shoulder">rad, rad/s.</param>
    /// <param name="elbow">rad, rad/s.</param>
    /// <param name="elbowLimit">rad, as far as the elbow bends either way.</param>
    /// <param name="x">m, of the point.</param>
    /// <param name="y">m, of the point.</param>
    /// <param name="action">[2], overwritten.</param>
    public static void Turn((double Angle, double Velocity) shoulder, (double Angle, double Velocity) elbow, double elbowLimit, double x,
        double y, Span<float> action)
    {
        double distance = Math.Clamp(Math.Sqrt((x * x) + (y * y)), 2 * Link * Math.Cos(elbowLimit / 2), 2 * Link);
        double bend = 2 * Math.Acos(distance / (2 * Link));              // equal links: an isosceles triangle
        double elbowTo = elbow.Angle < 0 ? -bend : bend;                 // the way it bends already
        double shoulderOff = Math.IEEERemainder(Math.Atan2(y, x) - (elbowTo / 2) - shoulder.Angle, 2 * Math.PI);
        action[0] = (float)((Stiffness * shoulderOff) - (Damping * shoulder.Velocity));
        action[1] = (float)((Stiffness * (elbowTo - elbow.Angle)) - (Damping * elbow.Velocity));
    }
}
