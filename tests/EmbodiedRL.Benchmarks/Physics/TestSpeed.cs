using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Benchmarks.Measuring;

namespace EmbodiedRL.Benchmarks.Physics;

/// <summary>
/// MuJoCo's own speed test, where Debian's samples are installed: another program on the same scene, for reference beside the bare loop.
/// </summary>
/// <remarks>
/// It starts from the default state with noise on the controls and never resets, so its steps are not the very ones that we measure.
/// </remarks>
internal static partial class TestSpeed
{
    private const string Program = "mujoco-testspeed";
    private const int StepsAtFirst = 500;
    private const int MostSteps = 2_000_000;

    /// <summary>Physics steps a second of all threads together; null where there is no such program or it cannot read the scene.</summary>
    /// <param name="scene">MJCF.</param>
    /// <param name="threads">Each with a state of its own.</param>
    /// <param name="effort">The median of so many runs of about so long.</param>
    /// <param name="cancel">Ends between two runs.</param>
    public static double? Measure(string scene, int threads, Effort effort, CancellationToken cancel)
    {
        if (Run(scene, StepsAtFirst, threads) is not { } first) return null;
        int steps = (int)Math.Clamp(first * effort.Seconds / threads, StepsAtFirst, MostSteps);
        var speeds = new List<double>();
        for (int i = 0; i < effort.Repeats; i++)
        {
            cancel.ThrowIfCancellationRequested();
            if (Run(scene, steps, threads) is { } speed) speeds.Add(speed);
        }

        return speeds.Count > 0 ? Comparison.Median(speeds) : null;
    }

    /// <summary>The speed in what the program says; null if it says none.</summary>
    internal static double? Parse(string said)
    {
        Match total = Total().Match(said), one = total.Success ? total : Single().Match(said);
        return one.Success ? double.Parse(one.Groups[1].Value, CultureInfo.InvariantCulture) : null;
    }

    private static double? Run(string scene, int steps, int threads)
    {
        // It runs in a folder of its own: when it warns, it writes MUJOCO_LOG.TXT where it stands.
        DirectoryInfo folder = Directory.CreateTempSubdirectory("embodied-");
        try
        {
            string[] arguments = [Path.GetFullPath(scene), $"{steps}", $"{threads}", "0.01"];
            using Process process = Process.Start(new ProcessStartInfo(Program, arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = folder.FullName
            })!;
            string said = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? Parse(said) : null;
        }
        catch (Win32Exception) // there is no such program
        {
            return null;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [GeneratedRegex(@"Total steps per second\s*:\s*([0-9.]+)")]
    private static partial Regex Total();

    [GeneratedRegex(@"Steps per second\s*:\s*([0-9.]+)")]
    private static partial Regex Single();
}
