using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Native;

namespace EmbodiedRL.Simulation.Physics;

/// <summary>
/// Rotations in MuJoCo's convention: unit quaternions (w, x, y, z), row-major 3 x 3 matrices, right-handed, radians. Computed by MuJoCo.
/// </summary>
/// <remarks>Results may be written over arguments. Every length is checked.</remarks>
public static unsafe class Quaternions
{
    /// <summary>First the second rotation, then the first.</summary>
    public static void Multiply(ReadOnlySpan<double> first, ReadOnlySpan<double> second, Span<double> into)
    {
        Require(first, 4, second, 4, into, 4);
        double* result = stackalloc double[4];
        fixed (double* a = first, b = second) Functions.MultiplyQuaternions(result, a, b);
        Copy(result, into);
    }

    /// <summary>The rotation back.</summary>
    public static void Conjugate(ReadOnlySpan<double> quaternion, Span<double> into)
    {
        Require(quaternion, 4, quaternion, 4, into, 4);
        double* result = stackalloc double[4];
        fixed (double* a = quaternion) Functions.ConjugateQuaternion(result, a);
        Copy(result, into);
    }

    /// <summary>Turns a vector.</summary>
    public static void Rotate(ReadOnlySpan<double> vector, ReadOnlySpan<double> quaternion, Span<double> into)
    {
        Require(vector, 3, quaternion, 4, into, 3);
        double* result = stackalloc double[3];
        fixed (double* v = vector, a = quaternion) Functions.RotateVector(result, v, a);
        Copy(result, into);
    }

    /// <summary>The rotation by an angle about a unit axis.</summary>
    public static void OfAngle(ReadOnlySpan<double> axis, double angle, Span<double> into)
    {
        Require(axis, 3, axis, 3, into, 4);
        double* result = stackalloc double[4];
        fixed (double* v = axis) Functions.QuaternionOfAngle(result, v, angle);
        Copy(result, into);
    }

    /// <summary>The rotation that turns the z axis into a direction.</summary>
    public static void OfAxis(ReadOnlySpan<double> direction, Span<double> into)
    {
        Require(direction, 3, direction, 3, into, 4);
        double* result = stackalloc double[4];
        fixed (double* v = direction) Functions.QuaternionToAxis(result, v);
        Copy(result, into);
    }

    /// <summary>The rotation of a matrix.</summary>
    public static void OfMatrix(ReadOnlySpan<double> matrix, Span<double> into)
    {
        Require(matrix, 9, matrix, 9, into, 4);
        double* result = stackalloc double[4];
        fixed (double* m = matrix) Functions.QuaternionOfMatrix(result, m);
        Copy(result, into);
    }

    /// <summary>The matrix of a rotation.</summary>
    public static void ToMatrix(ReadOnlySpan<double> quaternion, Span<double> into)
    {
        Require(quaternion, 4, quaternion, 4, into, 9);
        double* result = stackalloc double[9];
        fixed (double* a = quaternion) Functions.MatrixOfQuaternion(result, a);
        Copy(result, into);
    }

    /// <summary>The rotation vector, in rad, that leads from the second rotation to the first within a second.</summary>
    public static void Subtract(ReadOnlySpan<double> first, ReadOnlySpan<double> second, Span<double> into)
    {
        Require(first, 4, second, 4, into, 3);
        double* result = stackalloc double[3];
        fixed (double* a = first, b = second) Functions.SubtractQuaternions(result, a, b);
        Copy(result, into);
    }

    /// <summary>Goes on turning for a time, in place.</summary>
    /// <param name="quaternion">[4], changed.</param>
    /// <param name="velocity">[3], rad/s, about the turned axes.</param>
    /// <param name="time">Seconds.</param>
    public static void Integrate(Span<double> quaternion, ReadOnlySpan<double> velocity, double time)
    {
        Require(quaternion, 4, velocity, 3, quaternion, 4);
        fixed (double* a = quaternion, v = velocity) Functions.IntegrateQuaternion(a, v, time);
    }

    private static void Require(ReadOnlySpan<double> one, int oneLength, ReadOnlySpan<double> other, int otherLength,
        ReadOnlySpan<double> into, int intoLength)
    {
        MuJoCoLibrary.EnsureLoaded();
        SpecMismatchException.ThrowIfLength("first argument", one.Length, oneLength);
        SpecMismatchException.ThrowIfLength("second argument", other.Length, otherLength);
        SpecMismatchException.ThrowIfLength("result", into.Length, intoLength);
    }

    private static void Copy(double* result, Span<double> into) => new ReadOnlySpan<double>(result, into.Length).CopyTo(into);
}
