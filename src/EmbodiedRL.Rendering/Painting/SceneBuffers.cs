using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Rendering.Headless;
using Silk.NET.OpenGL;

namespace EmbodiedRL.Rendering.Painting;

/// <summary>Device buffers of the scene and its present states, and how shaders read them.</summary>
internal sealed class SceneBuffers
{
    private const int PoseBinding = 0, ViewBinding = 1, ColorBinding = 2, TextureBinding = 3, RankBinding = 4,
        MeshBinding = 5, SkyBinding = 6;
    private const int GeomStride = 256; // the widest alignment that drivers ask of a range
    private const int FloatBytes = sizeof(float);

    private readonly GL _gl;
    private readonly SceneDescription _scene;
    private readonly DeviceBuffer _geoms, _poses, _colors, _textures, _skies, _boxFaces;
    private readonly (DeviceBuffer Vertices, DeviceBuffer Triangles, uint Count)[] _meshes;
    private readonly uint _vertexArray;

    public SceneBuffers(GL gl, SceneDescription scene)
    {
        (_gl, _scene) = (gl, scene);
        _vertexArray = gl.GenVertexArray();
        gl.BindVertexArray(_vertexArray);
        (_geoms, _poses, _colors, _textures, _skies) = (new(gl), new(gl), new(gl), new(gl), new(gl));
        SceneGeom[] geoms = [.. scene.Geoms, .. scene.Marks];
        var encoded = new float[Math.Max(1, geoms.Length) * GeomStride / FloatBytes];
        for (int i = 0; i < geoms.Length; i++) SceneEncoding.Write(scene, geoms[i], encoded.AsSpan(i * GeomStride / FloatBytes));
        _geoms.Upload<float>(encoded);
        _boxFaces = new DeviceBuffer(gl).Upload<byte>([0, 1, 2, 2, 1, 3, 4, 5, 6, 6, 5, 7, 8, 9, 10, 10, 9, 11]);
        _meshes = [.. scene.Meshes.Select(mesh => (
            new DeviceBuffer(gl).Upload(mesh.Vertices.AsSpan()), new DeviceBuffer(gl).Upload(mesh.Triangles.AsSpan()),
            (uint)mesh.Triangles.Length))];
        foreach (DeviceBuffer buffer in new[] { _colors, _textures, _skies }) buffer.Upload<float>(new float[4]);
        DescribeAttributes();
    }

    /// <summary>Uploads the states and visual variations that are rendered.</summary>
    public void Upload(ReadOnlySpan<float> poses, SceneVariations? variations)
    {
        _poses.Upload(poses.IsEmpty ? [0f] : poses);
        if (variations?.Colors is { } colors) _colors.Upload<float>(colors);
        if (variations?.Textures is { } textures) _textures.Upload<int>(textures);
        if (variations?.Backgrounds is { } backgrounds) _skies.Upload<float>(backgrounds);
    }

    /// <summary>Binds what a pass reads of every environment.</summary>
    public void Bind(Pass pass)
    {
        _gl.BindVertexArray(_vertexArray);
        if (pass.Kind.OwnView)
            _gl.BindVertexBuffer(ViewBinding, pass.Views.Buffer, (nint)(pass.First * View.Floats * FloatBytes), View.Floats * FloatBytes);
    }

    /// <summary>Binds what is read of one geom.</summary>
    public void BindGeom(Pass pass, int geom)
    {
        _gl.BindBufferRange(BufferTargetARB.UniformBuffer, 0, _geoms.Name, geom * GeomStride, SceneEncoding.FloatsPerGeom * FloatBytes);
        BindPose(pass, geom);
        int geoms = _scene.Geoms.Length;
        if (geom >= geoms) return;
        if (pass.Kind.OwnColor)
            _gl.BindVertexBuffer(ColorBinding, _colors.Name, ((nint)pass.First * geoms + geom) * 4 * FloatBytes,
                (uint)(geoms * 4 * FloatBytes));
        if (pass.Kind.OwnTexture)
            _gl.BindVertexBuffer(TextureBinding, _textures.Name, ((nint)pass.First * geoms + geom) * FloatBytes,
                (uint)(geoms * FloatBytes));
    }

    /// <summary>Binds where a geom is.</summary>
    public void BindPose(Pass pass, int geom) =>
        _gl.BindVertexBuffer(PoseBinding, _poses.Name,
            (((nint)pass.First * _scene.PoseLength) + (geom * SceneDescription.FloatsPerPose)) * FloatBytes,
            (uint)(_scene.PoseLength * FloatBytes));

