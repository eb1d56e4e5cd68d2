using EmbodiedRL.Core.Scenes;
using Vector3 = System.Numerics.Vector3;

namespace EmbodiedRL.Rendering.Tests;

/// <summary>
/// The same pictures by another road: one ray a pixel, in double precision, roots by the textbook formula, no bounds, no textures.
/// </summary>
internal static class RayCaster
{
    /// <summary>What a pixel shows: geom (-1 for the sky), and its color in 0..255.</summary>
    internal readonly record struct Hit(int Geom, double Distance, double Red, double Green, double Blue);

    /// <summary>The pixel's hit; the pixel center is shifted by (dx, dy) pixels.</summary>
    public static Hit Trace(SceneDescription scene, ReadOnlySpan<float> poses, int size, int x, int y, double dx = 0, double dy = 0)
    {
        SceneCamera camera = scene.Cameras[0];
        double tangent = Math.Tan(camera.FieldOfViewDegrees * Math.PI / 360);
        double u = (2 * (x + 0.5 + dx) / size - 1) * tangent, v = (1 - 2 * (y + 0.5 + dy) / size) * tangent;
        double[] ray = World(camera, u, v);
        double[] eye = [camera.Position.X, camera.Position.Y, camera.Position.Z];

        int found = -1;
        double nearest = 200;
        double[] normal = [0, 0, 0];
        for (int g = 0; g < scene.Geoms.Length; g++)
        {
            ReadOnlySpan<float> pose = poses.Slice(g * 12, 12);
            double[] origin = Local(pose, [eye[0] - pose[0], eye[1] - pose[1], eye[2] - pose[2]]);
            double[] direction = Local(pose, ray);
            (double distance, double[] local) = Meet(scene.Geoms[g], origin, direction);
            if (!(distance > 0.01 && distance < nearest)) continue;
            nearest = distance;
            found = g;
            normal = Global(pose, local);
        }
        if (found < 0)
        {
            double up = 1 - (y + 0.5) / size;
            return new Hit(-1, 200, Sky(0), Sky(1), Sky(2));
            double Sky(int c) => 255 * (scene.BackgroundTop[c] * up + scene.BackgroundBottom[c] * (1 - up));
        }
        return Shade(scene, found, nearest, normal, ray);
    }

    private static Hit Shade(SceneDescription scene, int found, double distance, double[] normal, double[] ray)
    {
        SceneGeom geom = scene.Geoms[found];
        SceneLight light = scene.Lights[0];
        Vector3 ahead = Vector3.Transform(-Vector3.UnitZ, scene.Cameras[0].Orientation);
        double length = Math.Sqrt(Dot(ray, ray));
        double[] toward = [-ray[0] / length, -ray[1] / length, -ray[2] / length];
        double[] sun = [-light.Direction.X, -light.Direction.Y, -light.Direction.Z];
        double facing = Dot(normal, sun), head = Math.Max(-Dot(normal, [ahead.X, ahead.Y, ahead.Z]), 0);
        double[] middle = [sun[0] + toward[0], sun[1] + toward[1], sun[2] + toward[2]];
        double gloss = Math.Max(Dot(normal, middle) / Math.Sqrt(Dot(middle, middle)), 0);
        double highlight = facing > 0 ? geom.Specular * Math.Pow(gloss, geom.Shininess * 128) : 0;
        return new Hit(found, distance, Channel(0), Channel(1), Channel(2));

        double Channel(int c) => 255 * Math.Clamp(
            geom.Color[c]
                * (scene.AmbientLight[c] + geom.Emission + light.Diffuse[c] * Math.Max(facing, 0) + scene.Headlight.Diffuse[c] * head)
            + light.Specular[c] * highlight, 0, 1);
    }

