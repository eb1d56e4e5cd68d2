using System.Numerics;
using EmbodiedRL.App.Viewing;
using EmbodiedRL.Core.Scenes;

namespace EmbodiedRL.App.Tests.Viewing;

public sealed class OrbitCameraTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(30, 20)]
    [InlineData(-120, -45)]
    public void It_looks_at_its_target_with_the_horizon_level(float azimuth, float elevation)
    {
        var camera = new OrbitCamera(new Vector3(1, 2, 3), azimuth, elevation, 4, 45);
        Assert.True((camera.Position + (4 * camera.Forward) - camera.Target).Length() < 1e-5f);
        Assert.Equal(0, camera.Right.Z, 1e-6f);
        Assert.Equal(4 * MathF.Sin(elevation * MathF.PI / 180), camera.Position.Z - 3, 1e-5f);
        Assert.True(camera.Up.Z > 0);
    }

    [Fact]
    public void It_begins_as_the_camera_of_the_scene()
    {
        // 30 degrees down, 40 to the left, as matrix and as what the renderer gets.
        Quaternion turned = Quaternion.CreateFromAxisAngle(Vector3.UnitZ, 40 * MathF.PI / 180)
            * Quaternion.CreateFromAxisAngle(Vector3.UnitX, 60 * MathF.PI / 180);
        var fixedOne = new SceneCamera("front", new Vector3(1, -3, 2), turned, 50);
        OrbitCamera camera = OrbitCamera.From(fixedOne, new Vector3(0, 0, 0.2f));
        Assert.True((camera.Position - fixedOne.Position).Length() < 1e-5f);
        Assert.Equal((40f, 30f), (MathF.Round(camera.Azimuth, 3), MathF.Round(camera.Elevation, 3)));
        float[] row = camera.ToCameras();
        for (int axis = 0; axis < 3; axis++)
        {
            Vector3 expected = Vector3.Transform(axis == 0 ? Vector3.UnitX : axis == 1 ? Vector3.UnitY : Vector3.UnitZ, turned);
            for (int i = 0; i < 3; i++) Assert.Equal(expected[i], row[3 + (3 * i) + axis], 1e-5f);
        }

        Assert.Equal(50, row[12]);
    }

    [Fact]
    public void It_never_goes_over_the_top_nor_into_the_target()
    {
        OrbitCamera camera = new OrbitCamera(Vector3.Zero, 0, 80, 1, 45).Turned(350, 30, 0.001f);
        Assert.Equal((-10f, 89f, 0.05f), (camera.Azimuth, camera.Elevation, camera.Distance));
    }
}
