using System.Diagnostics;
using System.Text;
using System.Text.Json;
using EmbodiedRL.App.Commands;

namespace EmbodiedRL.Faults;

/// <summary>A worker seen from outside: it is asked, waited for, and begun anew when it died or took too long.</summary>
internal sealed class WorkerProcess(string folder, TimeSpan limit) : IDisposable
{
    // 4 GiB, so that an input which asks for all memory is told so and takes none from others
    private const string HeapLimit = "0x100000000";

    private Process? _process;

    /// <summary>Runs a verb.</summary>
    /// <returns>Its answer; else how the process ended without one: <c>hang</c>, or <c>ended with CODE</c>.</returns>
    public async Task<(WorkerAnswer? Answer, string End)> AskAsync(WorkerQuestion question)
    {
        Process process = _process ??= Start();
        using var patience = new CancellationTokenSource(limit);
        try
        {
            await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(question).AsMemory(), patience.Token);
            await process.StandardInput.FlushAsync(patience.Token);
            while (await process.StandardOutput.ReadLineAsync(patience.Token) is { } line)
                if (line.StartsWith(Worker.Mark)) return (JsonSerializer.Deserialize<WorkerAnswer>(line[1..]), "");
        }
        catch (OperationCanceledException)
        {
            End();
            return (null, "hang");
        }
        catch (IOException)
        {
            // It died while it was asked: how, is told below.
        }

        await process.WaitForExitAsync();
        int code = process.ExitCode;
        End();
        return (null, $"ended with {code}");
    }

    public void Dispose() => End();

    private void End()
    {
        if (_process is not { } process) return;
        if (!process.HasExited) process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
        _process = null;
    }

    private Process Start()
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardInputEncoding = new UTF8Encoding(false),
        };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(WorkerProcess).Assembly.Location);
        start.ArgumentList.Add("--worker");
        start.Environment["DOTNET_GCHeapHardLimit"] = HeapLimit;
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        Process process = Process.Start(start) ?? throw new InvalidOperationException("The worker did not start.");
        process.ErrorDataReceived += (_, _) => { }; // a dying process says its stack here; how it ended is what counts
        process.BeginErrorReadLine();
        return process;
    }
}
