using System.Diagnostics;
using EmbodiedRL.Core;

namespace EmbodiedRL.Faults.Families;

/// <summary>What is no file of the kind that is asked for, or no file at all; and options that no run can have.</summary>
internal sealed class OddFileFaults : FaultFamily
{
    private static readonly string[] Odd = [
        "/dev/zero", "/dev/urandom", "/dev/null", "/proc/self/maps", "pipe", "folder", "empty", "missing", "huge", "/"
    ];

    private static readonly string[][] Readers =
    [
        ["envs", "describe", "--settings", "@"],
        ["train", "--settings", "@", "--out", "run"],
        ["simulate", "@", "--controls", "none.safetensors", "--out", "states.safetensors"],
        ["simulate", "body.xml", "--controls", "@", "--out", "states.safetensors"],
        ["demos", "show", "@"],
        ["replay", "@"],
        ["score", "@", "--goal", "a pole"],
        ["resume", "@"],
        ["evaluate", "@", "--out", "run"],
        ["render", "body.xml", "--states", "@", "--out", "states.png"],
        ["envs", "describe", "--settings", "mjcf.json"],
        ["envs", "describe", "--settings", "mesh.json"],
        ["train", "--settings", "program.json", "--out", "run"],
    ];

    private static readonly string[][] Lines =
    [
        ["train", "--out", ""],
        ["train", "--settings", "", "--out", "run"],
        ["train", "--steps", "9223372036854775807", "--out", "run"],
        ["train", "--steps", "99999999999999999999", "--out", "run"],
        ["train", "--seed", "abc", "--out", "run"],
        ["train", "--seed", "-1", "--out", "run"],
        ["train", "--threads", "2147483647", "--out", "run"],
        ["train", "--agent:horizon", "2147483647", "--out", "run"],
        ["train", "--agent:horizon", "1000000", "--env:count", "65536", "--out", "run"],
        ["train", "--agent:hiddenSizes", "2000000000", "--out", "run"],
        [
            "train",
            "--agent:hiddenSizes",
            "8192,8192,8192,8192,8192,8192,8192,8192,8192,8192,8192,8192,8192,8192,8192,8192,8192",
            "--out",
            "run"
        ],
        ["train", "--agent:epochs", "1000000000", "--out", "run"],
        ["train", "--agent:learningRate", "NaN", "--out", "run"],
        ["train", "--agent:gamma", "Infinity", "--out", "run"],
        ["train", "--env:count", "65536", "--agent:horizon", "100000", "--out", "run"],
        ["train", "--env:render:size", "512", "--out", "run"],
        ["train", "--env:wrappers:0:name", "frame-stack", "--env:wrappers:0:count", "1e9", "--out", "run"],
        ["train", "--reward:terms:7:weight", "1", "--out", "run"],
        ["train", "--reward:terms:0:weight", "1e300", "--out", "run"],
        ["train", "--reward:terms:0", "--out", "run"],
        ["train", "--out", "/proc/x"],
        ["train", "--out", "/dev/null"],
        ["train", "--out", "/dev/null/x"],
        ["train", "--env", "", "--out", "run"],
        ["train", "--env", "../../etc", "--out", "run"],
        ["train", "--device", "cuda:99999999999", "--out", "run"],
        ["demo", "--seeds", "1000000000", "--out", "run"],
        ["render", "cartpole", "--size", "100000", "--out", "p.png"],
        ["render", "cartpole", "--count", "2147483647", "--out", "p.png"],
        ["render", "cartpole", "--steps", "2147483647", "--out", ""],
        ["render", "cartpole", "--size", "many", "--out", "p.png"],
        ["record", "cartpole", "--episodes", "2147483647", "--policy", "random", "--out", "e.parquet"],
        ["record", "cartpole", "--episodes", "x", "--out", "e.parquet"],
        ["record", "cartpole", "--frames", "100000", "--out", "e.parquet"],
        ["score", "p.png", "--goal", "a pole", "--alpha", "NaN"],
        ["score", "p.png", "--goal", ""],
        ["evaluate", "run", "--episodes", "2147483647"],
        ["models", "train", "scene-clip", "--steps", "9223372036854775807", "--out", "model"],
        ["models", "train", "scene-clip", "--steps", "10", "--out", ""],
        ["resume", ""],
        ["view", "cartpole", "--port", "99999999"],
        ["view", "cartpole", "--size", "-1"],
        ["simulate", "", "--controls", "", "--out", ""],
        ["envs", "describe", ""],
        [""],
    ];

    public override string Name => "odd-files";

    public override int Share => 18;

    public override FaultCase Make(int index, ref Rng rng, string folder)
    {
        string[] arguments = index < Lines.Length ? [.. Lines[index]] : [.. Readers[(index - Lines.Length) % Readers.Length]];
        string odd = Place(Odd[(index - Math.Min(index, Lines.Length)) / Readers.Length % Odd.Length], folder);
        File.Copy(Path.Combine(AppContext.BaseDirectory, "examples", "models", "pendulum.xml"), Path.Combine(folder, "body.xml"));
        File.WriteAllText(Path.Combine(folder, "mjcf.json"), $$"""{ "env": { "mjcf": { "file": "{{odd}}" } } }""");
        File.WriteAllText(Path.Combine(folder, "mesh.json"), """{ "env": { "mjcf": { "file": "mesh.xml" } } }""");
        File.WriteAllText(Path.Combine(folder, "mesh.xml"),
            $"<mujoco><asset><mesh name=\"m\" file=\"{odd}\"/></asset><worldbody><geom type=\"mesh\" mesh=\"m\"/></worldbody></mujoco>");
        File.WriteAllText(Path.Combine(folder, "program.json"), $$"""
            { "env": { "name": "cartpole", "count": 2 },
              "reward": { "terms": [ { "name": "own", "source": "program", "file": "{{odd}}" } ] } }
            """);
        for (int i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == "@") arguments[i] = odd;
            else if (IsOfFolder(arguments, i)) arguments[i] = Path.Combine(folder, arguments[i]);
        }

        return new FaultCase(index < Lines.Length ? "options" : Path.GetFileName(odd), arguments, Expectation.Refused)
        {
            LeavesNothingAt = Path.Combine(folder, "run")
        };
    }

    private static bool IsOfFolder(string[] arguments, int i) =>
        (i > 0 && arguments[i - 1] == "--out" && arguments[i] is { Length: > 0 } into && into[0] != '/')
            || arguments[i] is "body.xml" or "mjcf.json" or "mesh.json" or "program.json" or "none.safetensors" or "p.png";

    private static string Place(string odd, string folder)
    {
        string path = Path.Combine(folder, odd);
        switch (odd)
        {
            case "pipe":
                using (var make = Process.Start("mkfifo", [path])) make.WaitForExit();
                return path;
            case "folder":
                Directory.CreateDirectory(path);
                return path;
            case "empty":
                File.WriteAllText(path, "");
                return path;
            case "huge":
                using (FileStream file = File.Create(path)) file.SetLength(5L << 30); // nothing of it is on the disk
                return path;
            case "missing":
                return path;
            default:
                return odd;
        }
    }
}
