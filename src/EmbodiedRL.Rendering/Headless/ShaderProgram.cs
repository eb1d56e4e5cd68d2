using System.Reflection;
using EmbodiedRL.Core;
using Silk.NET.OpenGL;

namespace EmbodiedRL.Rendering.Headless;

/// <summary>Shader program: linked from the GLSL files embedded in this assembly.</summary>
internal sealed class ShaderProgram
{
    private readonly GL _gl;
    private readonly uint _program;
    private readonly Dictionary<string, int> _locations = [];

    /// <param name="gl">On its own thread.</param>
    /// <param name="define">Preprocessor symbols, NAME or NAME=VALUE, separated by blanks.</param>
    /// <param name="vertex">Names of the files that make up the vertex shader.</param>
    /// <param name="fragment">Names of the files that make up the fragment shader.</param>
    /// <param name="samplers">Names of samplers; each reads the texture unit of its place.</param>
    public ShaderProgram(GL gl, string define, string[] vertex, string[] fragment, params string[] samplers)
    {
        _gl = gl;
        uint[] parts = [Compile(ShaderType.VertexShader, define, vertex), Compile(ShaderType.FragmentShader, define, fragment)];
        _program = gl.CreateProgram();
        foreach (uint part in parts) gl.AttachShader(_program, part);
        gl.LinkProgram(_program);
        foreach (uint part in parts) gl.DeleteShader(part);
        if (gl.GetProgram(_program, ProgramPropertyARB.LinkStatus) == 0)
            throw new EmbodiedException($"Shader {vertex[^1]} + {fragment[^1]} ({define}) does not link on this driver: "
                + $"{gl.GetProgramInfoLog(_program)}");
        gl.UseProgram(_program);
        for (int unit = 0; unit < samplers.Length; unit++) gl.Uniform1(Location(samplers[unit]), unit);
    }

    /// <summary>The pass whose uniforms it has last been given; a mark for the code that sets them.</summary>
    public long Pass { get; set; }

    public void Use() => _gl.UseProgram(_program);

    public void Set(string uniform, int value) => _gl.Uniform1(Location(uniform), value);

    public void Set(string uniform, float value) => _gl.Uniform1(Location(uniform), value);

    public void Set(string uniform, float a, float b) => _gl.Uniform2(Location(uniform), a, b);

    public void Set(string uniform, float a, float b, float c, float d) => _gl.Uniform4(Location(uniform), a, b, c, d);

    public void Set(string uniform, int a, int b, int c, int d) => _gl.Uniform4(Location(uniform), a, b, c, d);

    /// <summary>One vec3 or an array of them.</summary>
    public void Set3(string uniform, ReadOnlySpan<float> values)
    {
        if (Location(uniform) is >= 0 and var location) _gl.Uniform3(location, (uint)(values.Length / 3), values);
    }

    /// <summary>One vec4 or an array of them.</summary>
    public void Set4(string uniform, ReadOnlySpan<float> values)
    {
        if (Location(uniform) is >= 0 and var location) _gl.Uniform4(location, (uint)(values.Length / 4), values);
    }

    public void Delete() => _gl.DeleteProgram(_program);

    private int Location(string uniform)
    {
        if (!_locations.TryGetValue(uniform, out int location))
            _locations[uniform] = location = _gl.GetUniformLocation(_program, uniform);
        return location;
    }

    private uint Compile(ShaderType type, string define, string[] files)
    {
        string defines =
            string.Concat(define.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(name => $"#define {name.Replace('=', ' ')}\n"));
        string environments = type == ShaderType.VertexShader ? "#define LINK out" : "#define LINK in\n#define FRAGMENT";
        string source = $"#version 430 core\n{environments}\n{defines}{string.Join('\n', files.Select(Read))}";
        uint shader = _gl.CreateShader(type);
        _gl.ShaderSource(shader, source);
        _gl.CompileShader(shader);
        return _gl.GetShader(shader, ShaderParameterName.CompileStatus) != 0
            ? shader
            : throw new EmbodiedException($"Shader {string.Join(" + ", files)} ({define}) does not compile on this driver: "
                + $"{_gl.GetShaderInfoLog(shader)}");
    }

    private static string Read(string file)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(file)
            ?? throw new AssetMissingException($"Shader {file}", "the embedded resources", "Rebuild EmbodiedRL.Rendering.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
