using System.Numerics;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Scenes;

namespace EmbodiedRL.Rendering.Painting;

/// <summary>Encoding of a scene's lights for the shaders; see Shaders/material.glsl and lights.glsl.</summary>
internal sealed class LightEncoding
{
    /// <summary>As many as MuJoCo draws, through OpenGL's fixed pipeline.</summary>
    private const int MostLights = 8;

    /// <summary>Vectors about lights that vertices hand to fragments; a few drivers take 32 of all kinds.</summary>
    private const int VectorsAtMost = 20;

    /// <summary>Highlights of fewer levels at their brightest spot are left out.</summary>
    private const float Visible = 3f / 255;

    /// <summary>Exponent of a highlight at full shininess, as OpenGL's fixed pipeline has it.</summary>
    private const float FullShininess = 128;

    private readonly SceneDescription _scene;
    private readonly int _directionals, _spots, _falls, _glows;

    /// <param name="scene">Whose lights.</param>
    /// <param name="shadows">Whether shadows are drawn.</param>
    /// <exception cref="EmbodiedException">There are too many lights.</exception>
    public LightEncoding(SceneDescription scene, bool shadows)
    {
        _scene = scene;
        int count = scene.Lights.Length;
        if (count > MostLights)
            throw new EmbodiedException($"The scene has {count} lights that are on, the renderer draws at most {MostLights}. Switch some "
                + "off (active=\"false\").");
        for (int i = 0; i < count; i++)
        {
            SceneLight light = scene.Lights[i];
            if (shadows && light.CastsShadow) Shades |= 1 << i;
            if (light.IsDirectional) _directionals |= 1 << i;
            else if (light.CutoffDegrees < 180) _spots |= 1 << i;
            if (!light.IsDirectional && light.Attenuation != Vector3.UnitX) _falls |= 1 << i;
            if (light.Ambient != Vector3.Zero && (!light.IsDirectional || (Shades >> i & 1) != 0)) _glows |= 1 << i;
        }

        Gloss = [.. scene.Lights.SelectMany(light => new[] { light.Specular.X, light.Specular.Y, light.Specular.Z, light.Exponent })];
        Fall = [.. scene.Lights.SelectMany(light => new[] { light.Attenuation.X, light.Attenuation.Y, light.Attenuation.Z })];
        Ambient = [.. scene.Lights.SelectMany(light => new[] { light.Ambient.X, light.Ambient.Y, light.Ambient.Z })];
        Moves = scene.Lights.Any(light => light.Moving >= 0);
    }

    /// <summary>Which lights have shadow maps, a bit each.</summary>
    public int Shades { get; }

    /// <summary>Whether any light moves with a body.</summary>
    public bool Moves { get; }

    /// <summary>Floats of one environment's lights.</summary>
    public int FloatsPerRow => 4 * (2 + (3 * _scene.Lights.Length));

    /// <summary>Uniforms lightGloss, lightFall, lightAmbient.</summary>
    public float[] Gloss { get; }

    /// <summary>Divisors of brightness.</summary>
    public float[] Fall { get; }

    /// <summary>What lights add wherever they reach.</summary>
    public float[] Ambient { get; }

    /// <summary>Preprocessor symbols for what shines on a geom.</summary>
    /// <param name="geom">The geom.</param>
    /// <param name="shaded">Whether it is lit by lights that cast shadows one by one.</param>
    /// <param name="falls">Whether shadows can fall on it.</param>
    public string Symbols(SceneGeom geom, bool shaded, bool falls)
    {
        int shades = shaded && falls ? Shades : 0;
        int glosses = 0;
        for (int i = 0; i < _scene.Lights.Length; i++)
            if (geom.Specular * Brightest(_scene.Lights[i].Specular) > Visible) glosses |= 1 << i;
        string head = geom.Specular * Brightest(_scene.Headlight.Specular) > Visible ? " HEAD_GLOSS" : "";
        return $"LIGHTS={_scene.Lights.Length} "
            + $"EACH_LIGHT(DO)={string.Concat(Enumerable.Range(0, _scene.Lights.Length).Select(i => $"DO({i})"))} "
            + $"DIRECTIONALS={_directionals} SPOTS={_spots} FALLS={_falls} FADES={Fades()} "
            + $"HALF_SHININESS={Power(geom.Shininess * FullShininess / 2)} GLOWS={_glows} GLOSSES={glosses} "
            + $"CASTERS={(shaded ? Shades : 0)} SHADES={shades}{(Vectors(shades) > VectorsAtMost ? " MANY_LIGHTS" : "")}{head}";
    }

