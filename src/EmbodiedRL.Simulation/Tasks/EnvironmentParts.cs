using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Simulation.Tasks;

/// <summary>
/// Scene and task of an environment of MuJoCo, so that its model can be changed (domain randomization) before it is
/// made. Environments of one piece have none.
/// </summary>
/// <param name="Scene">Path of its MJCF.</param>
/// <param name="CreateTask">Makes its task over a model of that file.</param>
public sealed record EnvironmentParts(string Scene, Func<MujocoModel, ITask> CreateTask)
{
    /// <summary>Makes the environments unchanged.</summary>
    /// <returns>The caller disposes them.</returns>
    public VectorEnvironment Create(EnvironmentContext run) => new(MujocoModel.Load(Scene), CreateTask, run.Count, run.Workers);
}
