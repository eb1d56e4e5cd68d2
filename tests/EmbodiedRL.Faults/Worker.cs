using System.Text.Json;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Training;
using EmbodiedRL.Training.Composition;

namespace EmbodiedRL.Faults;

/// <summary>What a worker is asked.</summary>
/// <param name="Arguments">Of a verb.</param>
/// <param name="Weights">The folder of weights; null for the project's own.</param>
internal sealed record WorkerQuestion(string[] Arguments, string? Weights);

/// <summary>How the verb ended.</summary>
/// <param name="Code">Its exit code.</param>
/// <param name="Output">What it wrote to its output.</param>
/// <param name="Error">What it wrote to its errors.</param>
internal sealed record WorkerAnswer(int Code, string Output, string Error);

/// <summary>
/// The process that runs verbs, one after the other, and that may die of it: a line is a question, a marked line an answer.
/// </summary>
internal static class Worker
{
    /// <summary>Before an answer, so that what a native library prints is not taken for one.</summary>
    public const char Mark = '\u0001';

    public static async Task<int> RunAsync(TextReader questions, TextWriter answers)
    {
        while (await questions.ReadLineAsync() is { } line)
        {
            WorkerQuestion question = JsonSerializer.Deserialize<WorkerQuestion>(line)!;
            using var output = new StringWriter();
            using var error = new StringWriter();
            using var interruption = new CancellationTokenSource();
            var services = new CommandServices(output, error, TimeProvider.System, interruption);
            int code = await CommandLine.RunAsync(question.Arguments, services, CommandCatalog.Of(ServicesOf(question.Weights)));
            await answers.WriteLineAsync(Mark + JsonSerializer.Serialize(new WorkerAnswer(code, output.ToString(), error.ToString())));
            await answers.FlushAsync();
        }

        return 0;
    }

    private static RunServices ServicesOf(string? weights) =>
        weights is null ? RunServices.Shipped : RunServices.Shipped with { Weights = weights };
}
