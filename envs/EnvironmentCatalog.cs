using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Envs.CartPole;
using EmbodiedRL.Envs.ColorReacher;
using EmbodiedRL.Envs.Gym.HalfCheetah;
using EmbodiedRL.Envs.Gym.Humanoid;
using EmbodiedRL.Simulation;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Tasks;

namespace EmbodiedRL.Envs;

/// <summary>The table of contents: every environment by name. A new one is a folder and one line here.</summary>
public static class EnvironmentCatalog
{
    private static readonly SortedDictionary<string, Entry> Entries = new(StringComparer.Ordinal)
    {
        ["cartpole"] = new("CartPole/cartpole.xml", model => new CartPoleTask(model)),
        ["color-reacher"] = new("ColorReacher/color_reacher.xml", model => new ColorReacherTask(model)),
        ["gym/half-cheetah"] = new("Gym/HalfCheetah/half_cheetah.xml", model => new HalfCheetahTask(model)),
        ["gym/humanoid"] = new("Gym/Humanoid/humanoid.xml", model => new HumanoidTask(model)),
    };

    /// <summary>Names of environments, sorted.</summary>
    public static IReadOnlyCollection<string> Names => Entries.Keys;

    /// <summary>Makes N environments.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="count">N.</param>
    /// <param name="workers">Threads that step them; 0 takes all cores. Never changes a result.</param>
    /// <returns>The caller disposes them.</returns>
    /// <exception cref="UnknownNameException">There is no such environment; offers the nearest.</exception>
    /// <exception cref="AssetMissingException">Its scene or MuJoCo is not there.</exception>
    public static IVectorEnvironment Create(string name, int count, int workers = 0)
    {
        Entry entry = Find(name);
        return new VectorEnvironment(MujocoModel.Load(SceneOf(name)), entry.CreateTask, count, workers);
    }

    /// <summary>Makes an environment's task alone, for whoever composes the rest otherwise than <see cref="Create"/>.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="model">Of the environment's scene.</param>
    /// <exception cref="UnknownNameException">There is no such environment; offers the nearest.</exception>
    public static ITask CreateTask(string name, MujocoModel model) => Find(name).CreateTask(model);

    /// <summary>Path of an environment's MJCF.</summary>
    /// <exception cref="UnknownNameException">There is no such environment; offers the nearest.</exception>
    public static string SceneOf(string name) => Path.Combine(AppContext.BaseDirectory, "envs", Find(name).Scene);

    private static Entry Find(string name) => Entries.TryGetValue(name, out Entry? entry) ? entry : throw new UnknownNameException("environment", name, Entries.Keys);

    private sealed record Entry(string Scene, Func<MujocoModel, ITask> CreateTask);
}
