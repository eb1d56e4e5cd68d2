using System.Collections.Immutable;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Simulation.Randomizing;

/// <summary>Domain randomization: which parameters the environments of a model sample, and from which split.</summary>
/// <remarks>
/// A draw is a function of seed, environment and episode alone. Training and held-out draws come from streams of their own, and
/// from disjoint parts of every distribution if a share is held out: an agent is evaluated on models it was not trained on.
/// </remarks>
public sealed record Randomization(RandomizationSettings Settings, DrawSplit Split = DrawSplit.Training)
{
    internal bool IsPhysical => Settings.Parameters.Any(drawn => RandomParameter.Find(drawn.Name).IsPhysical);

    internal string Stream => Split == DrawSplit.HeldOut ? "randomise-held-out" : "randomise";

    /// <summary>Which visual parameters of the scene it changes.</summary>
    internal VisualLayout Visuals(SceneDescription scene)
    {
        bool Has(params ReadOnlySpan<string> names)
        {
            foreach (RandomParameterSettings drawn in Settings.Parameters)
                if (names.Contains(drawn.Name)) return true;
            return false;
        }

        RandomParameterSettings[] views = [.. Settings.Parameters.Where(drawn => RandomParameter.Find(drawn.Name).For == DrawnFor.Camera)];
        string[] cameras = [.. scene.Cameras.Select(camera => camera.Name)];
        ImmutableArray<string> varied = views.Any(drawn => drawn.Of.Length == 0)
            ? [.. cameras]
            : [.. views.SelectMany(drawn => drawn.Of).Distinct()];
        return new VisualLayout
        {
            Geoms = scene.Geoms.Length,
            HasColors = Has(RandomParameter.Color),
            HasTextures = Has(RandomParameter.Texture),
            HasBackground = Has(RandomParameter.Background),
            HasLight = Has(RandomParameter.Light, RandomParameter.Ambient, RandomParameter.LightDirection),
            Cameras = varied,
        };
    }

    /// <summary>What is drawn, for people.</summary>
    internal ImmutableArray<RandomizedParameterSpec> Describe() =>
        [.. Settings.Parameters.Select((drawn, i) => new RandomizedParameterSpec(NameOf(i), Meaning(drawn)))];

    /// <summary>The draws of one environment.</summary>
    /// <param name="scene">The scene as the model says it.</param>
    /// <param name="visuals">Of <see cref="Visuals"/>.</param>
    /// <param name="physics">Its state.</param>
    /// <param name="own">Its own model; null if nothing physical is drawn.</param>
    /// <exception cref="UnknownNameException">The model has no body, geom, joint, actuator or camera of
    /// a name; offers the nearest.</exception>
    internal RowDraws Open(SceneDescription scene, VisualLayout visuals, PhysicsView physics, EditableModel? own)
    {
        var draws = new DrawnParameter[Settings.Parameters.Length];
        for (int i = 0; i < draws.Length; i++)
        {
            RandomParameterSettings drawn = Settings.Parameters[i];
            RandomParameter parameter = RandomParameter.Find(drawn.Name);
            double[] values = drawn.Name == RandomParameter.Texture && drawn.Values.Length == 0
                ? FlatTextures(physics.Model)
                : drawn.Values;
            int[] targets = Targets(parameter, drawn.Of, scene, visuals, physics.Model);
            if (drawn.Name == RandomParameter.Gain) RequireScale(drawn, targets, physics.Model);
            draws[i] = new DrawnParameter(parameter, drawn.Change, new Distribution(drawn, values), targets, drawn.Together);
        }

        return new RowDraws(this, draws, scene, visuals, physics, own);
    }