    private int Vectors(int shades) => _scene.Lights.Length * (2 + (_spots != 0 ? 1 : 0) + (_glows != 0 ? 1 : 0) + (shades != 0 ? 4 : 0));

    /// <summary>Writes the lights of one environment.</summary>
    /// <param name="poses">Its pose row.</param>
    /// <param name="variations">Null for the scene as it is.</param>
    /// <param name="row">Which environment of the variations.</param>
    /// <param name="into"><see cref="FloatsPerRow"/> values, overwritten.</param>
    public void Write(ReadOnlySpan<float> poses, SceneVariations? variations, int row, Span<float> into)
    {
        ReadOnlySpan<float> own = variations?.Lights is { } lights ? lights.AsSpan(row * 12, 12) : default;
        Put(into, 0, own.IsEmpty ? Even() : new(own[6..]));
        Put(into, 1, own.IsEmpty ? _scene.Headlight.Diffuse : new(own[9..]));
        for (int i = 0; i < _scene.Lights.Length; i++)
        {
            SceneLight light = _scene.Lights[i];
            (Vector3 position, Vector3 direction) = Place(light, poses);
            Vector3 diffuse = light.Diffuse;
            if (i == 0 && !own.IsEmpty) (direction, diffuse) = (new(own), new(own[3..]));
            direction = direction.LengthSquared() > 0 ? Vector3.Normalize(direction) : -Vector3.UnitZ;
            Put(into, 2 + (3 * i), light.IsDirectional ? -direction : position);
            Put(into, 3 + (3 * i), direction, MathF.Cos(light.CutoffDegrees * MathF.PI / 180));
            Put(into, 4 + (3 * i), diffuse);
        }
    }

    /// <summary>Where a light is and where it shines to.</summary>
    public (Vector3 Position, Vector3 Direction) Place(SceneLight light, ReadOnlySpan<float> poses)
    {
        if (light.Moving < 0) return (light.Position, light.Direction);
        ReadOnlySpan<float> pose = poses[_scene.MovingAt(light.Moving)..];
        return (new Vector3(pose), new Vector3(pose[3..]));
    }

    /// <summary>Light that is the same everywhere.</summary>
    private Vector3 Even()
    {
        Vector3 sum = _scene.Headlight.Ambient;
        for (int i = 0; i < _scene.Lights.Length; i++)
            if ((_glows >> i & 1) == 0) sum += _scene.Lights[i].Ambient;
        return sum;
    }

    /// <summary>How much each cone fades toward its rim.</summary>
    private string Fades() => _scene.Lights.Length == 0 ? "0" : string.Join(',', _scene.Lights.Select(light => Power(light.Exponent)));

    /// <summary>Exponents are whole numbers, which are far cheaper; what is between two of them cannot be told apart.</summary>
    private static int Power(float exponent) => Math.Clamp((int)MathF.Round(exponent), exponent > 0 ? 1 : 0, 255);

    private static float Brightest(Vector3 color) => MathF.Max(color.X, MathF.Max(color.Y, color.Z));

    private static void Put(Span<float> into, int vector, Vector3 xyz, float w = 0)
    {
        xyz.CopyTo(into[(vector * 4)..]);
        into[(vector * 4) + 3] = w;
    }
}
