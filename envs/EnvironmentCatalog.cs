using System.Collections.Frozen;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Envs.CartPole;
using EmbodiedRL.Envs.ColorReacher;
using EmbodiedRL.Envs.Gym.HalfCheetah;
using EmbodiedRL.Envs.Gym.Humanoid;
using EmbodiedRL.Envs.Tabletop;
using EmbodiedRL.Simulation;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Tasks;

namespace EmbodiedRL.Envs;

/// <summary>Registry of environments. A new one is a folder and one line here; one of one's own is added to a copy.</summary>
public static class EnvironmentCatalog
{
    private static readonly (string Name, string Summary, Type Task, EnvironmentParts Parts)[] Bodies =
    [
        Body("cartpole", "swing a pole on a cart up and keep it there", "CartPole/cartpole.xml", model => new CartPoleTask(model)),
        Body("color-reacher", "touch the ball of the color that the goal names with a two-link arm", "ColorReacher/color_reacher.xml",
            model => new ColorReacherTask(model)),
        Body("gym/half-cheetah", "run to the right: Gymnasium's HalfCheetah-v5", "Gym/HalfCheetah/half_cheetah.xml",
            model => new HalfCheetahTask(model)),
        Body("gym/humanoid", "walk and do not fall: Gymnasium's Humanoid-v5", "Gym/Humanoid/humanoid.xml",
            model => new HumanoidTask(model)),
        Body("tabletop", "count, compare and touch colored shapes on a table: scenes for image-text models", "Tabletop/tabletop.xml",
            model => new TabletopTask(model)),
    ];

    /// <summary>What the project comes with.</summary>
    public static Registry<EnvironmentContext, IVectorEnvironment> Shipped { get; } = Register();

    /// <summary>Scenes and tasks of those, by name.</summary>
    public static IReadOnlyDictionary<string, EnvironmentParts> Parts { get; } =
        Bodies.ToFrozenDictionary(body => body.Name, body => body.Parts);

    /// <summary>Names of environments, sorted.</summary>
    public static IReadOnlyCollection<string> Names => Shipped.Names;

    /// <summary>Makes N environments.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="count">N.</param>
    /// <param name="workers">Threads that step them; 0 takes all cores. Never changes a result.</param>
    /// <returns>The caller disposes them.</returns>
    /// <exception cref="UnknownNameException">There is no such environment; offers the nearest.</exception>
    /// <exception cref="AssetMissingException">Its scene or MuJoCo is not there.</exception>
    public static IVectorEnvironment Create(string name, int count, int workers = 0) =>
        Shipped.Create(name, null, new EnvironmentContext(count, workers));

    /// <summary>Makes an environment's task alone, for whoever composes the rest otherwise than <see cref="Create"/>.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="model">Of the environment's scene.</param>
    /// <exception cref="UnknownNameException">There is no such environment; offers the nearest.</exception>
    public static ITask CreateTask(string name, MujocoModel model) => Parts[Shipped.Find(name).Name].CreateTask(model);

    /// <summary>Path of an environment's MJCF.</summary>
    /// <exception cref="UnknownNameException">There is no such environment; offers the nearest.</exception>
    public static string SceneOf(string name) => Parts[Shipped.Find(name).Name].Scene;

    private static (string, string, Type,
        EnvironmentParts) Body<TTask>(string name, string summary, string scene, Func<MujocoModel, TTask> createTask) where TTask : ITask =>
        (name, summary, typeof(TTask),
            new EnvironmentParts(Path.Combine(AppContext.BaseDirectory, "envs", scene), model => createTask(model)));

    private static Registry<EnvironmentContext, IVectorEnvironment> Register()
    {
        var registry = new Registry<EnvironmentContext, IVectorEnvironment>(PartKinds.Environment);
        foreach ((string name, string summary, Type task, EnvironmentParts parts) in Bodies)
            registry.Add(name, summary, parts.Create, task);
        return registry.Seal();
    }
}