    private static int[] Targets(RandomParameter parameter, string[] of, SceneDescription scene, VisualLayout visuals, MujocoModel model)
    {
        int Seen(string kind, string name, IReadOnlyList<string> known) =>
            known.ToImmutableArray().IndexOf(name) is >= 0 and int index
                ? index
                : throw new UnknownNameException($"{kind} in {model.File}", name, known.Where(other => other.Length > 0));

        string[] geoms = [.. scene.Geoms.Select(geom => geom.Name)];
        foreach (string camera in visuals.Cameras) scene.Camera(camera); // an unknown name is refused
        return parameter.For switch
        {
            DrawnFor.Body => of.Length > 0
                ? [.. of.Select(name => model.Body(name).Index)]
                : [.. Enumerable.Range(1, model.BodyCount - 1).Where(body => model.Array<double>("body_mass")[body] > 0)],
            DrawnFor.Geom => of.Length > 0 ? [.. of.Select(name => model.Geom(name).Index)] : [.. Enumerable.Range(0, model.Size("ngeom"))],
            DrawnFor.Joint => of.Length > 0
                ? [.. of.Select(name => model.Joint(name).Index)]
                : [.. Enumerable.Range(0, model.Size("njnt"))],
            DrawnFor.Actuator => of.Length > 0
                ? [.. of.Select(name => model.Actuator(name).Index)]
                : [.. Enumerable.Range(0, model.ControlCount)],
            DrawnFor.SceneGeom => of.Length > 0
                ? [.. of.Select(name => Seen("drawn geom", name, geoms))]
                : [.. Enumerable.Range(0, geoms.Length)],
            DrawnFor.Camera => of.Length > 0
                ? [.. of.Select(name => visuals.Cameras.IndexOf(name))]
                : [.. Enumerable.Range(0, visuals.Cameras.Length)],
            _ => [0],
        };
    }

    private static void RequireScale(RandomParameterSettings drawn, int[] actuators, MujocoModel model)
    {
        int muscle = MujocoModel.Table.Constant("mjGAIN_MUSCLE");
        foreach (int actuator in actuators)
            if (drawn.Change != DrawChange.Scale && model.Array<int>("actuator_gaintype")[actuator] == muscle)
                throw new SpecMismatchException($"the gain of muscle {actuator} of {model.File}",
                    "the change 'scale'", $"'{drawn.Change}'");
    }

    private static double[] FlatTextures(MujocoModel model)
    {
        int flat = MujocoModel.Table.Constant("mjTEXTURE_2D");
        double[] found = [.. Enumerable.Range(0, model.Size("ntex")).Where(texture => model.Array<int>("tex_type")[texture] == flat)
            .Select(texture => (double)texture)];
        return found.Length > 0
            ? found
            : throw new SpecMismatchException($"flat textures of {model.File} to draw from", "at least one", "none");
    }

    /// <summary>Two entries for one parameter are distinguished by their targets.</summary>
    private string NameOf(int index)
    {
        RandomParameterSettings drawn = Settings.Parameters[index];
        string name = drawn.Of.Length == 1 ? $"{drawn.Name}/{drawn.Of[0]}" : drawn.Name;
        int earlier = Settings.Parameters.Take(index).Count(other => other.Name == drawn.Name && other.Of.SequenceEqual(drawn.Of));
        bool isShared = Settings.Parameters.Where((other,
            i) => i != index && other.Name == drawn.Name && other.Of.Length != 1 && drawn.Of.Length != 1).Any();
        return earlier > 0 || isShared ? $"{name}-{index}" : name;
    }

    private static string Meaning(RandomParameterSettings drawn)
    {
        string of = drawn.Of.Length > 0 ? $"{string.Join(", ", drawn.Of)}: " : "",
            verb = drawn.Change switch { DrawChange.Scale => "times", DrawChange.Add => "plus", _ => "set to" };
        string from = drawn is { Name: RandomParameter.Texture, Values.Length: 0 }
            ? "one of the model's flat textures"
            : new Distribution(drawn, drawn.Values).ToString();
        return $"{of}{RandomParameter.Find(drawn.Name).Meaning}; {verb} {from}";
    }
}
