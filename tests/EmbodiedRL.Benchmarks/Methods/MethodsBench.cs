using System.CommandLine;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Core;

namespace EmbodiedRL.Benchmarks.Methods;

/// <summary><c>bench methods</c>: which methods are implemented, where, and how their proofs went.</summary>
internal sealed class MethodsBench : ICommand
{
    public const string Verb = "methods";

    public Command Build(CommandServices services)
    {
        var page = new Option<string>("--page")
        {
            Description = "Write the page of the house as Markdown into this file.",
            HelpName = "FILE",
        };
        var command = new Command(Verb,
            "List the methods of papers that the source implements: file, tests, proof, and its figure as last kept.\n\n"
            + $"Example: ./embodied bench {Verb}\nExample: {MethodsPage.Command}")
        { page };
        command.SetAction(parsed =>
        {
            string text = MethodsPage.Of(Checkout.Find());
            if (parsed.GetValue(page) is { } file) AtomicFile.WriteText(file, text);
            else services.Output.Write(text);
            return ExitCode.Done;
        });
        return command;
    }
}
