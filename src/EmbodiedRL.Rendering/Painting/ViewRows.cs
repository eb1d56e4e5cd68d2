using EmbodiedRL.Rendering.Headless;
using Silk.NET.OpenGL;

namespace EmbodiedRL.Rendering.Painting;

/// <summary>Views of a render call: one for all environments, or one for each.</summary>
internal sealed class ViewRows(GL gl)
{
    private readonly DeviceBuffer _buffer = new(gl);
    private View[] _views = [];
    private float[] _floats = [];

    /// <summary>Whether every environment has its own.</summary>
    public bool Own { get; private set; }

    /// <summary>Whether these are views of lights, for shadow maps.</summary>
    public bool IsLight { get; init; }

    /// <summary>The buffer of rows.</summary>
    public uint Buffer => _buffer.Name;

    /// <summary>The view of an environment.</summary>
    public View this[int environment] => _views[Own ? environment : 0];

    /// <summary>The view that all share, as uniforms.</summary>
    public ReadOnlySpan<float> Shared => _floats.AsSpan(0, View.Floats);

    /// <summary>Asks for all views anew.</summary>
    /// <param name="own">Whether they differ.</param>
    /// <param name="count">Environments.</param>
    /// <param name="view">The view of one.</param>
    public void Fill(bool own, int count, Func<int, View> view)
    {
        (Own, int rows) = (own, own ? count : 1);
        if (_views.Length < rows) (_views, _floats) = (new View[rows], new float[rows * View.Floats]);
        for (int row = 0; row < rows; row++)
        {
            _views[row] = view(row);
            _views[row].Write(_floats.AsSpan(row * View.Floats));
        }

        if (own) _buffer.Upload<float>(_floats.AsSpan(0, rows * View.Floats));
    }

    public void Delete() => _buffer.Delete();
}
