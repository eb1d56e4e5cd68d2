using EmbodiedRL.Simulation.Physics;
namespace EmbodiedRL.Simulation.Mjcf;

/// <summary>Reader of rows: copies the fields of one state. Keeps the addresses of MuJoCo's arrays, which never move.</summary>
internal sealed unsafe class MjcfRow(PhysicsView physics)
{
    private readonly double* _sensors = physics.Fields.Pointer<double>("sensordata"), _positions = physics.Fields.Pointer<double>("xpos"),
        _quaternions = physics.Fields.Pointer<double>("xquat"),
        _velocities = physics.Fields.Pointer<double>("cvel"), _centers = physics.Fields.Pointer<double>("subtree_com");

    private readonly int[] _roots = [.. physics.Model.Array<int>("body_rootid")];

    /// <summary>Whose state it reads.</summary>
    public PhysicsView Physics { get; } = physics;

    /// <summary>Writes the fields one after the other.</summary>
    public void Read(MjcfField[] fields, Span<float> into)
    {
        int at = 0;
        foreach (MjcfField field in fields)
        {
            Read(field, into.Slice(at, field.Spec.Length));
            at += field.Spec.Length;
        }
    }

    private void Read(in MjcfField field, Span<float> into)
    {
        switch (field.Source)
        {
            case Source.Position:
                Copy(Physics.Positions[field.Index..], into);
                break;
            case Source.Velocity:
                Copy(Physics.Velocities[field.Index..], into);
                break;
            case Source.Sensor:
                Copy(new ReadOnlySpan<double>(_sensors + field.Index, into.Length), into);
                break;
            case Source.BodyPosition:
                Copy(new ReadOnlySpan<double>(_positions + (3 * field.Index), 3), into);
                break;
            case Source.BodyOrientation:
                Copy(new ReadOnlySpan<double>(_quaternions + (4 * field.Index), 4), into);
                break;
            case Source.BodySpin:
                Copy(new ReadOnlySpan<double>(_velocities + (6 * field.Index), 3), into);
                break;
            default:
                ReadVelocity(field.Index, into);
                break;
        }
    }

    /// <summary>
    /// MuJoCo keeps velocities about the center of mass of the whole tree: v at the frame is v there plus spin times the arm.
    /// </summary>
    private void ReadVelocity(int body, Span<float> into)
    {
        double* spin = _velocities + (6 * body), linear = spin + 3, at = _positions + (3 * body), center = _centers + (3 * _roots[body]);
        double x = at[0] - center[0], y = at[1] - center[1], z = at[2] - center[2];
        into[0] = (float)(linear[0] + (spin[1] * z) - (spin[2] * y));
        into[1] = (float)(linear[1] + (spin[2] * x) - (spin[0] * z));
        into[2] = (float)(linear[2] + (spin[0] * y) - (spin[1] * x));
    }

    private static void Copy(ReadOnlySpan<double> from, Span<float> into)
    {
        for (int i = 0; i < into.Length; i++) into[i] = (float)from[i];
    }
}
