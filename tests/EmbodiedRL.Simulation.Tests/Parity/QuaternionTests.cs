using EmbodiedRL.Contracts;
using EmbodiedRL.Simulation.Native;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Simulation.Tests.Parity;

/// <summary>MuJoCo's helpers for rotations, on recorded cases.</summary>
[Trait("Category", "Parity")]
public sealed class QuaternionTests
{
    private const double Tolerance = 1e-14;

    private delegate void Helper(ReadOnlySpan<double> a, ReadOnlySpan<double> b, ReadOnlySpan<double> vector,
        double angle, Span<double> into);

    private static readonly Dictionary<string, Helper> Helpers = new()
    {
        ["mju_mulQuat(a,b)"] = (a, b, _, _, into) => Quaternions.Multiply(a, b, into),
        ["mju_negQuat(a)"] = (a, _, _, _, into) => Quaternions.Conjugate(a, into),
        ["mju_rotVecQuat(vec,a)"] = (a, _, vector, _, into) => Quaternions.Rotate(vector, a, into),
        ["mju_axisAngle2Quat(vec/|vec|,angle)"] = (_, _, vector, angle, into) => Quaternions.OfAngle(Unit(vector), angle, into),
        ["mju_quat2Mat(a)"] = (a, _, _, _, into) => Quaternions.ToMatrix(a, into),
        ["mju_mat2Quat(quat2Mat(a))"] = (a, _, _, _, into) =>
        {
            double[] matrix = new double[9];
            Quaternions.ToMatrix(a, matrix);
            Quaternions.OfMatrix(matrix, into);
        },
        ["mju_subQuat(a,b)"] = (a, b, _, _, into) => Quaternions.Subtract(a, b, into),
        ["mju_quatIntegrate(a,vec,0.3)"] = (a, _, vector, _, into) =>
        {
            a.CopyTo(into);
            Quaternions.Integrate(into, vector, 0.3);
        },
        ["mju_quatZ2Vec(vec)"] = (_, _, vector, _, into) => Quaternions.OfAxis(vector, into),
    };

    [Fact]
    public void Every_helper_gives_what_was_recorded()
    {
        var tensors = new FixtureTensors("simulation/helpers.expected.safetensors");
        Assert.SkipUnless(MuJoCoLibrary.Version == "2.2.2", "These numbers were recorded with MuJoCo 2.2.2.");
        string[] calls = [.. tensors.Names.Where(name => name.Contains('(', StringComparison.Ordinal))];
        Assert.Equal(Helpers.Keys.Order(StringComparer.Ordinal), calls.Order(StringComparer.Ordinal));
        double[] a = tensors.Doubles("quat_a"), b = tensors.Doubles("quat_b"), vectors = tensors.Doubles("vec"),
            angles = tensors.Doubles("angle");
        foreach (string call in calls)
        {
            double[] expected = tensors.Doubles(call);
            int width = (int)tensors.Shape(call)[1];
            double[] found = new double[width];
            for (int i = 0; i < angles.Length; i++)
            {
                Helpers[call](a.AsSpan(4 * i, 4), b.AsSpan(4 * i, 4), vectors.AsSpan(3 * i, 3), angles[i], found);
                Recording.AssertClose(expected.AsSpan(width * i, width), found, Tolerance, $"{call}, case {i}");
            }
        }
    }

    private static double[] Unit(ReadOnlySpan<double> vector)
    {
        double length = Math.Sqrt((vector[0] * vector[0]) + (vector[1] * vector[1]) + (vector[2] * vector[2]));
        return [vector[0] / length, vector[1] / length, vector[2] / length];
    }
}
