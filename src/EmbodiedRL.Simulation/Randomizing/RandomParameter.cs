using EmbodiedRL.Core;

namespace EmbodiedRL.Simulation.Randomizing;

/// <summary>Kind of model element that a parameter is sampled for.</summary>
internal enum DrawnFor
{
    Body,
    Geom,
    Joint,
    Actuator,
    SceneGeom,
    Camera,
    Whole,
}

/// <summary>Randomizable parameter, by its name in the settings.</summary>
/// <param name="Name">E.g. <c>mass</c>.</param>
/// <param name="Meaning">One clause for people.</param>
/// <param name="For">What one draw is made for.</param>
/// <param name="Width">Numbers of one draw: 3 for a color.</param>
/// <param name="IsPhysical">Whether it changes the physics, so that every environment needs a model of its own.</param>
/// <param name="Floor">What a change must stay above; NaN if anything goes.</param>
internal sealed record RandomParameter(string Name, string Meaning, DrawnFor For, int Width, bool IsPhysical, double Floor = double.NaN)
{
    public const string Mass = "mass", Friction = "friction", Gravity = "gravity", Gain = "gain", Damping = "damping",
        Color = "color", Texture = "texture", Background = "background", Light = "light", Ambient = "ambient",
        LightDirection = "lightDirection",
        CameraPosition = "cameraPosition", CameraRotation = "cameraRotation", FieldOfView = "fieldOfView";

    private static readonly SortedDictionary<string, RandomParameter> All = new(StringComparer.Ordinal)
    {
        [Mass] = new(Mass, "mass of a body in kg, its inertia in proportion", DrawnFor.Body, 1, true, 0),
        [Friction] = new(Friction, "sliding friction of a geom", DrawnFor.Geom, 1, true, 0),
        [Gravity] = new(Gravity, "strength of gravity in m/s2, along its own direction", DrawnFor.Whole, 1, true),
        [Gain] = new(Gain, "gain of an actuator, its bias in proportion", DrawnFor.Actuator, 1, true),
        [Damping] = new(Damping, "damping of a joint in N s/m or N m s/rad", DrawnFor.Joint, 1, true, 0),
        [Color] = new(Color, "red, green and blue of a geom, in [0, 1]", DrawnFor.SceneGeom, 3, false),
        [Texture] = new(Texture, "number of the texture of a geom, -1 for none", DrawnFor.SceneGeom, 1, false),
        [Background] = new(Background, "red, green and blue of the sky at the top and at the bottom", DrawnFor.Whole, 6, false),
        [Light] = new(Light, "brightness of the light", DrawnFor.Whole, 1, false),
        [Ambient] = new(Ambient, "brightness from everywhere", DrawnFor.Whole, 1, false),
        [LightDirection] = new(LightDirection, "x, y and z of where the light shines to", DrawnFor.Whole, 3, false),
        [CameraPosition] = new(CameraPosition, "x, y and z of a camera in m", DrawnFor.Camera, 3, false),
        [CameraRotation] = new(CameraRotation, "turn of a camera about its own x, y and z axis in degrees", DrawnFor.Camera, 3, false),
        [FieldOfView] = new(FieldOfView, "vertical field of view of a camera in degrees", DrawnFor.Camera, 1, false, 0),
    };

    /// <summary>Names of all of them.</summary>
    public static IReadOnlyCollection<string> Names => All.Keys;

    /// <summary>The parameter of a name.</summary>
    /// <exception cref="UnknownNameException">There is none; offers the nearest.</exception>
    public static RandomParameter Find(string name) =>
        All.TryGetValue(name, out RandomParameter? found) ? found : throw new UnknownNameException("random parameter", name, All.Keys);
}
