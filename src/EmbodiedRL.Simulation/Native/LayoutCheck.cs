using System.Runtime.InteropServices;
using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Layout;

namespace EmbodiedRL.Simulation.Native;

/// <summary>
/// Layout check: compiles a small scene of known numbers and reads it back by the table; a library with another layout is refused at start.
/// </summary>
internal static unsafe class LayoutCheck
{
    private const string Scene = """
        <mujoco>
          <compiler angle="radian"/>
          <option timestep="0.00390625" gravity="0.5 -0.25 -8"/>
          <size nuserdata="7"/>
          <asset><material name="paint" rgba="0.25 0.5 0.75 1"/></asset>
          <worldbody>
            <light name="lamp" dir="0 0 -1"/>
            <camera name="one" pos="1 2 3"/><camera name="two" pos="4 5 6"/>
            <geom name="ground" type="plane" size="3 4 0.5"/>
            <body name="placed" mocap="true" pos="-1 -2 -3">
              <geom name="flag" size="0.0625" material="paint" contype="0" conaffinity="0"/>
            </body>
            <body name="free" pos="0.25 0.5 0.0625"><freejoint name="root"/><geom name="ball" size="0.125" mass="2"/>
              <body name="arm" pos="1 0 1"><joint name="hinge" axis="0 1 0" range="-0.5 0.75" limited="true"/>
                <geom name="bar" type="capsule" size="0.03125 0.25" mass="4"/><site name="tip" pos="0.5 0 0"/>
                <body name="slider">
                  <joint name="slide" type="slide" axis="1 0 0"/>
                  <geom name="box" type="box" size="0.125 0.25 0.5" mass="8"/>
                </body>
              </body>
            </body>
          </worldbody>
          <actuator>
            <motor name="push" joint="slide" gear="16"/>
            <motor name="turn" joint="hinge" ctrllimited="true" ctrlrange="-3 5"/>
          </actuator>
          <keyframe><key name="home" qpos="0 0 0.125 1 0 0 0 0.25 0.5" qvel="0 0 0 0 0 0 0.125 0.25"/></keyframe>
        </mujoco>
        """;

    /// <summary>Checks the library that is loaded.</summary>
    /// <param name="table">Of its version.</param>
    /// <param name="library">Its file, for people.</param>
    /// <exception cref="AssetMissingException">A field is not where the table says, or this version lacks one that is needed.</exception>
    public static void Require(LayoutTable table, string library)
    {
        try
        {
            Compare(table, library);
        }
        catch (Exception error) when (error is UnknownNameException or SpecMismatchException or EntryPointNotFoundException)
        {
            // A table generated from headers may be right and its version still too far from those this program was written for.
            throw new AssetMissingException($"A MuJoCo {table.Version} with the fields and functions that are needed", library,
                $"{error.Message} Use a version whose layout is shipped ({string.Join(", ", LayoutTable.Versions)}).", error);
        }
    }

    private static void Compare(LayoutTable table, string library)
    {
        using var files = new VirtualFiles(table);
        files.Add("check.xml", System.Text.Encoding.UTF8.GetBytes(Scene));
        using ModelHandle handle = ModelLoader.Compile("check.xml", "layout check", files).Model;
        nint model = handle.DangerousGetHandle();
        var check = new Check(table, library);
        CheckModel(check, new Struct(table, "mjModel", model));

        using var data = new DataHandle(Functions.MakeData(model), handle);
        Functions.ResetDataKeyframe(handle, data, 0);
        Functions.Step(model, data.DangerousGetHandle());
        CheckData(check, new Struct(table, "mjData", data.DangerousGetHandle()), table, data.DangerousGetHandle());
    }

