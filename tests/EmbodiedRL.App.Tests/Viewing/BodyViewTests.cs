using System.Numerics;
using EmbodiedRL.App.Viewing;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rendering;
using EmbodiedRL.Rendering.Images;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Training.Films;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Tests;

namespace EmbodiedRL.App.Tests.Viewing;

/// <summary>What people see of a body that moves about on the ground, with the half-cheetah as example.</summary>
public sealed class BodyViewTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_view_goes_with_the_camera_it_began_from_and_a_push_moves_the_body()
    {
        using LiveScene scene = new(Envs.EnvironmentCatalog.Create("gym/half-cheetah", 1, 1), [("still", null)],
            _ => throw new NotSupportedException(), 128, seed: 1, TimeProvider.System);
        Assert.Contains("torso", scene.Latest.Status.Bodies);
        int before = Trunk(scene.Latest.Jpeg);
        for (int i = 0; i < 3; i++)
        {
            scene.Do(new ViewRequest { Action = "push", Body = "torso", X = 150 });
            scene.Advance(1);
        }

        Assert.True(scene.Latest.Status.Terms["reward_forward"] > 2, "pushed to the right of the picture, it runs forwards");
        Assert.InRange(Trunk(scene.Latest.Jpeg), before / 4, before * 4); // several meters on, it is as large and still in the picture
        scene.Do(new ViewRequest { Action = "camera", Text = "side" });
        Assert.True(Trunk(scene.Latest.Jpeg) < before / 4, "from where it began it is out of sight");
    }

    [Fact]
    public void Contacts_lie_where_feet_stand_and_wrappers_pass_them_on()
    {
        using IVectorEnvironment plain = Envs.EnvironmentCatalog.Create("gym/half-cheetah", 2, 1),
            wrapped = new Simulation.Wrappers.StackedFrames(Envs.EnvironmentCatalog.Create("gym/half-cheetah", 2, 1), 2);
        foreach (IVectorEnvironment environment in (IVectorEnvironment[])[plain, wrapped])
        {
            var buffer = new StepBuffer(2, environment.Info);
            environment.Reset(1, StartDistribution.Task, buffer);
            for (int step = 0; step < 40; step++) environment.Step(new float[12], buffer);
            Vector3[] at = new Vector3[16];
            int count = ((IContactSource)environment).ReadContacts(1, at);
            Assert.InRange(count, 2, at.Length);
            Assert.All(at[..count], contact => Assert.Equal(0, contact.Z, 0.02f));
            Assert.Equal(count, ((IContactSource)environment).ReadContacts(1, at.AsSpan(0, 1))); // however many there is room for
        }
    }

    /// <summary>
    /// Axes begin at the middle of each geom that moves; contacts are yellow dots. Both are looked for in the
    /// picture where the renderer put the body.
    /// </summary>
    [Fact]
    public void Overlays_lie_on_the_body_also_through_a_camera_that_moves()
    {
        using IVectorEnvironment environment = Envs.EnvironmentCatalog.Create("gym/half-cheetah", 1, 1);
        EnvironmentInfo info = environment.Info;
        SceneCamera track = info.RequiredScene.Camera("track");
        Assert.True(track.Moving >= 0);
        var buffer = new StepBuffer(1, info);
        var overlays = new Overlays(info, track, 256, OverlayParts.Axes | OverlayParts.Contacts, "");
        using var renderer = new BatchRenderer(info.RequiredScene, "track", 256);
        byte[] frame = new byte[renderer.FrameBytes];
        Vector3[] contacts = new Vector3[16];
        int count = 0;
        environment.Reset(1, StartDistribution.Task, buffer);
        ((IPerturbable)environment).Push(0, "torso", new Vector3(200, 0, 0));
        for (int step = 0; step < 40 || count == 0; step++) // a running body is in the air at times
        {
            Assert.True(step < 80, "it never came down");
            environment.Step(new float[6], buffer);
            count = ((IContactSource)environment).ReadContacts(0, contacts);
            Array.Clear(frame);
            overlays.Draw(environment, buffer, [], null, frame);
        }

        var view = new FrameProjection(info.RequiredScene.Placed(track, buffer.Poses), 256);
        int torso = info.RequiredScene.Geoms.Select(geom => geom.Name).ToList().IndexOf("torso");
        var middle = new Vector3(buffer.Poses.AsSpan(torso * SceneDescription.FloatsPerPose, 3));
        Assert.True(middle.X > 1, "It has left the place where the camera was compiled.");
        Vector2 at = Assert.NotNull(view.Find(middle));
        Assert.InRange(at.X, 0, 255);
        Assert.True(Lit(frame, at), "no axes at the torso's middle");
        Assert.True(Lit(frame, view.Find(contacts[0])!.Value), "no mark at the contact");

        byte[] drawn = new byte[renderer.FrameBytes];
        renderer.Render(buffer.Poses, 1, drawn);
        ReadOnlySpan<byte> pixel = drawn.AsSpan(3 * (((int)at.Y * 256) + (int)at.X), 3);
        Assert.True(pixel[0] > pixel[2] + 40, "The renderer shows the orange torso there.");
    }

    /// <summary>A camera that is drawn anew for each episode is not where the scene says.</summary>
    [Fact]
    public void A_camera_that_was_drawn_is_the_one_that_overlays_are_seen_through()
    {
        var there = new SceneCamera("front", new Vector3(0.5f, -3, 1), Quaternion.CreateFromAxisAngle(Vector3.UnitX, 1.4f), 40);
        float[] row = new float[13];
        VisualLayout.WriteCamera(there, row);
        SceneCamera back = VisualLayout.ReadCamera("front", row);
        Assert.True((back.Position - there.Position).Length() < 1e-6f
            && MathF.Abs(Quaternion.Dot(back.Orientation, there.Orientation)) > 0.99999f && back.FieldOfViewDegrees == 40);

        using var environment = new DrawnPoint(1);
        var buffer = new StepBuffer(1, environment.Info);
        environment.Reset(1, StartDistribution.Task, buffer);
        byte[] own = new byte[64 * 64 * 3], other = new byte[own.Length];
        foreach ((byte[] frame,
            SceneVariations? variations) in ((byte[], SceneVariations?)[])[(own, null), (other, new SceneVariations { Cameras = row })])
        {
            var overlays = new Overlays(environment.Info, environment.Info.RequiredScene.Camera("front"), 64, OverlayParts.Axes, "");
            environment.Reset(1, StartDistribution.Task, buffer);
            for (int step = 0; step < 3; step++)
            {
                environment.Step([1], buffer);
                Array.Clear(frame);
                overlays.Draw(environment, buffer, [], variations, frame);
            }
        }

        var middle = new Vector3(buffer.Poses.AsSpan(0, 3));
        Assert.True(Lit(other, new FrameProjection(there, 64).Find(middle)!.Value));
        Assert.True(Lit(own, new FrameProjection(environment.Info.RequiredScene.Camera("front"), 64).Find(middle)!.Value));
        Assert.NotEqual(own, other);
    }

    private static bool Lit(byte[] frame, Vector2 at)
    {
        int size = (int)Math.Sqrt(frame.Length / 3), center = ((int)at.Y * size) + (int)at.X;
        return frame.AsSpan(3 * center, 3).IndexOfAnyExcept((byte)0) >= 0;
    }

    /// <summary>Orange pixels: the trunk's.</summary>
    private int Trunk(byte[] jpeg)
    {
        File.WriteAllBytes(_folder["seen.jpg"], jpeg);
        byte[] rgb = ImageFile.ReadRgb(_folder["seen.jpg"]).Rgb;
        return Enumerable.Range(0, rgb.Length / 3)
            .Count(i => rgb[3 * i] > 120 && rgb[3 * i] > rgb[(3 * i) + 2] + 70 && rgb[(3 * i) + 1] > rgb[(3 * i) + 2] + 20);
    }
}
