namespace EmbodiedRL.Simulation.Native;

/// <summary>
/// What newer versions of MuJoCo read in a model and 2.2.2 refuses, and what to write instead. <c>assets/docs/mujoco.md</c> lists the same.
/// </summary>
/// <param name="Name">The word in the model.</param>
/// <param name="Says">How 2.2.2 refuses it.</param>
/// <param name="Instead">What 2.2.2 reads; empty if it has nothing of the kind.</param>
internal sealed record NewerFeature(string Name, string Says, string Instead)
{
    /// <summary>The version that this is about.</summary>
    public const string Version = "2.2.2";

    /// <summary>All that are known, by what people are likeliest to meet.</summary>
    public static IReadOnlyList<NewerFeature> All { get; } =
    [
        new("implicitfast", "invalid keyword: 'implicitfast'", "integrator=\"implicit\""),
        new("range without limited",
            "set the autolimits=\"true\" compiler option",
            "autolimits=\"true\" of the compiler element, which newer versions take for granted"),
        Attribute("memory", "size", "njmax, nconmax and nstack"),
        Attribute("actuatorfrcrange", "joint", "forcerange of the actuators"),
        Attribute("gravcomp", "body", ""),
        Attribute("kv", "position", "damping of the joint, or a second actuator of type velocity"),
        Attribute("eulerdamp", "flag", ""),
        Attribute("resolution", "camera", "nothing: the size of a picture is a setting, env:render:size"),
        Attribute("projection", "camera", ""),
        Attribute("type", "light", "directional=\"true\""),
        Element("frame", "the same pose written into every element"),
        Element("replicate", "the elements written out"),
        Element("extension", ""),
        Element("deformable", ""),
        Element("model", "include"),
        Element("layer", "texture of the material"),
    ];

    /// <summary>What to do about a refusal; empty if it is for another reason or another version.</summary>
    public static string Remedy(string reason, string version)
    {
        if (version != Version || All.FirstOrDefault(feature => feature.IsMeantBy(reason)) is not { } found) return "";
        string instead = found.Instead.Length > 0 ? $"Write {found.Instead}, or set" : "Set";
        return $"'{found.Name}' needs a newer MuJoCo than {Version}. {instead} {MuJoCoLibrary.Variable} to the folder of a newer one, see "
            + "assets/docs/mujoco.md.";
    }

    private bool IsMeantBy(string reason) => Says.Split('|').All(part => reason.Contains(part, StringComparison.Ordinal));

    private static NewerFeature Attribute(string name, string element, string instead) =>
        new(name, $"unrecognized attribute: '{name}'|Element '{element}'", instead);

    private static NewerFeature Element(string name, string instead) => new(name, $"unrecognized element|Element '{name}'", instead);
}
