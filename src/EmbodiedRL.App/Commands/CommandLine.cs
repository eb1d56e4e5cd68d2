using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using EmbodiedRL.Core;

namespace EmbodiedRL.App.Commands;

/// <summary>Command line: parses the arguments, runs the command and returns its exit code.</summary>
public static class CommandLine
{
    /// <summary>
    /// Runs one verb of <see cref="CommandCatalog"/>; every error becomes one message on <see cref="CommandServices.Error"/>
    /// and an <see cref="ExitCode"/>.
    /// </summary>
    public static Task<int> RunAsync(IReadOnlyList<string> arguments, CommandServices services) =>
        RunAsync(arguments, services, CommandCatalog.All);

    /// <summary>The same with other verbs, e.g. those of <see cref="CommandCatalog.Of"/> over environments of one's own.</summary>
    /// <remarks>A terminal or log that cannot be written to stops nothing: its text is dropped, and the end says so.</remarks>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CommandServices services, IReadOnlyList<ICommand> commands)
    {
        using SteadyWriter output = new(services.Output), error = new(services.Error);
        int code = await RunSteadilyAsync(arguments, services with { Output = output, Error = error }, commands);
        if (error.Dropped > 0) // said once more to a log that can be written again, else where the answer went
        {
            string lost = $"Warning: progress and warnings are incomplete: {error.Dropped} texts could not be written to standard error "
                + $"({error.Reason}).";
            long before = error.Dropped;
            error.WriteLine(lost);
            if (error.Dropped > before && !arguments.Contains("--json")) output.WriteLine(lost);
        }

        if (output.Dropped == 0) return code;
        error.WriteLine($"Error: the answer could not be written to standard output ({output.Reason}). What was to be done is done; what "
            + "a run found is in its folder.");
        return code == ExitCode.Done ? ExitCode.Failed : code;
    }

    private static async Task<int> RunSteadilyAsync(IReadOnlyList<string> arguments, CommandServices services,
        IReadOnlyList<ICommand> commands)
    {
        try
        {
            ParseResult parsed = Root(services, commands).Parse(SettingPairs.WriteOut(arguments));
            if (parsed.Action is ParseErrorAction or null) return Refuse(parsed, services.Error);
            if (Emptiness.Of(parsed) is { } nothing) throw new SettingsException(nothing, ["expected a value, found an empty text."]);
            // a list says what each is for; examples are in its own help
            foreach (Command listed in parsed.CommandResult.Command.Subcommands) listed.Description = listed.Description?.Split('\n', 2)[0];
            var configuration = new InvocationConfiguration
            {
                Output = services.Output,
                Error = services.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null, // signals are handled by whoever owns the interruption
            };
            return await parsed.InvokeAsync(configuration, services.Cancel);
        }
        catch (OperationCanceledException) when (services.Cancel.IsCancellationRequested)
        {
            services.Error.WriteLine("Interrupted.");
            return ExitCode.Interrupted;
        }
        catch (Exception error) when (error is EmbodiedException or IOException or UnauthorizedAccessException)
        {
            services.Error.WriteLine($"Error: {error.Message}");
            return ExitCode.Of(error);
        }
        catch (Exception error) when (error is OutOfMemoryException
            || (error is System.Runtime.InteropServices.ExternalException
                && error.Message.Contains("memory", StringComparison.OrdinalIgnoreCase)))
        {
            services.Error.WriteLine("Error: this machine has not enough memory for what was asked: "
                + $"{error.Message.Split('\n')[0].TrimEnd('.')}. Lower its sizes.");
            return ExitCode.Failed;
        }
        catch (Exception error) // the one place: whatever arrives here is a mistake of the program's, so its stack is wanted
        {
            services.Error.WriteLine($"This is a mistake of the program, please report it: {error}");
            return ExitCode.Failed;
        }
    }

    /// <summary>
    /// Not a <see cref="RootCommand"/>: help would call it by the name of an assembly, and people type <c>./embodied</c>.
    /// </summary>
    private static Command Root(CommandServices services, IReadOnlyList<ICommand> commands)
    {
        var root = new Command("./embodied",
            "One sentence in, a trained behavior out.\n\nExample: ./embodied demo --goal \"a pole standing upright on a cart\"")
        {
            new HelpOption(), new VersionOption(),
        };
        foreach (ICommand command in commands) root.Add(command.Build(services));
        return root;
    }

    private static int Refuse(ParseResult parsed, TextWriter error)
    {
        CommandResult asked = parsed.CommandResult;
        if (asked.Parent is null)
        {
            if (parsed.UnmatchedTokens is [var verb, ..])
                throw new UnknownNameException("command", verb, asked.Command.Subcommands.Select(c => c.Name));
            error.WriteLine("Say what to do: ./embodied VERB. See ./embodied --help.");
        }
        else
        {
            string path = PathOf(asked);
            string problem = parsed.UnmatchedTokens switch
            {
                [['-', ..] stray, ..] =>
                    new UnknownNameException($"option of {path}", stray, asked.Command.Options.Select(o => o.Name)).Message,
                [var stray, ..] when asked.Command.Subcommands.Count > 0 =>
                    new UnknownNameException($"command of {path}", stray, asked.Command.Subcommands.Select(c => c.Name)).Message,
                _ => Wording.Of(parsed.Errors[0]),
            };
            error.WriteLine($"Error: {problem} See ./embodied {path} --help.");
        }

        return ExitCode.BadInput;
    }

    /// <summary>The verb as it was typed, e.g. <c>envs list</c>.</summary>
    private static string PathOf(CommandResult asked) =>
        asked.Parent is CommandResult { Parent: not null } parent ? $"{PathOf(parent)} {asked.Command.Name}" : asked.Command.Name;
}