    private static void CheckModel(Check check, Struct model)
    {
        (string, long)[] sizes =
        [
            ("nq", 9), ("nv", 8), ("nu", 2), ("na", 0), ("nbody", 5), ("njnt", 3), ("ngeom", 5), ("nsite", 1), ("ncam", 2),
            ("nlight", 1), ("nmat", 1),
            ("nkey", 1), ("nmocap", 1), ("nuserdata", 7), ("ntex", 0), ("nmesh", 0), ("nhfield", 0),
        ];
        foreach ((string name, long size) in sizes) check.Same($"mjModel.{name}", model.Integer(name), size);
        check.Same("mjModel.opt.timestep", model.InPlace<double>("opt.timestep"), 0.00390625);
        check.Same("mjModel.opt.gravity", model.InPlace<double>("opt.gravity"), 0.5, -0.25, -8);
        check.Same("mjModel.qpos0", model.Behind<double>("qpos0", 9), 0.25, 0.5, 0.0625, 1, 0, 0, 0, 0, 0);
        check.Same("mjModel.body_pos", model.Behind<double>("body_pos", 15)[3..12], -1, -2, -3, 0.25, 0.5, 0.0625, 1, 0, 1);
        check.Same("mjModel.body_mass", model.Behind<double>("body_mass", 5)[2..], 2, 4, 8);
        check.Same("mjModel.body_mocapid", model.Behind<int>("body_mocapid", 5), -1, 0, -1, -1, -1);
        check.Same("mjModel.jnt_qposadr", model.Behind<int>("jnt_qposadr", 3), 0, 7, 8);
        check.Same("mjModel.jnt_dofadr", model.Behind<int>("jnt_dofadr", 3), 0, 6, 7);
        check.Same("mjModel.jnt_range", model.Behind<double>("jnt_range", 6)[2..4], -0.5, 0.75);
        check.Same("mjModel.geom_size", model.Behind<double>("geom_size", 15)[..3], 3, 4, 0.5);
        check.Same("mjModel.geom_size", model.Behind<double>("geom_size", 15)[12..], 0.125, 0.25, 0.5);
        check.Same("mjModel.geom_matid", model.Behind<int>("geom_matid", 5), -1, 0, -1, -1, -1);
        check.Same("mjModel.mat_rgba", model.Behind<float>("mat_rgba", 4), 0.25f, 0.5f, 0.75f, 1);
        check.Same("mjModel.cam_pos", model.Behind<double>("cam_pos", 6), 1, 2, 3, 4, 5, 6);
        check.Same("mjModel.actuator_ctrlrange", model.Behind<double>("actuator_ctrlrange", 4)[2..], -3, 5);
        check.Same("mjModel.key_qpos", model.Behind<double>("key_qpos", 9)[7..], 0.25, 0.5);
    }

    private static void CheckData(Check check, Struct data, LayoutTable table, nint address)
    {
        check.Same("mjData.time", data.InPlace<double>("time"), 0.00390625);
        check.Same("mjData.mocap_pos", data.Behind<double>("mocap_pos", 3), -1, -2, -3);
        check.Same("mjData.userdata", data.Behind<double>("userdata", 7), 0, 0, 0, 0, 0, 0, 0);
        check.Same("mjData.ctrl", data.Behind<double>("ctrl", 2), 0, 0);
        // Symplectic Euler: positions moved by the new velocities.
        ReadOnlySpan<double> qpos = data.Behind<double>("qpos", 9), qvel = data.Behind<double>("qvel", 8);
        check.Same("mjData.qpos and qvel", [qpos[7], qpos[8]], 0.25 + (qvel[6] * 0.00390625), 0.5 + (qvel[7] * 0.00390625));
        // The ball stood on the ground at the step's start, which is what contacts and body positions still show.
        check.Same("mjData.xpos", data.Behind<double>("xpos", 15)[6..9], 0, 0, 0.125);
        check.Same("mjData.site_xpos is finite", [double.IsFinite(data.Behind<double>("site_xpos", 3)[0]) ? 1 : 0], 1);
        bool touches = false;
        FieldLayout first = table.Find("mjContact", "geom1"), second = table.Find("mjContact", "geom2");
        byte* contact = *(byte**)(address + table.Find("mjData", "contact").Offset);
        for (long i = data.Integer("ncon"); i > 0; i--, contact += table.Sizes["mjContact"])
            touches |= *(int*)(contact + first.Offset) == 0 && *(int*)(contact + second.Offset) == 2;
        check.Same("mjData.contact", [touches ? 1 : 0], 1);
    }

    private readonly struct Check(LayoutTable table, string library)
    {
        public void Same(string field, long found, long expected)
        {
            if (found != expected) throw Refuse(field, $"{expected}", $"{found}");
        }

        public void Same<T>(string field, ReadOnlySpan<T> found,
            params ReadOnlySpan<T> expected) where T : unmanaged, System.Numerics.INumber<T>
        {
            for (int i = 0; i < expected.Length; i++)
                if (T.Abs(found[i] - expected[i]) > T.CreateTruncating(1e-12) || T.IsNaN(found[i]))
                    throw Refuse($"{field}[{i}]", $"{expected[i]}", $"{found[i]}");
        }

        private AssetMissingException Refuse(string field, string expected, string found) => new($"A MuJoCo {table.Version} as its "
            + "headers describe it",
            library,
            $"Its {field} reads {found} where {expected} was written. Install libmujoco2.2.2 from Debian, or unset "
                + $"{MuJoCoLibrary.Variable}.");
    }
}
