using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Layout;

namespace EmbodiedRL.Simulation.Physics;

/// <summary>Physics state: every value that a later step depends on, qacc_warmstart included, since contacts depend on it.</summary>
internal static class PhysicsState
{
    // Newer versions have the last three.
    private static readonly string[] Known =
        [
            "qpos", "qvel", "act", "qacc_warmstart", "ctrl", "qfrc_applied", "xfrc_applied", "mocap_pos", "mocap_quat", "userdata",
            "history", "plugin_state", "eq_active"
        ];

    private static readonly FieldLayout[] Arrays =
        [.. Known.Where(name => MujocoModel.Table.TryFind("mjData", name, out _)).Select(name => MujocoModel.Table.Find("mjData", name))];

    /// <summary>Numbers of one state: time, then the arrays.</summary>
    public static int LengthOf(PhysicsView physics)
    {
        int length = 1;
        foreach (FieldLayout field in Arrays) length += physics.Model.LengthOf(field);
        return length;
    }

    /// <summary>Copies a state out of MuJoCo's memory.</summary>
    public static void Write(PhysicsView physics, Span<double> into)
    {
        into[0] = physics.Time;
        into = into[1..];
        foreach (FieldLayout field in Arrays)
        {
            int length = physics.Model.LengthOf(field);
            if (field.Type == "double") physics.Fields.Behind<double>(field.Name, length).CopyTo(into);
            else Convert(physics.Fields.Behind<byte>(field.Name, length), into);
            into = into[length..];
        }
    }

    /// <summary>Copies a state into MuJoCo's memory.</summary>
    public static void Read(PhysicsView physics, ReadOnlySpan<double> state)
    {
        physics.Fields.InPlace<double>("time")[0] = state[0];
        state = state[1..];
        foreach (FieldLayout field in Arrays)
        {
            int length = physics.Model.LengthOf(field);
            if (field.Type == "double") state[..length].CopyTo(physics.Fields.Behind<double>(field.Name, length));
            else Convert(state[..length], physics.Fields.Behind<byte>(field.Name, length));
            state = state[length..];
        }
    }

    /// <summary>Writes the states of environments of one model, array by array, [N, ...].</summary>
    public static void Save(Snapshot into, IReadOnlyList<PhysicsView> environments)
    {
        int width = LengthOf(environments[0]), offset = 1;
        double[] states = new double[environments.Count * width];
        for (int i = 0; i < environments.Count; i++) Write(environments[i], states.AsSpan(i * width, width));
        into.Put<double>("time", Column(states, width, 0, 1));
        foreach (FieldLayout field in Arrays)
        {
            int length = environments[0].Model.LengthOf(field);
            into.Put<double>(field.Name, Column(states, width, offset, length));
            offset += length;
        }
    }

    /// <summary>Brings back what <see cref="Save"/> wrote; kinematics are computed.</summary>
    public static void Load(Snapshot from, IReadOnlyList<PhysicsView> environments)
    {
        int width = LengthOf(environments[0]), offset = 1;
        double[] states = new double[environments.Count * width];
        Fill(from, "time", states, width, 0, 1);
        foreach (FieldLayout field in Arrays)
        {
            int length = environments[0].Model.LengthOf(field);
            Fill(from, field.Name, states, width, offset, length);
            offset += length;
        }

        for (int i = 0; i < environments.Count; i++) environments[i].RestoreState(states.AsSpan(i * width, width));
    }

    private static double[] Column(double[] states, int width, int offset, int length)
    {
        double[] column = new double[states.Length / width * length];
        for (int row = 0; row < states.Length / width; row++)
            states.AsSpan((row * width) + offset, length).CopyTo(column.AsSpan(row * length));
        return column;
    }

    private static void Fill(Snapshot from, string name, double[] states, int width, int offset, int length)
    {
        double[] column = new double[states.Length / width * length];
        from.Get<double>(name, column);
        for (int row = 0; row < states.Length / width; row++)
            column.AsSpan(row * length, length).CopyTo(states.AsSpan((row * width) + offset));
    }

    private static void Convert(ReadOnlySpan<byte> flags, Span<double> into)
    {
        for (int i = 0; i < flags.Length; i++) into[i] = flags[i];
    }

    private static void Convert(ReadOnlySpan<double> values, Span<byte> into)
    {
        for (int i = 0; i < values.Length; i++) into[i] = (byte)values[i];
    }
}
