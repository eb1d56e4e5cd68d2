using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Layout;

namespace EmbodiedRL.Simulation;

/// <summary>Everything that a later step depends on, for checkpoints. Without qacc_warmstart a body in contact would go on otherwise.</summary>
internal static class PhysicsState
{
    private static readonly string[] Arrays =
        ["qpos", "qvel", "act", "qacc_warmstart", "ctrl", "qfrc_applied", "xfrc_applied", "mocap_pos", "mocap_quat", "userdata"];

    /// <summary>Writes the states of environments of one model, array by array, [N, ...].</summary>
    public static void Save(Snapshot into, IReadOnlyList<PhysicsView> environments)
    {
        into.Put<double>("time", [.. environments.Select(physics => physics.Time)]);
        foreach (string name in Arrays)
        {
            int length = LengthOf(name, environments[0].Model);
            double[] values = new double[environments.Count * length];
            for (int i = 0; i < environments.Count; i++) environments[i].Fields.Behind<double>(name, length).CopyTo(values.AsSpan(i * length));
            into.Put<double>(name, values);
        }
    }

    /// <summary>Brings back what <see cref="Save"/> wrote; kinematics are computed.</summary>
    public static void Load(Snapshot from, IReadOnlyList<PhysicsView> environments)
    {
        double[] times = new double[environments.Count];
        from.Get<double>("time", times);
        for (int i = 0; i < environments.Count; i++) environments[i].Fields.InPlace<double>("time")[0] = times[i];
        foreach (string name in Arrays) Read(from, name, environments);
        foreach (PhysicsView physics in environments) physics.UpdateKinematics();
    }

    private static void Read(Snapshot from, string name, IReadOnlyList<PhysicsView> environments)
    {
        int length = LengthOf(name, environments[0].Model);
        double[] values = new double[environments.Count * length];
        from.Get<double>(name, values);
        for (int i = 0; i < environments.Count; i++) values.AsSpan(i * length, length).CopyTo(environments[i].Fields.Behind<double>(name, length));
    }

    private static int LengthOf(string array, Model model)
    {
        FieldLayout field = Model.Table.Find("mjData", array);
        return model.LengthOf(field);
    }
}