    /// <summary>Binds the turn of one of several transparent geoms.</summary>
    public void BindRank(Pass pass, TransparentGeoms geoms, int index)
    {
        int present = geoms.Present.Count;
        _gl.BindVertexBuffer(RankBinding, geoms.Ranks, (((nint)pass.First * present) + index) * FloatBytes, (uint)(present * FloatBytes));
    }

    /// <summary>Binds the gradients of skies.</summary>
    public void BindSkies(Pass pass) => _gl.BindVertexBuffer(SkyBinding, _skies.Name, (nint)(pass.First * 6 * FloatBytes), 6 * FloatBytes);

    /// <summary>Binds the parts of images where shadows can fall on a plane.</summary>
    public void BindPatches(Pass pass, uint patches) =>
        _gl.BindVertexBuffer(SkyBinding, patches, (nint)(pass.First * 6 * FloatBytes), 6 * FloatBytes);

    /// <summary>Four corners in every tile.</summary>
    public void DrawQuads(int tiles) => _gl.DrawArraysInstanced(PrimitiveType.TriangleStrip, 0, 4, (uint)tiles);

    /// <summary>Four strips one above the other in every tile.</summary>
    public void DrawStrips(int tiles) => _gl.DrawArraysInstanced(PrimitiveType.TriangleStrip, 0, 10, (uint)tiles);

    /// <summary>Three faces of two triangles each in every tile; vertex 4 k + c is corner c of face k.</summary>
    public unsafe void DrawBoxes(int tiles)
    {
        _gl.BindBuffer(BufferTargetARB.ElementArrayBuffer, _boxFaces.Name);
        _gl.DrawElementsInstanced(PrimitiveType.Triangles, 18, DrawElementsType.UnsignedByte, null, (uint)tiles);
    }

    /// <summary>A mesh in every tile.</summary>
    public unsafe void DrawMesh(int mesh, int tiles)
    {
        _gl.BindVertexBuffer(MeshBinding, _meshes[mesh].Vertices.Name, 0, SceneMesh.FloatsPerVertex * FloatBytes);
        _gl.BindBuffer(BufferTargetARB.ElementArrayBuffer, _meshes[mesh].Triangles.Name);
        _gl.DrawElementsInstanced(PrimitiveType.Triangles, _meshes[mesh].Count, DrawElementsType.UnsignedInt, null, (uint)tiles);
    }

    public void Delete()
    {
        foreach (DeviceBuffer buffer in new[] { _geoms, _poses, _colors, _textures, _skies, _boxFaces }) buffer.Delete();
        foreach ((DeviceBuffer vertices, DeviceBuffer triangles, uint _) in _meshes)
        {
            vertices.Delete();
            triangles.Delete();
        }

        _gl.DeleteVertexArray(_vertexArray);
    }

    /// <summary>
    /// Attributes by location, as Shaders/scene.glsl and mesh.vert declare them; all but a mesh's are read once an instance.
    /// </summary>
    private void DescribeAttributes()
    {
        for (uint i = 0; i < 4; i++) Describe(i, 3, PoseBinding, i * 3);
        for (uint i = 0; i < 4; i++) Describe(4 + i, 4, ViewBinding, i * 4);
        Describe(8, 4, ColorBinding, 0);
        Describe(9, 1, TextureBinding, 0, VertexAttribType.Int);
        Describe(10, 1, RankBinding, 0);
        Describe(11, 3, MeshBinding, 0);
        Describe(12, 3, MeshBinding, 3);
        Describe(13, 2, MeshBinding, 6);
        Describe(14, 3, SkyBinding, 0);
        Describe(15, 3, SkyBinding, 3);
        for (uint binding = 0; binding <= SkyBinding; binding++)
        {
            _gl.VertexBindingDivisor(binding, binding == MeshBinding ? 0u : 1u);
            _gl.BindVertexBuffer(binding, _colors.Name, 0, 0); // whatever a program does not read still needs a buffer
        }

        void Describe(uint location, int length, int binding, uint offset, VertexAttribType type = VertexAttribType.Float)
        {
            _gl.EnableVertexAttribArray(location);
            _gl.VertexAttribFormat(location, length, type, false, offset * FloatBytes);
            _gl.VertexAttribBinding(location, (uint)binding);
        }
    }
}
