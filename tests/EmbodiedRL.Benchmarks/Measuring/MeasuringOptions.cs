using System.CommandLine;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Core;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Benchmarks.Measuring;

/// <summary>The options that every bench has: how long and how often it measures, and where its answer goes.</summary>
/// <param name="defaultSeconds">How long one measurement takes if nothing is said.</param>
internal sealed class MeasuringOptions(double defaultSeconds)
{
    private readonly Option<int> _repeats = new("--repeats") { Description = "Measurements of each side.", DefaultValueFactory = _ => 7 };
    private readonly Option<double> _seconds = new("--seconds")
    {
        Description = "About how long one measurement takes.",
        DefaultValueFactory = _ => defaultSeconds
    };
    private readonly JsonFile _json = new();

    public void AddTo(Command command)
    {
        command.Add(_repeats);
        command.Add(_seconds);
        _json.AddTo(command);
    }

    /// <exception cref="SettingsException">Lists every violation.</exception>
    public Effort Read(ParseResult parsed)
    {
        var effort = new Effort(parsed.GetValue(_repeats), parsed.GetValue(_seconds));
        List<string> violations = [];
        if (effort.Repeats is < 1 or > 1000) violations.Add($"--repeats: expected 1 to 1000, found {effort.Repeats}.");
        if (effort.Seconds is not (>= 0.001 and <= 600))
            violations.Add(FormattableString.Invariant($"--seconds: expected 0.001 to 600, found {effort.Seconds}."));
        return violations.Count == 0 ? effort : throw new SettingsException(BenchCommand.Verb, violations);
    }

    public int Answer(ParseResult parsed, CommandServices services, BenchReport report) => _json.Answer(parsed, services, report);
}

/// <summary>How much is measured.</summary>
/// <param name="Repeats">Measurements of each side.</param>
/// <param name="Seconds">About how long one takes.</param>
internal readonly record struct Effort(int Repeats, double Seconds);

/// <summary><c>--json FILE</c> and <c>--out DIR</c>: the answer once more, for scripts.</summary>
internal sealed class JsonFile
{
    private readonly Option<string> _path = new("--json") { Description = "Write the figures to this file as well.", HelpName = "FILE" };

    private readonly Option<string> _folder = new("--out")
    {
        Description = "A folder for the figures (bench.json) and the table (bench.txt); made if it is missing.",
        HelpName = "DIR"
    };

    public void AddTo(Command command)
    {
        command.Add(_path);
        command.Add(_folder);
    }

    /// <returns>The exit code: whether everything that was to be proven holds.</returns>
    public int Answer(ParseResult parsed, CommandServices services, BenchReport report)
    {
        report.Write(services.Output);
        if (parsed.GetValue(_path) is { } path) AtomicFile.WriteText(path, report.ToJson());
        if (parsed.GetValue(_folder) is { } folder)
        {
            Directory.CreateDirectory(folder);
            using var table = new StringWriter();
            report.Write(table);
            AtomicFile.WriteText(Path.Combine(folder, "bench.txt"), table.ToString());
            AtomicFile.WriteText(Path.Combine(folder, "bench.json"), report.ToJson());
        }

        return report.Rows.Any(row => row.Holds == false) ? ExitCode.DidNotHold : ExitCode.Done;
    }
}
