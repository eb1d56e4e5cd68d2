namespace EmbodiedRL.Envs.CartPole;

/// <summary>
/// Cart-pole expert: swings the pole up by energy control, then balances it by state feedback, with a linear blend between the two.
/// </summary>
/// <remarks>
/// The cart's acceleration u is what is chosen; a thin rod of length 1 m hinged at its end then obeys w' = a sin(angle) - b u cos(angle)
/// with a = 1.5 g and b = 1.5. The pole's energy above hanging grows at the rate -u cos(angle) w, hence the sign of the pump. The gains of
/// the balance put the poles of the linearized loop at -2, -2, -4 and -4 per second.
/// </remarks>
internal static class CartPoleExpert
{
    private const double Gravity = 9.81;                                   // m/s²
    private const double A = 1.5 * Gravity, B = 1.5;                       // 1/s², 1/m
    private const double Force = 10, Mass = 1.1;                           // N at full push, kg of cart and pole
    private const double Caught = 0.4;                                     // rad from upright, where the balance takes over
    private const double CaughtSpin = 3;                                   // rad/s
    private const double Pump = 1.6, Homing = 3.5, Braking = 2.5;          // of the swing-up: energy, cart position, cart velocity
    private const double RoomToPump = 1.1;                                 // m from the middle: beyond it the cart goes home first

    // (s + 2)²(s + 4)² = s⁴ + 12 s³ + 52 s² + 96 s + 64, coefficient by coefficient.
    private const double OfPosition = 64 / A, OfVelocity = 96 / A;
    private const double OfAngle = (52 + OfPosition + A) / B, OfSpin = (12 + OfVelocity) / B;

    /// <summary>The push on the cart, 1 is <see cref="Force"/> to the right; may go beyond 1.</summary>
    /// <param name="x">Cart, m from the middle.</param>
    /// <param name="v">Cart, m/s.</param>
    /// <param name="angle">Pole, rad from upright, any turn.</param>
    /// <param name="w">Pole, rad/s.</param>
    public static double Push(double x, double v, double angle, double w)
    {
        double lean = Math.IEEERemainder(angle, 2 * Math.PI);
        double acceleration = Math.Abs(lean) < Caught && Math.Abs(w) < CaughtSpin
            ? (OfPosition * x) + (OfVelocity * v) + (OfAngle * lean) + (OfSpin * w)
            : SwingUp(x, v, lean, w);
        return acceleration * Mass / Force;
    }

    private static double SwingUp(double x, double v, double lean, double w)
    {
        double missing = (A * (1 - Math.Cos(lean))) - (w * w / 2); // of the energy of standing still upright, for a unit of inertia
        double pump = -Pump * missing * Math.Sign(w * Math.Cos(lean));
        double home = -(Homing * x) - (Braking * v);
        return Math.Abs(x) > RoomToPump && x * pump > 0 ? home : Math.Clamp(pump, -7, 7) + home;
    }
}
