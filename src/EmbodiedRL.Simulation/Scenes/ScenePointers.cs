using EmbodiedRL.Simulation.Native;

namespace EmbodiedRL.Simulation.Scenes;

/// <summary>Addresses of the poses that rendering reads, in MuJoCo's own memory.</summary>
internal sealed unsafe class ScenePointers
{
    private readonly double* _body, _bodyRotation, _bodyCenter, _site, _siteRotation, _wraps;
    private readonly int* _wrapStart, _wrapCount, _wrapObject;

    public ScenePointers(Struct fields)
    {
        _body = fields.Pointer<double>("xpos");
        _bodyRotation = fields.Pointer<double>("xmat");
        _bodyCenter = fields.Pointer<double>("xipos");
        _site = fields.Pointer<double>("site_xpos");
        _siteRotation = fields.Pointer<double>("site_xmat");
        _wraps = fields.Pointer<double>("wrap_xpos");
        _wrapObject = fields.Pointer<int>("wrap_obj");
        _wrapStart = fields.Pointer<int>("ten_wrapadr");
        _wrapCount = fields.Pointer<int>("ten_wrapnum");
    }

    /// <summary>A unit quaternion as a rotation matrix, row-major.</summary>
    public static void Rotation(ReadOnlySpan<double> q, Span<double> into)
    {
        (double w, double x, double y, double z) = (q[0], q[1], q[2], q[3]);
        (into[0], into[1], into[2]) = (1 - (2 * ((y * y) + (z * z))), 2 * ((x * y) - (w * z)), 2 * ((x * z) + (w * y)));
        (into[3], into[4], into[5]) = (2 * ((x * y) + (w * z)), 1 - (2 * ((x * x) + (z * z))), 2 * ((y * z) - (w * x)));
        (into[6], into[7], into[8]) = (2 * ((x * z) - (w * y)), 2 * ((y * z) + (w * x)), 1 - (2 * ((x * x) + (y * y))));
    }

    public void ReadBody(int body, Span<double> into) => new ReadOnlySpan<double>(_body + (3 * body), 3).CopyTo(into);

    public void ReadSite(int site, Span<float> pose)
    {
        for (int i = 0; i < 3; i++) pose[i] = (float)_site[(3 * site) + i];
        for (int i = 0; i < 9; i++) pose[3 + i] = (float)_siteRotation[(9 * site) + i];
    }

    /// <summary>Where a site is, and its z axis.</summary>
    public void ReadSite(int site, Span<double> position, Span<double> axis)
    {
        for (int i = 0; i < 3; i++) (position[i], axis[i]) = (_site[(3 * site) + i], _siteRotation[(9 * site) + (3 * i) + 2]);
    }

    /// <summary>A point of a body in the world.</summary>
    public void ToWorld(int body, ReadOnlySpan<double> local, Span<double> into)
    {
        double* at = _body + (3 * body), r = _bodyRotation + (9 * body);
        for (int i = 0; i < 3; i++) into[i] = at[i] + (r[3 * i] * local[0]) + (r[(3 * i) + 1] * local[1]) + (r[(3 * i) + 2] * local[2]);
    }

    /// <summary>Axes of a body, row-major, in the world.</summary>
    public void Turn(int body, ReadOnlySpan<double> axes, Span<double> into)
    {
        double* r = _bodyRotation + (9 * body);
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++)
                into[(3 * i) + j] = (r[3 * i] * axes[j]) + (r[(3 * i) + 1] * axes[3 + j]) + (r[(3 * i) + 2] * axes[6 + j]);
    }

    /// <summary>The center of mass of some bodies; where the first of them is if they weigh nothing.</summary>
    public void CenterOfMass(int[] bodies, double[] masses, int root, Span<double> into)
    {
        double total = 0;
        into.Clear();
        foreach (int body in bodies)
        {
            total += masses[body];
            for (int i = 0; i < 3; i++) into[i] += masses[body] * _bodyCenter[(3 * body) + i];
        }

        if (total < 1e-15) ReadBody(root, into);
        else
            for (int i = 0; i < 3; i++) into[i] /= total;
    }

    /// <summary>The points that a tendon runs through.</summary>
    /// <returns>[P, 3], and for each point the geom it wraps around, -1 for a site, -2 for a pulley.</returns>
    public (int Count, nint Points, nint Objects) Path(int tendon) =>
        (_wrapCount[tendon], (nint)(_wraps + (3 * _wrapStart[tendon])), (nint)(_wrapObject + _wrapStart[tendon]));
}
