using EmbodiedRL.App.Commands;
using EmbodiedRL.Core;

namespace EmbodiedRL.App.Tests.Commands;

public sealed class CommandLineTests
{
    [Fact]
    public async Task An_unknown_verb_is_bad_usage_and_is_named_on_one_line()
    {
        (int code, string output, string error) = await Run("frobnicate");
        Assert.Equal(ExitCode.BadInput, code);
        Assert.Empty(output);
        Assert.Contains("'frobnicate'", Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_verb_is_bad_usage()
    {
        Assert.Equal(ExitCode.BadInput, (await Run()).Code);
    }

    [Fact]
    public async Task Help_goes_to_stdout_and_shows_an_example()
    {
        (int code, string output, _) = await Run("--help");
        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("Example: ./embodied", output, StringComparison.Ordinal);
    }

    /// <summary>What people type, and one line a verb: examples are in the verb's own help.</summary>
    [Fact]
    public async Task Help_lists_the_verbs_under_the_launchers_name()
    {
        (int code, string output, _) = await Verbs.RunAsync("--help");
        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("  ./embodied [command] [options]", output, StringComparison.Ordinal);
        string[] commands =
            output[output.IndexOf("Commands:", StringComparison.Ordinal)..].Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..];
        Assert.Equal(["train", "render", "score", "envs", "doctor"],
            commands.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0]));
        (_, output, _) = await Verbs.RunAsync("render", "--help");
        Assert.Contains("Example: ./embodied render --run", output, StringComparison.Ordinal);
        Assert.Contains("  ./embodied render [<env>] [options]", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_version_is_told()
    {
        (int code, string output, _) = await Run("--version");
        Assert.Equal(ExitCode.Done, code);
        Assert.Matches(@"^\d+\.\d+\.\d+", output);
    }

    [Fact]
    public async Task Every_verb_shows_an_example()
    {
        foreach (ICommand command in CommandCatalog.All)
        {
            string verb = command.Build(Services(TextWriter.Null, TextWriter.Null)).Name;
            (int code, string output, _) = await Run(verb, "--help");
            Assert.Equal(ExitCode.Done, code);
            Assert.True(output.Contains($"./embodied {verb}", StringComparison.Ordinal), $"{verb} --help shows no example.");
        }
    }

    [Fact]
    public void Errors_map_to_the_promised_codes()
    {
        Assert.Equal(2, ExitCode.Of(new SettingsException("x", ["y"])));
        Assert.Equal(2, ExitCode.Of(new UnknownNameException("x", "y", [])));
        Assert.Equal(2, ExitCode.Of(new AssetMissingException("x", "y", "z")));
        Assert.Equal(2, ExitCode.Of(new CorruptFileException("x", "y", "z")));
        Assert.Equal(2, ExitCode.Of(new SpecMismatchException("x", "y", "z")));
        Assert.Equal(1, ExitCode.Of(new PhysicsDivergedException("x", 0, 1, "y")));
        Assert.Equal(130, ExitCode.Of(new OperationCanceledException()));
    }

    internal static async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = await CommandLine.RunAsync(arguments, Services(output, error));
        return (code, output.ToString(), error.ToString());
    }

    private static CommandServices Services(TextWriter output, TextWriter error) =>
        new(output, error, TimeProvider.System, new CancellationTokenSource());
}
