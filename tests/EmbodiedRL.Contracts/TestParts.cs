using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Encoders;

namespace EmbodiedRL.Contracts;

/// <summary>Registries of parts that tests make.</summary>
public static class TestParts
{
    /// <summary>Environments by name.</summary>
    public static Registry<EnvironmentContext,
        IVectorEnvironment> Environments(params (string Name, Func<int, IVectorEnvironment> Make)[] all)
    {
        var registry = new Registry<EnvironmentContext, IVectorEnvironment>(PartKinds.Environment);
        foreach ((string name, Func<int, IVectorEnvironment> make) in all)
            registry.Add(name, "an environment of a test", run => make(run.Count));
        return registry;
    }

    /// <summary>One model under the names that tests use.</summary>
    public static Registry<ModelContext, IImageTextModel> Models(Func<string, IImageTextModel> make) =>
        new Registry<ModelContext, IImageTextModel>(PartKinds.ImageTextModel)
            .Add("color", "a model of a test", _ => make("color"))
            .Add(SceneClip.CatalogName, "a model of a test", _ => make(SceneClip.CatalogName));
}
