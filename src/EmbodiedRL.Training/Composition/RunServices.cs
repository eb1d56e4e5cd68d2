using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models.Contrastive;
using EmbodiedRL.Simulation;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Tasks;
using TorchSharp;

namespace EmbodiedRL.Training.Composition;

/// <summary>Where a run gets its environments and image-text models by name.</summary>
public sealed record RunServices
{
    /// <summary>What the project comes with.</summary>
    public static RunServices Shipped { get; } = new()
    {
        Environments = Envs.EnvironmentCatalog.Names,
        Environment = Envs.EnvironmentCatalog.Create,
        Parts = new EnvironmentParts(Envs.EnvironmentCatalog.SceneOf, Envs.EnvironmentCatalog.CreateTask),
        Model = (name, device) => ImageTextModels.Load(name, WeightsFolder.Locate(), device),
    };

    /// <summary>Names of environments.</summary>
    public required IReadOnlyCollection<string> Environments { get; init; }

    /// <summary>Makes N environments of a name as they are, stepped by so many threads; the caller disposes them. What settings put around them is <see cref="Composition.EnvironmentFactory"/>'s matter.</summary>
    public required Func<string, int, int, IVectorEnvironment> Environment { get; init; }

    /// <summary>What environments are put together from, for changing their models; null where they are of one piece.</summary>
    public EnvironmentParts? Parts { get; init; }

    /// <summary>The same with one more environment: a scene and a task of one's own.</summary>
    /// <param name="name">What settings and commands call it, as its task does.</param>
    /// <param name="scene">Path of its MJCF.</param>
    /// <param name="createTask">Makes the task of one environment.</param>
    public RunServices With(string name, string scene, Func<MujocoModel, ITask> createTask)
    {
        Func<string, int, int, IVectorEnvironment> others = Environment;
        EnvironmentParts? parts = Parts;
        return this with
        {
            Environments = [.. Environments, name],
            Environment = (asked, count, workers) => asked == name ? new VectorEnvironment(MujocoModel.Load(scene), createTask, count, workers) : others(asked, count, workers),
            Parts = parts is null ? null : new EnvironmentParts(
                asked => asked == name ? scene : parts.SceneOf(asked), (asked, model) => asked == name ? createTask(model) : parts.CreateTask(asked, model)),
        };
    }

    /// <summary>Loads the image-text model of a name onto a device; the caller disposes it.</summary>
    public required ImageTextModelLoader Model { get; init; }

    /// <summary>Folder that holds a folder of weights for each model.</summary>
    public string Weights { get; init; } = WeightsFolder.Locate();
}

/// <summary>What an environment of a name is put together from.</summary>
/// <param name="SceneOf">Path of its MJCF.</param>
/// <param name="CreateTask">Makes its task over a model of that file.</param>
public sealed record EnvironmentParts(Func<string, string> SceneOf, Func<string, MujocoModel, ITask> CreateTask);

/// <summary>Loads the image-text model of a name onto a device; the caller disposes it.</summary>
/// <remarks>Not a <see cref="Func{T1, T2, TResult}"/>: making one of those wakes the assembly of its result, and so would load libtorch for every command.</remarks>
public delegate IImageTextModel ImageTextModelLoader(string name, torch.Device device);
