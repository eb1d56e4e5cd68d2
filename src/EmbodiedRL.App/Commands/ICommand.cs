using System.CommandLine;

namespace EmbodiedRL.App.Commands;

/// <summary>
/// Command: one verb of <c>./embodied</c>. Its action returns an <see cref="ExitCode"/> and throws errors it cannot handle.
/// </summary>
public interface ICommand
{
    /// <summary>
    /// The verb with its options, its help (an example in it) and its action. Must be cheap: every call builds every verb.
    /// </summary>
    Command Build(CommandServices services);
}
