using EmbodiedRL.App.Commands;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Tests;

namespace EmbodiedRL.App.Tests.Commands;

/// <summary>The verbs on environments and a model that need nothing of the machine.</summary>
internal static class Verbs
{
    public static RunServices Services { get; } = new()
    {
        Environments = TestParts.Environments(("fast", count => new FastEnv(count)), ("drawn", count => new DrawnPoint(count))),
        Models = new Registry<ModelContext, IImageTextModel>(PartKinds.ImageTextModel).Add("color",
            "measures colors", _ => new ColorModel()),
    };

    public static Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments) => RunAsync(Services, arguments);

    public static Task<(int Code, string Output, string Error)> RunAsync(RunServices runServices, params string[] arguments) =>
        RunAsync([
            new TrainCommand(runServices), new RenderCommand(runServices), new ScoreCommand(runServices), new EnvsCommand(runServices),
            new DoctorCommand(runServices)
        ],
            arguments);

    public static async Task<(int Code, string Output, string Error)> RunAsync(IReadOnlyList<ICommand> commands, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var interruption = new CancellationTokenSource();
        int code = await CommandLine.RunAsync(arguments, new CommandServices(output, error, TimeProvider.System, interruption), commands);
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>Nothing was answered, and one line on stderr says this.</summary>
    public static void RefusedBecause(string says, (int Code, string Output, string Error) answer)
    {
        Assert.Equal((ExitCode.BadInput, ""), (answer.Code, answer.Output));
        Assert.Contains(says, Assert.Single(answer.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }
}