    private static (double Distance, double[] Normal) Meet(SceneGeom geom, double[] o, double[] d)
    {
        Vector3 s = geom.Size;
        switch (geom.Shape)
        {
            case GeomShape.Plane:
                return (o[2] > 0 ? -o[2] / d[2] : -1, [0, 0, 1]);
            case GeomShape.Sphere:
                return Ball(o, d, [0, 0, 0], [s.X, s.X, s.X]);
            case GeomShape.Ellipsoid:
                return Ball(o, d, [0, 0, 0], [s.X, s.Y, s.Z]);
            case GeomShape.Box:
                return Slabs(o, d, [s.X, s.Y, s.Z]);
            case GeomShape.Capsule:
                (double Distance, double[] Normal) first = Tube(o, d, s.X, s.Y);
                foreach (double end in new double[] { s.Y, -s.Y })
                {
                    (double Distance, double[] Normal) ball = Ball(o, d, [0, 0, end], [s.X, s.X, s.X]);
                    // Only the outer half of an end's ball is skin.
                    if (ball.Distance > 0 && (o[2] + ball.Distance * d[2] - end) * end > 0
                        && !(first.Distance > 0 && first.Distance < ball.Distance))
                        first = ball;
                }
                return first;
            case GeomShape.Cylinder:
                (double Distance, double[] Normal) side = Tube(o, d, s.X, s.Y);
                foreach (double end in new double[] { s.Y, -s.Y })
                {
                    double t = (end - o[2]) / d[2], px = o[0] + t * d[0], py = o[1] + t * d[1];
                    if (t > 0 && px * px + py * py <= s.X * s.X && !(side.Distance > 0 && side.Distance < t))
                        side = (t, [0, 0, Math.Sign(end)]);
                }
                return side;
            default:
                throw new NotSupportedException(geom.Shape.ToString());
        }
    }

    private static (double, double[]) Ball(double[] o, double[] d, double[] center, double[] axes)
    {
        double a = 0, b = 0, c = -1;
        for (int i = 0; i < 3; i++)
        {
            double p = (o[i] - center[i]) / axes[i], q = d[i] / axes[i];
            a += q * q;
            b += 2 * p * q;
            c += p * p;
        }
        double root = b * b - 4 * a * c;
        if (root < 0) return (-1, [0, 0, 0]);
        double t = (-b - Math.Sqrt(root)) / (2 * a);
        var normal = new double[3];
        for (int i = 0; i < 3; i++) normal[i] = (o[i] + t * d[i] - center[i]) / (axes[i] * axes[i]);
        double length = Math.Sqrt(Dot(normal, normal));
        return (t, [normal[0] / length, normal[1] / length, normal[2] / length]);
    }

    private static (double Distance, double[] Normal) Tube(double[] o, double[] d, double radius, double half)
    {
        double a = d[0] * d[0] + d[1] * d[1], b = 2 * (o[0] * d[0] + o[1] * d[1]), c = o[0] * o[0] + o[1] * o[1] - radius * radius;
        double root = b * b - 4 * a * c;
        if (root < 0) return (-1, [0, 0, 0]);
        double t = (-b - Math.Sqrt(root)) / (2 * a);
        return Math.Abs(o[2] + t * d[2]) <= half ? (t, [(o[0] + t * d[0]) / radius, (o[1] + t * d[1]) / radius, 0]) : (-1, [0, 0, 0]);
    }

    private static (double, double[]) Slabs(double[] o, double[] d, double[] half)
    {
        double enter = double.NegativeInfinity, leave = double.PositiveInfinity;
        int axis = 0;
        for (int i = 0; i < 3; i++)
        {
            double near = (-Math.Sign(d[i]) * half[i] - o[i]) / d[i], far = (Math.Sign(d[i]) * half[i] - o[i]) / d[i];
            if (near > enter) (enter, axis) = (near, i);
            leave = Math.Min(leave, far);
        }
        var normal = new double[3];
        normal[axis] = -Math.Sign(d[axis]);
        return enter <= leave ? (enter, normal) : (-1, normal);
    }

    private static double[] World(SceneCamera camera, double u, double v)
    {
        Vector3 right = Vector3.Transform(Vector3.UnitX, camera.Orientation), up = Vector3.Transform(Vector3.UnitY, camera.Orientation);
        Vector3 forward = Vector3.Transform(-Vector3.UnitZ, camera.Orientation);
        return [forward.X + u * right.X + v * up.X, forward.Y + u * right.Y + v * up.Y, forward.Z + u * right.Z + v * up.Z];
    }

    private static double[] Local(ReadOnlySpan<float> pose, double[] v)
    {
        var local = new double[3];
        for (int i = 0; i < 3; i++) local[i] = pose[3 + i] * v[0] + pose[6 + i] * v[1] + pose[9 + i] * v[2];
        return local;
    }

    private static double[] Global(ReadOnlySpan<float> pose, double[] v)
    {
        var global = new double[3];
        for (int i = 0; i < 3; i++) global[i] = pose[3 + 3 * i] * v[0] + pose[4 + 3 * i] * v[1] + pose[5 + 3 * i] * v[2];
        return global;
    }

    private static double Dot(double[] a, double[] b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
