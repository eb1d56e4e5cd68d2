namespace EmbodiedRL.Simulation.Native;

/// <summary>Limit on the scratch memory that MuJoCo uses in a step. When it runs out, MuJoCo ends the process.</summary>
internal static class EngineMemory
{
    /// <summary>
    /// Gives a model that asks for less than MuJoCo would choose by itself as much as that. Memory that is never touched costs nothing, and
    /// a file that was tuned for an older scene no longer ends the process when bodies meet.
    /// </summary>
    /// <param name="model">An mjModel of which no state has been made yet.</param>
    public static void Widen(Struct model)
    {
        if (!model.Has("nstack") || model.Integer("njmax") == 0) return;
        long needed = Automatic(model);
        Span<int> stack = model.InPlace<int>("nstack");
        if (stack[0] < needed && needed <= int.MaxValue) stack[0] = (int)needed;
    }

    /// <summary>
    /// MuJoCo 2's own rule, in numbers of 8 bytes: five square matrices of everything a solver may hold, and some vectors.
    /// </summary>
    private static long Automatic(Struct model)
    {
        long rows = model.Integer("njmax") + model.Integer("neq") + model.Integer("nv");
        string[] vectors = ["nq", "nv", "nu", "na", "nbody", "njnt", "ngeom", "nsite", "neq", "ntendon", "nwrap"];
        return (5 * rows * rows) + (20 * vectors.Sum(model.Integer));
    }
}
